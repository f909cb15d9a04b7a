"""Golden records: which value wins in every entity, from records, claims and policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import duckdb
from psycopg import Connection

from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.records.model import ENTITY_OF, EntityType
from kempt.survivorship.compose import Contender, Ingredients, compose, contenders
from kempt.survivorship.recompose import recompose, recompose_entities
from kempt.usecases.claim_values import load_claims
from kempt.usecases.golden_rows import write_golden
from kempt.usecases.membership import RECORDS, load_members, view_people
from kempt.usecases.route import route_within
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
    lock_golden(connection, tenant.name)
    view_people(lake)
    load_claims(lake, connection, tenant, now=now)
    parts = [_compose(tenant, lake, connection, entity_type, now) for entity_type in get_args(EntityType)]
    return Composed(**{name: sum(getattr(part, name) for part in parts) for name in Composed.__slots__})


def compose_entities(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    entity_type: EntityType,
    entities: Sequence[str],
    *,
    now: datetime,
) -> int:
    """Composes these entities anew at once, in a transaction that is open; how many golden records changed by it."""
    lock_golden(connection, tenant.name)
    members = load_members(lake, connection, entity_type, table="composed_member", only=entities)
    view_people(lake)
    load_claims(lake, connection, tenant, now=now, records=members)
    ingredients = ingredients_of(tenant, entity_type, members="composed_member")
    cells, golden = f"{entity_type}_cell", f"{entity_type}_golden"
    if not recompose_entities(lake, ingredients, cells=cells, golden=golden, key=tenant.keys.digest_key()):
        return compose_within(connection, tenant, lake, now=now).changed
    return write_golden(tenant, lake, connection, entity_type, now, only=entities)[0]


def contenders_of(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    entity_type: EntityType,
    entity: str,
    attribute: str,
) -> tuple[Contender, ...]:
    """Everybody who speaks about an attribute of one entity, by today's policy."""
    members = load_members(lake, connection, entity_type, table="composed_member", only=[entity])
    view_people(lake)
    load_claims(lake, connection, tenant, records=members)
    return contenders(lake, ingredients_of(tenant, entity_type, members="composed_member"), attribute)


def lock_golden(connection: Connection[Any], tenant: str) -> None:
    """One composer at a time, until the transaction ends: else a run that read before a person spoke undoes her word.

    Taken before the ledger, which every writer holds until it ends.
    """
    connection.execute("select pg_advisory_xact_lock(hashtextextended('golden ' || %s, 0))", [tenant])


def _compose(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any], entity_type: EntityType, now: datetime
) -> Composed:
    cells, golden, members = (f"{entity_type}_{what}" for what in ("cell", "golden", "member"))
    load_members(lake, connection, entity_type, table=members)
    ingredients = ingredients_of(tenant, entity_type, members=members)
    composed = recompose(lake, ingredients, cells=cells, golden=golden, key=tenant.keys.digest_key())
    gather(lake, (cells, golden))
    changed, removed = write_golden(tenant, lake, connection, entity_type, now)
    policy = survivorship_of(tenant, entity_type)
    route_within(connection, tenant, lake, entity_type, policy, members=members, now=now)
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
