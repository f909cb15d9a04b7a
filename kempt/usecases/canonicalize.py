"""From standardized to canonical: what passed the gates, tested; and of the features the rows that changed."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import duckdb

from kempt.records.model import OBJECT_TYPES, EntityType
from kempt.records.standardizers import name_lists, nickname_roots
from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import dbt_variables
from kempt.warehouse.connection import gather
from kempt.warehouse.dbt import NodeResult, build
from kempt.warehouse.feed import TableFeed

FEATURES: dict[EntityType, str] = {"person": "person_features", "company": "company_features"}
_SOURCES = ("quarantine", *(f"standardized_{kind}" for kind in OBJECT_TYPES))
_STATE = "create table if not exists canonical_state (source varchar, place varchar, written_by varchar)"


def canonicalize(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> tuple[NodeResult, ...]:
    """Builds and tests the canonical models and the features that matching compares.

    Features are written anew of the records that the lake says were standardized, quarantined or released since the
    last time; of all when it cannot say, or when Kempt makes them in another way than then.
    """
    feeds = {name: TableFeed(lake, name) for name in _SOURCES}
    # Before anything is read: what changes meanwhile is for the next run.
    places = {name: feed.here() for name, feed in feeds.items()}
    written_by = _written_by(tenant)
    lake.execute(_STATE)
    known = dict(
        lake.execute("select source, place from canonical_state where written_by = ?", [written_by]).fetchall()
    )
    told = all(name in known and feed.changes_since(known[name], f"kempt_{name}") for name, feed in feeds.items())
    if told:
        changed = " union ".join(f"select record_id from kempt_{name} where record_id is not null" for name in feeds)
        lake.execute(f"create or replace table changed_record as {changed}")
    nodes = build(
        tenant.lake,
        project=tenant.dbt_project,
        folder=tenant.dbt_folder,
        select=("canonical", "features"),
        variables=dbt_variables(tenant.name, tenant.declarations, ()),
        full_refresh=not told,
    )
    rows = [[name, place, written_by] for name, place in places.items()]
    lake.execute("begin")
    lake.execute("delete from canonical_state")
    lake.executemany("insert into canonical_state values (?, ?, ?)", rows)
    lake.execute("commit")
    gather(lake, tuple(FEATURES.values()))
    return nodes


def _written_by(tenant: Tenant) -> str:
    """Changes with whatever makes features of standardized records."""
    found = sha256()
    folders = [tenant.dbt_project / "models" / name for name in ("canonical", "features")]
    models = sorted(path for folder in folders for path in folder.glob("*.sql"))
    for file in (*models, Path(nickname_roots.__file__), Path(name_lists.__file__)):
        found.update(file.read_bytes())
    found.update(version("nicknames").encode())
    return found.hexdigest()
