"""What stands about some records beside their values: where they belonged, constraints, stale flags, open proposals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

OPEN = ("pending", "deferred", "approved")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A record's time in an entity: positions of the ledger with their moments; the end is None while it lasts."""

    record_id: str
    entity_id: str
    from_seq: int
    to_seq: int | None
    began: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a steward said of two records, and whether it still holds."""

    constraint_id: str
    kind: str
    left_record: str
    right_record: str
    authority: str
    since: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleFlag:
    """A field of a record that was not confirmed for too long."""

    record_id: str
    attribute: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposal about some of the records, with its state in the review table, or what policy decided alone."""

    proposal_id: str
    kind: str
    attribute: str | None
    records: Sequence[str]
    confidence: float
    state: str
    deferred_until: date | None
    created_at: datetime
    open: bool
    asked: bool
    """Whether it was in the review table: what policy decided alone never was a question."""


_STAYS = """
select record_id::text, entity_id, from_seq, to_seq, began.at as began, ended.at as ended
from kempt.membership stay
join ledger.event began on began.tenant = stay.tenant and began.seq = stay.from_seq
left join ledger.event ended on ended.tenant = stay.tenant and ended.seq = stay.to_seq
where {of} order by stay.from_seq, record_id
"""


def stays_in(connection: Connection[Any], entity: str) -> list[Stay]:
    """Every stay in an entity, of records that left it too."""
    query = _STAYS.format(of="entity_id = %s")
    return connection.cursor(row_factory=class_row(Stay)).execute(query, [entity]).fetchall()


def stays_of(connection: Connection[Any], record: str) -> list[Stay]:
    """Where a record belonged, one stay after the other."""
    query = _STAYS.format(of="record_id = %s")
    return connection.cursor(row_factory=class_row(Stay)).execute(query, [record]).fetchall()


def constraints_on(connection: Connection[Any], records: Sequence[str], *, now: datetime) -> list[Constraint]:
    """Constraints in force on any of these records."""
    return (
        connection.cursor(row_factory=class_row(Constraint))
        .execute(
            """
            with named as (
                select constraint_id from kempt.record_constraint
                where superseded_by is null and left_record = any(%(records)s::uuid[])
                union
                select constraint_id from kempt.record_constraint
                where superseded_by is null and right_record = any(%(records)s::uuid[])
            )
            select constraint_id::text, kind, left_record::text, right_record::text, authority, created_seq as since,
                expires_at
            from kempt.record_constraint join named using (constraint_id)
            where expires_at is null or expires_at > %(now)s order by created_seq, constraint_id
            """,
            {"records": list(records), "now": now},
        )
        .fetchall()
    )


def stale_flags_on(connection: Connection[Any], records: Sequence[str]) -> list[StaleFlag]:
    """Flags that nobody cleared yet."""
    query = (
        "select record_id::text, attribute, raised_at from kempt.stale_flag "
        "where cleared_at is null and record_id = any(%s::uuid[]) order by attribute, record_id"
    )
    return connection.cursor(row_factory=class_row(StaleFlag)).execute(query, [list(records)]).fetchall()


def proposals_on(connection: Connection[Any], records: Sequence[str], *, limit: int = 50) -> list[Proposed]:
    """Proposals about any of these records: those that are open first, then the newest."""
    return (
        connection.cursor(row_factory=class_row(Proposed))
        .execute(
            """
            select proposal.proposal_id::text, proposal.kind, proposal.attribute,
                proposal.subjects::text[] as records, proposal.confidence,
                coalesce(item.state, case decided.verdict when 'apply' then 'applied' else decided.verdict end, 'new')
                    as state,
                item.deferred_until, proposal.created_at, coalesce(item.state = any(%(open)s), false) as open,
                item.proposal_id is not null as asked
            from kempt.proposals_about(%(records)s::uuid[]) as about
            join kempt.proposal on proposal.proposal_id = about
            left join kempt.review_item item using (tenant, proposal_id)
            left join lateral (
                select d.verdict from kempt.decision d where d.tenant = proposal.tenant
                    and d.proposal_id = proposal.proposal_id and d.decider_type = 'policy'
                order by d.decided_at desc, d.decision_id limit 1
            ) as decided on true
            order by open desc, proposal.created_at desc, proposal_id limit %(limit)s
            """,
            {"records": list(records), "open": list(OPEN), "limit": limit},
        )
        .fetchall()
    )
