"""The ids of records: which column of a file holds them, numbers where none does, and those that cannot be used."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kempt.errors import StopRun
from kempt.usecases.match_part import SOME, Part, so_many, some_of

ID = "record_id"
LONGEST_ID = 1_000


def id_of(part: Part, path: Path, asked: str | None) -> str | None:
    """The column with the ids, or None for row numbers. Raises StopRun if the one asked for is missing or repeated."""
    names = part.table.column_names
    wanted = asked or ID
    found = wanted if wanted in names else next((name for name in names if name.casefold() == wanted.casefold()), None)
    if found is None and asked:
        raise StopRun(f"{path}: no column {asked!r}. It has: {some_of(names)}. Correct --id.")
    if found in part.repeated:
        raise StopRun(f"{path}: has several columns {found}. Rename all but the one with the ids.")
    return found


def told_apart(paths: Sequence[Path]) -> list[str]:
    """A name for each file that no other has: rows without ids are numbered by it.

    Raises StopRun for a file given twice.
    """
    for name in (lambda path: path.stem, lambda path: path.name, str):
        names = [name(path) for path in paths]
        if len({*names}) == len(names):
            return names
    again = next(path for path, times in Counter(map(str, paths)).items() if times > 1)
    raise StopRun(f"{again}: is given twice. Name each file once.")


def numbered(part: Part, file: str) -> pa.Array:
    """An id for each row of a file that has none: its name and the number of the row."""
    numbers = pc.cast(pa.array(part.numbers), pa.large_string())
    return pc.binary_join_element_wise(
        pa.scalar(f"{file}:", pa.large_string()), numbers, pa.scalar("", pa.large_string())
    )


def by_id(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> pa.Array | None:
    """The rows by their ids; None where they are in that order."""
    ids = table.column(ID)
    if pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        return None
    kempt_ids = pa.table({"row_number": np.arange(table.num_rows), "id": ids})  # noqa: F841, read by DuckDB
    return (
        connection.execute("select row_number from kempt_ids order by id").to_arrow_table().column(0).combine_chunks()
    )


def refuse_bad_ids(table: pa.Table, order: pa.Array | None, parts: Sequence[Part], where: str) -> None:
    """Raises StopRun for ids that are missing, too long or given twice; `order` is what `by_id` says."""
    ids = table.column(ID)
    missing = pc.fill_null(pc.equal(pc.utf8_trim_whitespace(ids), ""), True)
    if count := pc.sum(missing).as_py():
        raise StopRun(
            f"{so_many(count, 'row has', 'rows have')} no id {where}: {_rows(missing, parts)}. Give each an id, name "
            f"another column with --id, or rename the column: without {ID} rows are numbered."
        )
    if (pc.max(pc.utf8_length(ids)).as_py() or 0) > LONGEST_ID:
        long = pc.greater(pc.utf8_length(ids), LONGEST_ID)
        raise StopRun(
            f"{so_many(pc.sum(long).as_py(), 'id', 'ids')} {where} of more than {LONGEST_ID:,} characters: "
            f"{_rows(long, parts)}. Name the column with ids with --id."
        )
    if order is None:
        return
    ordered = ids.take(order)
    if not pc.any(pc.equal(ordered[:-1], ordered[1:])).as_py():
        return
    counts = pc.value_counts(ids.combine_chunks())
    again = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    raise StopRun(
        f"{so_many(len(again), 'id is', 'ids are')} given to several rows {where}: "
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
