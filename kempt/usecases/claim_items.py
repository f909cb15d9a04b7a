"""Who works at which question: claimed for a while, handed to somebody, given back, or left to others as unsure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection

from kempt.errors import Conflict, StopRun
from kempt.proposals.life import UNDECIDED
from kempt.usecases.inbox import Filter, inbox
from kempt.usecases.tenancy import Tenant

CLAIM_LASTS = timedelta(minutes=30)
ASSIGNMENT_LASTS = timedelta(days=7)
MOST_AT_ONCE = 100


def claim_items(tenant: Tenant, proposals: Sequence[str], *, me: str, now: datetime) -> int:
    """Claims items that wait and that nobody else holds; how many it could."""
    return _hold(tenant, proposals, assignee=me, by=me, now=now, until=now + CLAIM_LASTS, over=False)


def claim_next(tenant: Tenant, chosen: Filter, *, me: str, now: datetime, count: int = 10) -> int:
    """Claims the most important items that nobody holds; how many there were."""
    found = inbox(tenant, chosen, me=me, now=now, limit=min(count, MOST_AT_ONCE))
    return claim_items(tenant, [item.proposal_id for item in found.items], me=me, now=now)


def assign_items(tenant: Tenant, proposals: Sequence[str], *, to: str, by: str, now: datetime) -> int:
    """Hands items to somebody, whoever held them; how many still waited."""
    if not to.strip():
        raise StopRun("to whom? Name somebody.")
    return _hold(tenant, proposals, assignee=to.strip(), by=by, now=now, until=now + ASSIGNMENT_LASTS, over=True)


def release_items(tenant: Tenant, proposals: Sequence[str], *, me: str) -> int:
    """Gives items back that one holds; how many there were."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.execute(
            "delete from kempt.assignment where assignee = %s and proposal_id = any(%s::uuid[])", [me, _ids(proposals)]
        ).rowcount


def be_unsure(tenant: Tenant, proposal_id: str, *, me: str, now: datetime, note: str | None = None) -> None:
    """Says that one looked and cannot tell: the item stays, is nobody's, and is shown to others first."""
    with tenant.database.transaction(tenant.name) as connection:
        refuse_held(connection, proposal_id, me=me, now=now)
        if connection.execute(
            "select from kempt.review_item where proposal_id = %s and state = any(%s)", [proposal_id, list(UNDECIDED)]
        ).fetchone() is None:  # fmt: skip
            raise Conflict(f"{proposal_id} does not wait any more.")
        connection.execute(
            """
            insert into kempt.opinion (tenant, proposal_id, opinion, steward, note, at)
            values (%s, %s, 'unsure', %s, %s, %s)
            on conflict (tenant, proposal_id, steward) do update set note = excluded.note, at = excluded.at
            """,
            [tenant.name, proposal_id, me, note, now],
        )
        connection.execute("delete from kempt.assignment where proposal_id = %s and assignee = %s", [proposal_id, me])


def refuse_held(connection: Connection[Any], proposal_id: str, *, me: str, now: datetime) -> None:
    """Refuses what somebody else works at right now."""
    row = connection.execute(
        "select assignee, until from kempt.assignment where proposal_id = %s and until > %s and assignee <> %s",
        [proposal_id, now, me],
    ).fetchone()
    if row is not None:
        raise Conflict(
            f"{row[0]} works at this until {row[1]:%H:%M} UTC. Take another one, or ask to have it released."
        )


def _hold(
    tenant: Tenant, proposals: Sequence[str], *, assignee: str, by: str, now: datetime, until: datetime, over: bool
) -> int:
    with tenant.database.transaction(tenant.name) as connection:
        return connection.execute(
            """
            insert into kempt.assignment as held (tenant, proposal_id, assignee, assigned_by, at, until)
            select tenant, proposal_id, %(assignee)s, %(by)s, %(now)s, %(until)s from kempt.review_item
            where proposal_id = any(%(proposals)s::uuid[]) and state = any(%(undecided)s)
            order by proposal_id
            on conflict (tenant, proposal_id) do update
                set assignee = excluded.assignee, assigned_by = excluded.assigned_by, at = excluded.at,
                    until = excluded.until
                where %(over)s or held.until <= %(now)s or held.assignee = excluded.assignee
            """,
            {"assignee": assignee, "by": by, "now": now, "until": until, "proposals": _ids(proposals),
             "undecided": list(UNDECIDED), "over": over},
        ).rowcount  # fmt: skip


def _ids(proposals: Sequence[str]) -> list[UUID]:
    if len(proposals) > MOST_AT_ONCE:
        raise StopRun(f"{len(proposals)} at once: {MOST_AT_ONCE} at most. Take some of them first.")
    try:
        return [UUID(each) for each in proposals]
    except ValueError:
        raise StopRun("that is no id of a proposal. Choose from the list again.") from None
