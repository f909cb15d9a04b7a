"""Who every row really is: the answers that no part of the product may read."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kempt.sample.draw import Texts, Whole, texts
from kempt.sample.faults import Faults
from kempt.sample.person_rows import composite_keys
from kempt.sample.rows import Rows
from kempt.sample.sources import DAYS, SOURCES

_LETTER = {"contact": "p", "lead": "p", "company": "c"}


def source_keys(rows: Rows) -> Texts:
    """The key under which each row will be known; empty when it has none."""
    keys = rows.columns["key"].copy()
    composite = np.flatnonzero(np.array([not source.key for source in SOURCES])[rows.source])
    if len(composite):
        joined = composite_keys(rows.columns["email"][composite], rows.columns["full"][composite])
        keys[composite] = np.where(joined == "|", "", joined)
    return keys


def truth_of(rows: Rows, keys: Texts, faults: Faults) -> pa.Table:
    """One line per row under the key it arrived with; a malformed row may have no key, or lead to nobody."""
    every = np.arange(len(rows.kind))
    table = _lines(rows, every, keys, rows.kind, rows.arrives)
    nobody = np.isin(every, faults.nobody)
    clusters = pa.array(table["cluster_id"].to_numpy(zero_copy_only=False), pa.string(), mask=nobody)
    return table.set_column(table.column_names.index("cluster_id"), "cluster_id", clusters)


def corrected_lines(rows: Rows, corrected: Whole, day: int) -> pa.Table:
    """The lines of rows that were malformed and are now right."""
    kinds = texts(["corrected"] * len(corrected))
    return _lines(rows, corrected, source_keys(rows)[corrected], kinds, np.full(len(corrected), day))


def write_truth(path: Path, tables: list[pa.Table]) -> None:
    """The truth of one tenant, malformed rows included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.concat_tables(tables), path, compression="zstd")


def _lines(rows: Rows, at: Whole, keys: Texts, kinds: Texts, days: Whole) -> pa.Table:
    source = rows.source[at]
    system, object_type, letter = (
        texts(values)[source]
        for values in (
            [shape.system for shape in SOURCES],
            [shape.object for shape in SOURCES],
            [_LETTER[shape.object] for shape in SOURCES],
        )
    )
    without = keys == ""
    columns = {
        "record_key": pa.array(system + "|" + object_type + "|" + keys, pa.string(), mask=without),
        "system": pa.array(system, pa.string()),
        "object": pa.array(object_type, pa.string()),
        "source_key": pa.array(keys, pa.string(), mask=without),
        "cluster_id": pa.array(letter + rows.entity[at].astype(str).astype(object), pa.string()),
        "kind": pa.array(kinds, pa.string()),
        "first_day": pa.array(texts(list(DAYS))[days], pa.string()),
    }
    return pa.table(columns)
