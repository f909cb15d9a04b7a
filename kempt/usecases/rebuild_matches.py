"""Matching everything anew with a new model: what it would change in who is who, and choosing it.

Between rebuilds a tenant's model is frozen, so that nothing moves but what a change moves. A rebuild learns from the
records of today, and so may part what was together and join what was apart.
"""

from dataclasses import dataclass
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.errors import StopRun
from kempt.matching.clusters import partition
from kempt.matching.engines.named import engine_named
from kempt.matching.evidence import StewardLinks, read_pairs, read_records
from kempt.matching.rescore import forget_model
from kempt.matching.scoring import score_records
from kempt.records.model import EntityType
from kempt.usecases.assign_identity import changes_of
from kempt.usecases.cluster import steward_links
from kempt.usecases.cluster_rows import MEMBERS
from kempt.usecases.judge import judge_of
from kempt.usecases.models import approve_model, waiting_model
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Churn:
    """What a rebuild would change for one entity type, in counts."""

    records: int
    model: str
    """The one in force; `new_model` is the one that a rebuild would make."""
    new_model: str
    records_moved: int
    """Records that would belong to another entity than now."""
    entities_merging: int
    """Entities that would take in others."""
    entities_splitting: int
    ids_redirected: int
    ids_minted: int
    ids_revived: int
    ids_retired: int


def foresee_rebuild(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> dict[str, Churn]:
    """Compares and clusters all records with a new model, and says what that would change. Writes nothing."""
    models = _models(tenant, lake)
    with tenant.database.transaction(tenant.name) as connection:
        links = steward_links(connection)
        return {kind: _churn(tenant, lake, connection, kind, links, models[kind]) for kind in get_args(EntityType)}


def choose_rebuild(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> None:
    """The next run of the tenant matches everything anew: with the candidates that wait, or a new model."""
    _models(tenant, lake)
    waiting = [waiting_model(lake, spec) for spec in tenant.policies.matching.values()]
    if not any(waiting):
        forget_model(lake)
    for model in waiting:
        if model is not None:
            approve_model(tenant.policies.matching, lake, model.version)


def _models(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The model in force by entity type."""
    known = lake.execute("select 1 from duckdb_tables() where table_name = 'match_state'").fetchall()
    found = dict(lake.execute("select entity_type, model_version from match_state").fetchall()) if known else {}
    if missing := [kind for kind in get_args(EntityType) if kind not in found]:
        raise StopRun(
            f"tenant {tenant.name} has no {missing[0]} model yet, so there is nothing to rebuild. "
            f"`kempt run -t {tenant.name}` makes one."
        )
    return {kind: model or "none" for kind, model in found.items()}


def _churn(
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    connection: Connection[Any],
    kind: EntityType,
    links: StewardLinks,
    model: str,
) -> Churn:
    spec = tenant.policies.matching[kind]
    candidate = waiting_model(lake, spec)
    engine = engine_named(spec.engine, tenant.spark_url)
    scored = score_records(lake, spec, f"{kind}_features", engine, candidate)
    records, pairs = read_records(lake, f"{kind}_features"), read_pairs(lake, scored.relation)
    part = partition(records, pairs, links, spec, judge_of(tenant.decides).decide)
    columns = [list(part.cluster_of), list(part.cluster_of.values()), list(part.part_of.values())]
    members = pa.table(columns, schema=MEMBERS)  # noqa: F841, read by DuckDB below
    lake.execute("create or replace temp table kempt_cluster as from members")
    changes = changes_of(tenant, lake, connection, kind, clusters="kempt_cluster")
    return Churn(
        records=scored.records,
        model=model,
        new_model=scored.model.version,
        records_moved=sum(move.from_id is not None and move.to_id is not None for move in changes.moves),
        entities_merging=len({redirect.to_id for redirect in changes.merged}),
        entities_splitting=len(changes.split),
        ids_redirected=len(changes.merged),
        ids_minted=len(changes.minted),
        ids_revived=len(changes.revived),
        ids_retired=len(changes.retired),
    )
