"""What other links between records would change in who is who, worked out beside what stands. Writes nothing.

The partition falls into components, and what stewards say of two records touches the components of these two alone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.errors import StopRun
from kempt.identity.assign import assign
from kempt.identity.model import Changes, Mint
from kempt.matching.evidence import StewardLinks, read_pairs, read_records
from kempt.records.model import EntityType
from kempt.usecases.identity_rows import incarnations, known_entities
from kempt.usecases.judge import keeping
from kempt.usecases.membership import load_members
from kempt.usecases.parted import Ground, bonds_in, hold_together
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What would change, and the entity of every record of the touched components from then on."""

    changes: Changes
    contradicting_links: int


def foresee(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    kind: EntityType,
    records: Collection[str],
    links: StewardLinks,
    restore: Mapping[str, Collection[str]] | None = None,
) -> Foreseen:
    """Settles the components of these records with these links, and assigns ids to what comes out."""
    _touch(lake, kind, records)
    spec = tenant.policies.matching[kind]
    there, pairs = read_records(lake, "kempt_foreseen"), read_pairs(lake, f"{kind}_pair", "kempt_foreseen")
    ground = Ground(
        records=there, pairs=pairs, links=links, spec=spec, decide=keeping(tenant.decides, connection, there)
    )
    settled, _ = hold_together(ground, ground.partition(), bonds_in(lake, kind))
    if missing := set(records) - settled.cluster_of.keys():
        raise StopRun(f"{min(missing)} has not been matched yet. Run the tenant first: kempt run -t {tenant.name}.")
    clusters = _together(settled.cluster_of)
    members = [record for cluster in clusters for record in cluster]
    load_members(lake, connection, kind, table=f"{kind}_member")
    owners = lake.execute(
        f"select distinct entity_id from {kind}_member semi join kempt_foreseen using (record_id) order by 1"
    ).fetchall()
    changes = assign(
        kind,
        known_entities(connection, kind, [owner for (owner,) in owners], members),
        clusters,
        Mint(
            tenant_key=tenant.keys.mint_key(),
            first_seen=dict.fromkeys(members, 0),
            incarnations=incarnations(connection, kind, members),
        ),
        restore,
    )
    return Foreseen(changes=changes, contradicting_links=len(settled.broken_must_links))


def _touch(lake: duckdb.DuckDBPyConnection, kind: EntityType, records: Iterable[str]) -> None:
    """The records of every component with one of these, and of every entity that reaches into one."""
    known = lake.execute("select 1 from duckdb_tables() where table_name = ?", [f"{kind}_cluster"]).fetchall()
    if not known:
        raise StopRun("nothing has been matched yet. Run the tenant first: kempt run.")
    named = pa.table({"record_id": pa.array(sorted(records), pa.string())})  # noqa: F841, read by DuckDB below
    lake.execute(
        f"""
        create or replace temp table kempt_foreseen as
        with touched as (
            select record_id from {kind}_cluster
            where part in (select part from {kind}_cluster semi join named using (record_id))
        )
        select record_id, number, object_type, source from {kind}_seen semi join touched using (record_id)
        """
    )


def _together(cluster_of: Mapping[str, str]) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for record, cluster in cluster_of.items():
        found.setdefault(cluster, []).append(record)
    return [sorted(found[cluster]) for cluster in sorted(found)]
