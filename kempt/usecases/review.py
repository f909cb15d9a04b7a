"""The review table, as a steward works it: what waits, why, and what she decides."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row

from kempt.agents.actors import Unmasking
from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import fields_in, masked_evidence, tell_unmasked

Judgement = Literal["approve", "reject", "defer"]
STATE: dict[Judgement, str] = {"approve": "approved", "reject": "rejected", "defer": "deferred"}
VERDICT: dict[Judgement, str] = {"approve": "apply", "reject": "reject", "defer": "review"}
EVENT: dict[Judgement, str] = {
    "approve": "proposal_approved.v1",
    "reject": "proposal_rejected.v1",
    "defer": "proposal_deferred.v1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a proposal."""

    proposal_id: str
    state: str
    decision_id: str


def carry_to_review(tenant: Tenant, *, now: datetime) -> int:
    """Puts every proposal that policy sent to review into the review table, once, and brings back what is due again."""
    with tenant.database.transaction(tenant.name) as connection:
        carried = connection.execute(
            """
            insert into kempt.review_item (tenant, proposal_id, state, carried_at, changed_at)
            select tenant, proposal_id, 'pending', %(now)s, %(now)s from kempt.decision_in_force
            where decider_type = 'policy' and verdict = 'review'
            on conflict do nothing
            """,
            {"now": now},
        )
        due = connection.execute(
            "update kempt.review_item set state = 'pending', changed_at = %s "
            "where state = 'deferred' and deferred_until <= %s",
            [now, now.date()],
        )
        return carried.rowcount + due.rowcount


