"""Audits: decisions of policy that a steward looks at afterwards. Her word is a label; it changes nothing by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.policy.budget import audits_needed, lower_bound, room
from kempt.usecases.policy_budget import spent
from kempt.usecases.policy_life import By
from kempt.usecases.policy_switch import throw
from kempt.usecases.tenancy import Tenant

LABELS = ("right", "wrong", "unsure")
BREAKER = "breaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An audit that was answered, and whether it was one fault too many, so that its segment stopped."""

    proposal_id: str
    label: str
    segment: str
    stopped: bool


def audits(tenant: Tenant, *, done: bool = False, limit: int = 50) -> list[dict[str, Any]]:
    """What was drawn and waits for a steward, the oldest first; or what was answered. Ids and reasons, no values."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select item.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute, item.verdict,
                decision.reasons, item.segment, item.drawn_at, item.label, item.labelled_by
            from kempt.audit_item item
            join kempt.proposal using (tenant, proposal_id)
            join kempt.decision using (tenant, decision_id)
            where (item.label is not null) = %s
            order by item.drawn_at, item.proposal_id limit %s
            """,
            [done, limit],
        ).fetchall()  # fmt: skip


def label_audit(
    tenant: Tenant, proposal: str, label: str, *, steward: str, now: datetime, note: str | None = None
) -> Labelled:
    """Records whether policy was right. Too many faults stop the segment until somebody resumes it."""
    if label not in LABELS:
        raise StopRun(f"{label!r} is no verdict on a decision. Say one of: {', '.join(LABELS)}.")
    breaker = tenant.policies.budget.breaker
    with tenant.database.transaction(tenant.name) as connection:
        rows = connection.execute(
            "select decision_id::text, proposal_id::text, segment, verdict, label from kempt.audit_item "
            "where starts_with(proposal_id::text, %s) order by label is null desc, drawn_at desc for update",
            [proposal.lower()],
        ).fetchall()
        if len({row[1] for row in rows}) != 1:
            told = "no audit" if not rows else "more than one audit"
            raise StopRun(f"{proposal}: {told} starts so. `kempt review list --audits` shows ids.")
        decision_id, proposal_id, segment, verdict, before = rows[0]
        if before is not None:
            raise StopRun(f"{proposal_id} was audited already: {before}.")
        event = Event(
            event_id=stable_id("event", "audit", decision_id),
            type="decision_audited.v1",
            body={"proposal_id": proposal_id, "decision_id": decision_id, "segment": segment, "verdict": verdict,
                  "label": label, "decider": steward},
        )  # fmt: skip
        append(connection, [event], at=now)
        connection.execute(
            "update kempt.audit_item set label = %s, labelled_by = %s, labelled_at = %s, note = %s "
            "where decision_id = %s",
            [label, steward, now, note, decision_id],
        )
        faults = connection.execute(
            "select count(*) from kempt.audit_item where segment = %s and verdict = 'apply' and label = 'wrong' "
            "and labelled_at > %s",
            [segment, now - timedelta(days=breaker.within_days)],
        ).fetchone()
        assert faults is not None
        stopped = False
        if label == "wrong" and verdict == "apply" and faults[0] >= breaker.wrong:
            why = f"{faults[0]} audits within {breaker.within_days} days found it wrong"
            stopped = throw(connection, tenant, segment, By(author=BREAKER, reason=why, now=now), stop=True)
    return Labelled(proposal_id=proposal_id, label=label, segment=segment, stopped=stopped)


def budget_state(tenant: Tenant, *, now: datetime) -> list[dict[str, Any]]:
    """Where each segment stands: what it applied, what audits found, and how much it may still do on its own."""
    budget = tenant.policies.budget
    with tenant.database.transaction(tenant.name) as connection:
        names = [name for (name,) in connection.execute("select distinct segment from kempt.budget_use order by 1")]
        known = spent(connection, names, now)
    rows = []
    for name in names:
        kind, of = name.split("/")[0], known[name]
        limit, audited = next(each for each in budget.limits if each.kind == kind), of.right + of.wrong
        left = room(budget, limit.kind, of)
        rows.append(
            {
                "segment": name,
                "applied": of.applied,
                "today": of.applied_today,
                "audited": audited,
                "wrong": of.wrong,
                "at_least": lower_bound(of.right, audited),
                "target": limit.target_precision,
                "audits_needed": audits_needed(limit.target_precision),
                "may_apply": left.changes,
                "bound_by": left.reason,
            }
        )
    return rows
