"""Reads delimited text that breaks the rules: what can be meant in one way only is read, other rows are refused.

Works on bytes in place, so that neither a file nor a cell has to fit into memory.
"""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from kempt.errors import StopRun
from kempt.matching.kernel.encode import decode, encode
from kempt.usecases.match_part import (
    LONGEST_LINE,
    LONGEST_VALUE,
    Part,
    Refused,
    cut_note,
    nul_note,
)

ROWS = 20_000
_LONGEST_BYTES = 4 * LONGEST_VALUE + 4
MOST_REFUSED = 100_000
_LENIENT_UP_TO, _COUNTED = 1024**2, 16 * 1024**2
_LF, _QUOTE = 10, 34
_BLANK = re.compile(rb"[ \t]*(?:\r\n|\r|\n)|[ \t]+\Z")
_LINE_END = re.compile(rb"\r\n|\r|\n|\Z")
Cells = list[tuple[int, int, bool]]
"""Where the cells of a row begin and end, and whether they were quoted."""


@dataclass
class _Seen:
    """What was met on the way; the line of each first one."""

    short: list[int] = field(default_factory=list)
    quotes: list[int] = field(default_factory=list)
    legacy: list[int] = field(default_factory=list)
    cut: list[str] = field(default_factory=list)
    nul: set[str] = field(default_factory=set)


def read_lines(path: Path, name: str, names: list[str], delimiter: str, skip: int) -> Part:
    """The rows below the header; `name` is what the file is called in messages."""
    seen, refused = _Seen(), list[Refused]()
    chunks: list[pa.Table] = []
    numbers: list[int] = []
    rows: list[list[str | None]] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for number, (line, start, end, cells) in enumerate(_below_header(data, delimiter, skip, seen, len(names)), 1):
            reason = _fault(cells, len(names), data)
            if reason or cells is None:
                text = data[start : min(end, start + LONGEST_LINE)].decode("utf-8", "replace").rstrip("\r\n")
                refused.append(Refused(file=name, line=line, reason=reason, text=text.replace("\0", "")))
                if len(refused) > MOST_REFUSED:
                    raise StopRun(
                        f"{name}: more than {MOST_REFUSED:,} rows cannot be read, the first in line "
                        f"{refused[0].line:,}: {refused[0].reason}. Correct the file."
                    )
                continue
            if len(cells) < len(names):
                seen.short.append(line)
            rows.append(_texts(data, cells, names, seen, line))
            numbers.append(number)
            if len(rows) == ROWS:
                chunks.append(_table(rows, names))
                rows = []
    chunks.append(_table(rows, names))
    return Part(
        file=name, table=pa.concat_tables(chunks), numbers=np.array(numbers, np.int64), refused=tuple(refused),
        notes=tuple(_notes(seen, name)),
    )  # fmt: skip


def count_rows(path: Path) -> int:
    """How many lines are not blank, the header too, when every quote is one of a pair around or inside a cell."""
    found, open_quotes, before = 0, 0, np.array([_LF], np.uint8)
    with path.open("rb") as file:
        while chunk := file.read(_COUNTED):
            # A line end counts unless another stands right before it; carriage returns stand between at most.
            letters = np.frombuffer(chunk.replace(b"\r", b""), np.uint8)
            joined = np.concatenate([before, letters])
            ends = (joined[1:] == _LF) & (joined[:-1] != _LF)
            quotes = letters == _QUOTE
            if open_quotes or quotes.any():
                inside = (np.cumsum(quotes, dtype=np.uint8) + open_quotes) & 1
                ends &= inside == 0
                open_quotes = int(inside[-1]) if len(inside) else open_quotes
            found += int(ends.sum())
            before = joined[-1:]
    return found + int(before[0] != _LF)


def _below_header(
    data: mmap.mmap, delimiter: str, skip: int, seen: _Seen, width: int
) -> Iterator[tuple[int, int, int, Cells | None]]:
    """Line, start, end and cells of each row; no cells where quotes make no sense."""
    line, position = 1, 3 if data[:3] == b"\xef\xbb\xbf" else 0
    for _ in range(skip):
        position, line = _line_end(data, position), line + 1
    first = True
    while position < len(data):
        if blank := _BLANK.match(data, position):
            position, line = blank.end(), line + 1
            continue
        end, cells = _row(data, position, delimiter)
        if cells is None and not first:
            end = _line_end(data, position)
            cells = _lenient(data, position, end, delimiter, width)
            if cells is not None:
                seen.quotes.append(line)
        if not first:
            yield line, position, end, cells
        first = False
        line += _newlines(data, position, end)
        position = end


