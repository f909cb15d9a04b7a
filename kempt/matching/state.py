"""What matching keeps of an entity type between runs beside its tables: by what these were made, and the report."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import duckdb

from kempt.ids import canonical_json, digest
from kempt.matching import tables
from kempt.matching.model import Model, learned_by
from kempt.matching.spec import MatchSpec
from kempt.records.model import EntityType

_STATE = """
create table if not exists match_state (
    entity_type varchar, spec_version varchar, learned_by varchar, model_version varchar, written_by varchar,
    revision integer, report varchar, settled_by varchar, settled_revision integer
)
"""
# Later than the rest, and a tenant's model is not to be lost for them.
_ADDED = {"next_number": "integer", "place": "varchar", "settled_policy": "varchar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All pairs of an entity type, whichever run compared them."""

    records: int
    pairs: int
    pairs_by_rule: Mapping[str, int]
    pairs_not_made: Mapping[str, int]
    """Of rules with blocks over their cap."""
    generic_values: Mapping[str, int]
    """Number of values per column that are shared by too many names."""
    components_left_out: int
    """Components too large to compare every pair in."""

    @property
    def reduction(self) -> float:
        """The share of all possible pairs that did not have to be compared."""
        possible = self.records * (self.records - 1) / 2
        return round(1 - self.pairs / possible, 6) if possible else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a run leaves."""

    spec: str
    learned_by: str
    model: str | None
    written_by: str
    revision: int
    next_number: int
    """No record had it yet; a record that changes gets a new number."""
    place: str | None
    """Where the feed of the records stood."""
    report: Report


def open_state(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes room for the state where there is none, or an older one."""
    known = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where table_name = 'match_state' "
            "and database_name = current_database()"
        ).fetchall()
    }
    if not known:
        connection.execute(_STATE)
    for name, kind in _ADDED.items():
        if name not in known:
            connection.execute(f"alter table match_state add column {name} {kind}")


def read_state(connection: duckdb.DuckDBPyConnection, kind: EntityType) -> State | None:
    """What the last run left."""
    row = connection.execute(
        "select spec_version, learned_by, model_version, written_by, revision, next_number, place, report "
        "from match_state where entity_type = ?",
        [kind],
    ).fetchone()
    if row is None:
        return None
    return State(
        spec=row[0],
        learned_by=row[1],
        model=row[2],
        written_by=row[3],
        revision=row[4],
        next_number=row[5] or 0,
        place=row[6],
        report=Report(**json.loads(row[7])),
    )


def state_of(
    spec: MatchSpec, model: Model, revision: int, next_number: int, place: str | None, report: Report
) -> State:
    """The state after a run."""
    return State(
        spec=spec.version,
        learned_by=learned_by(spec),
        model=model.version,
        written_by=written_by(spec),
        revision=revision,
        next_number=next_number,
        place=place,
        report=report,
    )


def write_state(
    connection: duckdb.DuckDBPyConnection, kind: EntityType, state: State, *, settle_all: bool = False
) -> None:
    """The state of this run in the place of the last one's; what is known of the clusters stays unless all changed."""
    connection.execute(
        "insert into match_state (entity_type) select $kind where $kind not in (select entity_type from match_state)",
        {"kind": kind},
    )
    connection.execute(
        "update match_state set spec_version = ?, learned_by = ?, model_version = ?, written_by = ?, revision = ?, "
        "next_number = ?, place = ?, report = ?, settled_by = if(?, null, settled_by) where entity_type = ?",
        [
            *(state.spec, state.learned_by, state.model, state.written_by, state.revision),
            *(state.next_number, state.place, canonical_json(asdict(state.report)).decode(), settle_all, kind),
        ],
    )


def move_on(connection: duckdb.DuckDBPyConnection, kind: EntityType, place: str | None) -> None:
    """Nothing that counts has changed up to this place of the feed."""
    connection.execute("update match_state set place = ? where entity_type = ?", [place, kind])


def written_by(spec: MatchSpec) -> str:
    """Changes with whatever the tables are made by."""
    texts = [tables.said(spec), tables.block_keys(spec, "n", "kempt_record"), duckdb.__version__]
    pairs = [tables.scored_table(spec, "pairs"), tables.take_in(spec, "pairs", "arriving")]
    return digest(canonical_json([*texts, *pairs]))
