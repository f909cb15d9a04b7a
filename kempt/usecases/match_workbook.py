"""Reads a workbook for `kempt match`: the first sheet with cells, as a person sees it."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kempt.errors import SkipRecord, StopRun
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Limits
from kempt.extracts.xlsx_files import HEADER_WITHIN, Row, cell_text, header_row, refuse_bombs, trimmed, widened
from kempt.records.declared import FileRead
from kempt.usecases.match_part import LONGEST_LINE, Part, Refused, fit_names, some_of, whole

_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_FORMULA = re.compile(rb"<f[ >/]")


def read_workbook(path: Path) -> Part:
    """The rows of the first sheet that has cells. Raises StopRun for what is no workbook."""
    limits = Limits()
    if path.stat().st_size > limits.file_bytes:
        raise StopRun(f"{path}: a workbook of more than {limits.file_bytes // 1024**2} MB. Save it as CSV in UTF-8.")
    content = path.read_bytes()
    file = FileContent(
        name=str(path), content=content, options=FileRead(kind="file", path="workbook.xlsx", format="xlsx"),
        needed=frozenset(), limits=limits,
    )  # fmt: skip
    try:
        refuse_bombs(file)
        return _read(file, path.name)
    except SkipRecord as refused:
        raise StopRun(str(refused)) from None
    except StopRun:
        raise
    except Exception as error:
        # openpyxl answers a broken workbook with whatever its depths raise: KeyError, TypeError, zlib.error, ...
        raise StopRun(f"{path}: is no readable workbook ({type(error).__name__}). Save it again, or as CSV.") from None


def _read(file: FileContent, name: str) -> Part:
    book = _open(file, formulas=False)
    filled = [sheet for sheet in book.worksheets if any(any(row) for row in islice(_lines(sheet), HEADER_WITHIN))]
    if not filled:
        raise StopRun(f"{file.name}: has no sheet with cells. A sheet needs a header and at least two records below.")
    sheet, others = filled[0], [each.title for each in filled[1:]]
    lines = _lines(sheet)
    top = list(islice(lines, HEADER_WITHIN))
    at = header_row(top, file)
    header = fit_names(widened(trimmed(top[at]), top[at + 1 :]), name)
    below = (line for part in (top[at + 1 :], lines) for line in part)
    rows, numbers, refused, errors = _rows(below, len(header.names), name, first=at + 2)
    columns = ([row[place] or None for row in rows] for place in range(len(header.names)))
    made = [(each, pa.array(cells, pa.large_string())) for each, cells in zip(header.names, columns, strict=True)]
    table, changed = whole(made, name)
    said = (*_said(name, sheet.title, at, others, errors), *_uncalculated(file, name, sheet))
    return Part(
        file=name, table=table, numbers=numbers, repeated=header.repeated, refused=refused,
        notes=(*header.notes, *said, *changed),
    )  # fmt: skip


def _open(file: FileContent, *, formulas: bool) -> Any:
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        raise StopRun(f"{file.name}: workbooks are read only with defusedxml installed. Install it.")
    content = io.BytesIO(file.content)
    return openpyxl.load_workbook(content, read_only=True, data_only=not formulas, keep_links=False)


def _lines(sheet: Any) -> Iterator[Row]:
    return (tuple(map(cell_text, cells)) for cells in _cells(sheet))


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    with suppress(AttributeError):
        sheet.reset_dimensions()  # a wrong dimension would cut rows off
    found: Iterator[Sequence[Any]] = sheet.iter_rows(values_only=True)
    return found


def _rows(
    lines: Iterable[Row], width: int, file: str, first: int
) -> tuple[list[Row], np.ndarray[tuple[int], np.dtype[np.int64]], tuple[Refused, ...], int]:
    """Rows, their numbers below the header, those that are wider than it, and how many cells hold errors."""
    rows, numbers, refused, errors, number = list[Row](), [], [], 0, 0
    for at, raw in enumerate(lines, start=first):
        line = trimmed(raw)
        if not line:
            continue
        number += 1
        if len(line) > width:
            reason = f"cells up to column {len(line)} where the header has {width}"
            refused.append(Refused(file=file, line=at, reason=reason, text="\t".join(line)[:LONGEST_LINE]))
            continue
        if not _ERRORS.isdisjoint(line):
            errors += sum(cell in _ERRORS for cell in line)
            line = tuple("" if cell in _ERRORS else cell for cell in line)
        rows.append((*line, *("",) * (width - len(line))))
        numbers.append(number)
    return rows, np.array(numbers, np.int64), tuple(refused), errors


def _said(name: str, sheet: str, at: int, others: list[str], errors: int) -> Iterator[str]:
    if others:
        yield (
            f"{name}: only the sheet '{sheet}' was read, not {some_of([repr(each) for each in others])}. "
            "Save a sheet as a file of its own to match it too."
        )
    if at:
        yield f"{name}: {'1 row' if at == 1 else f'{at} rows'} above the header were left out."
    if errors:
        cells = "1 cell holds an error" if errors == 1 else f"{errors:,} cells hold errors"
        yield f"{name}: {cells} such as #N/A and count as empty. Correct the formulas if they matter."


def _uncalculated(file: FileContent, name: str, sheet: Any) -> Iterator[str]:
    """Formulas without a result: whoever wrote the workbook did not calculate them."""
    if not _has_formulas(file.content):
        return
    values, found, first = _cells(sheet), 0, ""
    for row, (cells, seen) in enumerate(zip(_cells(_open(file, formulas=True)[sheet.title]), values, strict=False), 1):
        for column, (cell, value) in enumerate(zip(cells, seen, strict=False), 1):
            if value is None and cell is not None:
                found += 1
                first = first or f"row {row:,}, column {column:,}"
    if found:
        cells_hold = "1 cell holds a formula" if found == 1 else f"{found:,} cells hold formulas"
        yield (
            f"{name}: {cells_hold} without a result ({first}), which counts as empty. Open the workbook in a "
            "spreadsheet program and save it, or save it as CSV."
        )


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.namelist():
            if entry.startswith("xl/worksheets/"):
                with archive.open(entry) as part:
                    tail = b""
                    while chunk := part.read(1024**2):
                        if _FORMULA.search(tail + chunk):
                            return True
                        tail = chunk[-3:]
    return False
