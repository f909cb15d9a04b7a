"""The inbox: which questions wait, in what order, for whom. Ids, kinds and rules; values stay sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.proposals.life import UNDECIDED
from kempt.proposals.model import KINDS
from kempt.records.model import EntityType
from kempt.usecases.tenancy import Tenant

Whose = Literal["mine", "nobody", "anybody"]
BANDS: dict[str, tuple[float, float]] = {
    "sure": (0.95, 1.01), "likely": (0.7, 0.95), "open": (0.3, 0.7), "unlikely": (0.0, 0.3)
}  # fmt: skip
"""Confidence, from and below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which items. What is None does not narrow."""

    state: str = "pending"
    kind: str | None = None
    entity_type: str | None = None
    attribute: str | None = None
    band: str | None = None
    rule: str | None = None
    origin: str | None = None
    late: bool = False
    whose: Whose = "anybody"
    assignee: str | None = None
    """Somebody by name, for whom it waits; says more than `whose`."""

    def __post_init__(self) -> None:
        if self.band is not None and self.band not in BANDS:
            raise StopRun(f"{self.band!r} is no band. Choose one of {', '.join(BANDS)}.")
        if self.kind is not None and self.kind not in KINDS:
            raise StopRun(f"{self.kind!r} is no kind of proposal. Choose one of {', '.join(KINDS)}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A question as the inbox lists it."""

    proposal_id: str
    kind: str
    entity_type: EntityType
    attribute: str | None
    origin: str | None
    confidence: float
    priority: float
    state: str
    rules: tuple[str, ...]
    records: tuple[str, ...]
    carried_at: datetime
    due_at: datetime
    deferred_until: Any
    assignee: str | None
    claimed_until: datetime | None
    unsure: tuple[str, ...]
    """Who looked and was not sure."""
    first_approval: bool
    """One person approved, and a second must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some items in their order, and where the next page begins; None on the last."""

    items: tuple[Item, ...]
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much waits."""

    waiting: int
    late: int
    mine: int
    unclaimed: int
    deferred: int
    by_kind: dict[str, int] = field(default_factory=dict)


_ITEM = """
select item.proposal_id::text, item.kind, item.entity_type, item.attribute, item.origin, item.confidence,
    item.priority, item.state, item.rules, proposal.subjects::text[] as records, item.carried_at, item.deferred_until,
    claim.assignee, claim.until as claimed_until, item.first_approval is not null as first_approval,
    array(select steward from kempt.opinion o where o.proposal_id = item.proposal_id order by at) as unsure
from kempt.review_item item
join kempt.proposal using (tenant, proposal_id)
left join kempt.assignment claim
    on claim.tenant = item.tenant and claim.proposal_id = item.proposal_id and claim.until > %(now)s
"""
# An equality, and beside the place on the page a plain bound: so the index of the inbox answers in its own order, and
# the first page of a hundred thousand items reads some tens of them.
_STATE = {True: "item.state = any(%(states)s)", False: "item.state = %(state)s"}
_PAGE = """
where {state}
    and (%(kind)s::text is null or item.kind = %(kind)s)
    and (%(entity_type)s::text is null or item.entity_type = %(entity_type)s)
    and (%(attribute)s::text is null or item.attribute = %(attribute)s)
    and (%(origin)s::text is null or item.origin = %(origin)s)
    and (%(rule)s::text is null or %(rule)s = any(item.rules))
    and (%(least)s::float8 is null or item.confidence >= %(least)s and item.confidence < %(most)s)
    and (%(late_before)s::timestamptz is null or item.carried_at < %(late_before)s)
    and (%(after)s::float8 is null
        or item.priority <= %(after)s and (-item.priority, item.proposal_id) > (-%(after)s, %(after_id)s::uuid))
    and case %(whose)s
        when 'mine' then claim.assignee = %(me)s
        when 'nobody' then claim.assignee is null
            and not exists (select from kempt.opinion o where o.proposal_id = item.proposal_id and o.steward = %(me)s)
        when 'named' then claim.assignee = %(assignee)s
        else true end
