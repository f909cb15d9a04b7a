"""Brings identity to the partition: ids assigned, merges and splits recorded, questions put, in one transaction."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import duckdb
from psycopg import Connection

from kempt.identity.assign import assign
from kempt.identity.model import Changes, Mint
from kempt.records.model import EntityType
from kempt.usecases.identity_rows import incarnations, known_entities, ledger_head, write_changes
from kempt.usecases.membership import load_members
from kempt.usecases.merge_proposals import merge_proposals, settle_questions
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.record_proposals import record_proposals
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What changed in who is who; zero everywhere when nothing did."""

    minted: int
    revived: int
    joined: int
    left: int
    redirected: int
    retired: int
    proposals_by_verdict: dict[str, int]
    superseded: int


def assign_identity(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime, run_id: str | None = None
) -> Identified:
    """Writes what the partition changes: decisions on merges first, then memberships, redirects and events."""
    changes: Counter[str] = Counter()
    with tenant.database.transaction(tenant.name) as connection:
        lock_identity(connection, tenant.name)
        pin_policies(connection, tenant.policies)
        decided = merge_proposals(tenant, lake)
        verdicts = record_proposals(connection, tenant, decided, now=now, run_id=run_id)
        for kind in get_args(EntityType):
            changes += _assign(tenant, lake, connection, kind, now)
        superseded = settle_questions(connection, decided, now=now)
        _keep_run(connection, changes, now)
    names = ("minted", "revived", "joined", "left", "redirected", "retired")
    return Identified(**{name: changes[name] for name in names}, proposals_by_verdict=verdicts, superseded=superseded)


def _keep_run(connection: Connection[Any], changes: Counter[str], now: datetime) -> None:
    """What this run changed, zeros too: whether runs come to rest is told by those."""
    connection.execute(
        "insert into kempt.identity_run (tenant, seq, at, minted, merged, split, retired, moved) "
        "values (kempt.tenant(), %s, %s, %s, %s, %s, %s, %s) on conflict do nothing",
        [ledger_head(connection), now,
         *(changes[name] for name in ("minted", "redirected", "split", "retired", "joined"))],
    )  # fmt: skip


def lock_identity(connection: Connection[Any], tenant: str) -> None:
    """One writer at a time, until the transaction ends: assignment reads identity and writes it back."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended('identity ' || %s, 0))", [tenant])


def _assign(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], kind: EntityType, now: datetime
) -> Counter[str]:
    changes = changes_of(tenant, lake, connection, kind, clusters=f"{kind}_cluster")
    write_changes(connection, tenant.name, kind, changes, now=now)
    return _counts(changes)


def changes_of(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], kind: EntityType, *, clusters: str
) -> Changes:
    """What clusters (record_id, cluster) would change in who is who. Writes nothing."""
    load_members(lake, connection, kind, table=f"{kind}_member")
    touched, owners = _touched(lake, kind, clusters)
    records = [record for cluster in touched for record in cluster]
    # Every record counts as seen first at once: ids must not depend on the order in which extracts arrived.
    source = Mint(
        tenant_key=tenant.keys.mint_key(),
        first_seen=dict.fromkeys(records, 0),
        incarnations=incarnations(connection, kind, records),
    )
    return assign(kind, known_entities(connection, kind, owners, records), touched, source)


def _touched(lake: duckdb.DuckDBPyConnection, kind: EntityType, clusters: str) -> tuple[list[list[str]], list[str]]:
    """Clusters that no entity matches record for record, and the entities that they or vanished records touch."""
    lake.execute(
        f"""
        create or replace temp table touched as
        with sized as (select *, count(*) over (partition by entity_id) as size from {kind}_member),
        compared as (
            select cluster, count(*) as records, count(entity_id) as placed,
                count(distinct entity_id) as entities, max(size) as size
            from {clusters} left join sized using (record_id) group by cluster
        )
        select cluster from compared where not (placed = records and entities = 1 and size = records)
        """
    )
    parted = lake.execute(
        f"select list(record_id order by record_id) from {clusters} semi join touched using (cluster) group by cluster"
    ).fetchall()
    owners = lake.execute(
        f"""
        select distinct entity_id from {kind}_member
        where record_id in (select record_id from {clusters} semi join touched using (cluster))
            or record_id not in (select record_id from {clusters})
        order by entity_id
        """
    ).fetchall()
    return [row[0] for row in parted], [row[0] for row in owners]


def _counts(changes: Changes) -> Counter[str]:
    return Counter(
        minted=len(changes.minted),
        revived=len(changes.revived),
        redirected=len(changes.merged),
        split=len(changes.split),
        retired=len(changes.retired),
        joined=sum(move.to_id is not None for move in changes.moves),
        left=sum(move.from_id is not None for move in changes.moves),
    )
