"""The public register of legal entities: GLEIF's LEI API, version 1 (https://api.gleif.org/api/v1).

It needs no key, speaks JSON:API, allows 60 requests a minute, and finds companies by name and country. It is off
unless a tenant switches it on, since names of companies leave the house.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kempt.enrichment.provider import Answer, AnsweredValue, Capabilities, Request
from kempt.enrichment.providers.register_client import RegisterClient
from kempt.errors import SkipRecord, StopRun

REQUESTS_A_MINUTE = 60
PAGE_SIZE = 50
MOST_PAGES = 3
# A registration in one of these states no longer stands for a company of its own.
_DEAD = frozenset({"DUPLICATE", "ANNULLED", "CANCELLED", "MERGED", "RETIRED"})
# Two companies whose names fit about equally well cannot be told apart by name.
_TOO_CLOSE = 0.02
_LEI_LENGTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Company:
    lei: str
    name: str
    country: str
    observed_on: date
    values: Mapping[str, str]


class Gleif:
    """Looks companies up by name and, when it is known, the country of their legal address."""

    capabilities = Capabilities(
        entity_type="company",
        fields=("registry_id", "company_name", "street", "city", "region", "postal_code", "country"),
        needs=(("company_name", "country"), ("company_name",)),
    )

    def __init__(self, client: RegisterClient, *, enabled: bool, name: str = "gleif") -> None:
        self.name = name
        self._client = client
        self._enabled = enabled

    def lookup(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """One search for each request; the best fitting company, or nothing when two fit alike."""
        if not self._enabled:
            raise StopRun("GLEIF is switched off for this tenant. Switch it on in the settings to look companies up.")
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Answer:
        hits = sorted(
            ((_match(request.known, company), company) for company in self._found(request.known)),
            key=lambda hit: (-hit[0], hit[1].lei),
        )
        if not hits or (len(hits) > 1 and hits[0][0] - hits[1][0] < _TOO_CLOSE):
            return Answer(key=request.key, match=0.0)
        match, company = hits[0]
        values = tuple(
            AnsweredValue(attribute=name, value=company.values[name], observed_on=company.observed_on)
            for name in request.wanted
            if company.values.get(name)
        )
        return Answer(key=request.key, match=match, values=values, evidence=f"lei:{company.lei}")

    def _found(self, known: Mapping[str, str]) -> Iterator[_Company]:
        """Living companies with a true LEI, page after page."""
        filters = {"filter[entity.legalName]": known["company_name"]}
        if country := known.get("country"):
            filters["filter[entity.legalAddress.country]"] = country
        for number in range(1, MOST_PAGES + 1):
            # Pages are counted here rather than followed by link: no answer can send us elsewhere.
            page = {"page[number]": str(number), "page[size]": str(PAGE_SIZE)}
            document = self._client.get("/lei-records", {**filters, **page})
            try:
                companies = [_company(resource) for resource in document["data"] if _living(resource)]
                last_page = int(document["meta"]["pagination"]["lastPage"])
            except (KeyError, TypeError, ValueError, AttributeError):
                # The text of the exception may quote the answer.
                raise SkipRecord("GLEIF's answer lacks what its contract promises. Expected LEI records.") from None
            yield from companies
            if number >= last_page:
                return


def is_lei(text: str) -> bool:
    """Whether a text is a legal entity identifier: 20 signs with check digits (ISO 17442, ISO 7064 MOD 97-10)."""
    if len(text) != _LEI_LENGTH or not text.isascii() or not text.isalnum() or text != text.upper():
        return False
    return int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1


def _living(resource: Mapping[str, Any]) -> bool:
    attributes = resource["attributes"]
    return (
        is_lei(str(attributes["lei"]))
        and attributes["entity"]["status"] == "ACTIVE"
        and attributes["registration"]["status"] not in _DEAD
    )


def _company(resource: Mapping[str, Any]) -> _Company:
    attributes = resource["attributes"]
    entity, address = attributes["entity"], attributes["entity"]["headquartersAddress"]
    name = str(entity["legalName"]["name"])
    return _Company(
        lei=attributes["lei"],
        name=name,
        country=str(entity["legalAddress"]["country"]),
        observed_on=date.fromisoformat(attributes["registration"]["lastUpdateDate"][:10]),
        values={
            "registry_id": attributes["lei"],
            "company_name": name,
            "street": ", ".join(address["addressLines"]),
            "city": str(address["city"]),
            "region": address.get("region") or "",
            "postal_code": address.get("postalCode") or "",
            "country": str(address["country"]),
        },
    )


def _match(known: Mapping[str, str], company: _Company) -> float:
    """The probability that a company is the one we asked for, from its name and country."""
    from cleanco import basename
    from rapidfuzz.fuzz import token_sort_ratio
    from rapidfuzz.utils import default_process

    country = known.get("country")
    if country and company.country != country:
        return 0.0
    ours = known["company_name"]
    alike = max(
        token_sort_ratio(ours, company.name, processor=default_process),
        token_sort_ratio(basename(ours), basename(company.name), processor=default_process),
    )
    # Without a country the same name may be another company's elsewhere.
    return round(alike / 100 * (0.97 if country else 0.8), 6)
