"""Golden records in Postgres, each change with the event that tells it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import copy_in
from kempt.projections.cells import pack
from kempt.records.model import EntityType
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.tenancy import Tenant


def write_golden(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    entity_type: EntityType,
    now: datetime,
    *,
    only: Sequence[str] | None = None,
) -> tuple[int, int]:
    """Brings Postgres to what was composed: rows whose digest differs, and none for entities that are gone.

    Of all entities, or of these alone; how many changed, and how many went.
    """
    known = connection.execute(
        "select entity_id, digest from kempt.golden_record where entity_type = %(type)s "
        "and (%(only)s::text[] is null or entity_id = any(%(only)s))",
        {"type": entity_type, "only": None if only is None else list(only)},
    ).fetchall()
    before = pa.table(  # noqa: F841, read by DuckDB below
        {
            "entity_id": pa.array([row[0] for row in known], pa.string()),
            "digest": pa.array([row[1] for row in known], pa.string()),
        }
    )
    changed = lake.execute(
        f"""
        select now.entity_id, now.cells, now.digest, before.digest
        from {entity_type}_golden as now left join before using (entity_id)
        where (before.digest is null or before.digest <> now.digest)
            and ($only is null or list_contains($only::varchar[], now.entity_id))
        order by now.entity_id
        """,
        {"only": None if only is None else list(only)},
    ).fetchall()
    gone = lake.execute(
        f"select entity_id, digest from before anti join {entity_type}_golden using (entity_id) order by entity_id"
    ).fetchall()
    if gone:
        _remove(connection, tenant, entity_type, gone, now)
    if changed:
        first = append(connection, _events(connection, tenant, entity_type, changed), at=now).first
        version = tenant.policies.survivorship[entity_type].version
        connection.execute("create temp table arriving (like kempt.golden_record) on commit drop")
        columns = ("tenant", "entity_id", "entity_type", "cells", "digest", "policy_version", "seq")
        rows = (
            (tenant.name, row[0], entity_type, row[1], row[2], version, first + at) for at, row in enumerate(changed)
        )
        copy_in(connection, "arriving", columns, rows)
        connection.execute(
            """
            insert into kempt.golden_record select * from arriving
            on conflict (tenant, entity_id) do update set cells = excluded.cells, digest = excluded.digest,
                policy_version = excluded.policy_version, seq = excluded.seq
            """
        )
        connection.execute("drop table arriving")
    return len(changed), len(gone)


def _events(
    connection: Connection[Any], tenant: Tenant, entity_type: EntityType, changed: Sequence[tuple[Any, ...]]
) -> list[Event]:
    """Each golden record's event, with the cells that are other than before."""
    head = ledger_head(connection)
    known = dict(
        connection.execute(
            "select entity_id, cells from kempt.golden_record where entity_id = any(%s)",
            [[row[0] for row in changed if row[3] is not None]],
        ).fetchall()
    )
    events = []
    for entity_id, cells, digest, before in changed:
        now, was = json.loads(cells), known.get(entity_id, {})
        body = {
            "entity_id": entity_id,
            "entity_type": entity_type,
            "digest": digest,
            "before": before,
            "cells": pack({name: cell for name, cell in now.items() if was.get(name) != cell}),
            "removed": sorted(was.keys() - now.keys()),
            "policy_version": tenant.policies.survivorship[entity_type].version,
        }
        # A golden record may come back to what it once was: where the ledger stands tells the two apart.
        name = stable_id("golden", tenant.name, entity_id, digest, str(head))
        events.append(Event(event_id=name, type="golden_record_changed.v2", body=body))
    return events


def _remove(
    connection: Connection[Any], tenant: Tenant, entity_type: EntityType, gone: Sequence[tuple[Any, ...]], now: datetime
) -> None:
    """Golden records of entities of which nothing is known any more."""
    head = ledger_head(connection)
    events = [
        Event(
            event_id=stable_id("golden", tenant.name, entity_id, "removed", str(head)),
            type="golden_record_removed.v1",
            body={"entity_id": entity_id, "entity_type": entity_type, "before": digest},
        )
        for entity_id, digest in gone
    ]
    append(connection, events, at=now)
    connection.execute("delete from kempt.golden_record where entity_id = any(%s)", [[row[0] for row in gone]])
