"""What a digest is about, as ids and counts: this is what waits in the outbox. Values are looked up when it leaves."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

ITEMS, CHANGES, EXAMPLES = 10, 12, 3

WAITING = """
select count(*), min(item.carried_at) from kempt.review_item item where item.state = 'pending'
"""
FIRST = """
select item.proposal_id::text from kempt.review_item item
where item.state = 'pending' order by item.priority desc, item.proposal_id limit %s
"""
DECIDED = """
with lately as (
    select d.proposal_id, d.verdict, d.decider_type, d.reasons[1] as rule
    from kempt.decision d
    where d.decided_at > %(since)s and d.decided_at <= %(until)s and d.verdict <> 'review'
        and not exists (select from kempt.withdrawal w where w.tenant = d.tenant and w.decision_id = d.decision_id)
)
select verdict, decider_type, p.kind, p.entity_type, p.attribute, rule, count(*) as count,
    (array_agg(lately.proposal_id::text order by lately.proposal_id))[1:%(examples)s] as examples
from lately join kempt.proposal p using (proposal_id)
group by verdict, decider_type, p.kind, p.entity_type, p.attribute, rule
order by decider_type = 'steward' desc, count(*) desc, p.kind, p.attribute, rule limit %(most)s
"""
IDENTITY = """
select coalesce(sum(minted), 0)::bigint as minted, coalesce(sum(merged), 0)::bigint as merged,
    coalesce(sum(split), 0)::bigint as split
from kempt.identity_run where at > %(since)s and at <= %(until)s
"""
HEALTH = """
select round((25 * (completeness + validity + freshness + uniqueness))::numeric, 1)::float as score
from kempt.health_day where scope = 'golden' and day <= %s order by day desc limit 1
"""


def told_until(connection: Connection[Any], sink: str) -> tuple[int, datetime] | None:
    """How far a sink was told, its row locked; None for a new one."""
    row = connection.execute("select seq, at from kempt.told where sink = %s for update", [sink]).fetchone()
    return (int(row[0]), row[1]) if row else None


def move_told(connection: Connection[Any], sink: str, seq: int, now: datetime) -> None:
    """The sink is told up to here, as soon as this transaction is committed."""
    connection.execute(
        "insert into kempt.told (tenant, sink, seq, at) values (kempt.tenant(), %s, %s, %s) "
        "on conflict (tenant, sink) do update set seq = excluded.seq, at = excluded.at",
        [sink, seq, now],
    )


def facts(connection: Connection[Any], *, after: int, head: int, since: datetime, until: datetime) -> dict[str, Any]:
    """The week behind a position of the ledger: counts, changes in batches, and the ids of what waits."""
    bound = {"since": since, "until": until, "most": CHANGES, "examples": EXAMPLES}
    cursor = connection.cursor(row_factory=dict_row)
    waiting, oldest = connection.execute(WAITING).fetchone() or (0, None)
    measured = [connection.execute(HEALTH, [day]).fetchone() for day in (until.date(), since.date())]
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "events": head - after,
        "identity": cursor.execute(IDENTITY, bound).fetchone(),
        "decided": cursor.execute(DECIDED, bound).fetchall(),
        "waiting": waiting,
        "oldest_days": max(0, (until - oldest) // timedelta(days=1)) if oldest else 0,
        "items": [name for (name,) in connection.execute(FIRST, [ITEMS])],
        "health": measured[0][0] if measured[0] else None,
        "health_before": measured[1][0] if measured[1] else None,
    }
