"""How the review queue does: what waits and how long, how fast people decide, how often they agree or regret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

WINDOW = timedelta(days=30)
MOST = 20

# Ages as percentile_disc would have them, found by walking the index instead of sorting a hundred thousand.
BACKLOG = """
with waiting as (select count(*) as items from kempt.review_item where state = 'pending')
select items,
    %(now)s - (select carried_at from kempt.review_item where state = 'pending' order by carried_at
        offset (select items - ceil(0.5 * items)::bigint from waiting) limit 1),
    %(now)s - (select carried_at from kempt.review_item where state = 'pending' order by carried_at
        offset (select items - ceil(0.95 * items)::bigint from waiting) limit 1)
from waiting
"""
STATES = """
select state, count(*) from kempt.review_item where state in ('deferred', 'approved') group by state
"""
HOURS = """
select date_trunc('hour', decided_at), count(*), count(distinct decider) from kempt.decision
where decider_type = 'steward' and decided_at > %(day)s and decided_at <= %(now)s group by 1 order by 1
"""
# What people said to what policy asked them, by the rule that asked and by where the value came from.
ACCEPTED = """
with said as (
    select distinct on (d.proposal_id) d.proposal_id, d.verdict from kempt.decision d
    where d.decider_type = 'steward' and d.verdict <> 'review' and d.decided_at > %(since)s and d.decided_at <= %(now)s
    order by d.proposal_id, d.decided_at desc
),
asked as (
    select said.verdict, p.features ->> 'origin' as provider, p.features ->> 'agent' as agent, policy.reasons
    from said join kempt.proposal p using (proposal_id)
    cross join lateral (
        select d.reasons from kempt.decision d where d.proposal_id = said.proposal_id and d.decider_type = 'policy'
        order by d.decided_at desc limit 1
    ) as policy
),
named as (
    select 'rule' as by, unnest(reasons) as name, verdict from asked
    union all
    select 'provider', coalesce(provider, agent), verdict from asked
)
select by, name, count(*) filter (where verdict = 'apply'), count(*) from named group by by, name
order by by, count(*) desc, name
"""
# Undone: people's own decisions taken back, and merges that had to be taken apart.
REGRETTED = """
select
    (select count(*) from kempt.decision where decider_type = 'steward' and verdict <> 'review'
        and decided_at > %(since)s and decided_at <= %(now)s),
    (select count(*) from kempt.withdrawal join kempt.decision d using (tenant, decision_id)
        where d.decider_type = 'steward' and at > %(since)s and at <= %(now)s),
    (select coalesce(sum(merged), 0)::bigint from kempt.identity_run where at > %(since)s and at <= %(now)s),
    (select count(*) from kempt.audit_item
        where verdict = 'apply' and label in ('right', 'wrong') and labelled_at > %(since)s and labelled_at <= %(now)s),
    (select count(*) from kempt.audit_item
        where verdict = 'apply' and label = 'wrong' and labelled_at > %(since)s and labelled_at <= %(now)s)
"""
UNMERGED = """
select count(*) from ledger.page(4611686018427387904, 1000, array['unmerge_decided.v1'], null, null, 1)
where at > %(since)s and at <= %(now)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """How often people agreed with what one rule, or one provider, asked them."""

    name: str
    share: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What people decided in an hour, and how many of them did."""

    hour: datetime
    decisions: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """The queue now, and in the thirty days before."""

    pending: int
    deferred: int
    approved: int
    """Decided and not applied yet."""
    age_p50: timedelta | None
    age_p95: timedelta | None
    hours: Sequence[Hour]
    """Of the last day, those in which somebody decided."""
    by_rule: Sequence[Accepted]
    by_provider: Sequence[Accepted]
    taken_back: Share
    """Decisions of people that were withdrawn before they took effect."""
    unmerged: Share
    """Merges that were taken apart, of those made."""
    audited_wrong: Share
    """What policy applied and an audit found wrong, of what was audited."""

    @property
    def decisions_per_hour(self) -> float | None:
        """Over the hours of the last day in which somebody decided."""
        return sum(each.decisions for each in self.hours) / len(self.hours) if self.hours else None


def queue_figures(connection: Connection[Any], *, now: datetime) -> QueueFigures:
    """Counted by the database, from the review tables as they are."""
    bound = {"now": now, "since": now - WINDOW, "day": now - timedelta(days=1)}
    states = dict(connection.execute(STATES).fetchall())
    ((pending, half, most),) = connection.execute(BACKLOG, bound).fetchall()
    accepted: dict[str, list[Accepted]] = {"rule": [], "provider": []}
    for by, name, agreed, asked in connection.execute(ACCEPTED, bound):
        accepted[by].append(Accepted(name=name, share=Share(part=agreed, whole=asked)))
    ((decided, taken_back, merged, audited, wrong),) = connection.execute(REGRETTED, bound).fetchall()
    ((unmerged,),) = connection.execute(UNMERGED, bound).fetchall()
    return QueueFigures(
        pending=pending,
        deferred=states.get("deferred", 0),
        approved=states.get("approved", 0),
        age_p50=half,
        age_p95=most,
        hours=[
            Hour(hour=hour, decisions=count, people=people) for hour, count, people in connection.execute(HOURS, bound)
        ],
        by_rule=accepted["rule"][:MOST],
        by_provider=accepted["provider"][:MOST],
        taken_back=Share(part=taken_back, whole=decided),
        unmerged=Share(part=unmerged, whole=merged),
        audited_wrong=Share(part=wrong, whole=audited),
    )
