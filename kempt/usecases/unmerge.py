"""Takes a merge back: shown first, then carried out as it was shown, in one transaction and as new events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.types.json import Jsonb

from kempt.errors import StopRun
from kempt.identity.unmerge import Handover, Plan
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.assign_identity import lock_identity
from kempt.usecases.claim_values import claim_place
from kempt.usecases.cluster import cluster_records
from kempt.usecases.compose import compose_within, lock_golden
from kempt.usecases.constraint_rows import Said, end_constraints, write_constraints
from kempt.usecases.identity_rows import write_changes
from kempt.usecases.override_rows import reason_place
from kempt.usecases.tenancy import Tenant
from kempt.usecases.unmerge_plan import Foreknown, plan_unmerge

# Every record of one side is kept from every one of the other: beyond this a person should name the records.
MOST_PAIRS = 10_000


def foresee_unmerge(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    named: str,
    *,
    records: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
) -> Plan:
    """What taking the merge back would do now. Writes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        return plan_unmerge(connection, tenant, lake, named, records=tuple(records), given=given).plan


def unmerge(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    named: str,
    *,
    approved: str,
    steward: str,
    now: datetime,
    records: Sequence[str] = (),
    given: Mapping[str, str] | None = None,
    note: str | None = None,
) -> Plan:
    """Carries the plan out whose digest was approved; refused when the plan is another one by now, or was done."""
    command = stable_id("unmerge", tenant.name, named, approved)
    with tenant.database.transaction(tenant.name) as connection:
        lock_identity(connection, tenant.name)
        lock_golden(connection, tenant.name)
        if connection.execute("select from kempt.command where command_id = %s", [command]).fetchone() is not None:
            raise StopRun(f"this unmerge of {named} was carried out before.")
        known = plan_unmerge(connection, tenant, lake, named, records=tuple(records), given=given)
        plan = known.plan
        _refuse(plan, known, named, approved)
        _tell(connection, tenant, plan, steward=steward, note=note, now=now)
        reason = f"unmerge of {plan.entity_id}"
        end_constraints(connection, tenant, plan.withdrawn, authority=steward, reason=reason, now=now)
        said = [Said(kind="cannot_link", left=left, right=right, authority=steward, reason=reason)
                for left, right in known.parted]  # fmt: skip
        write_constraints(connection, tenant, said, now=now)
        write_changes(connection, tenant.name, plan.entity_type, known.changes, now=now)
        _hand_over(connection, tenant, plan.handovers, now=now)
        compose_within(connection, tenant, lake, now=now)
        connection.execute(
            "insert into kempt.command (tenant, command_id, step, result, at) values (%s, %s, 'unmerge', %s, %s)",
            [tenant.name, command, Jsonb({"plan": plan.as_json(), "decider": steward, "note": note}), now],
        )
    # Postgres has decided; the lake follows, or the next run brings it there.
    cluster_records(tenant, lake)
    return plan


def _refuse(plan: Plan, known: Foreknown, named: str, approved: str) -> None:
    if plan.undecided:
        claims = ", ".join(item.subject for item in plan.undecided)
        raise StopRun(f"not before somebody says whose these claims are: {claims}. Add --give CLAIM=RECORD for each.")
    if len(known.parted) > MOST_PAIRS:
        raise StopRun(f"the sides have {len(known.parted)} pairs of records. Part fewer at a time, with --record.")
    if not approved or not plan.digest.startswith(approved):
        raise StopRun(
            f"the plan is {plan.digest[:12]} now, not {approved}: something moved since. Look at it again: "
            f"`kempt unmerge {named}`."
        )


def _tell(
    connection: Connection[Any], tenant: Tenant, plan: Plan, *, steward: str, note: str | None, now: datetime
) -> None:
    """The decision, before what follows from it."""
    body = {
        "entity_id": plan.entity_id,
        "entity_type": plan.entity_type,
        "merged_at": plan.merged_at,
        "sides": [{"entity": side.entity_id, "records": list(side.records)} for side in plan.sides],
        "plan": plan.digest,
        "decider": steward,
        "note_digest": note and keyed_digest(tenant.keys.digest_key(), note),
    }
    event = Event(
        event_id=stable_id("event", "unmerge", tenant.name, plan.digest), type="unmerge_decided.v1", body=body
    )
    append(connection, [event], at=now)


def _hand_over(connection: Connection[Any], tenant: Tenant, handovers: Sequence[Handover], *, now: datetime) -> None:
    """Claims on another record: the old one is withdrawn, a new one of the same decision takes its place."""
    for each in handovers:
        ((attribute, sealed, kind, origin, confidence, observed, decision, author, why, expires, empty),) = (
            connection.execute(
                "select attribute, value_cipher, kind, origin, confidence, observed_at, decision_id::text, author, "
                "reason_cipher, expires_at, is_empty from kempt.claim where claim_id = %s and withdrawn_seq is null",
                [each.claim_id],
            ).fetchall()
        )
        keys = tenant.vault.ensure(connection, (each.from_record, each.to_record))
        value = keys.open([each.from_record], bytes(sealed), claim_place(each.claim_id))
        digest = keys.digest(each.to_record, value.decode())
        name = stable_id("claim", tenant.name, each.claim_id, each.to_record)
        reason = why and keys.open([each.from_record], bytes(why), reason_place(each.claim_id))
        event = Event(
            event_id=stable_id("event", name),
            type="claim_handed_over.v1",
            body={
                "claim_id": name,
                "from_claim": each.claim_id,
                "record_id": each.to_record,
                "from_record": each.from_record,
                "attribute": attribute,
                "kind": kind,
                "origin": origin,
                "value_digest": digest,
                "decision_id": decision,
            },
        )
        seq = append(connection, [event], at=now).first
        connection.execute("update kempt.claim set withdrawn_seq = %s where claim_id = %s", [seq, each.claim_id])
        connection.execute(
            """
            insert into kempt.claim (tenant, claim_id, record_id, attribute, value_cipher, value_digest, kind, origin,
                confidence, observed_at, decision_id, created_seq, author, reason_cipher, expires_at, is_empty, basis)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[])
            """,
            [tenant.name, name, each.to_record, attribute, keys.seal([each.to_record], value, claim_place(name)),
             digest, kind, origin, confidence, observed, decision, seq, author,
             reason and keys.seal([each.to_record], reason, reason_place(name)), expires, empty, [each.to_record]],
        )  # fmt: skip
