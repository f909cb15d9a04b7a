"""What policy promises of attributes, kept and watched: serialized edits, and a bound on the age of bought values."""

from typing import Any, get_args

import duckdb
from psycopg import Connection

from kempt.policy.survivorship import Consistency
from kempt.records.model import EntityType
from kempt.survivorship.units import UNITS
from kempt.usecases.assign_identity import lock_identity
from kempt.usecases.compose import lock_golden
from kempt.usecases.tenancy import Tenant
from kempt.usecases.today import today_of

_BEYOND = """
select attribute, count(*), max($today::date - cast(observed_at as date)) from {cells}
join (select unnest($attributes) as attribute, unnest($bounds) as within_days) as bound using (attribute)
where origin = 'enrichment' and $today::date - cast(observed_at as date) > within_days
group by attribute order by attribute
"""


def consistency_of(tenant: Tenant, kind: EntityType, attribute: str) -> Consistency:
    """The class of an attribute; of a part of a unit, the unit's."""
    policy = tenant.policies.survivorship[kind]
    return next((unit.consistency(policy) for unit in UNITS[kind] if attribute in unit.parts), "eventual")


def hold(connection: Connection[Any], tenant: Tenant, kind: EntityType, *attributes: str) -> None:
    """Keeps golden records as they are until the transaction ends; for a serializable attribute also who is who."""
    if any(consistency_of(tenant, kind, each) == "serializable" for each in attributes):
        lock_identity(connection, tenant.name)
    lock_golden(connection, tenant.name)


def bounds_passed(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """`beyond_bound` in a transaction of its own."""
    with tenant.database.transaction(tenant.name) as connection:
        return beyond_bound(tenant, lake, connection)


def beyond_bound(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, connection: Connection[Any]
) -> dict[str, dict[str, int]]:
    """What providers said in bounded attributes and is older than policy allows: how many values, the oldest in days.

    By entity type and attribute; on the day that the records speak of. Empty while every bound holds.
    """
    today, found = today_of(connection), {}
    tables = {name for (name,) in lake.execute("select table_name from duckdb_tables()").fetchall()}
    for kind in get_args(EntityType):
        policy = tenant.policies.survivorship[kind]
        bounds = {
            part: rule.within_days
            for unit in UNITS[kind]
            if (rule := unit.rule(policy)) is not None and rule.within_days is not None
            for part in unit.parts
        }
        if f"{kind}_cell" in tables and bounds:
            told = {"today": today, "attributes": list(bounds), "bounds": list(bounds.values())}
            for attribute, values, oldest in lake.execute(_BEYOND.format(cells=f"{kind}_cell"), told).fetchall():
                found[f"{kind}.{attribute}"] = {"values": values, "oldest_days": oldest}
    return found