order by item.priority desc, item.proposal_id
limit %(limit)s
"""


def inbox(tenant: Tenant, chosen: Filter, *, me: str, now: datetime, after: str | None = None, limit: int = 25) -> Page:
    """Items that wait, what matters most and is least sure first; `after` is what the page before ended with."""
    with tenant.database.transaction(tenant.name) as connection:
        rows = _rows(connection, tenant, chosen, me=me, now=now, after=after, limit=limit + 1)
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Page(items=tuple(shown), after=None if last is None else f"{last.priority!r},{last.proposal_id}")


def counts(tenant: Tenant, *, me: str, now: datetime) -> Counts:
    """How much waits in all, by kind, for me, for nobody yet, and for too long."""
    with tenant.database.transaction(tenant.name) as connection:
        rows = connection.execute(
            "select kind, count(*), count(*) filter (where carried_at < %s) from kempt.review_item "
            "where state = 'pending' group by kind order by kind",
            [_late_before(tenant, now)],
        ).fetchall()
        ((mine, claimed, deferred),) = connection.execute(
            """
            select count(*) filter (where claim.assignee = %(me)s and state = 'pending'),
                count(*) filter (where state = 'pending'),
                (select count(*) from kempt.review_item where state = 'deferred')
            from kempt.assignment claim join kempt.review_item using (tenant, proposal_id) where claim.until > %(now)s
            """,
            {"me": me, "now": now},
        ).fetchall()
    waiting = sum(row[1] for row in rows)
    return Counts(
        waiting=waiting, late=sum(row[2] for row in rows), mine=mine, unclaimed=waiting - claimed, deferred=deferred,
        by_kind={row[0]: row[1] for row in rows},
    )  # fmt: skip


def choices(tenant: Tenant) -> dict[str, list[str]]:
    """What the filters can be set to: what occurs among the items that wait."""
    with tenant.database.transaction(tenant.name) as connection:
        found = {}
        for name, column in (("rule", "unnest(rules)"), ("attribute", "attribute"), ("origin", "origin")):
            rows = connection.execute(
                f"select distinct {column} as value from kempt.review_item where state in ('pending', 'deferred') "
                "order by 1"
            ).fetchall()
            found[name] = [row[0] for row in rows if row[0] is not None]
    return found


def following(tenant: Tenant, chosen: Filter, proposal_id: str, *, me: str, now: datetime) -> Item | None:
    """The next item that waits after this one in the inbox's order; the first one when it was the last."""
    with tenant.database.transaction(tenant.name) as connection:
        row = connection.execute(
            "select priority from kempt.review_item where proposal_id = %s", [proposal_id]
        ).fetchone()
        after = None if row is None else f"{row[0]!r},{proposal_id}"
        found = _rows(connection, tenant, chosen, me=me, now=now, after=after, limit=1)
        found = found or _rows(connection, tenant, chosen, me=me, now=now, after=None, limit=2)
    return next((item for item in found if item.proposal_id != proposal_id), None)


def find_items(connection: Connection[Any], tenant: Tenant, proposals: Sequence[str], *, now: datetime) -> list[Item]:
    """Items by their ids and in their order, whatever their state; what was never a question is left out."""
    rows = connection.cursor(row_factory=dict_row).execute(
        _ITEM + "where item.proposal_id = any(%(proposals)s::uuid[])", {"proposals": list(proposals), "now": now}
    )
    found = {row["proposal_id"]: _item(tenant, row) for row in rows}
    return [found[name] for name in dict.fromkeys(proposals) if name in found]


def mine_or_anybodys(chosen: Filter, counted: Counts) -> Filter:
    """What somebody sees who did not say what she wants: hers, or what nobody has while she has none."""
    return replace(chosen, whose="mine" if counted.mine else "nobody")


def _rows(
    connection: Connection[Any],
    tenant: Tenant,
    chosen: Filter,
    *,
    me: str,
    now: datetime,
    after: str | None,
    limit: int,
) -> list[Item]:
    priority, proposal = _position(after)
    least, most = BANDS[chosen.band] if chosen.band else (None, None)
    query = _ITEM + _PAGE.format(state=_STATE[chosen.state == "open"])
    bound = {
        "state": chosen.state, "states": list(UNDECIDED),
        "kind": chosen.kind, "entity_type": chosen.entity_type, "attribute": chosen.attribute,
        "origin": chosen.origin, "rule": chosen.rule, "least": least, "most": most,
        "late_before": _late_before(tenant, now) if chosen.late else None,
        "whose": "named" if chosen.assignee else chosen.whose, "assignee": chosen.assignee, "me": me, "now": now,
        "after": priority, "after_id": proposal, "limit": limit,
    }  # fmt: skip
    # Planned for these very filters: a plan for any of them would read every item.
    rows: Sequence[dict[str, Any]] = (
        connection.cursor(row_factory=dict_row).execute(query, bound, prepare=False).fetchall()
    )
    return [_item(tenant, row) for row in rows]


def _item(tenant: Tenant, row: dict[str, Any]) -> Item:
    due = row["carried_at"] + timedelta(days=tenant.policies.authority.answer_within_days)
    return Item(
        **{**row, "rules": tuple(row["rules"]), "records": tuple(row["records"]), "unsure": tuple(row["unsure"])},
        due_at=due,
    )


def _position(after: str | None) -> tuple[float | None, str | None]:
    if not after:
        return None, None
    priority, _, proposal = after.partition(",")
    try:
        return float(priority), str(UUID(proposal))
    except ValueError:
        raise StopRun("no such page. Start again from the first one.") from None


def _late_before(tenant: Tenant, now: datetime) -> datetime:
    return now - timedelta(days=tenant.policies.authority.answer_within_days)
