"""Whose every entity is that records disagree about, and the campaigns that brought it: worked out, kept and told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.errors import StopRun
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.records.model import EntityType
from kempt.survivorship.candidates import columns_of
from kempt.survivorship.routing import Named, Route, route
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.membership import RECORDS
from kempt.usecases.override_rows import place_of
from kempt.usecases.tenancy import Tenant

# Only where there is something to decide: several owners, one who left, or a territory that comes first.
_CONTESTED = """
with said as (
    select entity_id, owner, system, coalesce(try_cast(updated_at as timestamp), observed_on) as observed_at
    from {records} join {members} using (record_id) where owner <> ''
),
contested as (
    select entity_id from said group by entity_id
    having count(distinct owner) > 1 or bool_or(list_contains($inactive::varchar[], owner)) or $territory_first
)
select said.entity_id, said.owner, said.system, said.observed_at, owner.value, owner.origin, country.value
from said semi join contested using (entity_id)
left join {cells} as owner on owner.entity_id = said.entity_id and owner.attribute = 'owner'
left join {cells} as country on country.entity_id = said.entity_id and country.attribute = 'country'
order by all
"""
# Every campaign that brought somebody is kept; `place` 1 is the one that counts as the first touch.
_TOUCHES = """
create or replace temp table {target} as
select entity_id, campaign, min(touched_at) as touched_at,
    row_number() over (partition by entity_id order by {order}, campaign) as place
from (
    select entity_id, campaign,
        coalesce(try_cast(created_at as timestamp), try_cast(updated_at as timestamp), observed_on) as touched_at
    from {records} join {members} using (record_id) where campaign <> ''
)
group by entity_id, campaign
"""
_ORDER = {"earliest": "min(touched_at)", "latest": "min(touched_at) desc"}


def routes_of(
    lake: duckdb.DuckDBPyConnection, kind: EntityType, policy: SurvivorshipPolicy, *, members: str, cells: str
) -> dict[str, Route]:
    """Whose each entity is about which there is something to decide, by these cells and this policy."""
    rules = policy.routing
    if rules is None or not {"owner", "updated_at"} <= columns_of(lake, RECORDS[kind]):
        return {}
    told = {"inactive": list(rules.inactive), "territory_first": rules.territory_first and bool(rules.territories)}
    said: dict[str, list[Named]] = {}
    golden: dict[str, tuple[str | None, bool, str | None]] = {}
    rows = lake.execute(_CONTESTED.format(records=RECORDS[kind], members=members, cells=cells), told).fetchall()
    for entity, owner, system, observed_at, stands, origin, country in rows:
        trust = policy.trust.get(system, policy.default_trust)
        said.setdefault(entity, []).append(Named(owner=owner, trust=trust, observed_at=observed_at))
        golden[entity] = (stands, origin == "override", country)
    return {
        entity: route(named, golden=golden[entity][0], overridden=golden[entity][1], country=golden[entity][2],
                      rules=rules)
        for entity, named in said.items()
    }  # fmt: skip


def owners_of(
    lake: duckdb.DuckDBPyConnection, routes: Mapping[str, Route], entities: Collection[str], *, cells: str
) -> dict[str, str | None]:
    """Whose these entities are: where there was nothing to decide, the golden owner's."""
    golden = lake.execute(
        f"select entity_id, value from {cells} where attribute = 'owner' and list_contains(?::varchar[], entity_id)",
        [sorted(set(entities) - routes.keys())],
    ).fetchall()
    return {**dict(golden), **{entity: routes[entity].owner for entity in entities if entity in routes}}


def load_touches(
    lake: duckdb.DuckDBPyConnection, kind: EntityType, policy: SurvivorshipPolicy, *, members: str, target: str
) -> bool:
    """Writes (entity_id, campaign, touched_at, place) of everybody whom a campaign brought into a temporary table.

    False where records name none, as those of companies do not.
    """
    if policy.routing is None or not {"campaign", "created_at", "updated_at"} <= columns_of(lake, RECORDS[kind]):
        return False
    order = _ORDER[policy.routing.first_touch]
    lake.execute(_TOUCHES.format(records=RECORDS[kind], members=members, target=target, order=order))
    return True


