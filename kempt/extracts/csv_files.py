"""Delimited text: a vectorized path for well-formed files, an exact one for the others.

Both number rows alike, skip blank lines, and give every other line that is no row a fault, so nothing is lost.
"""

import codecs
import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.csv

from kempt.errors import SkipRecord
from kempt.extracts.batches import header, no_rows, printable, rectangular, row_batches
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Batch, Fault
from kempt.extracts.text_files import decode

DELIMITERS = ",;\t|"
_HEAD = 256 * 1024
_BLANK = re.compile(r"[\r\n]+")


def parse(file: FileContent) -> Iterator[Batch]:
    """The rows of a delimited file."""
    text = decode(file.content, file.options.encoding)
    start, delimiter = _declared_delimiter(text, file)
    raw, cells = next(records(_head(text, start), delimiter), ("", None))
    if cells is None:
        raise SkipRecord(f"{file.name}: the header line has a quote that does not end. Correct the first line.")
    names = header(cells, file.limits, file.name)
    if len(names) == 1 and file.needed - {*names}:
        raise SkipRecord(
            f"{file.name}: one column only, and declared columns are missing. Is the delimiter {delimiter!r}? "
            "Set read.delimiter."
        )
    start += _size(raw, text)
    yield Batch(rows=no_rows(), columns=dict.fromkeys(names, ""))
    fast = _fast(text, start, delimiter, names, file) if isinstance(text, bytes) and delimiter.isascii() else None
    if fast is not None:
        yield from fast
        return
    rest = text[start:]
    yield from row_batches(
        _rows(rest.decode() if isinstance(rest, bytes) else rest, delimiter, names, file), dict.fromkeys(names, "")
    )


def sniff(text: str, needed: frozenset[str] = frozenset()) -> str:
    """The delimiter that finds most declared columns, then the one that cuts most lines into equally many cells."""
    return max(DELIMITERS, key=lambda candidate: _evidence(text, candidate, needed))


def records(text: str, delimiter: str) -> Iterator[tuple[str, list[str] | None]]:
    """Each record with its raw text; None for the cells where quotes make no sense, then it ends with its line."""
    field = _field(delimiter)
    position = 0
    while position < len(text):
        if blank := _BLANK.match(text, position):
            position = blank.end()
            continue
        start, cells = position, []
        while True:
            match = field.match(text, position)
            if match is None:
                end = _line_end(text, start)
                yield text[start:end], None
                position = end
                break
            quoted, plain, stop = match.groups()
            cells.append(plain if quoted is None else quoted.replace('""', '"'))
            position = match.end()
            if stop != delimiter:
                yield text[start:position], cells
                break


def _declared_delimiter(text: bytes | str, file: FileContent) -> tuple[int, str]:
    """Where the header starts and what parts the cells; Excel's own `sep=;` line is obeyed."""
    head = _head(text, 0)
    start = len(head) - len(head.lstrip("\r\n"))
    told = re.match(r"sep=(.)\r?\n", head[start:], re.IGNORECASE)
    if told:
        start += told.end()
    offset = _size(head[:start], text)
    return offset, file.options.delimiter or (told and told.group(1)) or sniff(head[start:], file.needed)


def _evidence(text: str, delimiter: str, needed: frozenset[str]) -> tuple[int, float, int]:
    rows = []
    for _, cells in records(text[:_HEAD], delimiter):
        rows.append(len(cells) if cells else 0)
        if len(rows) == 1:
            found = len(needed & {" ".join(cell.split()) for cell in cells or []})
        if len(rows) == 200:
            break
    if not rows or rows[0] < 2:
        return 0, 0.0, -DELIMITERS.index(delimiter)
    even = sum(count == rows[0] for count in rows) / len(rows)
    return found, even * (1 - 1 / rows[0]), -DELIMITERS.index(delimiter)


def _fast(text: bytes, start: int, delimiter: str, names: tuple[str, ...], file: FileContent) -> list[Batch] | None:
    """The rows by pyarrow; None when it might read the file otherwise than it was meant."""
    matched = _well_formed(delimiter).match(text, start)
    # pyarrow drops a byte order mark in front of the first cell; past the header it is part of the value.
    if matched is None or matched.end() != len(text) or text.startswith(codecs.BOM_UTF8, start):
        return None
    broken: list[tuple[int, str, int]] = []

    def keep(row: pyarrow.csv.InvalidRow) -> str:
        broken.append((row.number, row.text, row.actual_columns))
        return "skip"

    if not text[start:].strip(b"\r\n"):
        return []
    labels = [str(at) for at in range(len(names))]
    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(memoryview(text)[start:]),
            read_options=pyarrow.csv.ReadOptions(column_names=labels, use_threads=False, block_size=32 * 1024**2),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=keep
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(labels, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    numbers = np.arange(1, table.num_rows + len(broken) + 1)
    numbers = np.delete(numbers, [number - 1 for number, _, _ in broken]) + (file.first_row - 1)
    faults = tuple(_ragged(file.first_row - 1 + at, raw, count, len(names)) for at, raw, count in broken)
    columns = dict.fromkeys(names, "")
    chunks = [column.combine_chunks() for column in table.columns]
    batches = [Batch(rows=rows, columns=columns) for rows in rectangular(chunks, names, numbers)]
    return [*batches, Batch(rows=no_rows(), columns=columns, faults=faults)]


def _rows(
    text: str, delimiter: str, names: tuple[str, ...], file: FileContent
) -> Iterator[tuple[int, dict[str, str]] | Fault]:
    for number, (raw, cells) in enumerate(records(text, delimiter), start=file.first_row):
        if cells is None:
            yield Fault(
                row_number=number,
                rule="quote",
                field="",
                reason="a quote that does not end, or text after its end",
                payload=_line(raw),
            )
        elif len(cells) != len(names):
            yield _ragged(number, raw, len(cells), len(names))
        else:
            yield number, dict(zip(names, cells, strict=True))


def _ragged(number: int, raw: str, found: int, expected: int) -> Fault:
    reason = f"{found} cells where the header has {expected}"
    return Fault(row_number=number, rule="ragged", field="", reason=reason, payload=_line(raw))


def _line(raw: str) -> dict[str, str]:
    return {"_line": printable(raw.rstrip("\r\n"))}


def _head(text: bytes | str, start: int) -> str:
    """The beginning of the text, cut at a line end when it is cut at all."""
    if isinstance(text, str):
        return text[start:]
    whole = len(text) - start <= _HEAD
    end = len(text) if whole else text.rfind(b"\n", start, start + _HEAD) + 1 or start + _HEAD
    return text[start:end].decode("utf-8", "ignore")


def _size(part: str, text: bytes | str) -> int:
    return len(part.encode()) if isinstance(text, bytes) else len(part)


def _line_end(text: str, start: int) -> int:
    match = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?").match(text, start)
    return match.end() if match else len(text)


@cache
def _field(delimiter: str) -> re.Pattern[str]:
    part = re.escape(delimiter)
    return re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|(?!")([^{part}\r\n]*))({part}|\r\n|\r|\n|\Z)')


@cache
def _well_formed(delimiter: str) -> re.Pattern[bytes]:
    part = re.escape(delimiter).encode()
    return re.compile(
        rb'(?:"[^"]*(?:""[^"]*)*"(?=[' + part + rb"\r\n]|\Z)|"
        rb'[^"' + part + rb"\r\n][^" + part + rb"\r\n]*|[" + part + rb"\r\n])*+"
    )