def review_items(
    tenant: Tenant, *, states: Sequence[str] = ("pending",), kind: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Items of the review table, the most confident first; ids and reasons, no values."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select item.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute, item.state,
                round(proposal.confidence::numeric, 4)::float as confidence, decision.reasons, item.carried_at,
                item.deferred_until, proposal.subjects::text[] as records
            from kempt.review_item item
            join kempt.proposal using (tenant, proposal_id)
            join lateral (
                select reasons from kempt.decision d
                where d.proposal_id = item.proposal_id and d.decider_type = 'policy' order by decided_at desc limit 1
            ) as decision on true
            where item.state = any(%(states)s) and (%(kind)s::text is null or proposal.kind = %(kind)s)
            order by proposal.confidence desc, item.proposal_id
            limit %(limit)s
            """,
            {"states": list(states), "kind": kind, "limit": limit},
        ).fetchall()  # fmt: skip


def review_item(tenant: Tenant, proposal: str, *, now: datetime, unmask: Unmasking | None = None) -> dict[str, Any]:
    """One item with its evidence: what was compared, what it weighed, and what a decision would do.

    Values are masked unless `unmask` says for whom and why; that goes on record.
    """
    with tenant.database.transaction(tenant.name) as connection:
        proposal_id = _full_id(connection, proposal)
        row = connection.cursor(row_factory=dict_row).execute(
            """
            select proposal_id::text, kind, entity_type, attribute, confidence, features, created_at,
                coalesce((
                    select d.evidence_cipher from kempt.decision d
                    where d.proposal_id = proposal.proposal_id and d.evidence_cipher is not null
                    order by d.decided_at desc limit 1
                ), evidence_cipher) as evidence_cipher,
                subjects::text[] as records,
                (select state from kempt.review_item item where item.proposal_id = proposal.proposal_id) as state
            from kempt.proposal where proposal_id = %s
            """,
            [proposal_id],
        ).fetchone()  # fmt: skip
        decisions = connection.cursor(row_factory=dict_row).execute(
            "select verdict, decider_type, decider, reasons, policy_version, note, decided_at "
            "from kempt.decision where proposal_id = %s order by decided_at, decision_id",
            [proposal_id],
        ).fetchall()  # fmt: skip
        assert row is not None
        sealed, records = row.pop("evidence_cipher"), row["records"]
        evidence = json.loads(
            tenant.vault.of(connection, records).open(records, bytes(sealed), evidence_place(proposal_id))
        )
        if unmask is None:
            evidence = masked_evidence(evidence)
        else:
            tell_unmasked(connection, tenant, proposal_id, records, fields_in(evidence), unmask, now)
    return {**row, "masked": unmask is None, "evidence": evidence, "decisions": decisions}


def evidence_place(proposal_id: str) -> str:
    """What the evidence of a proposal is sealed for; it opens nowhere else."""
    return f"evidence of {proposal_id}"


def decide_item(
    tenant: Tenant,
    proposal: str,
    judgement: Judgement,
    *,
    steward: str,
    now: datetime,
    note: str | None = None,
    until: date | None = None,
) -> Decided:
    """Records a steward's decision and says what became of the proposal.

    A rejected merge becomes a cannot-link, so that the pair stays away on every run.
    """
    if judgement == "defer" and (until is None or until <= now.date()):
        raise StopRun("defer until when? Give a day to come, as in --until 2030-01-31.")
    try:
        with tenant.database.transaction(tenant.name) as connection:
            proposal_id = _full_id(connection, proposal)
            return _record(connection, tenant, proposal_id, judgement, steward=steward, now=now, note=note, until=until)
    except UniqueViolation as twice:
        raise StopRun(f"{proposal}: another steward decided this while you looked. Show it again.") from twice


def _record(
    connection: Connection[Any],
    tenant: Tenant,
    proposal_id: str,
    judgement: Judgement,
    *,
    steward: str,
    now: datetime,
    note: str | None,
    until: date | None,
) -> Decided:
    found = connection.cursor(row_factory=dict_row).execute(
        """
        select item.state, proposal.kind, proposal.entity_type, proposal.subjects::text[] as records,
            (select policy_version from kempt.decision d
             where d.proposal_id = item.proposal_id and d.decider_type = 'policy'
             order by decided_at desc limit 1) as policy_version
        from kempt.review_item item join kempt.proposal using (tenant, proposal_id)
        where item.proposal_id = %s for update of item
        """,
        [proposal_id],
    ).fetchone()  # fmt: skip
    if found is None:
        raise StopRun(f"{proposal_id} is not in the review table. `kempt review list` shows what is.")
    if found["state"] not in ("pending", "deferred"):
        raise StopRun(f"{proposal_id} is {found['state']} already; it cannot be decided again.")
    decision_id = stable_id("decision", tenant.name, proposal_id, steward, judgement, now.isoformat())
    event = Event(
        event_id=stable_id("event", decision_id),
        type=EVENT[judgement],
        body={
            "proposal_id": proposal_id,
            "kind": found["kind"],
            "subjects": sorted(found["records"]),
            "decision_id": decision_id,
            "decider": steward,
            "policy_version": found["policy_version"],
        },
    )
    span = append(connection, [event], at=now)
    connection.execute(
        """
        insert into kempt.decision (tenant, decision_id, proposal_id, verdict, decider_type, decider, reasons,
            policy_version, note, decided_at)
        values (%s, %s, %s, %s, 'steward', %s, %s, %s, %s, %s)
        """,
        [tenant.name, decision_id, proposal_id, VERDICT[judgement], steward, [f"steward_{STATE[judgement]}"],
         found["policy_version"], note, now],
    )  # fmt: skip
    connection.execute(
        "update kempt.review_item set state = %s, decision_id = %s, deferred_until = %s, changed_at = %s "
        "where proposal_id = %s",
        [STATE[judgement], decision_id, until, now, proposal_id],
    )
    if found["kind"] == "merge" and judgement != "defer":
        kind = "must_link" if judgement == "approve" else "cannot_link"
        constrain(
            connection, tenant.name, kind, found["records"], decision_id=decision_id, authority=steward, seq=span.first
        )
    return Decided(proposal_id=proposal_id, state=STATE[judgement], decision_id=decision_id)


def constrain(
    connection: Connection[Any],
    tenant: str,
    kind: str,
    records: Sequence[str],
    *,
    decision_id: str,
    authority: str,
    seq: int,
) -> None:
    """Adds a constraint on a pair of records; identity is worked out again from it."""
    left, right = sorted(records)
    connection.execute(
        """
        insert into kempt.record_constraint
            (tenant, constraint_id, kind, left_record, right_record, reason, authority, decision_id, created_seq)
        values (%s, %s, %s, %s, %s, 'steward decision', %s, %s, %s) on conflict do nothing
        """,
        [
            tenant,
            stable_id("constraint", tenant, kind, left, right, decision_id),
            kind,
            left,
            right,
            authority,
            decision_id,
            seq,
        ],
    )


def _full_id(connection: Connection[Any], prefix: str) -> str:
    """The proposal whose id starts so; a few characters are enough when they are unmistakable."""
    rows = connection.execute(
        "select proposal_id::text from kempt.proposal where starts_with(proposal_id::text, %s) limit 2",
        [prefix.lower()],
    ).fetchall()
    if len(rows) != 1:
        raise StopRun(
            f"{prefix}: {'no proposal' if not rows else 'more than one proposal'} starts so. "
            "`kempt review list` shows ids."
        )
    return str(rows[0][0])
