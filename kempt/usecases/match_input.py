"""Reads the files of `kempt match` into one table of text, with what could not be read and what to know of it."""

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.errors import StopRun
from kempt.usecases.match_delimited import read_delimited
from kempt.usecases.match_parquet import read_parquet
from kempt.usecases.match_part import SOME, Part, Refused, some_of
from kempt.usecases.match_workbook import read_workbook

ID, CLUSTER = "record_id", "cluster_id"
REFUSED = "refused.csv"
LONGEST_ID = 1_000
_FORMATS = (".csv", ".tsv", ".parquet", ".xlsx")
# What a spreadsheet would run; a number with a sign it only shows.
_FORMULA = r"^[=@\t\r]|^[+\-].*[^0-9 ().\-]"
_TURNING = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """The rows of all files as text, `record_id` first, in the order of the ids; those refused; what to know."""

    table: pa.Table
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


def read_tables(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], id_column: str | None) -> Records:
    """The records of files.

    Raises StopRun for a file that cannot be read, and for ids that are missing or given twice.
    """
    parts = [_read(connection, path) for path in paths]
    names = _told_apart(paths)
    chosen = [_id_of(part, path, id_column) for part, path in zip(parts, paths, strict=True)]
    tables = []
    for part, file, column in zip(parts, names, chosen, strict=True):
        ids = part.table.column(column) if column else _numbered(part, file)
        # Where other ids are asked for, a column with this name would be taken for them.
        others = [name for name in part.table.column_names if name not in (column, ID)]
        tables.append(part.table.select(others).add_column(0, ID, ids))
    tables = _same_spelling(tables)
    table = pa.concat_tables(tables, promote_options="default")
    _refuse_bad_ids(table, parts, "in the column " + (id_column or ID))
    if table.num_rows < 2:
        raise StopRun(f"{_listed(paths)}: one record only. Two are needed to find out whether they are one.")
    refused = tuple(each for part in parts for each in part.refused)
    notes = (
        *_refused_notes(parts),
        *(note for part in parts for note in part.notes),
        *_id_notes(table.column(ID), chosen, parts, id_column),
        *_column_notes(tables, parts),
    )
    return Records(table=table.take(_order(connection, table)), refused=refused, notes=notes)


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
    _refuse_bad_ids(table, [part], f"in {path}, where each record needs one row")
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


def write_refused(refused: Sequence[Refused], out: Path) -> None:
    """The rows that are not among the records, or no such file when there are none."""
    path = out / REFUSED
    if not refused:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "reason", "text"))
        writer.writerows((each.file, each.line, each.reason, each.text) for each in refused)


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


def _id_of(part: Part, path: Path, asked: str | None) -> str | None:
    """The column with the ids, or None for row numbers."""
    names = part.table.column_names
    wanted = asked or ID
    found = wanted if wanted in names else next((name for name in names if name.casefold() == wanted.casefold()), None)
    if found is None and asked:
        raise StopRun(f"{path}: no column {asked!r}. It has: {some_of(names)}. Correct --id.")
    if found in part.repeated:
        raise StopRun(f"{path}: has several columns {found}. Rename all but the one with the ids.")
    return found


def _told_apart(paths: Sequence[Path]) -> list[str]:
    """A name for each file that no other has: rows without ids are numbered by it."""
    for name in (lambda path: path.stem, lambda path: path.name, str):
        names = [name(path) for path in paths]
        if len({*names}) == len(names):
            return names
    again = next(path for path, times in Counter(map(str, paths)).items() if times > 1)
    raise StopRun(f"{again}: is given twice. Name each file once.")


def _numbered(part: Part, file: str) -> pa.Array:
    return pa.array([f"{file}:{row}" for row in part.numbers.tolist()], pa.large_string())


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


