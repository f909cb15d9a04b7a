"""Reads Parquet for `kempt match`: fields of structs as columns, lists and numbers as text."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kempt.errors import StopRun
from kempt.extracts.batches import text_of
from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.encode import Encoder, longest
from kempt.matching.kernel.runs import CORES
from kempt.usecases.match_part import LONGEST_VALUE, Part, cut_note, fit_names, shortened, whole

_ROWS, _DEEPEST, _TASKS = 65_536, 32, 64
_READING = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, OverflowError, NotImplementedError)


def read_parquet(path: Path) -> Part:
    """The rows of a Parquet file. Raises StopRun for one that cannot be read."""
    try:
        return _read(path)
    except _READING as error:
        kind = type(error).__name__
        raise StopRun(f"{path}: is no readable Parquet ({kind}). Export it again, or save it as CSV.") from None


def _read(path: Path) -> Part:
    with pq.ParquetFile(path) as file:
        schema, metadata = file.schema_arrow, file.metadata
    empty = _flat(pa.Table.from_batches([], schema=schema), path)
    header = fit_names(empty.column_names, path.name)
    nested = len({*schema.names}) < len(schema.names) or empty.num_columns > len(schema.names)
    size = max(1, len(schema.names) // _TASKS)
    groups = [None] if nested else [schema.names[at : at + size] for at in range(0, len(schema.names), size)]
    with ThreadPoolExecutor(CORES) as pool:
        found = list(pool.map(lambda group: _read_columns(path, metadata, group), groups))
    columns = [column for group in found for column in group]
    table, notes = whole(((name, each.column()) for name, each in zip(header.names, columns, strict=True)), path.name)
    cut = [f"{each.cut:,} of {name}" for name, each in zip(header.names, columns, strict=True) if each.cut]
    return Part(
        file=path.name, table=table, numbers=np.arange(1, table.num_rows + 1), repeated=header.repeated,
        notes=(*header.notes, *cut_note(cut, path.name), *notes),
    )  # fmt: skip


class _Column:
    """A column, batch by batch; what is too long is cut here already, so that it is never held for all rows."""

    def __init__(self) -> None:
        self.encoder, self.parts, self.cut = Encoder(), [np.zeros(0, np.int32)], 0

    def add(self, values: Any) -> None:
        """Some rows more."""
        text = _text(values)
        if longest(text) > LONGEST_VALUE:
            text, many = shortened(_valid(text))
            self.cut += many
        self.parts.append(self.encoder.codes(text))

    def column(self) -> Column:
        """All of it."""
        codes, values = np.concatenate(self.parts), self.encoder.values()
        valid = _valid(values)
        return Column(codes=codes, values=values) if valid is values else Column.of(valid).taken(codes)


def _read_columns(path: Path, metadata: Any, names: list[str] | None) -> list[_Column]:
    """The named columns, all of them where none is named, with the fields of structs as columns."""
    columns: list[_Column] = []
    with pq.ParquetFile(path, metadata=metadata) as file:
        chosen = file.schema_arrow if names is None else pa.schema([file.schema_arrow.field(name) for name in names])
        columns += [_Column() for _ in _flat(chosen.empty_table(), path).column_names]
        for batch in file.iter_batches(batch_size=_ROWS, columns=names, use_threads=False):
            flat = _flat(pa.Table.from_batches([batch]), path)
            for column, values in zip(columns, flat.columns, strict=True):
                column.add(values.combine_chunks())
    return columns


def _flat(table: pa.Table, path: Path) -> pa.Table:
    for _ in range(_DEEPEST):
        if not any(pa.types.is_struct(field.type) for field in table.schema):
            return table
        table = table.flatten()
    raise StopRun(f"{path}: is nested deeper than {_DEEPEST} levels. Export it flat.")


def _text(column: Any) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        values, _ = shortened(_valid(_text(column.dictionary)))
        return values.take(column.indices)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _decoded(column)
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(column.cast(pa.large_string()), r"( 00:00:00)?\.0+(Z?)$", r"\2")
    if pa.types.is_nested(kind) or pa.types.is_duration(kind):
        return pa.array([_listed(value) for value in column.to_pylist()], pa.large_string())
    return column.cast(pa.large_string())


def _valid(text: pa.Array) -> pa.Array:
    """The text, values that are not UTF-8 as hexadecimal digits."""
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return _decoded(text.cast(pa.large_binary()))
    return text


def _decoded(column: Any) -> pa.Array:
    """Bytes that are text as text, others as hexadecimal digits."""
    return pa.array(list(map(_bytes, column.to_pylist())), pa.large_string())


def _bytes(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def _listed(value: Any) -> str | None:
    """A list of single values side by side, anything deeper as JSON."""
    if value is None:
        return None
    if isinstance(value, list) and not any(isinstance(each, list | tuple | dict) for each in value):
        return "; ".join(text_of(each) for each in value if each is not None)
    return text_of(value)
