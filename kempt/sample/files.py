"""Tables as files: JSON pages, JSON lines, CSV, SQLite and a spreadsheet, the same bytes for the same table.

Spreadsheet and SQLite files are finished by hand, because their libraries write the clock or their own version into
them.
"""

import io
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb
import pyarrow as pa
import pyarrow.csv

from kempt.sample.draw import Whole

PAGE_ROWS = 5_000
_SQLITE_VERSION_AT, _SQLITE_VERSION = 96, 3_040_000


def write_json_pages(table: pa.Table, pattern: Path) -> list[Path]:
    """Pages as the HubSpot API returns them, `{page}` counted from 0001; pages of an earlier run are removed."""
    pattern.parent.mkdir(parents=True, exist_ok=True)
    for stale in pattern.parent.glob(pattern.name.replace("{page}", "*")):
        stale.unlink()
    lines = _json_lines(table)
    starts = range(0, max(len(lines), 1), PAGE_ROWS)
    paths = [pattern.with_name(pattern.name.format(page=f"{at:04d}")) for at in range(1, len(starts) + 1)]
    for path, start in zip(paths, starts, strict=True):
        after = f'{{"next":{{"after":"{start + PAGE_ROWS}"}}}}' if start + PAGE_ROWS < len(lines) else "{}"
        body = ",\n".join(lines[start : start + PAGE_ROWS])
        path.write_bytes(f'{{"results":[\n{body}\n],"paging":{after}}}\n'.encode())
    return paths


def write_json_lines(table: pa.Table, path: Path) -> list[Path]:
    """One JSON object a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in _json_lines(table)).encode())
    return [path]


def write_csv(table: pa.Table, path: Path, ragged: Whole) -> list[Path]:
    """Every value quoted; the ragged rows lose their last two columns, or gain one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sink = io.BytesIO()
    pyarrow.csv.write_csv(table, sink, pyarrow.csv.WriteOptions(quoting_style="all_valid"))
    if not len(ragged):
        path.write_bytes(sink.getbuffer())
        return [path]
    lines = sink.getvalue().splitlines(keepends=True)
    for order, row in enumerate(ragged):
        line = lines[1 + row]
        lines[1 + row] = line.rsplit(b",", 2)[0] + b"\n" if order % 2 == 0 else b'"",' + line
    path.write_bytes(b"".join(lines))
    return [path]


def write_sqlite(table: pa.Table, path: Path, name: str) -> list[Path]:
    """One table without a primary key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    columns = ", ".join(f'"{column}" TEXT' for column in table.column_names)
    blanks = ", ".join("?" for _ in table.column_names)
    connection = sqlite3.connect(path)
    try:
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
        connection.executemany(f'INSERT INTO "{name}" VALUES ({blanks})', rows)
        connection.commit()
    finally:
        connection.close()
    with path.open("r+b") as file:
        file.seek(_SQLITE_VERSION_AT)
        file.write(_SQLITE_VERSION.to_bytes(4, "big"))
    return [path]


def write_sheet(table: pa.Table, path: Path) -> list[Path]:
    """A workbook with one sheet of texts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in (*_WORKBOOK.items(), ("xl/worksheets/sheet1.xml", _sheet(table.column_names, rows))):
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)
    return [path]


def _json_lines(table: pa.Table) -> list[str]:
    """Each row as JSON; a dotted column becomes an object in an object, an empty text null."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("rows", table)
        query = f"SELECT to_json({_struct(_tree(table))})::VARCHAR AS line FROM rows"
        lines: list[str] = connection.sql(query).to_arrow_table()["line"].to_pylist()
        return lines


def _tree(table: pa.Table) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for column, kind in zip(table.column_names, table.schema.types, strict=True):
        outer, _, inner = column.partition(".")
        branch = tree.setdefault(outer, {}) if inner else tree
        branch[inner or outer] = f'"{column}"' if pa.types.is_boolean(kind) else f"nullif(\"{column}\", '')"
    return tree


def _struct(tree: Mapping[str, Any]) -> str:
    fields = (f'"{name}" := {_struct(part) if isinstance(part, dict) else part}' for name, part in tree.items())
    return f"struct_pack({', '.join(fields)})"


def _sheet(header: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = "".join(_sheet_row(number, row) for number, row in enumerate((tuple(header), *rows), start=1))
    return f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _sheet_row(number: int, values: tuple[str, ...]) -> str:
    cells = "".join(
        f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        for column, value in enumerate(values)
        if value
    )
    return f'<row r="{number}">{cells}</row>'


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKBOOK = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Pipeline" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
