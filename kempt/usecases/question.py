"""A question as a steward needs to see it: records side by side, why, the whole cluster, and what follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.agents.actors import Unmasking
from kempt.errors import Unknown
from kempt.ledger.vault import Said
from kempt.policy.authority import Authority, refusal
from kempt.records.masking import shown_of
from kempt.survivorship.units import UNITS
from kempt.usecases.decide import authority_over
from kempt.usecases.inbox import Item, find_item
from kempt.usecases.members import roles_of
from kempt.usecases.review import full_id, review_item
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import tell_unmasked, values_of

MOST_RECORDS = 8
"""Records of the cluster that are shown beside each other; the others are counted."""
NAMES = ("full_name", "company_name", "email", "domain")
UNCOMPARED = frozenset({"object_type", "source", "presence", "updated_at"})
"""What says where a record comes from rather than who it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One record among those shown side by side."""

    number: int
    record_id: str
    entity_id: str | None
    source: str | None
    object_type: str | None
    updated_at: str | None
    subject: bool
    """Whether the question is about it, and not only about its cluster."""
    link: str | None
    """Where its own system shows it; its key is a value, so none while values are masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of all records; `same` is None where fewer than two records say anything."""

    attribute: str
    values: tuple[str | None, ...] = field(repr=False)
    same: bool | None
    marks: tuple[str, ...]
    """Of each value: same, differs or empty, against the first record that says anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Two records, by their numbers, and what was found or decided about them."""

    left: int
    right: int
    proposal_id: str | None
    confidence: float | None
    said: str


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
        item = find_item(connection, tenant, told["proposal_id"], now=now)
        if item is None:
            raise Unknown(f"{told['proposal_id']} was never a question: policy decided it alone.")
        columns, versions, left_out = _columns(connection, tenant, item, plain=unmask is not None)
        if unmask is not None:
            beside = [each.record_id for each in columns if not each.subject]
            if beside:
                fields = {name for record in beside for name in versions[record].values}
                tell_unmasked(connection, tenant, f"cluster of {item.proposal_id}", beside, fields, unmask, now)
        authority = authority_over(tenant, told["features"])
        why_not = _why_not(connection, authority, told, me, now)
        edges = _edges(connection, columns)
        follows = _follows(connection, tenant, item)
    return Question(
        item=item, seen=told["seen"], masked=told["masked"], evidence=told["evidence"], columns=columns,
        rows=_rows(columns, versions, masked=unmask is None), left_out=left_out, edges=edges, authority=authority,
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


_CLUSTER = """
select member.record_id::text, member.entity_id, member.record_id = any(%(records)s::uuid[]) as subject
from kempt.membership member
-- As an array, so that the few entities are found first, whatever the planner knows of the table.
where member.to_seq is null and member.entity_id = any(array(
    select entity_id from kempt.membership where record_id = any(%(records)s::uuid[]) and to_seq is null
))
order by subject desc, member.entity_id, member.record_id
"""


def _columns(
    connection: Connection[Any], tenant: Tenant, item: Item, *, plain: bool = False
) -> tuple[tuple[Column, ...], dict[str, Said], int]:
    """The records of the question first, then those that stand with them today."""
    found = {record: entity for record, entity, _ in connection.execute(_CLUSTER, {"records": list(item.records)})}
    order = [*item.records, *(record for record in found if record not in item.records)]
    shown = order[:MOST_RECORDS]
    versions = values_of(connection, tenant, shown)
    columns = []
    for number, record in enumerate((each for each in shown if each in versions), start=1):
        said = versions[record]
        columns.append(
            Column(
                number=number, record_id=record, entity_id=found.get(record), source=said.values.get("source"),
                object_type=said.object_type, updated_at=said.values.get("updated_at") or said.observed_on.isoformat(),
                subject=record in item.records, link=_link(tenant, said) if plain else None,
            )
        )  # fmt: skip
    return tuple(columns), versions, len(order) - len(shown)


def _link(tenant: Tenant, said: Said) -> str | None:
    source, key = said.values.get("source"), said.values.get("source_key")
    declared = next((each for each in tenant.declarations if each.source == source), None)
    return None if declared is None or key is None else declared.link_to(key)


def taken_from(tenant: Tenant, proposal: str, record: str, *, now: datetime) -> dict[str, str | None]:
    """What one record of a question says where the others say something else: its values as overrides, plain."""
    with tenant.database.transaction(tenant.name) as connection:
        item = find_item(connection, tenant, full_id(connection, proposal), now=now)
        if item is None:
            raise Unknown("Only a question has records to choose from.")
        columns, versions, _ = _columns(connection, tenant, item)
        chosen = next((column for column in columns if column.record_id == record), None)
        if chosen is None:
            raise Unknown("That record does not stand in this question.")
        parts = {part for unit in UNITS[item.entity_type] for part in unit.parts}
        said = versions[record].values
        return {
            row.attribute: said[row.attribute]
            for row in _rows(columns, versions, masked=True)
            if row.same is False and row.attribute in parts and said.get(row.attribute)
        }


def _rows(columns: Sequence[Column], versions: Mapping[str, Said], *, masked: bool) -> tuple[Row, ...]:
    said = [versions[column.record_id].values for column in columns]
    names = dict.fromkeys(name for values in said for name in values)
    rows = []
    for name in sorted(names, key=_place):
        if name in ("source", "source_key"):
            continue
        plain = [values.get(name) for values in said]
        first = next((each for each in plain if each), None)
        marks = tuple("empty" if not each else "same" if _alike(each, first) else "differs" for each in plain)
        heard = [mark for mark in marks if mark != "empty"]
        shown = [each and (shown_of(name, each) if masked else each) for each in plain]
        same = None if len(heard) < 2 else "differs" not in heard
        rows.append(Row(attribute=name, values=tuple(shown), same=same, marks=marks))
    return tuple(rows)


_ORDER = (
    "full_name", "given_name", "family_name", "company_name", "legal_form", "email", "phone", "domain", "website",
    "job_title", "birth_date", "registry_id", "street", "postal_code", "city", "region", "country",
)  # fmt: skip


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _alike(one: str, other: str | None) -> bool:
    return other is not None and one.casefold().split() == other.casefold().split()


_EDGES = """
select p.proposal_id::text, p.subjects::text[] as records, p.confidence, item.state, d.verdict, d.decider_type
from kempt.proposal p
left join kempt.review_item item using (tenant, proposal_id)
left join lateral (
    select verdict, decider_type from kempt.decision_in_force f where f.proposal_id = p.proposal_id
) d on true
where p.kind = 'merge' and p.subjects <@ %(records)s::uuid[]
"""
_CONSTRAINTS = """
select kind, left_record::text, right_record::text, authority from kempt.record_constraint
where superseded_by is null and (expires_at is null or expires_at > now())
    and left_record = any(%(records)s::uuid[]) and right_record = any(%(records)s::uuid[])
