"""Carries out what was decided: policy's own applications and what stewards approved, each exactly once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.agent_batches import unproven
from kempt.usecases.assign_identity import assign_identity
from kempt.usecases.claim_values import claim_place
from kempt.usecases.cluster import cluster_records
from kempt.usecases.compose import compose_golden
from kempt.usecases.reopen import reopen_unsound
from kempt.usecases.review import evidence_place
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What took effect in this run."""

    values: int
    flags: int
    merges: int
    golden_records_changed: int
    reopened: int = 0
    """Approvals that wait again, because what they rest on moved or their signatures do not hold."""
    refused: int = 0
    """What policy decided to apply and cannot prove: unsigned, changed, or signed with a revoked key."""


# Decided to apply, by policy or by a steward, and without the row that an application leaves behind. What is stopped is
# not carried out although policy once decided so; what a steward approved is.
TO_APPLY = """
select proposal.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute,
    proposal.subjects::text[] as subjects, proposal.subjects[1]::text as record_id, proposal.confidence,
    proposal.evidence_cipher, decision_id::text, decision.decider_type, decision.decider,
    proposal.batch_id::text as proposed_in, decision.batch_id::text as decided_in
from kempt.proposal
join kempt.decision_in_force as decision using (tenant, proposal_id)
join kempt.decision as made using (tenant, decision_id)
where decision.verdict = 'apply'
    and (decision.decider_type = 'steward' or not exists (
        select from kempt.policy_stopped as stopped where stopped.segment in ('all', made.segment)
    ))
    and not exists (select from kempt.erasure where record_id = any(proposal.subjects))
    and not exists (
        select from kempt.review_item item where item.proposal_id = proposal.proposal_id and item.apply_after > %(now)s
    )
    and (proposal.kind = 'field_change' and not exists (
            -- What was approved with another value has it already; one that was taken back with its decision has not.
            select from kempt.claim join kempt.decision d using (tenant, decision_id)
            where d.proposal_id = proposal.proposal_id and claim.attribute = proposal.attribute
                and not (claim.author is not null and claim.withdrawn_seq is not null)
        )
        or proposal.kind = 'stale_flag' and not exists (
            select from kempt.stale_flag join kempt.decision d using (tenant, decision_id)
            where d.proposal_id = proposal.proposal_id
        ))
order by proposal.proposal_id
"""

APPROVED = """
select proposal.kind, count(*) from kempt.review_item item join kempt.proposal using (tenant, proposal_id)
where item.state = 'approved' and (item.apply_after is null or item.apply_after <= %(now)s) group by proposal.kind
"""

# An approval with other values that waits again took its overrides with it.
EDITS_ENDED = "select from kempt.claim where author is not null and withdrawn_seq is not null limit 1"

# Also what waited for a steward when policy came to apply it.
APPLIED = """
update kempt.review_item item set state = 'applied', changed_at = %(now)s
where state = 'approved' and (apply_after is null or apply_after <= %(now)s)
    or state in ('pending', 'deferred') and exists (
    select from kempt.decision_in_force d join kempt.decision as made using (tenant, decision_id)
    where d.proposal_id = item.proposal_id and d.verdict = 'apply' and not exists (
        select from kempt.policy_stopped as stopped where stopped.segment in ('all', made.segment)
    )
)
"""


def apply_decided(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime) -> Applied:
    """Applies values and flags, then works identity and golden records out again where anything took effect."""
    with tenant.database.transaction(tenant.name) as connection:
        reopened = reopen_unsound(tenant, lake, connection, now=now)
        wanted = connection.cursor(row_factory=dict_row).execute(TO_APPLY, {"now": now}).fetchall()
        refused = unproven(connection, tenant.keys, wanted)
        due = [row for row in wanted if row["proposal_id"] not in refused]
        values = [row for row in due if row["kind"] == "field_change"]
        flags = [row for row in due if row["kind"] == "stale_flag"]
        _claim(connection, tenant, values, now)
        _flag(connection, tenant, flags, now)
        approved = dict(connection.execute(APPROVED, {"now": now}).fetchall())
        edits_ended = bool(reopened) and bool(connection.execute(EDITS_ENDED).fetchall())
    if approved.get("merge"):
        cluster_records(tenant, lake)
        assign_identity(tenant, lake, now=now)
    # An approved value may be recorded without being composed: by a run that died in between.
    touched = values or edits_ended or approved.keys() & {"merge", "field_change"}
    changed = compose_golden(tenant, lake, now=now).changed if touched else 0
    # Last: a run that dies before finds the items approved and goes through the same steps again.
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute(APPLIED, {"now": now})
    return Applied(
        values=len(values),
        flags=len(flags),
        merges=approved.get("merge", 0),
        golden_records_changed=changed,
        reopened=reopened,
        refused=len(refused),
    )


def _claim(connection: Connection[Any], tenant: Tenant, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Values that did not come from a source. What a person decided is an override, and no source outvotes it."""
    if not rows:
        return
    claims = []
    keys = tenant.vault.of(connection, (record for row in rows for record in row["subjects"]))
    for row in rows:
        sealed = bytes(row["evidence_cipher"])
        evidence = json.loads(keys.open(row["subjects"], sealed, evidence_place(row["proposal_id"])))
        claim = stable_id("claim", tenant.name, row["decision_id"])
        claims.append(
            (
                claim,
                row["record_id"],
                row["attribute"],
                keys.seal([row["record_id"]], evidence["value"].encode(), claim_place(claim)),
                keys.digest(row["record_id"], evidence["value"]),
                "override" if row["decider_type"] == "steward" else "enrichment",
                evidence["provider"],
                row["confidence"],
                datetime.combine(datetime.fromisoformat(str(evidence["observed_on"])).date(), time(), tzinfo=UTC),
                row["decision_id"],
            )
        )
    events = [
        Event(
            event_id=stable_id("event", claim),
            type="claim_recorded.v1",
            body={
                "claim_id": claim,
                "record_id": record,
                "attribute": attribute,
                "kind": kind,
                "origin": origin,
                "value_digest": digest,
                "decision_id": decision,
            },
        )
        for claim, record, attribute, _, digest, kind, origin, _, _, decision in claims
    ]
    first = append(connection, events, at=now).first
    connection.cursor().executemany(
        """
        insert into kempt.claim (tenant, claim_id, record_id, attribute, value_cipher, value_digest, kind, origin,
            confidence, observed_at, decision_id, created_seq)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing
        """,
        [(tenant.name, *claim, first + at) for at, claim in enumerate(claims)],
    )


def _flag(connection: Connection[Any], tenant: Tenant, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Flags on values that are old or refuted; no value changes."""
    if not rows:
        return
    events = [
        Event(
            event_id=stable_id("event", "flag", row["decision_id"]),
            type="value_flagged_stale.v1",
            body={"record_id": row["record_id"], "attribute": row["attribute"], "decision_id": row["decision_id"]},
        )
        for row in rows
    ]
    append(connection, events, at=now)
    connection.cursor().executemany(
        """
        insert into kempt.stale_flag (tenant, record_id, attribute, decision_id, raised_at)
        values (%s, %s, %s, %s, %s) on conflict do nothing
        """,
        [(tenant.name, row["record_id"], row["attribute"], row["decision_id"], now) for row in rows],
    )
