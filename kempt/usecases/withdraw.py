"""Decisions that are taken back before they took effect: by whoever made them, or because what they rest on is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import Conflict, StopRun
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.decide import Decided
from kempt.usecases.edits import end_edits
from kempt.usecases.review import full_id
from kempt.usecases.tenancy import Tenant

AFTERWARDS = {
    "merge": "`kempt unmerge` takes the records apart again",
    "field_change": "approving another value for it is what changes it",
    "stale_flag": "it goes when the value does",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Evidence as it is now, sealed for its proposal."""

    cipher: bytes


def undo_decision(tenant: Tenant, proposal: str, *, steward: str, now: datetime) -> Decided:
    """Takes one's own decision back, as long as it was not applied; the proposal waits again."""
    with tenant.database.transaction(tenant.name) as connection:
        proposal_id = full_id(connection, proposal)
        connection.execute("select from kempt.review_item where proposal_id = %s for update", [proposal_id])
        found = connection.cursor(row_factory=dict_row).execute(
            """
            select item.state, item.decision_id::text, item.first_approval::text, d.decider, proposal.kind
            from kempt.review_item item
            join kempt.proposal using (tenant, proposal_id)
            left join kempt.decision d on d.tenant = item.tenant and d.decision_id = item.decision_id
            where item.proposal_id = %s
            """,
            [proposal_id],
        ).fetchone()  # fmt: skip
        if found is None or found["decision_id"] is None:
            raise StopRun(f"{proposal_id}: there is no decision to take back.")
        if found["state"] == "applied":
            raise Conflict(f"{proposal_id} is applied and cannot be taken back: {AFTERWARDS[found['kind']]}.")
        if found["state"] == "superseded" or (found["state"] == "pending" and found["first_approval"] is None):
            raise StopRun(f"{proposal_id}: there is no decision to take back.")
        if found["decider"] != steward:
            raise StopRun(f"{proposal_id} was decided by {found['decider']}, who alone may take that back.")
        withdraw(connection, tenant, proposal_id, found["decision_id"], by=steward, why="taken back", now=now)
    return Decided(proposal_id=proposal_id, state="pending", decision_id=found["decision_id"])


def withdraw(
    connection: Connection[Any],
    tenant: Tenant,
    proposal_id: str,
    decision_id: str,
    *,
    by: str,
    why: str,
    now: datetime,
    evidence: Sealed | None = None,
) -> None:
    """Takes a decision out of force and queues its proposal again, with the evidence of now if it moved."""
    event = Event(
        event_id=stable_id("event", "withdrawn", decision_id),
        type="decision_withdrawn.v1",
        body={"proposal_id": proposal_id, "decision_id": decision_id, "by": by, "why": why},
    )
    append(connection, [event], at=now)
    connection.execute(
        "insert into kempt.withdrawal (tenant, decision_id, withdrawn_by, why, at) values (%s, %s, %s, %s, %s)",
        [tenant.name, decision_id, by, why, now],
    )
    connection.execute(
        """
        update kempt.review_item set state = 'pending', round = round + 1, decision_id = null, first_approval = null,
            deferred_until = null, changed_at = %(now)s, why = %(why)s,
            evidence_cipher = coalesce(%(cipher)s, evidence_cipher),
            evidence_at = case when %(cipher)s::bytea is null then evidence_at else %(now)s end
        where proposal_id = %(proposal)s
        """,
        {"now": now, "why": f"{why}, by {by}", "cipher": evidence and evidence.cipher, "proposal": proposal_id},
    )
    _unconstrain(connection, tenant, decision_id, by=by, why=why, now=now)
    end_edits(connection, tenant, decision_id, by=by, why=why, now=now)


def _unconstrain(
    connection: Connection[Any], tenant: Tenant, decision_id: str, *, by: str, why: str, now: datetime
) -> None:
    """Ends the constraint that a decision on a merge made."""
    rows = connection.cursor(row_factory=dict_row).execute(
        "select constraint_id::text, left_record::text, right_record::text from kempt.record_constraint "
        "where decision_id = %s and superseded_by is null",
        [decision_id],
    ).fetchall()  # fmt: skip
    events = [_ended(tenant, row, by=by, why=why) for row in rows]
    if not events:
        return
    append(connection, events, at=now)
    connection.cursor().executemany(
        "update kempt.record_constraint set superseded_by = %s where constraint_id = %s",
        [(event.event_id, row["constraint_id"]) for event, row in zip(events, rows, strict=True)],
    )


def _ended(tenant: Tenant, row: Mapping[str, Any], *, by: str, why: str) -> Event:
    reason = keyed_digest(tenant.keys.digest_key(), why)
    return Event(
        event_id=stable_id("event", "withdrawn", row["constraint_id"]),
        type="constraint_withdrawn.v1",
        body={**row, "authority": by, "reason_digest": reason},
    )
