"""Reads the files of `kempt match` into one table of text, with what could not be read and what to know of it."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from kempt.errors import StopRun
from kempt.matching.kernel.encode import in_order
from kempt.matching.kernel.runs import CORES
from kempt.usecases.match_delimited import read_delimited
from kempt.usecases.match_ids import ID, by_id, id_of, numbered, refuse_bad_ids, told_apart
from kempt.usecases.match_notes import column_notes, id_notes, refused_notes
from kempt.usecases.match_parquet import read_parquet
from kempt.usecases.match_part import Part, Refused, some_of
from kempt.usecases.match_workbook import read_workbook

CLUSTER = "cluster_id"
_FORMATS = (".csv", ".tsv", ".parquet", ".xlsx")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """The rows of all files as text, `record_id` first, in the order of the ids; those refused; what to know."""

    table: pa.Table
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()
    counts: Sequence[tuple[int, int]] = ()
    """What `count_values` says of the columns but the ids."""
    leave: Callable[[], None] = lambda: None
    """To be called once the table was read through: the memory that this took is given back, where it can be."""


def read_tables(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], id_column: str | None) -> Records:
    """The records of files.

    Raises StopRun for a file that cannot be read, and for ids that are missing or given twice.
    """
    parts = [_read(connection, path) for path in paths]
    names = told_apart(paths)
    chosen = [id_of(part, path, id_column) for part, path in zip(parts, paths, strict=True)]
    tables = []
    for part, file, column in zip(parts, names, chosen, strict=True):
        ids = _texts(part.table.column(column)) if column else numbered(part, file)
        # Where other ids are asked for, a column with this name would be taken for them.
        others = [name for name in part.table.column_names if name not in (column, ID)]
        tables.append(part.table.select(others).add_column(0, ID, ids))
    tables = _same_spelling(tables)
    table = pa.concat_tables(tables, promote_options="default").unify_dictionaries()
    order = by_id(connection, table)
    refuse_bad_ids(table, order, parts, "in the column " + (id_column or ID))
    if table.num_rows < 2:
        raise StopRun(f"{_listed(paths)}: one record only. Two are needed to find out whether they are one.")
    refused = tuple(each for part in parts for each in part.refused)
    notes = (
        *refused_notes(parts),
        *(note for part in parts for note in part.notes),
        *id_notes(table.column(ID), chosen, parts, id_column),
        *column_notes(tables, parts),
    )
    return Records(table=_ordered(table, order), refused=refused, notes=notes)


def read_labels(connection: duckdb.DuckDBPyConnection, path: Path, records: pa.Table) -> dict[str, str]:
    """Which cluster each record is said to be in: `record_id` and `cluster_id` of a CSV or Parquet file.

    Raises StopRun also when none of the records is among them.
    """
    if path.is_file() and path.suffix.lower() not in (".csv", ".parquet"):
        raise StopRun(f"{path}: expected a .csv or .parquet file with {ID} and {CLUSTER}.")
    part = _read(connection, path)
    table = part.table
    if missing := [name for name in (ID, CLUSTER) if name not in table.column_names]:
        raise StopRun(f"{path}: no column {' or '.join(missing)}. It has: {some_of(table.column_names)}.")
    if part.refused:
        first = part.refused[0]
        raise StopRun(
            f"{path}: {len(part.refused):,} rows cannot be read, the first in line {first.line:,}: {first.reason}. "
            "Correct the file."
        )
    table = pa.table({name: _texts(table.column(name)) for name in (ID, CLUSTER)})
    refuse_bad_ids(table, by_id(connection, table), [part], f"in {path}, where each record needs one row")
    ids, clusters = table.column(ID).to_pylist(), table.column(CLUSTER).to_pylist()
    # A record without a cluster is not labelled.
    labels = {record: cluster for record, cluster in zip(ids, clusters, strict=True) if cluster}
    if labels.keys().isdisjoint(records.column(ID).to_pylist()):
        raise StopRun(f"{path}: names none of the records. Its {ID} must be theirs; --id says which column that is.")
    return labels


def prepare_out(out: Path, inputs: Sequence[Path], written: Sequence[str]) -> None:
    """Makes the folder before the long work. Raises StopRun where it cannot be, or would take an input's place."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StopRun(f"{out}: cannot be made a folder ({error.strerror}). Name another with --out.") from None
    if not os.access(out, os.W_OK):
        raise StopRun(f"{out}: may not be written to. Name another folder with --out.")
    targets = {(out / name).resolve() for name in written}
    for path in inputs:
        if path.resolve() in targets:
            raise StopRun(f"{path}: would be overwritten by what is written to {out}. Name another folder with --out.")


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> Part:
    if not path.is_file():
        raise StopRun(f"{path}: {_what_it_is(path)}")
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise StopRun(f"{path}: expected a {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]} file.")
    readers: dict[str, Callable[[Path], Part]] = {".parquet": read_parquet, ".xlsx": read_workbook}
    try:
        if not path.stat().st_size:
            raise StopRun(f"{path}: is empty. A file needs a header line and at least two records below.")
        part = readers[suffix](path) if suffix in readers else read_delimited(connection, path)
    except OSError as error:
        raise StopRun(f"{path}: cannot be read ({error.strerror}). Look whether you may read it.") from None
    _refuse_broken(path, part)
    return part


def _what_it_is(path: Path) -> str:
    if path.is_dir():
        return "is a folder. Name the files in it."
    return "is no regular file. Save it as one first." if path.exists() else "no such file."


def _refuse_broken(path: Path, part: Part) -> None:
    rows = part.table.num_rows
    if len(part.refused) > rows:
        first = part.refused[0]
        raise StopRun(
            f"{path}: {len(part.refused):,} of {rows + len(part.refused):,} rows cannot be read, the first in line "
            f"{first.line:,}: {first.reason}. Look whether the first line names all columns, with nothing above it."
        )
    if not rows:
        raise StopRun(f"{path}: no rows below the header. A file needs a header line and at least two records.")


def _same_spelling(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Columns that differ from a column of an earlier file in capitals alone get its name."""
    known: dict[str, str] = {}
    found = []
    for table in tables:
        own = Counter(name.casefold() for name in table.column_names)
        names = [known.get(name.casefold(), name) if own[name.casefold()] == 1 else name for name in table.column_names]
        found.append(table.rename_columns(names))
        for name in names:
            known.setdefault(name.casefold(), name)
    return found


def _ordered(table: pa.Table, order: pa.Array | None) -> pa.Table:
    """The rows in the order of their ids; so are values numbered, whatever the order of the rows was."""
    whole = table.combine_chunks()
    ids = whole.column(0) if order is None else whole.column(0).take(order)
    with ThreadPoolExecutor(CORES) as pool:
        others = pool.map(lambda each: in_order(each.chunk(0), order), whole.columns[1:])
        return pa.table([ids, *others], names=whole.column_names)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """The texts themselves; where no two are equal, they are the values as they stand."""
    held = column.combine_chunks()
    alone = len(held.dictionary) == len(held) and not held.null_count
    return held.dictionary if alone else held.cast(pa.large_string())


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))
