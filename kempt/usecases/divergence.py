"""Where what stands is not what follows from the ledger and the records: found, and brought back step by step."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection
from psycopg.types.json import Jsonb

from kempt.ids import canonical_json, digest
from kempt.records.model import EntityType
from kempt.survivorship.golden import golden_rows
from kempt.survivorship.units import UNITS
from kempt.usecases.compose import compose_golden, lock_golden
from kempt.usecases.ledger_folds import everything
from kempt.usecases.publish import publish_marts
from kempt.usecases.replay import replay
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """How many rows or entities differ, by table or entity type; what does not differ is left out."""

    ledger: dict[str, int] = field(default_factory=dict)
    """Tables of who is who and golden records, against the events that tell them."""
    golden: dict[EntityType, tuple[str, ...]] = field(default_factory=dict)
    """Entities whose cells in the lake, digest there and digest in PostgreSQL are not one."""
    marts: dict[EntityType, int] = field(default_factory=dict)
    """Entities whose published row does not say what their cells say."""

    @property
    def none(self) -> bool:
        """Whether everything agrees."""
        return not (self.ledger or self.golden or self.marts)


def find_divergence(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Divergence:
    """Holds ledger, tables, lake and marts side by side. Writes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        kinds: tuple[EntityType, ...] = get_args(EntityType)
        golden = {kind: found for kind in kinds if (found := _golden(tenant, lake, connection, kind))}
    marts = {kind: differ for kind in kinds if (differ := _mart(lake, kind))}
    return Divergence(
        ledger={table: rows for table, rows in replay(tenant).differing.items() if rows}, golden=golden, marts=marts
    )


def mend(tenant: Tenant, lake: duckdb.DuckDBPyConnection, found: Divergence, *, now: datetime) -> None:
    """Golden rows as the ledger tells them, then composed anew what differs, then the marts.

    Rows of who is who are not rewritten: nothing but their events changes them, so somebody else did.
    """
    if "golden_record" in found.ledger:
        with tenant.database.transaction(tenant.name) as connection:
            _as_told(connection, tenant.name)
    if found.golden or "golden_record" in found.ledger:
        for kind, entities in found.golden.items():
            _forget_inputs(lake, kind, entities)
        compose_golden(tenant, lake, now=now)
    if found.marts or found.golden or found.ledger:
        publish_marts(tenant)


def _golden(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], kind: EntityType
) -> tuple[str, ...]:
    if not {f"{kind}_cell", f"{kind}_golden"} <= _tables(lake):
        return ()
    golden_rows(lake, cells=f"{kind}_cell", target="told_by_cells", key=tenant.keys.digest_key())
    rows = connection.execute(
        "select entity_id, digest from kempt.golden_record where entity_type = %s", [kind]
    ).fetchall()
    kept = pa.table(  # noqa: F841, read by DuckDB below
        {
            "entity_id": pa.array([row[0] for row in rows], pa.string()),
            "digest": pa.array([row[1] for row in rows], pa.string()),
        }
    )
    found = lake.execute(
        f"""
        select coalesce(here.entity_id, told.entity_id, kept.entity_id) as entity from {kind}_golden as here
        full join told_by_cells as told on told.entity_id = here.entity_id
        full join kept on kept.entity_id = coalesce(here.entity_id, told.entity_id)
        where here.digest is distinct from told.digest or here.digest is distinct from kept.digest order by entity
        """
    ).fetchall()
    return tuple(entity for (entity,) in found)


def _mart(lake: duckdb.DuckDBPyConnection, kind: EntityType) -> int:
    mart = f"golden_{kind}"
    if not {mart, f"{kind}_cell"} <= _tables(lake):
        return 0
    columns = {name for name, *_ in lake.execute(f"describe {mart}").fetchall()}
    parts = sorted({part for unit in UNITS[kind] for part in unit.parts} & columns)
    named = ", ".join(f'"{part}"' for part in parts)
    row = lake.execute(
        f"""
        with published as (
            select entity_id, attribute, value from (
                unpivot (select entity_id, {named} from {mart}) on {named} into name attribute value value
            )
            union all select entity_id, null, null from {mart}
        ),
        composed as (
            select entity_id, attribute, value from {kind}_cell
            where value is not null and list_contains($parts, attribute)
            union all select distinct entity_id, null, null from {kind}_cell
        )
        select count(distinct entity_id) from (
            (from published except all from composed) union all (from composed except all from published)
        )
        """,
        {"parts": parts},
    ).fetchone()
    return int(row[0]) if row else 0


def _tables(lake: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in lake.execute("select table_name from duckdb_tables()").fetchall()}


def _as_told(connection: Connection[Any], tenant: str) -> None:
    """Golden rows as events tell them. What an event of the first version did not tell stays as it is."""
    lock_golden(connection, tenant)
    connection.execute("select pg_advisory_xact_lock(hashtextextended('kempt.ledger ' || %s, 0))", [tenant])
    told = everything(connection, tenant).identity.golden
    connection.execute("delete from kempt.golden_record where entity_id <> all(%s)", [list(told)])
    connection.cursor().executemany(
        """
        insert into kempt.golden_record (tenant, entity_id, entity_type, cells, digest, policy_version, seq)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict (tenant, entity_id) do update set cells = excluded.cells, digest = excluded.digest,
            policy_version = excluded.policy_version, seq = excluded.seq
        where (golden_record.cells, golden_record.digest, golden_record.policy_version, golden_record.seq)
            is distinct from (excluded.cells, excluded.digest, excluded.policy_version, excluded.seq)
        """,
        [
            (tenant, name, row.entity_type, Jsonb(row.cells), row.digest, row.policy_version, row.seq)
            for name, row in told.items()
            if row.cells is not None and digest(canonical_json(row.cells)) == row.digest
        ],
    )


def _forget_inputs(lake: duckdb.DuckDBPyConnection, kind: EntityType, entities: tuple[str, ...]) -> None:
    """What was composed of them counts no longer, so that the next composing takes them up."""
    lake.execute(
        f"update {kind}_golden set input = null where list_contains($names::varchar[], entity_id)",
        {"names": list(entities)},
    )
    lake.execute(f"delete from {kind}_cell where entity_id not in (select entity_id from {kind}_golden)")
