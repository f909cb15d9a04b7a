"""Golden records brought up to date: composed again are those that are made of something else than last time.

What a golden record is made of has a digest, and each keeps the one it was composed from. Both tables change in one
transaction, so that a digest never stands without its cells.
"""

from dataclasses import replace

import duckdb

from kempt.ids import canonical_json, keyed_digest
from kempt.survivorship.candidates import columns_heard, columns_of, quoted
from kempt.survivorship.compose import Ingredients, compose, statement
from kempt.survivorship.golden import GOLDEN_ROWS, golden_rows
from kempt.survivorship.units import UNITS

# Beyond this share of the entities it costs less to write the tables anew.
MOST_IN_PART = 1 / 3

# A JSON array, because values that are merely joined could be told apart in two ways.
_INPUTS = """
create or replace temp table golden_input as
with said as (
    select entity_id, sha256(to_json([{heard}])) as version
    from {records} join {members} using (record_id)
    union all
    select entity_id, sha256(to_json([{claimed}]))
    from {claims} join {members} using (record_id)
)
select entity_id, sha256($rules || string_agg(version, '' order by version)) as input from said group by entity_id
"""
_CLAIMED = ("record_id", "attribute", "value", "origin", "source", "confidence", "observed_at", "spoken")

_TOUCHED = """
create or replace temp table golden_touched as
select entity_id, golden_input.input
from golden_input full join {golden} as kept using (entity_id)
where golden_input.input is distinct from kept.input
"""


def recompose(
    connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, *, cells: str, golden: str, key: bytes
) -> int:
    """Brings the tables of cells and golden rows to what composing every entity would give; how many it composed."""
    _load_inputs(connection, ingredients, key)
    if _kept(connection, cells, golden):
        connection.execute(_TOUCHED.format(golden=quoted(golden)))
        touched = _count(connection, "golden_touched")
        if touched <= _count(connection, "golden_input") * MOST_IN_PART:
            if touched:
                _compose(connection, _of_the_touched(connection, ingredients), "golden_touched", key)
                _replace_rows(connection, cells, golden)
            return touched
    _compose(connection, ingredients, "golden_input", key)
    _replace_tables(connection, cells, golden)
    return _count(connection, "golden_input")


def recompose_entities(
    connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, *, cells: str, golden: str, key: bytes
) -> bool:
    """Composes the entities among these members anew, and no other; False where the tables are not there yet."""
    if not _kept(connection, cells, golden):
        return False
    _load_inputs(connection, ingredients, key)
    connection.execute("create or replace temp table golden_touched as from golden_input")
    _compose(connection, ingredients, "golden_input", key)
    _replace_rows(connection, cells, golden)
    return True


def _load_inputs(connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, key: bytes) -> None:
    """Writes the digest of what every entity is made of: what its records and claims say, and all that decides."""
    units = UNITS[ingredients.entity_type]
    heard = columns_heard(columns_of(connection, ingredients.records), units=units)
    text, values = statement(connection, ingredients)
    # The statements themselves are among it: whoever changes how golden records are composed changes every digest.
    rules = keyed_digest(key, canonical_json([text, values, GOLDEN_ROWS, _INPUTS]).decode())
    connection.execute(
        _INPUTS.format(
            records=quoted(ingredients.records),
            members=quoted(ingredients.members),
            claims=quoted(ingredients.claims),
            heard=_as_text(heard),
            claimed=_as_text(_CLAIMED),
        ),
        {"rules": rules},
    )


def _as_text(columns: tuple[str, ...]) -> str:
    return ", ".join(f"cast({quoted(column)} as varchar)" for column in columns)


def _kept(connection: duckdb.DuckDBPyConnection, cells: str, golden: str) -> bool:
    """Whether both tables are there, with the digests of their inputs."""
    found = connection.execute(
        "select table_name, column_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = current_schema() and table_name in ($cells, $golden)",
        {"cells": cells, "golden": golden},
    ).fetchall()
    return {(golden, "input"), (cells, "entity_id")} <= set(found)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _of_the_touched(connection: duckdb.DuckDBPyConnection, ingredients: Ingredients) -> Ingredients:
    connection.execute(
        "create or replace temp table golden_touched_member as "
        f"select * from {quoted(ingredients.members)} semi join golden_touched using (entity_id)"
    )
    return replace(ingredients, members="golden_touched_member")


def _compose(connection: duckdb.DuckDBPyConnection, ingredients: Ingredients, inputs: str, key: bytes) -> None:
    compose(connection, ingredients, target="composed_cell")
    golden_rows(connection, cells="composed_cell", target="composed_row", key=key)
    connection.execute(
        "create or replace temp table composed_golden as "
        f"select composed_row.*, input from composed_row join {inputs} using (entity_id)"
    )


def _replace_rows(connection: duckdb.DuckDBPyConnection, cells: str, golden: str) -> None:
    connection.execute("begin")
    for table, composed in ((cells, "composed_cell"), (golden, "composed_golden")):
        connection.execute(f"delete from {quoted(table)} where entity_id in (select entity_id from golden_touched)")
        connection.execute(f"insert into {quoted(table)} by name from {composed}")
    connection.execute("commit")


def _replace_tables(connection: duckdb.DuckDBPyConnection, cells: str, golden: str) -> None:
    connection.execute("begin")
    for table, composed in ((cells, "composed_cell"), (golden, "composed_golden")):
        connection.execute(f"create or replace table {quoted(table)} as from {composed}")
    connection.execute("commit")
