"""From parsed rows to batches, and the rules that every column name and cell must meet."""

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from kempt.errors import SkipRecord
from kempt.extracts.port import ROWS, Batch, Fault, Limits

ROWS_PER_BATCH = 20_000
_CELLS_PER_BATCH = 2_000_000
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NAME_LIKE = re.compile(r"[^\W\d][\w .:/()#-]{0,63}")


def rectangular(columns: Sequence[pa.Array], names: Sequence[str], numbers: Any) -> Iterator[pa.RecordBatch]:
    """Columns of text as rows, without a loop over rows; `numbers` are the row numbers."""
    width, step = len(names), max(1, _CELLS_PER_BATCH // max(1, len(names)))
    for start in range(0, len(numbers), step):
        parts = [column.slice(start, step) for column in columns]
        count = len(numbers[start : start + step])
        by_row = pa.array(np.arange(width * count).reshape(width, count).T.ravel())
        keys = pa.array(names, pa.string()).take(pa.array(np.tile(np.arange(width), count)))
        offsets = pa.array(np.arange(0, width * count + 1, width), pa.int32())
        payloads = pa.MapArray.from_arrays(offsets, keys, pa.concat_arrays(parts).take(by_row))
        yield pa.RecordBatch.from_arrays([pa.array(numbers[start : start + step], pa.int64()), payloads], schema=ROWS)


def row_batches(rows: Iterable[tuple[int, Mapping[str, str]] | Fault], columns: Mapping[str, str]) -> Iterator[Batch]:
    """Rows parsed one by one as batches. `columns` may grow meanwhile; a batch carries what is known by then."""
    rows = iter(rows)
    while part := list(islice(rows, ROWS_PER_BATCH)):
        faults = [item for item in part if isinstance(item, Fault)]
        good = []
        for number, payload in (item for item in part if not isinstance(item, Fault)):
            bad = next((name for name, value in payload.items() if not _encodes(value)), None)
            if bad is None:
                good.append((number, payload))
            else:
                faults.append(undecodable(number, bad, payload))
        yield Batch(rows=_batch(good), columns=dict(columns), faults=tuple(faults))


def no_rows() -> pa.RecordBatch:
    """A batch of none."""
    return _batch([])


def undecodable(number: int, column: str, payload: Mapping[str, str]) -> Fault:
    """The fault of a row that holds bytes which are no text in the encoding of its file."""
    return Fault(
        row_number=number,
        rule="undecodable",
        field=column,
        reason="holds bytes that are no text in this encoding",
        payload={printable(name): printable(value) for name, value in payload.items()},
    )


def printable(text: str) -> str:
    """The text with whatever cannot be stored written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def header(names: Sequence[str], limits: Limits, where: str) -> tuple[str, ...]:
    """Column names fit for use: trimmed, none twice; blank ones are called column_N."""
    cleaned = tuple(" ".join(name.split()) or f"column_{at}" for at, name in enumerate(names, start=1))
    if len(cleaned) > limits.columns:
        raise SkipRecord(f"{where}: {len(cleaned)} columns; at most {limits.columns} are read. Export fewer columns.")
    first: dict[str, int] = {}
    for at, name in enumerate(cleaned, start=1):
        if len(name) > limits.column_name:
            raise SkipRecord(f"{where}: the name of column {at} is longer than {limits.column_name} characters.")
        if unfit(name):
            raise SkipRecord(f"{where}: the name of column {at} holds characters that are no text. Rename it.")
        if name in first:
            raise SkipRecord(
                f"{where}: columns {first[name]} and {at} have one name, {shown(name)}. Rename one of them."
            )
        first[name] = at
    return cleaned


def unfit(name: str) -> bool:
    """Whether a column name holds control characters or what is no text."""
    return _UNFIT.search(name) is not None


def shown(name: str) -> str:
    """A column name for a message; not shown when it may be a value (a file without a header)."""
    return f"'{name}'" if _NAME_LIKE.fullmatch(name) and sum(map(str.isdigit, name)) < 5 else "(not shown)"


def text_of(value: Any) -> str:
    """A value of a typed source as text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=text_of)
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _batch(rows: Sequence[tuple[int, Mapping[str, str]]]) -> pa.RecordBatch:
    numbers = pa.array([number for number, _ in rows], pa.int64())
    offsets = pa.array(np.cumsum([0, *(len(payload) for _, payload in rows)]), pa.int32())
    keys = pa.array([key for _, payload in rows for key in payload], pa.string())
    values = pa.array([value for _, payload in rows for value in payload.values()], pa.string())
    return pa.RecordBatch.from_arrays([numbers, pa.MapArray.from_arrays(offsets, keys, values)], schema=ROWS)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
