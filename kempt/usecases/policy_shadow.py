"""A version that decides along with the one in force: what it would say is written down, and nothing comes of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.policy.autonomy import Decision, Verdict
from kempt.policy.compare import Difference, Report, Seen, count, differences, doubts_of
from kempt.usecases.decision_rows import Decided
from kempt.usecases.tenancy import Tenant


def watch(connection: Connection[Any], tenant: Tenant, decided: Sequence[Decided], *, now: datetime) -> None:
    """Has the shadow decide the same proposals, and keeps what it says otherwise, and how much it was shown."""
    if (shadow := tenant.shadow) is None or not decided:
        return
    seen = [
        Seen(proposal_id=proposal.proposal_id, features=proposal.features, doubts=doubts_of(decision.reasons))
        for proposal, decision, _ in decided
    ]
    floors = tenant.policies.protection.floors
    found = list(differences(seen, tenant.policies.autonomy, shadow.policies.autonomy, floors, Report()))
    cursor = connection.cursor()
    cursor.execute(
        "delete from kempt.shadow_decision where version = %s and proposal_id = any(%s::uuid[])",
        [shadow.version, [each.proposal_id for each in seen]],
    )
    cursor.executemany(
        """
        insert into kempt.shadow_decision
            (tenant, version, proposal_id, kind, entity_type, verdict, reasons, shadow_verdict, shadow_reasons, at)
        values (kempt.tenant(), %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [_row(shadow.version, each, now) for each in found],
    )
    kinds = Counter(each.features.kind for each in seen)
    cursor.executemany(
        """
        insert into kempt.shadow_seen (tenant, version, against, kind, proposals, runs, first_at, last_at)
        values (kempt.tenant(), %s, %s, %s, %s, 1, %s, %s)
        on conflict (tenant, version, against, kind) do update
            set proposals = excluded.proposals, runs = shadow_seen.runs + 1, last_at = excluded.last_at
        """,
        [(shadow.version, tenant.policies.version, kind, shown, now, now) for kind, shown in kinds.items()],
    )


def shadow_report(connection: Connection[Any], version: str, against: str) -> tuple[Report, int]:
    """What a shadow said otherwise than the version in force, and in how many runs it was asked."""
    report = Report()
    shown = connection.execute(
        "select coalesce(sum(proposals), 0)::bigint, coalesce(max(runs), 0) from kempt.shadow_seen "
        "where version = %s and against = %s",
        [version, against],
    ).fetchone()
    assert shown is not None
    report.looked_at, runs = shown
    rows = connection.cursor(row_factory=dict_row).execute(
        "select proposal_id::text, kind, entity_type, verdict, reasons, shadow_verdict, shadow_reasons "
        "from kempt.shadow_decision where version = %s order by proposal_id",
        [version],
    )
    count(report, map(_difference, rows))
    report.not_covered.append("what would be merged or composed otherwise: `kempt policy backtest` works that out.")
    return report, runs


def _row(version: str, each: Difference, now: datetime) -> tuple[Any, ...]:
    return (
        *(version, each.proposal_id, each.kind, each.entity_type, each.before.verdict.value, list(each.before.reasons)),
        *(each.after.verdict.value, list(each.after.reasons), now),
    )


def _difference(row: dict[str, Any]) -> Difference:
    return Difference(
        proposal_id=row["proposal_id"],
        kind=row["kind"],
        entity_type=row["entity_type"],
        before=Decision(verdict=Verdict(row["verdict"]), reasons=tuple(row["reasons"]), policy_version=""),
        after=Decision(verdict=Verdict(row["shadow_verdict"]), reasons=tuple(row["shadow_reasons"]), policy_version=""),
    )
