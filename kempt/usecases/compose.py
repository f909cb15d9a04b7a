"""Golden records: which value wins in every entity, from records, claims and policy."""

import json
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
from kempt.records.model import ENTITY_OF, EntityType
from kempt.survivorship.compose import Ingredients
from kempt.survivorship.recompose import recompose
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
    view_people(lake)
    with tenant.database.transaction(tenant.name) as connection:
        _load_claims(lake, connection, tenant)
        parts = [_compose(tenant, lake, connection, entity_type, now) for entity_type in get_args(EntityType)]
    return Composed(**{name: sum(getattr(part, name) for part in parts) for name in Composed.__slots__})


def _compose(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], entity_type: EntityType, now: datetime
) -> Composed:
    cells, golden, members = (f"{entity_type}_{what}" for what in ("cell", "golden", "member"))
    load_members(lake, connection, entity_type, table=members)
    ingredients = Ingredients(
        entity_type=entity_type,
        members=members,
        records=RECORDS[entity_type],
        claims="claim_in_force",
        policy=survivorship_of(tenant, entity_type),
    )
    composed = recompose(lake, ingredients, cells=cells, golden=golden, key=tenant.keys.digest_key())
    gather(lake, (cells, golden))
    changed, removed = _write(tenant, lake, connection, entity_type, now)
    rows = row_counts(lake, (cells, golden))
    return Composed(golden_records=rows[golden], cells=rows[cells], composed=composed, changed=changed, removed=removed)


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
        "select entity_id, digest, seq from kempt.golden_record where entity_type = %s", [entity_type]
    ).fetchall()
    before = pa.table(  # noqa: F841, read by DuckDB below
        {
            "entity_id": pa.array([row[0] for row in known], pa.string()),
            "digest": pa.array([row[1] for row in known], pa.string()),
            "seq": pa.array([row[2] for row in known], pa.int64()),
        }
    )
    changed = lake.execute(
        f"""
        select now.entity_id, now.cells, now.digest, before.digest, coalesce(before.seq, 0)
        from {entity_type}_golden as now left join before using (entity_id)
        where before.digest is null or before.digest <> now.digest
        order by now.entity_id
        """
    ).fetchall()
    gone = lake.execute(f"select entity_id from before anti join {entity_type}_golden using (entity_id)").fetchall()
    if gone:
        connection.execute("delete from kempt.golden_record where entity_id = any(%s)", [[row[0] for row in gone]])
    if changed:
        events = [_event(tenant, entity_type, *row) for row in changed]
        first = append(connection, events, at=now).first
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


def _event(
    tenant: Tenant, entity_type: str, entity_id: str, cells: str, digest: str, before: str | None, seq: int
) -> Event:
    # A golden record may come back to what it once was: the position of the row it replaces tells the two apart.
    return Event(
        event_id=stable_id("golden", tenant.name, entity_id, digest, str(seq)),
        type="golden_record_changed.v1",
        body={
            "entity_id": entity_id,
            "entity_type": entity_type,
            "digest": digest,
            "before": before,
            "attributes": sorted(json.loads(cells)),
            "policy_version": tenant.policies.survivorship[entity_type].version,  # type: ignore[index]
        },
    )


def _load_claims(lake: duckdb.DuckDBPyConnection, connection: Connection[Any], tenant: Tenant) -> None:
    """What did not come from a source and is in force, its values opened for this connection alone."""
    rows = connection.execute(
        """
        select record_id::text, attribute, value_cipher, kind, origin, confidence, observed_at, claim_id::text
        from kempt.claim where withdrawn_seq is null
        """
    ).fetchall()
    opened = pa.table(  # noqa: F841, read by DuckDB below
        {
            "record_id": pa.array([row[0] for row in rows], pa.string()),
            "attribute": pa.array([row[1] for row in rows], pa.string()),
            "value": pa.array([_opened(tenant, row[7], row[2]) for row in rows], pa.string()),
            "origin": pa.array([row[3] for row in rows], pa.string()),
            "source": pa.array([row[4] for row in rows], pa.string()),
            "confidence": pa.array([row[5] for row in rows], pa.float64()),
            "observed_at": pa.array([row[6].replace(tzinfo=None) for row in rows], pa.timestamp("us")),
        }
    )
    lake.execute("create or replace temp table claim_in_force as from opened")


def _opened(tenant: Tenant, claim: str, sealed: bytes) -> str:
    return tenant.keys.open(bytes(sealed), aad=claim_place(claim)).decode()


def claim_place(claim_id: str) -> str:
    """What a claim's value is sealed for; it opens nowhere else."""
    return f"claim {claim_id}"
