"""What the risk budget says of the changes that a run would apply: which may, and why the others may not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from kempt.policy.autonomy import Verdict
from kempt.policy.budget import ALL, BudgetPolicy, Room, Spent, room
from kempt.policy.drawn import drawn
from kempt.proposals.model import Features, ProposalKind
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """A change that policy would apply and that is not applied yet."""

    name: str
    segment: str
    kind: ProposalKind
    confidence: float


def rooms(
    connection: Connection[Any], budget: BudgetPolicy, kinds: Mapping[str, ProposalKind], *, now: datetime
) -> dict[str, Room]:
    """How many more changes each segment may apply."""
    known = spent(connection, list(kinds), now)
    return {segment: room(budget, kind, known[segment]) for segment, kind in kinds.items()}


def held_back(rooms: Mapping[str, Room], wanting: Iterable[Wanting]) -> dict[str, str]:
    """The changes for which there is no room, by name, with the reason. The most certain ones go first."""
    by_segment: dict[str, list[Wanting]] = defaultdict(list)
    for each in wanting:
        by_segment[each.segment].append(each)
    held: dict[str, str] = {}
    for segment, changes in by_segment.items():
        if len(changes) > rooms[segment].changes:
            ranked = sorted(changes, key=lambda each: (-each.confidence, each.name))
            held |= dict.fromkeys((each.name for each in ranked[rooms[segment].changes :]), rooms[segment].reason)
    return held


def spend(connection: Connection[Any], applied: Mapping[str, int], *, now: datetime) -> None:
    """Counts what was applied, by segment."""
    connection.cursor().executemany(
        "insert into kempt.budget_use (tenant, segment, day, applied) values (kempt.tenant(), %s, %s, %s) "
        "on conflict (tenant, segment, day) do update set applied = budget_use.applied + excluded.applied",
        [(segment, now.astimezone(UTC).date(), count) for segment, count in sorted(applied.items())],
    )


def is_audited(tenant: Tenant, features: Features, subjects: Iterable[str], verdict: Verdict) -> bool:
    """Whether a decision of policy is drawn for audit: the same answer for the same change, at any time."""
    limit = tenant.policies.budget.of(features.kind)
    share = {Verdict.APPLY: limit.audit_applied, Verdict.REJECT: limit.audit_rejected}.get(verdict, 0.0)
    about = "|".join((*sorted(subjects), features.attribute or ""))
    return drawn(tenant.keys.digest_key(), f"audit of {verdict}", about, share)


def spent(connection: Connection[Any], segments: list[str], now: datetime) -> dict[str, Spent]:
    """What is known of each segment now."""
    applied = connection.execute(
        "select segment, sum(applied)::bigint, coalesce(sum(applied) filter (where day = %s), 0)::bigint "
        "from kempt.budget_use where segment = any(%s) group by segment",
        [now.astimezone(UTC).date(), segments],
    ).fetchall()
    audits = connection.execute(
        "select segment, count(*) filter (where label = 'right'), count(*) filter (where label = 'wrong') "
        "from kempt.audit_item where verdict = 'apply' and label is not null and segment = any(%s) group by segment",
        [segments],
    ).fetchall()
    stopped = {name for (name,) in connection.execute("select segment from kempt.policy_stopped")}
    used = {segment: (ever, today) for segment, ever, today in applied}
    judged = {segment: (right, wrong) for segment, right, wrong in audits}
    return {
        segment: Spent(
            right=judged.get(segment, (0, 0))[0],
            wrong=judged.get(segment, (0, 0))[1],
            applied=used.get(segment, (0, 0))[0],
            applied_today=used.get(segment, (0, 0))[1],
            stopped=ALL in stopped or segment in stopped,
        )
        for segment in segments
    }
