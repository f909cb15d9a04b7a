"""Workbooks (.xlsx), read as streams; cells become text as a person sees them, dates as ISO."""

import datetime
import io
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from kempt.errors import SkipRecord
from kempt.extracts.batches import header, no_rows, row_batches, shown, text_of
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Batch, Fault

HEADER_WITHIN = 20  # title rows above the header
Row = tuple[str, ...]


def parse(file: FileContent) -> Iterator[Batch]:
    """The rows of one sheet below its header row."""
    refuse_bombs(file)
    try:
        yield from _sheet(file)
    except SkipRecord:
        raise
    except Exception as error:
        # openpyxl answers a broken workbook with whatever its depths raise: KeyError, TypeError, zlib.error, ...
        raise SkipRecord(f"{file.name}: not a readable workbook ({type(error).__name__}). Save it again.") from None


def _sheet(file: FileContent) -> Iterator[Batch]:
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise SkipRecord(f"{file.name}: workbooks are read only with defusedxml installed. Install it.")
    book = openpyxl.load_workbook(io.BytesIO(file.content), read_only=True, data_only=True, keep_links=False)
    sheet = _chosen(book, file)
    with suppress(AttributeError):
        sheet.reset_dimensions()  # a wrong dimension would cut rows off
    lines = (tuple(map(cell_text, cells)) for cells in sheet.iter_rows(values_only=True))
    top = list(islice(lines, HEADER_WITHIN))
    at = header_row(top, file)
    named = widened(trimmed(top[at]), top[at + 1 :])
    names = header(named, file.limits, file.name)
    columns = dict.fromkeys(names, "")
    yield Batch(rows=no_rows(), columns=columns, notes=tuple(_notes(at, named, names)))
    below = (line for part in (top[at + 1 :], lines) for line in part)
    yield from row_batches(_rows(below, names, file.first_row), columns)


def refuse_bombs(file: FileContent) -> None:
    """SkipRecord for what is no workbook, or unpacks to far more than it holds."""
    limits = file.limits
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise SkipRecord(f"{file.name}: not a whole workbook. Save it again.") from None
    size, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if len(entries) > limits.archive_entries:
        raise SkipRecord(f"{file.name}: {len(entries)} parts inside; at most {limits.archive_entries} are read.")
    if size > limits.archive_bytes or size > limits.archive_ratio * max(1, min(packed, len(file.content))):
        raise SkipRecord(f"{file.name}: unpacks to {size} bytes, too much for its size. Save it as .csv.")


def _chosen(book: Any, file: FileContent) -> Any:
    wanted = file.options.sheet
    if wanted is None:
        if not book.worksheets:
            raise SkipRecord(f"{file.name}: no sheet with cells. Export the table again.")
        return book.worksheets[0]
    if wanted not in book.sheetnames:
        raise SkipRecord(f"{file.name}: no sheet '{wanted}'; it has {len(book.sheetnames)}. Correct read.sheet.")
    return book[wanted]


def header_row(top: list[Row], file: FileContent) -> int:
    """The row that names most declared columns; without any, the first row with the most cells filled."""
    filled = [sum(cell != "" for cell in line) for line in top]
    if not any(filled):
        raise SkipRecord(f"{file.name}: the sheet is empty. An export without rows still has a header.")
    named = [len(file.needed & {" ".join(cell.split()) for cell in line}) for line in top]
    if max(named):
        return named.index(max(named))
    # Titles fill one or two cells; a header is at least half as wide as the widest row.
    return next(at for at, count in enumerate(filled) if count * 2 >= max(filled))


def widened(line: Row, below: list[Row]) -> Row:
    """The header with blank cells at its end where most rows below have cells: a merged cell hides them."""
    widths = sorted(len(row) for row in map(trimmed, below) if row)
    usual = widths[len(widths) // 2] if widths else 0
    return (*line, *("",) * (usual - len(line)))


def _notes(at: int, line: Row, names: tuple[str, ...]) -> Iterator[str]:
    if at:
        yield f"{at} rows above the header were left out"
    blank = [shown(name) for name, cell in zip(names, line, strict=False) if not cell.strip()]
    if blank:
        yield f"header cells without a name (merged cells?) were called {', '.join(blank[:10])}"


def _rows(lines: Iterator[Row], names: tuple[str, ...], first_row: int) -> Iterator[tuple[int, dict[str, str]] | Fault]:
    number = first_row - 1
    for line in map(trimmed, lines):
        if not line:
            continue
        number += 1
        if len(line) > len(names):
            more = (f"column_{at + 1}" for at in range(len(names), len(line)))
            yield Fault(
                row_number=number,
                rule="ragged",
                field="",
                reason=f"cells up to column {len(line)} where the header has {len(names)}",
                payload=dict(zip((*names, *more), line, strict=True)),
            )
        else:
            yield number, dict(zip(names, (*line, *("",) * (len(names) - len(line))), strict=True))


def trimmed(line: Row) -> Row:
    """The row without the empty cells at its end."""
    end = len(line)
    while end and line[end - 1].strip() == "":
        end -= 1
    return line[:end]


def cell_text(value: Any) -> str:
    """A cell as a person sees it; a date without a time is a day."""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return text_of(value)