def _row(data: mmap.mmap, position: int, delimiter: str) -> tuple[int, Cells | None]:
    """The cells of a row by the rules."""
    cell, parting = _cell(delimiter), delimiter.encode()
    cells: Cells = []
    while match := cell.match(data, position):
        quoted = match.start(1) >= 0
        cells.append((*match.span(1 if quoted else 2), quoted))
        position = match.end()
        if match.group(3) != parting:
            return position, cells
    return position, None


def _lenient(data: mmap.mmap, start: int, end: int, delimiter: str, width: int) -> Cells | None:
    """The cells of one line with stray quotes, when there is a way to read it that fits the header."""
    if end - start > _LENIENT_UP_TO:
        return None
    text, cell, position, cells = data[start:end], _loose_cell(delimiter), 0, Cells()
    while match := cell.match(text, position):
        quoted = match.start(1) >= 0
        first, last = match.span(1 if quoted else 2)
        cells.append((start + first, start + last, quoted))
        position = match.end()
        if match.group(3) != delimiter.encode():
            return cells if len(cells) == width else None
    return None


def _fault(cells: Cells | None, width: int, data: mmap.mmap) -> str:
    """Why a row cannot be read, or nothing. Empty cells beyond the header are none, nor are missing ones."""
    if cells is None:
        return "a quote that does not end, or text after its end"
    if len(cells) > width and any(data[start : min(end, start + 64)].strip() for start, end, _ in cells[width:]):
        return f"{len(cells)} cells where the header has {width}"
    return f"one cell where the header has {width}" if len(cells) == 1 and width > 2 else ""


def _texts(data: mmap.mmap, cells: Cells, names: list[str], seen: _Seen, line: int) -> list[str | None]:
    found: list[str | None] = []
    for (start, end, quoted), name in zip(cells, names, strict=False):
        raw = data[start : min(end, start + _LONGEST_BYTES)]
        if b"\0" in raw:
            raw = raw.replace(b"\0", b"")
            seen.nul.add(name)
        long = end - start > _LONGEST_BYTES
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "ignore") if long else raw.decode("cp1252", "replace")
            if not long:
                seen.legacy.append(line)
        if quoted:
            text = text.replace('""', '"')
        if len(text) > LONGEST_VALUE:
            text = text[:LONGEST_VALUE]
            seen.cut.append(f"{name} in line {line:,}")
        found.append(text or None)
    return found + [None] * (len(names) - len(found))


def _table(rows: list[list[str | None]], names: list[str]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    coded = [decode(*encode(pa.array(cells, pa.large_string()))) for cells in columns]
    return pa.table(coded, names=names)


def _notes(seen: _Seen, name: str) -> Iterator[str]:
    if seen.short:
        yield (
            f"{name}: {_rows(seen.short)} fewer cells than the header; the missing ones count as empty. "
            "Look whether a line break stands in a cell without quotes."
        )
    if seen.quotes:
        yield (
            f"{name}: {_rows(seen.quotes)} quotes that are not doubled; they were read as part of the value. "
            "Look whether they are right."
        )
    if seen.legacy:
        cells = "1 value is" if len(seen.legacy) == 1 else f"{len(seen.legacy):,} values are"
        yield (
            f"{name}: {cells} not in UTF-8, the first in line {seen.legacy[0]:,}, and read as Windows-1252. "
            "Save the file in UTF-8 if letters look wrong."
        )
    yield from cut_note(seen.cut, name)
    yield from nul_note(sorted(seen.nul), name)


def _rows(lines: list[int]) -> str:
    return f"line {lines[0]:,} has" if len(lines) == 1 else f"{len(lines):,} rows, the first in line {lines[0]:,}, have"


def _newlines(data: mmap.mmap, start: int, end: int) -> int:
    step, found = 1024**2, 0
    for at in range(start, end, step):
        part = data[at : min(end, at + step)]
        returns = part.count(b"\r")
        found += part.count(b"\n") + (returns - part.count(b"\r\n") if returns else 0)
    return found


def _line_end(data: mmap.mmap, start: int) -> int:
    match = _LINE_END.search(data, start)
    return match.end() if match else len(data)


@cache
def _cell(delimiter: str) -> re.Pattern[bytes]:
    part = re.escape(delimiter).encode()
    return re.compile(rb'(?:"([^"]*+(?:""[^"]*+)*+)"|(?!")([^' + part + rb"\r\n]*+))(" + part + rb"|\r\n|\r|\n|\Z)")


@cache
def _loose_cell(delimiter: str) -> re.Pattern[bytes]:
    """A quote ends a cell only in front of a delimiter; where none does, the first one belongs to the value."""
    part = re.escape(delimiter).encode()
    end = rb"(?:" + part + rb"|\r|\n|\Z)"
    return re.compile(
        rb'(?:"((?:[^"\r\n]|"(?!' + end + rb'))*+)"|([^' + part + rb"\r\n]*+))(" + part + rb"|\r\n|\r|\n|\Z)"
    )
