"""Parquet files, column by column: structs flattened to dotted columns, lists as JSON text."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kempt.errors import SkipRecord
from kempt.extracts.batches import header, no_rows, rectangular, row_batches, text_of
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Batch

_ROWS = 50_000
_READING = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, OverflowError, NotImplementedError)


def parse(file: FileContent) -> Iterator[Batch]:
    """The rows of a Parquet file."""
    try:
        yield from _tables(file)
    except SkipRecord:
        raise
    except _READING as error:
        raise SkipRecord(f"{file.name}: not readable Parquet ({type(error).__name__}). Export it again.") from None


def _tables(file: FileContent) -> Iterator[Batch]:
    parquet = pq.ParquetFile(pa.BufferReader(file.content))
    first_row = file.first_row
    empty = _flat(pa.Table.from_batches([], schema=parquet.schema_arrow), file)
    columns = dict(zip(header(empty.column_names, file.limits, file.name), map(_kind, empty.schema.types), strict=True))
    yield Batch(rows=no_rows(), columns=columns)
    produced = 0
    for part in parquet.iter_batches(batch_size=_ROWS):
        table = _flat(pa.Table.from_batches([part]), file)
        produced += table.nbytes
        if produced > file.limits.archive_bytes:
            raise SkipRecord(f"{file.name}: unpacks to over {file.limits.archive_bytes} bytes. Export it in parts.")
        yield from _batches(table, columns, first_row)
        first_row += table.num_rows


def _flat(table: pa.Table, file: FileContent) -> pa.Table:
    for _ in range(file.limits.json_depth):
        if not any(pa.types.is_struct(field.type) for field in table.schema):
            return table
        table = table.flatten()
    raise SkipRecord(f"{file.name}: nested deeper than {file.limits.json_depth} levels. Export it flat.")


def _batches(table: pa.Table, columns: dict[str, str], first_row: int) -> Iterator[Batch]:
    texts = [_text(column.combine_chunks()) for column in table.columns]
    if any(isinstance(column, list) for column in texts):
        listed = [column if isinstance(column, list) else column.to_pylist() for column in texts]
        rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*listed, strict=True))
        yield from row_batches(enumerate(rows, start=first_row), columns)
        return
    numbers = np.arange(first_row, first_row + table.num_rows)
    for part in rectangular(texts, list(columns), numbers):
        yield Batch(rows=part, columns=columns)


def _text(column: pa.Array) -> pa.Array | list[str]:
    """The column as text; as a list when some of it is no text and must be sorted out row by row."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode())
    if _stringy(kind):
        texts = pc.fill_null(pc.cast(column, pa.string(), safe=False), "")
        try:
            texts.validate(full=True)
        except pa.ArrowInvalid:
            raw = pc.cast(column, pa.binary()).to_pylist()
            return [(value or b"").decode("utf-8", "surrogateescape") for value in raw]
        return texts
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind):
        return pc.fill_null(pc.cast(column, pa.string()), "")
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(pc.fill_null(pc.cast(column, pa.string()), ""), r"\.0+(Z?)$", r"\1")
    return pa.array([text_of(value) for value in column.to_pylist()], pa.string())


def _stringy(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _kind(kind: Any) -> str:
    """The family of a type; a widened type of one family is no change of schema."""
    if pa.types.is_dictionary(kind):
        return _kind(kind.value_type)
    families = {
        "text": _stringy(kind),
        "boolean": pa.types.is_boolean(kind),
        "number": pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind),
        "time": pa.types.is_temporal(kind),
        "list": pa.types.is_nested(kind),
    }
    return next((name for name, holds in families.items() if holds), "")
