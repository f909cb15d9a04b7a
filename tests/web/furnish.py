"""People in the vault and questions about them, put there as a run puts them, without the run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kempt.ids import digest, keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.vault import Content, keep_versions, stage_versions
from kempt.policy.autonomy import Decision, Verdict
from kempt.proposals.model import Features, Proposal, make_proposal
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.record_proposals import Decided, record_proposals
from kempt.usecases.review import carry_to_review
from kempt.usecases.tenancy import Tenant
from tests.factory import Desk

Values = Mapping[str, str]
AGENTS = {"field_change": "enricher", "stale_flag": "staleness"}
NAMES = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnished:
    """The questions by kind, each kind in the order in which its people were given."""

    merges: tuple[str, ...]
    changes: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.merges, *self.changes, *self.stale)


def person_of(at: int, source: str = "crm") -> dict[str, str]:
    """A fictional person as one of two sources has her: same name and street, another mail."""
    family = f"Zirbel{NAMES[at % 26]}{NAMES[at // 26 % 26]}{NAMES[at // 676 % 26]}wald"
    return {
        "full_name": f"Otto {family}", "given_name": "Otto", "family_name": family, "country": "DE",
        "email": f"otto.{at}@{'kontor' if source == 'crm' else 'freigeist'}.example",
        "company_name": f"Holzkontor {family}", "street": f"Lindengasse {at}", "postal_code": "10115",
        "city": "Berlin", "job_title": "Buyer", "updated_at": "2025-02-01 09:00:00", "source": source,
        "source_key": f"{source[0]}{at}",
    }  # fmt: skip


def furnish(
    desk: Desk,
    *,
    merges: Sequence[tuple[Values, Values]] = (),
    changes: Sequence[tuple[Values, str]] = (),
    stale: Sequence[Values] = (),
    attribute: str = "job_title",
) -> Furnished:
    """A question for each pair that may be one, for each value that may replace another, and for each that may be old.

    Each pair's records are entities of their own. The confidence falls with the place in the list.
    """
    tenant, now = desk.tenant, desk.tick()
    people: dict[str, Values] = {}
    made: dict[str, list[Proposal]] = {"merge": [], "field_change": [], "stale_flag": []}
    for at, (one, other) in enumerate(merges):
        pair = [record_of(tenant.name, each) for each in (one, other)]
        people |= zip(pair, (one, other), strict=True)
        made["merge"].append(_merge(tenant, pair, one, other, at))
    asked = [("field_change", *each) for each in changes] + [("stale_flag", each, each[attribute]) for each in stale]
    for at, (kind, values, value) in enumerate(asked):
        record = record_of(tenant.name, values)
        people[record] = values
        made[kind].append(_about_value(tenant, kind, record, values, attribute, value, at))
    _keep(desk, people)
    decision = Decision(verdict=Verdict.REVIEW, reasons=("otherwise",), policy_version="v")
    with tenant.database.transaction(tenant.name) as connection:
        pin_policies(connection, tenant.policies)
        record_proposals(
            connection, tenant, [Decided(each, decision) for several in made.values() for each in several], now=now
        )
    carry_to_review(tenant, now=now)
    ids = {kind: tuple(each.proposal_id for each in several) for kind, several in made.items()}
    return Furnished(merges=ids["merge"], changes=ids["field_change"], stale=ids["stale_flag"])


def record_of(tenant: str, values: Values) -> str:
    """The id of a record, which follows from its key."""
    return stable_id("record of the tests", tenant, values["source"], values["source_key"])


def _merge(tenant: Tenant, pair: Sequence[str], one: Values, other: Values, at: int) -> Proposal:
    features = Features(kind="merge", entity_type="person", agent="matcher", confidence=round(0.9 - at * 1e-6, 6),
                        objects=("contact",), cluster_size=2, same_source=False)  # fmt: skip
    shown = sorted(set(one) | set(other))
    evidence = {
        "why": "doubt", "bits": 4.5, "prior_bits": -11.5,
        "comparisons": [{"label": "name", "says": "the names are equal", "bits": 12.25},
                        {"label": "mail", "says": "the mail addresses differ", "bits": -1.25},
                        {"label": "street", "says": "the streets are equal", "bits": 5.0}],
        "sentences": ["For it: the names are equal (+12.2 bits).", "Against it: the mail addresses differ."],
        "what_would_flip_it": ["If the mail agreed, they would be one."],
        "records": [{"field": name, "left": one.get(name), "right": other.get(name)} for name in shown],
    }  # fmt: skip
    return make_proposal(tenant.name, list(pair), features, evidence=evidence)


def _about_value(
    tenant: Tenant, kind: str, record: str, values: Values, attribute: str, value: str, at: int
) -> Proposal:
    more = {"fills_empty": False, "origin": "register"} if kind == "field_change" else {}
    features = Features(
        kind=kind,
        entity_type="person",
        agent=AGENTS[kind],  # type: ignore[arg-type]
        confidence=round(0.8 - at * 1e-6, 6),
        attribute=attribute,
        **more,
    )  # type: ignore[arg-type]
    evidence: dict[str, Any] = {"attribute": attribute, "value": value}
    if kind == "field_change":
        evidence |= {"stands": values.get(attribute), "stands_from": values["source"], "stands_since": "2025-02-01",
                     "gap": "old", "provider": "register", "observed_on": "2025-03-01", "found": "by its name",
                     "confidence": {"match": 0.97, "reliability": 0.9, "freshness": 0.8}}  # fmt: skip
    else:
        evidence |= {"source": values["source"], "seen_on": "2024-01-01", "because": "value_stale"}
    return make_proposal(tenant.name, [record], features, evidence=evidence,
                         value_digest=keyed_digest(tenant.keys.digest_key(), f"{value}|{kind}"))  # fmt: skip


def _keep(desk: Desk, people: Mapping[str, Values]) -> None:
    """What records say, in the vault; each an entity of its own."""
    tenant = desk.tenant
    contents = [
        Content(record_id=record, version=1, object_type="contact", observed_on=date(2025, 3, 3), digest=digest(text),
                text=text)
        for record, values in people.items() for text in [json.dumps(values)]
    ]  # fmt: skip
    with tenant.database.transaction(tenant.name) as connection:
        stage_versions(connection, tenant.vault, contents)
        body = {"new": len(contents), "changed": 0}
        event = Event(event_id=stable_id("furnished", tenant.name, *people), type="record_versions_kept.v1", body=body)
        seq = append(connection, [event], at=desk.tick()).first
        keep_versions(connection, seq)
        bound = {"tenant": tenant.name, "records": list(people), "seq": seq}
        connection.execute(
            """
            insert into kempt.entity (tenant, entity_id, entity_type, anchor_record, incarnation, born_seq, state)
            select %(tenant)s, 'per_' || replace(id::text, '-', ''), 'person', id, 1, %(seq)s, 'active'
            from unnest(%(records)s::uuid[]) as id
            """,
            bound,
        )
        connection.execute(
            """
            insert into kempt.membership (tenant, record_id, entity_id, from_seq)
            select %(tenant)s, id, 'per_' || replace(id::text, '-', ''), %(seq)s
            from unnest(%(records)s::uuid[]) as id
            """,
            bound,
        )