def _order(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> pa.ChunkedArray:
    kempt_ids = pa.table({"row_number": np.arange(table.num_rows), "id": table.column(ID)})  # noqa: F841, read by DuckDB
    return connection.execute("select row_number from kempt_ids order by id").to_arrow_table().column(0)


def _refuse_bad_ids(table: pa.Table, parts: Sequence[Part], where: str) -> None:
    ids = table.column(ID)
    missing = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(ids), ""), True)
    if count := pc.sum(missing).as_py():
        raise StopRun(
            f"{_many(count, 'row has', 'rows have')} no id {where}: {_rows(missing, parts)}. Give each an id, name "
            f"another column with --id, or rename the column: without {ID} rows are numbered."
        )
    if (pc.max(pc.utf8_length(ids)).as_py() or 0) > LONGEST_ID:
        long = pc.greater(pc.utf8_length(ids), LONGEST_ID)
        raise StopRun(
            f"{_many(pc.sum(long).as_py(), 'id', 'ids')} {where} of more than {LONGEST_ID:,} characters: "
            f"{_rows(long, parts)}. Name the column with ids with --id."
        )
    if pc.count_distinct(ids).as_py() == table.num_rows:
        return
    counts = pc.value_counts(ids.combine_chunks())
    again = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    raise StopRun(
        f"{_many(len(again), 'id is', 'ids are')} given to several rows {where}: "
        f"{_rows(pc.is_in(ids, value_set=again.slice(0, SOME)), parts)}. Give each record an id of its own, name "
        f"another column with --id, or rename the column: without {ID} rows are numbered."
    )


def _rows(chosen: pa.ChunkedArray, parts: Sequence[Part]) -> str:
    """The first chosen rows by file and number below the header."""
    at = np.flatnonzero(chosen.to_numpy())
    starts = np.cumsum([0, *(part.table.num_rows for part in parts)])
    found = []
    for row in at[:SOME].tolist():
        which = int(np.searchsorted(starts, row, "right")) - 1
        found.append(f"row {parts[which].numbers[row - starts[which]]:,} of {parts[which].file}")
    return ", ".join(found) + (", ..." if len(at) > SOME else "")


def _refused_notes(parts: Sequence[Part]) -> Iterator[str]:
    for part in parts:
        if part.refused:
            first = part.refused[0]
            yield (
                f"{part.file}: {_many(len(part.refused), 'row', 'rows')} could not be read, the first in line "
                f"{first.line:,}: {first.reason}. Correct what is in {REFUSED} and match again."
            )


def _id_notes(
    ids: pa.ChunkedArray, chosen: Sequence[str | None], parts: Sequence[Part], asked: str | None
) -> Iterator[str]:
    if any(chosen) and not all(chosen):
        without = [part.file for part, column in zip(parts, chosen, strict=True) if not column]
        yield (
            f"No column {ID} in {some_of(without)}: records from there are numbered. If they have ids, call their "
            f"column {ID}."
        )
    if asked and asked != ID and any(ID in part.table.column_names for part in parts):
        yield f"The column {ID} was left out, since {asked} holds the ids."
    if count := pc.sum(pc.match_substring_regex(ids, _FORMULA)).as_py():
        yield (
            f"{_many(count, 'id begins', 'ids begin')} like a formula (=, +, - or @): import clusters.csv into a "
            "spreadsheet as text, or it may run them."
        )
    if count := pc.sum(pc.match_substring_regex(ids, _TURNING)).as_py():
        yield (
            f"{_many(count, 'id holds', 'ids hold')} characters that turn the direction of text. They are kept in the "
            "files and written out on the page; look where the ids come from."
        )


def _column_notes(tables: Sequence[pa.Table], parts: Sequence[Part]) -> Iterator[str]:
    """Columns that not all files have say nothing between the files."""
    if len(tables) < 2:
        return
    all_names = dict.fromkeys(name for table in tables for name in table.column_names if name != ID)
    everywhere = [name for name in all_names if all(name in table.column_names for table in tables)]
    lonely = []
    for table, part in zip(tables, parts, strict=True):
        own = [name for name in table.column_names if name != ID and name not in everywhere]
        lonely += [f"{some_of(own)} in {part.file}"] * bool(own)
    if not lonely:
        return
    some = "Some columns are not" if everywhere else "No column is"
    yield (
        f"{some} in every file ({'; '.join(lonely)}), and records are compared by what both have. "
        "Give columns that hold the same thing the same name."
    )


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(map(str, paths))
