"""The invented companies of a tenant: brands, legal forms, domains, subsidiaries and namesakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from kempt.sample.countries import Country
from kempt.sample.draw import Chance, Texts, Whole, deal, how_many, long_tail, occurrence, pick, stream, texts
from kempt.sample.places import Addresses, Places, digits, draw_addresses, words
from kempt.sample.spelling import slug
from kempt.sample.tenants import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Companies:
    """One position per company in every array; `parent` is the company itself when it has none."""

    core: Texts
    form: Texts
    other_form: Texts
    country: Whole
    domain: Texts
    address: Addresses
    sector: Texts
    employees: Whole
    tax_id: Texts
    parent: Whole
    kind: Texts


def make_companies(tenant: Tenant, places: Places, n: int, *, seed: int) -> Companies:
    """`n` companies; some share a domain with their parent, some share a name with a stranger."""
    chance = stream(seed, tenant.name, "companies", n)
    country = pick(chance, [weight for _, weight in tenant.countries.values()], n)
    brand, sector = _brands(chance, places.countries, country)
    form, other = _legal_forms(chance, places.countries, country)
    companies = Companies(
        core=brand + " " + sector,
        form=form,
        other_form=other,
        country=country,
        domain=texts([f"{slug(name, between='-')}.example" for name in brand + " " + sector]),
        address=draw_addresses(chance, places, country),
        sector=sector,
        employees=chance.integers(2, 900, n),
        tax_id=_tax_ids(chance, places.countries, country),
        parent=np.arange(n),
        kind=texts(["plain"] * n),
    )
    counts = {"subsidiary": how_many(n, tenant.subsidiaries), "namesake": 2 * how_many(n, tenant.company_namesakes)}
    groups = deal(chance, np.arange(n), counts | {"parent": how_many(n, tenant.subsidiaries)})
    _make_subsidiaries(companies, groups["subsidiary"], groups["parent"], brand)
    _make_namesakes(companies, places, *np.array_split(groups["namesake"], 2))
    return companies


def _brands(chance: Chance, countries: Sequence[Country], country: Whole) -> tuple[Texts, Texts]:
    """Brand and sector words, no two companies of a country with the same pair."""
    brand, sector = texts([""] * len(country)), texts([""] * len(country))
    for code, plan in enumerate(countries):
        rows = np.flatnonzero(country == code)
        heads, tails = (words(part) for part in plan.brand)
        coined = texts([head + tail for head, tail in product(heads, tails)])
        fields = texts(words(plan.sectors))
        room = len(coined) * len(fields)
        serial = chance.permutation(max(room, len(rows)))[: len(rows)]
        numeral = texts(["", *(f" {number}" for number in range(2, 3 + len(rows) // room))])[serial // room]
        brand[rows] = coined[serial % room % len(coined)] + numeral
        sector[rows] = fields[serial % room // len(coined)]
    return brand, sector


def _legal_forms(chance: Chance, countries: Sequence[Country], country: Whole) -> tuple[Texts, Texts]:
    form, other = texts([""] * len(country)), texts([""] * len(country))
    for code, plan in enumerate(countries):
        rows = np.flatnonzero(country == code)
        drawn = pick(chance, long_tail(len(plan.legal_forms), head=1), len(rows))
        variant = chance.integers(0, 60, len(rows))
        form[rows] = texts([forms[0] for forms in plan.legal_forms])[drawn]
        written = (plan.legal_forms[at] for at in drawn)
        other[rows] = [forms[1 + int(at) % (len(forms) - 1)] for forms, at in zip(written, variant, strict=True)]
    return form, other


def _tax_ids(chance: Chance, countries: Sequence[Country], country: Whole) -> Texts:
    numbers = chance.permutation(len(country)) * 7 + 1_000_003
    return texts([digits(countries[code].tax_id, int(n)) for code, n in zip(country, numbers, strict=True)])


def _make_subsidiaries(companies: Companies, children: Whole, parents: Whole, brand: Texts) -> None:
    """A child has its parent's brand, domain and country, but its own sector, address and tax id."""
    n = min(len(children), len(parents))
    child, parent = children[:n], parents[:n]
    differs = companies.sector[child] != companies.sector[parent]
    child, parent = child[differs], parent[differs]
    companies.core[child] = brand[parent] + " " + companies.sector[child]
    companies.domain[child] = companies.domain[parent]
    companies.parent[child] = parent
    companies.kind[child] = "subsidiary"


def _make_namesakes(companies: Companies, places: Places, one: Whole, two: Whole) -> None:
    """Companies in different towns that share nothing but the name; the later one has its town in its domain."""
    one, two = one[: len(two)], two[: len(one)]
    apart = companies.address.city[one] != companies.address.city[two]
    companies.core[two[apart]] = companies.core[one[apart]]
    independent = companies.kind != "subsidiary"
    later = np.flatnonzero((occurrence(companies.core) > 0) & independent)
    towns = places.cities.values[companies.address.city[later]]
    companies.domain[later] = [
        f"{slug(core, between='-')}-{slug(town, between='-')}.example"
        for core, town in zip(companies.core[later], towns, strict=True)
    ]
    shared = set(companies.core[later])
    companies.kind[[core in shared for core in companies.core] & independent] = "company_namesake"
