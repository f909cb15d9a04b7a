"""A proposal approved with other values than it came with: overrides that stand and fall with the decision."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection

from kempt.errors import StopRun
from kempt.usecases.compose import compose_entities
from kempt.usecases.consistency import hold
from kempt.usecases.override_rows import Override, checked, end_overrides, place_of, refuse_stranger, write_override
from kempt.usecases.tenancy import Tenant


def refuse_loose_edits(judgement: str, seen: str | None, lake: duckdb.DuckDBPyConnection | None) -> None:
    """Other values are approved, and by somebody who says what she had before her."""
    if judgement != "approve":
        raise StopRun("other values come with an approval. Approve it with them, or decide it without.")
    if seen is None:
        raise StopRun("other values are bound to what was seen: give what `kempt review show` ended with as --seen.")
    if lake is None:
        raise StopRun("the golden record is composed at once: hand over the tenant's lake.")


def hold_edits(connection: Connection[Any], tenant: Tenant, proposal_id: str, edits: Mapping[str, str | None]) -> None:
    """Locks what the other values change, before the proposal itself is locked."""
    ((kind,),) = connection.execute(
        "select entity_type from kempt.proposal where proposal_id = %s", [proposal_id]
    ).fetchall()
    hold(connection, tenant, kind, *edits)


def write_edits(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    *,
    records: Sequence[str],
    decision: str,
    edits: Mapping[str, str | None],
    by: str,
    now: datetime,
) -> None:
    """Each other value as an override on the proposal's first record, resting on all records that were shown."""
    entity = _entity_of(connection, records[0])
    for attribute, value in sorted(edits.items()):
        place = place_of(connection, entity)
        said = Override(
            entity=entity, attribute=attribute, value=value, by=by, reason="approved with another value",
            record=records[0],
        )  # fmt: skip
        refuse_stranger(connection, tenant, place, attribute, by=by, now=now)
        write_override(connection, tenant, place, checked(place, said, now), now=now, decision=decision, basis=records)
    compose_entities(connection, tenant, lake, place.entity_type, [entity], now=now)


def end_edits(connection: Connection[Any], tenant: Tenant, decision: str, *, by: str, why: str, now: datetime) -> None:
    """A decision that is taken back takes its overrides with it; golden records follow with the next run."""
    rows = connection.execute(
        "select claim_id::text from kempt.claim where decision_id = %s and author is not null", [decision]
    ).fetchall()
    end_overrides(connection, tenant, [claim for (claim,) in rows], by=by, reason=why, now=now)


def _entity_of(connection: Connection[Any], record: str) -> str:
    row = connection.execute(
        "select entity_id from kempt.membership where record_id = %s and to_seq is null", [record]
    ).fetchone()
    if row is None:
        raise StopRun(f"record {record} belongs to no entity any more: nothing of it can be set.")
    return str(row[0])