order by created_seq
"""


def _edges(connection: Connection[Any], columns: Sequence[Column]) -> tuple[Edge, ...]:
    number = {column.record_id: column.number for column in columns}
    bound = {"records": list(number)}
    found: dict[tuple[int, int], Edge] = {}
    for row in connection.cursor(row_factory=dict_row).execute(_EDGES, bound).fetchall():
        left, right = sorted(number[record] for record in row["records"])
        said = {"apply": "linked", "reject": "rejected"}.get(row["verdict"], "asked")
        by = " by a steward" if row["decider_type"] == "steward" and said != "asked" else ""
        found[left, right] = Edge(left=left, right=right, proposal_id=row["proposal_id"],
                                  confidence=row["confidence"], said=said + by)  # fmt: skip
    for kind, one, other, authority in connection.execute(_CONSTRAINTS, bound).fetchall():
        left, right = sorted((number[one], number[other]))
        said = "held together" if kind == "must_link" else "held apart"
        before = found.get((left, right))
        found[left, right] = Edge(
            left=left, right=right, proposal_id=before.proposal_id if before else None,
            confidence=before.confidence if before else None, said=f"{said} by {authority}",
        )  # fmt: skip
    return tuple(found[key] for key in sorted(found))


def _why_not(
    connection: Connection[Any], authority: Authority, told: Mapping[str, Any], me: str, now: datetime
) -> str | None:
    roles = roles_of(connection, me, now.date())
    if roles is None:
        return None
    first = connection.execute(
        "select d.decider from kempt.review_item item join kempt.decision d on d.decision_id = item.first_approval "
        "where item.proposal_id = %s",
        [told["proposal_id"]],
    ).fetchone()
    return refusal(
        authority, name=me, roles=roles, proposer=told["features"]["agent"], today=now.date(), approving=True,
        first_approver=first[0] if first else None,
    )  # fmt: skip


def _follows(connection: Connection[Any], tenant: Tenant, item: Item) -> tuple[str, ...]:
    """What an approval brings about, in sentences."""
    if item.kind == "stale_flag":
        return ("The value is marked as old. It stays until another takes its place.",)
    if item.kind == "field_change":
        return (
            "The value becomes an override on this record: no source outvotes it.",
            "It moves with its record when the entity is merged or split.",
            "Another value for the field can be approved or set later; the earlier ones stay in the history.",
        )
    entities = connection.execute(
        """
        select m.entity_id, e.born_seq, count(*) over (partition by m.entity_id) as records
        from kempt.membership m join kempt.entity e using (tenant, entity_id)
        where m.to_seq is null and m.record_id = any(%s::uuid[])
        """,
        [list(item.records)],
    ).fetchall()
    names = {row[0] for row in entities}
    if len(names) < 2:
        return ("The two are one already; approving it makes that the word of a person.",)
    sizes = dict(
        connection.execute(
            "select entity_id, count(*) from kempt.membership where to_seq is null and entity_id = any(%s) group by 1",
            [sorted(names)],
        ).fetchall()
    )
    born = {row[0]: row[1] for row in entities}
    stays = min(names, key=lambda name: (-sizes[name], born[name], name))
    (goes,) = names - {stays}
    ((asked,),) = connection.execute(
        "select count(*) from kempt.review_item item join kempt.proposal p using (tenant, proposal_id) "
        "where item.state = 'pending' and p.subjects && array(select record_id from kempt.membership "
        "where to_seq is null and entity_id = any(%s)) and p.proposal_id <> %s",
        [sorted(names), item.proposal_id],
    ).fetchall()
    return (
        f"Two entities become one of {sizes[stays] + sizes[goes]} records.",
        f"{stays} stays; {goes} leads there for ever.",
        f"{asked} other questions about these records stay open." if asked else "No other question is about them.",
        "It can be undone: an unmerge takes them apart again, with a plan of what happened since.",
    )
