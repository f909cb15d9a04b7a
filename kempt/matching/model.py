"""The frozen part of matching: what was once learned from all records, so that more data never changes an old pair.

A model is the spec (levels, prior, blocking rules and their caps), the values that too many names share, and how many
records have each value whose share counts. A value that the model has not seen is one that no record had.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from kempt.ids import canonical_json, digest
from kempt.matching import tables
from kempt.matching.columns import quoted
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.weights import Frequency
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Where the two frozen tables are, and the digest of them and of the spec."""

    version: str
    generic: str
    """Relation of (of_column, value)."""
    frequency: str
    """Relation of (of_column, value, records)."""


def learn(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> Model:
    """A model of the records in kempt_record, in temporary tables; the records lose the values found generic."""
    model = Model(version="", generic="kempt_generic", frequency="kempt_frequency")
    connection.execute(f"create or replace temp table {model.generic} (of_column varchar, value varchar)")
    records = count(connection, "kempt_record")
    for generic in spec.generic:
        connection.execute(tables.generic_values(generic, records, model.generic))
        connection.execute(tables.without_generic(generic, model.generic))
    connection.execute(tables.value_counts(spec, model.frequency))
    return kept_as(connection, spec, generic=model.generic, frequency=model.frequency)


def kept_as(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, *, generic: str, frequency: str) -> Model:
    """The model that these two relations hold."""
    content = {name: _content(connection, name) for name in (generic, frequency)}
    version = digest(canonical_json([spec.version, content[generic], content[frequency]]))
    return Model(version=version, generic=generic, frequency=frequency)


def learned_by(spec: MatchSpec) -> str:
    """Changes with what a spec says is to be learned, and with nothing else in it."""
    sections = [each.model_dump(mode="json", exclude={"why"}) for each in (*spec.unusable, *spec.generic)]
    return digest(canonical_json([sections, [each.column for each in spec.frequencies]]))


def forget_generic(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model) -> None:
    """Takes from the records in kempt_record what the model knows as generic."""
    for generic in spec.generic:
        connection.execute(tables.without_generic(generic, model.generic))


def generic_counts(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model) -> dict[str, int]:
    """How many generic values each column has."""
    found = dict(connection.execute(f"select of_column, count(*) from {quoted(model.generic)} group by 1").fetchall())
    return {generic.column: found.get(generic.column, 0) for generic in spec.generic}


def frequencies(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model, columns: Columns
) -> dict[str, Frequency]:
    """What agreement on each value adds; shares are the model's, and prior knowledge worth some records."""
    found = {}
    counted, given = _counts(connection, spec, model, columns)
    for each in spec.frequencies:
        shares = (counted[each.column] + each.typical * each.worth_records) / (given[each.column] + each.worth_records)
        bits = np.round(-np.log2(shares) * MICRO).astype(np.int32)
        found[each.column] = Frequency(column=each.column, bits=bits)
    return found


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """The number of rows."""
    row = connection.execute(f"select count(*) from {quoted(table)}").fetchone()
    return int(row[0]) if row else 0


def _counts(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model, columns: Columns
) -> tuple[dict[str, "np.ndarray[tuple[int], np.dtype[np.int64]]"], dict[str, int]]:
    """Of each column whose frequencies count: the records of each value, by its code, and those that have any."""
    names = [each.column for each in spec.frequencies]
    values = [columns.columns[name].values for name in names]
    asked = pa.table(  # noqa: F841, read by DuckDB below
        {
            "of_column": pa.array(np.repeat(np.array(names, object), [len(each) for each in values]), pa.string()),
            "code": np.concatenate([np.arange(len(each)) for each in values] or [np.arange(0)]),
            "value": pa.chunked_array([each.cast(pa.string()) for each in values], pa.string()),
        }
    )
    rows = connection.execute(
        f"select of_column, code, records from asked join {quoted(model.frequency)} using (of_column, value)"
    ).fetchnumpy()
    sums = f"select of_column, sum(records)::bigint from {quoted(model.frequency)} group by of_column"
    totals = dict(connection.execute(sums).fetchall())
    counted = {}
    for name, own in zip(names, values, strict=True):
        here = rows["of_column"] == name
        counted[name] = np.zeros(len(own), np.int64)
        counted[name][rows["code"][here]] = rows["records"][here]
    return counted, {name: totals.get(name, 0) for name in names}


def _content(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    # Of each row a digest, so that the text which is hashed at the end stays short.
    row = connection.execute(
        "select sha256(coalesce(string_agg(part, '' order by part), '')) "
        f"from (select sha256(to_json(told)::varchar) as part from {quoted(relation)} as told)"
    ).fetchone()
    return str(row[0]) if row else ""
