"""Reads Parquet for `kempt match`: fields of structs as columns, lists and numbers as text."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kempt.errors import StopRun
from kempt.extracts.batches import text_of
from kempt.usecases.match_part import Part, cut_note, fit_names, nul_note, shortened, whole

_ROWS, _DEEPEST = 65_536, 32
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
        empty = _flat(pa.Table.from_batches([], schema=file.schema_arrow), path)
        header = fit_names(empty.column_names, path.name)
        names = header.names
        parts, cut, nul = [_text_table(empty, names, {}, set())], dict[str, int](), set[str]()
        for batch in file.iter_batches(batch_size=_ROWS):
            parts.append(_text_table(_flat(pa.Table.from_batches([batch]), path), names, cut, nul))
    table, _ = whole(zip(names, pa.concat_tables(parts).columns, strict=True), path.name)
    said = cut_note([f"{many:,} of {name}" for name, many in cut.items()], path.name)
    return Part(
        file=path.name, table=table, numbers=np.arange(1, table.num_rows + 1), repeated=header.repeated,
        notes=(*header.notes, *said, *nul_note(sorted(nul), path.name)),
    )  # fmt: skip


def _flat(table: pa.Table, path: Path) -> pa.Table:
    for _ in range(_DEEPEST):
        if not any(pa.types.is_struct(field.type) for field in table.schema):
            return table
        table = table.flatten()
    raise StopRun(f"{path}: is nested deeper than {_DEEPEST} levels. Export it flat.")


def _text_table(table: pa.Table, names: list[str], cut: dict[str, int], nul: set[str]) -> pa.Table:
    """Some rows as text; what is too long is cut here already, so that it is never held for all rows."""
    columns = []
    for name, column in zip(names, table.columns, strict=True):
        text = _text(column.combine_chunks())
        if pc.max(pc.binary_length(text)).as_py() or 0:
            text, many = shortened(text)
            if many:
                cut[name] = cut.get(name, 0) + many
            if pc.any(pc.match_substring(text, "\0")).as_py():
                nul.add(name)
        columns.append(text.cast(pa.large_string()))
    return pa.table(columns, names=[str(at) for at in range(len(names))])


def _text(column: Any) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        values, _ = shortened(_text(column.dictionary))
        return values.take(column.indices)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        raw = column.cast(pa.large_string())
        try:
            raw.validate(full=True)
        except pa.ArrowInvalid:
            raw = _decoded(raw.cast(pa.large_binary()))
        return raw
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _decoded(column)
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(column.cast(pa.large_string()), r"( 00:00:00)?\.0+(Z?)$", r"\2")
    if pa.types.is_nested(kind) or pa.types.is_duration(kind):
        return pa.array([_listed(value) for value in column.to_pylist()], pa.large_string())
    return column.cast(pa.large_string())


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