def route_within(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    kind: EntityType,
    policy: SurvivorshipPolicy,
    *,
    members: str,
    now: datetime,
) -> int:
    """Brings what is kept of routing to what policy makes of golden state; how many changed, each with an event."""
    found = routes_of(lake, kind, policy, members=members, cells=f"{kind}_cell")
    if load_touches(lake, kind, policy, members=members, target="touched_by"):
        _replace(lake, f"{kind}_touch", "touched_by")
    _keep(lake, kind, found)
    key = tenant.keys.digest_key()
    now_is = {entity: (keyed_digest(key, each.owner or ""), each.reason) for entity, each in found.items()}
    was = {
        entity: (owner, reason)
        for entity, owner, reason in connection.execute(
            "select entity_id, owner_digest, reason from kempt.routing where entity_type = %s", [kind]
        )
    }
    changed = sorted(entity for entity in now_is if now_is[entity] != was.get(entity))
    gone = sorted(was.keys() - now_is.keys())
    if changed or gone:
        _tell(connection, tenant, kind, policy, now_is, was, changed, gone, now)
    return len(changed) + len(gone)


def _keep(lake: duckdb.DuckDBPyConnection, kind: EntityType, found: Mapping[str, Route]) -> None:
    rows = sorted((entity, each.owner, each.reason) for entity, each in found.items())
    names = ("entity_id", "owner", "reason")
    worked_out = pa.table(  # noqa: F841, read by DuckDB below
        {name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)}
    )
    lake.execute("create or replace temp table routed as from worked_out")
    _replace(lake, f"{kind}_routing", "routed")


def _replace(lake: duckdb.DuckDBPyConnection, table: str, fresh: str) -> None:
    """Writes a table when it would say something else than it does."""
    there = lake.execute("select 1 from duckdb_tables() where table_name = ?", [table]).fetchone()
    same = there is not None and lake.execute(
        f"select not exists ((from {fresh} except all from {table}) union all (from {table} except all from {fresh}))"
    ).fetchone() == (True,)
    if not same:
        lake.execute(f"create or replace table {table} as from {fresh}")


def _tell(
    connection: Connection[Any],
    tenant: Tenant,
    kind: EntityType,
    policy: SurvivorshipPolicy,
    now_is: Mapping[str, tuple[str, str]],
    was: Mapping[str, tuple[str, str]],
    changed: list[str],
    gone: list[str],
    now: datetime,
) -> None:
    head = ledger_head(connection)
    events = [
        Event(
            event_id=stable_id("routed", tenant.name, entity, str(head)),
            type="owner_routed.v1",
            body={
                "entity_id": entity,
                "entity_type": kind,
                "owner_digest": now_is[entity][0] if entity in now_is else None,
                "reason": now_is[entity][1] if entity in now_is else "nothing_to_decide",
                "before": was[entity][0] if entity in was else None,
                "policy_version": policy.version,
            },
        )
        for entity in (*changed, *gone)
    ]
    first = append(connection, events, at=now).first
    connection.execute("delete from kempt.routing where entity_id = any(%s)", [gone])
    connection.cursor().executemany(
        """
        insert into kempt.routing (tenant, entity_id, entity_type, owner_digest, reason, policy_version, seq)
        values (%s, %s, %s, %s, %s, %s, %s)
        on conflict (tenant, entity_id) do update set owner_digest = excluded.owner_digest, reason = excluded.reason,
            policy_version = excluded.policy_version, seq = excluded.seq
        """,
        [(tenant.name, entity, kind, *now_is[entity], policy.version, first + at) for at, entity in enumerate(changed)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Whose an entity is, why, and the campaigns that brought it, the first touch first."""

    entity_id: str
    owner: str | None = field(repr=False)
    reason: str
    """`golden` where there was nothing to decide."""
    campaigns: tuple[str, ...]


def owner_of(tenant: Tenant, lake: duckdb.DuckDBPyConnection, entity: str) -> Owned:
    """What was worked out of an entity with the last golden records."""
    with tenant.database.transaction(tenant.name) as connection:
        place = place_of(connection, entity)
    kind, name = place.entity_type, place.entity_id
    tables = {table for (table,) in lake.execute("select table_name from duckdb_tables()").fetchall()}
    if f"{kind}_cell" not in tables:
        raise StopRun(f"nothing was composed yet. Run the tenant first: kempt run -t {tenant.name}.")
    golden = lake.execute(
        f"select value, if(origin = 'override', origin, 'golden') from {kind}_cell "
        "where entity_id = ? and attribute = 'owner'",
        [name],
    ).fetchone()
    found = golden if golden is not None and golden[1] == "override" else None
    if found is None and f"{kind}_routing" in tables:
        found = lake.execute(f"select owner, reason from {kind}_routing where entity_id = ?", [name]).fetchone()
    found = found or golden or (None, "nobody")
    campaigns = (
        lake.execute(f"select campaign from {kind}_touch where entity_id = ? order by place", [name]).fetchall()
        if f"{kind}_touch" in tables else []
    )  # fmt: skip
    return Owned(entity_id=name, owner=found[0], reason=found[1], campaigns=tuple(each for (each,) in campaigns))
