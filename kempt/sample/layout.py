"""A day of one source, laid out as its system would deliver it."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from kempt.sample.draw import Texts, Whole, texts
from kempt.sample.files import write_csv, write_json_lines, write_json_pages, write_sheet, write_sqlite
from kempt.sample.rows import Rows
from kempt.sample.sources import DAYS, SOURCES, Source

_MOMENTS = ("created", "updated")
_SUFFIXES = {"iso": "Z", "hubspot": ".000Z", "salesforce": ".000+0000"}


def write_day(drop: Path, rows: Rows, source: int, day: int, *, day_first: bool) -> tuple[int, list[Path]]:
    """The number of rows and the files of one source on one day."""
    shape = SOURCES[source]
    at = _present(rows, source, day)
    table = _table(rows, at, shape, day_first=day_first)
    path = drop / shape.path.replace("{day}", DAYS[day])
    return len(at), _write(table, path, np.flatnonzero(rows.ragged[at]))


def _write(table: pa.Table, path: Path, ragged: Whole) -> list[Path]:
    if path.suffix == ".json":
        return write_json_pages(table, path)
    if path.suffix == ".jsonl":
        return write_json_lines(table, path)
    if path.suffix == ".sqlite":
        return write_sqlite(table, path, "customers")
    return write_sheet(table, path) if path.suffix == ".xlsx" else write_csv(table, path, ragged)


def _present(rows: Rows, source: int, day: int) -> Whole:
    there = rows.of(source)
    there = there[(rows.arrives[there] <= day) & (rows.gone[there] > day)]
    return there if SOURCES[source].every_row else there[rows.touched[there] == day]


def _table(rows: Rows, at: Whole, shape: Source, *, day_first: bool) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name, ours in shape.columns.items():
        if ours == "deleted":
            columns[name] = pa.array(rows.deleted[at])
        elif ours in _MOMENTS:
            columns[name] = pa.array(_moments(rows.columns[ours][at], shape, day_first=day_first), pa.string())
        else:
            columns[name] = pa.array(rows.columns[ours][at], pa.string())
    return pa.table(columns)


def _moments(moments: Texts, shape: Source, *, day_first: bool) -> Texts:
    """ISO moments as the system writes them."""
    if shape.stamp == "sql":
        return texts([moment.replace("T", " ") for moment in moments])
    if shape.stamp == "sheet":
        parts = (moment[:10].split("-") for moment in moments)
        return texts([f"{day}.{month}.{year}" if day_first else f"{month}/{day}/{year}" for year, month, day in parts])
    stamped: Texts = moments + _SUFFIXES[shape.stamp]
    return stamped
