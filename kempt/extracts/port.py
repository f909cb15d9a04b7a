"""What a source is to those who read it."""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pyarrow as pa

from kempt.errors import SkipRecord

# One row of a source: its number in the extract (from 1) and everything it said, column to text.
ROWS = pa.schema([("_row_number", pa.int64()), ("_payload", pa.map_(pa.string(), pa.string()))])


class NothingToRead(SkipRecord):
    """The source has nothing for this window: no export is not the same as an empty export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a source is wanted: its state on a day, or what changed since a watermark (inclusive)."""

    day: date
    since: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a file may cost us before it is refused."""

    file_bytes: int = 512 * 1024**2
    files: int = 1_000
    columns: int = 2_000
    column_name: int = 256
    cell_bytes: int = 64 * 1024
    json_depth: int = 32
    archive_ratio: int = 100
    archive_bytes: int = 2 * 1024**3
    archive_entries: int = 1_000
    faults: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row that could not be read as the source meant it, and why; what could be read of it does not print."""

    row_number: int
    rule: str
    field: str
    reason: str
    payload: Mapping[str, str] = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some rows (schema ROWS), the faults among them, and the columns seen with their kind ('' when unknown)."""

    rows: pa.RecordBatch = dataclasses.field(repr=False)
    columns: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    watermark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One pass over a source. `input_digest` is None where only the rows themselves can be digested.

    `sparse`: a row names only the fields it has, so the columns are those of some row, not of every row.
    """

    files: tuple[str, ...]
    input_digest: str | None
    sparse: bool = False
    batches: Iterator[Batch] = dataclasses.field(repr=False)


class Source(Protocol):
    """A place that holds records."""

    def read(self, window: Window) -> Reading:
        """Everything the source has for the window; SkipRecord when it cannot be read as a whole."""
        ...
