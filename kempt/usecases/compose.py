"""Golden records: which value wins in every entity, from records, claims and policy."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import copy_in
from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.projections.cells import pack
from kempt.records.model import ENTITY_OF, EntityType
from kempt.survivorship.compose import Ingredients, compose
from kempt.survivorship.recompose import recompose
from kempt.usecases.claim_values import claim_place
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.membership import RECORDS, load_members, view_people
from kempt.usecases.tenancy import Tenant
from kempt.warehouse.connection import gather, row_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What there is, and what this run changed."""

    golden_records: int
    cells: int
    composed: int
    changed: int
    removed: int


def compose_golden(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime) -> Composed:
    """Composes the golden records of which anything changed and writes those whose content did, each with an event.

    Postgres is compared with the whole of the lake: a run may have died after it wrote the one and before the other.
    """
    with tenant.database.transaction(tenant.name) as connection:
        return compose_within(connection, tenant, lake, now=now)


def compose_within(
    connection: Connection[Any], tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime
) -> Composed:
    """The same in a transaction that is open: what it has written counts, and ends with it."""
    view_people(lake)
    load_claims(lake, connection, tenant)
    parts = [_compose(tenant, lake, connection, entity_type, now) for entity_type in get_args(EntityType)]
    return Composed(**{name: sum(getattr(part, name) for part in parts) for name in Composed.__slots__})


def _compose(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], entity_type: EntityType, now: datetime
) -> Composed:
    cells, golden, members = (f"{entity_type}_{what}" for what in ("cell", "golden", "member"))
    load_members(lake, connection, entity_type, table=members)
    ingredients = ingredients_of(tenant, entity_type, members=members)
    composed = recompose(lake, ingredients, cells=cells, golden=golden, key=tenant.keys.digest_key())
    gather(lake, (cells, golden))
    changed, removed = _write(tenant, lake, connection, entity_type, now)
    rows = row_counts(lake, (cells, golden))
    return Composed(golden_records=rows[golden], cells=rows[cells], composed=composed, changed=changed, removed=removed)


def ingredients_of(tenant: Tenant, entity_type: EntityType, *, members: str) -> Ingredients:
    """What golden records of these members are composed of, after `load_claims` and `view_people`."""
    return Ingredients(
        entity_type=entity_type,
        members=members,
        records=RECORDS[entity_type],
        claims="claim_in_force",
        policy=survivorship_of(tenant, entity_type),
    )


def compose_beside(tenant: Tenant, lake: duckdb.DuckDBPyConnection, kind: EntityType, *, target: str) -> None:
    """Cells as a tenant's policies would compose them today, in a temporary table of that name. Writes nothing."""
    view_people(lake)
    with tenant.database.transaction(tenant.name) as connection:
        load_claims(lake, connection, tenant)
        load_members(lake, connection, kind, table=f"{kind}_member")
    compose(lake, ingredients_of(tenant, kind, members=f"{kind}_member"), target=target)


def survivorship_of(tenant: Tenant, entity_type: EntityType) -> SurvivorshipPolicy:
    """The policy of an entity type; a system that it does not rank has the trust its source declares."""
    policy = tenant.policies.survivorship[entity_type]
    declared: dict[str, int] = {}
    for source in tenant.declarations:
        if ENTITY_OF[source.object] == entity_type:
            declared[source.system] = max(source.trust, declared.get(source.system, 0))
    return policy.model_copy(update={"trust": {**declared, **policy.trust}})


def _write(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], entity_type: EntityType, now: datetime
) -> tuple[int, int]:
    """Brings Postgres to what was composed: rows whose digest differs, and none for entities that are gone."""
    known = connection.execute(
        "select entity_id, digest from kempt.golden_record where entity_type = %s", [entity_type]
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
        where before.digest is null or before.digest <> now.digest
        order by now.entity_id
        """
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


def load_claims(lake: duckdb.DuckDBPyConnection, connection: Connection[Any], tenant: Tenant) -> None:
    """What did not come from a source and is in force, its values opened for this connection alone."""
    rows = connection.execute(
        """
        select record_id::text, attribute, value_cipher, kind, origin, confidence, observed_at, claim_id::text
        from kempt.claim where withdrawn_seq is null
        """
    ).fetchall()
    keys = tenant.vault.of(connection, (row[0] for row in rows))
    opened = pa.table(  # noqa: F841, read by DuckDB below
        {
            "record_id": pa.array([row[0] for row in rows], pa.string()),
            "attribute": pa.array([row[1] for row in rows], pa.string()),
            "value": pa.array(
                [keys.open([row[0]], bytes(row[2]), claim_place(row[7])).decode() for row in rows], pa.string()
            ),
            "origin": pa.array([row[3] for row in rows], pa.string()),
            "source": pa.array([row[4] for row in rows], pa.string()),
            "confidence": pa.array([row[5] for row in rows], pa.float64()),
            "observed_at": pa.array([row[6].replace(tzinfo=None) for row in rows], pa.timestamp("us")),
            "claim_id": pa.array([row[7] for row in rows], pa.string()),
        }
    )
    lake.execute("create or replace temp table claim_in_force as from opened")
