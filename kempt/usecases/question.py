"""A question as a steward needs to see it: records side by side, why, the whole cluster, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kempt.agents.actors import Unmasking
from kempt.errors import Unknown
from kempt.ledger.vault import Said
from kempt.policy.authority import Authority
from kempt.records.masking import shown_of
from kempt.usecases.cluster_graph import Edge, edges_between
from kempt.usecases.consequences import consequences
from kempt.usecases.decide import authority_over, objection, person_of
from kempt.usecases.inbox import Item, find_items
from kempt.usecases.review import full_id, review_item
from kempt.usecases.side_by_side import Column, Row, columns_of, rows_of
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import tell_unmasked, values_of

NAMES = ("full_name", "company_name", "email", "domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that one page shows."""

    item: Item
    seen: str
    masked: bool
    evidence: Mapping[str, Any] = field(repr=False)
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    left_out: int
    edges: tuple[Edge, ...]
    authority: Authority
    why_not: str | None
    """Why the one who looks may not approve it now."""
    follows: tuple[str, ...]
    """What an approval brings about."""
    decisions: tuple[Mapping[str, Any], ...]
    life: tuple[Mapping[str, Any], ...]
    policy_version: str | None


def question(tenant: Tenant, proposal: str, *, me: str, now: datetime, unmask: Unmasking | None = None) -> Question:
    """A question with all that speaks for and against it. Values are masked unless `unmask` says for whom and why."""
    told = review_item(tenant, proposal, now=now, unmask=unmask)
    with tenant.database.transaction(tenant.name) as connection:
        items = find_items(connection, tenant, [told["proposal_id"]], now=now)
        if not items:
            raise Unknown(f"{told['proposal_id']} was never a question: policy decided it alone.")
        item = items[0]
        columns, versions, left_out = columns_of(connection, tenant, item, plain=unmask is not None)
        if unmask is not None:
            beside = [each.record_id for each in columns if not each.subject]
            if beside:
                fields = {name for record in beside for name in versions[record].values}
                tell_unmasked(connection, tenant, f"cluster of {item.proposal_id}", beside, fields, unmask, now)
        authority = authority_over(tenant, told["features"])
        why_not = objection(tenant, told, person_of(connection, me, now), approving=True)
        edges = edges_between(connection, columns)
        follows = consequences(connection, item)
    return Question(
        item=item, seen=told["seen"], masked=told["masked"], evidence=told["evidence"], columns=columns,
        rows=rows_of(columns, versions, masked=unmask is None), left_out=left_out, edges=edges, authority=authority,
        why_not=why_not, follows=follows, decisions=tuple(told["decisions"]), life=tuple(told["life"]),
        policy_version=next((each["policy_version"] for each in reversed(told["decisions"])), None),
    )  # fmt: skip


def headlines(tenant: Tenant, items: Sequence[Item]) -> dict[str, tuple[str, ...]]:
    """For each item, what its records are called, masked."""
    records = {record for item in items for record in item.records}
    with tenant.database.transaction(tenant.name) as connection:
        versions = values_of(connection, tenant, records)
    return {item.proposal_id: tuple(name_of(versions.get(record)) for record in item.records) for item in items}


def name_of(said: Said | None) -> str:
    """What a record is called, masked; a hint where nothing is known of it any more."""
    if said is None:
        return "(erased)"
    found = next(((name, said.values[name]) for name in NAMES if said.values.get(name)), None)
    return shown_of(*found) if found is not None else f"a {said.object_type} without a name"


def full_proposal_id(tenant: Tenant, proposal: str) -> str:
    """The whole id of a proposal that starts so."""
    with tenant.database.transaction(tenant.name) as connection:
        return full_id(connection, proposal)
