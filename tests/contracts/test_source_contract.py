"""Every source adapter, given the same people, lands the same keys, payloads and digests."""

import csv
import hashlib
import importlib.resources
import io
import json
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from kempt.errors import SkipRecord
from kempt.extracts.landed import Landed, PreviousState
from kempt.extracts.landing import land
from kempt.extracts.port import NothingToRead, Window
from kempt.extracts.sources import open_source
from kempt.records.mapping import load_declaration

DAY = date(2024, 3, 1)
NAMES = ("id", "email", "full name", "note")
PEOPLE = [
    ("1", "ada@example.com", "Ada Example", "first"),
    ("2", "", "Ñandú Ōe 王", 'says "hi", twice'),
    ("3", "c@example.com", "=SUM(A1)", "two\nlines"),
    ("0004", "d@example.com", "O'Neil; drop table", "‮bidi 👩‍💻"),
]
TABLE = [dict(zip(NAMES, person, strict=True)) for person in PEOPLE]


def delimited(delimiter: str, encoding: str, line_end: str = "\n") -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
        writer.writerows([NAMES, *PEOPLE])
        (folder / "people.csv").write_bytes(text.getvalue().encode(encoding))

    return write


def two_files(folder: Path) -> None:
    for number, part in enumerate((PEOPLE[:1], PEOPLE[1:]), start=9):
        text = io.StringIO()
        csv.writer(text).writerows([NAMES, *part])
        (folder / f"people-{number}.csv").write_text(text.getvalue(), encoding="utf-8")


def lines(folder: Path) -> None:
    text = "\n".join(json.dumps(row, ensure_ascii=number % 2 == 0) for number, row in enumerate(TABLE))
    (folder / "people.jsonl").write_text(text, encoding="utf-8")


def pages(folder: Path) -> None:
    for number, part in enumerate((TABLE[:1], TABLE[1:]), start=1):
        following = {"paging": {"next": {"after": "1"}}} if number == 1 else {}
        (folder / f"people-{number}.json").write_text(json.dumps({"results": part, **following}, indent=1))


def workbook(folder: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (NAMES, *PEOPLE):
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s"
    book.save(folder / "people.xlsx")


def parquet(folder: Path) -> None:
    columns = {name: pa.array([row[name] or None for row in TABLE]) for name in NAMES}
    pyarrow.parquet.write_table(pa.table(columns), folder / "people.parquet")


def database(folder: Path) -> None:
    with sqlite3.connect(folder / "people.db") as connection:
        connection.execute('create table people (id text, email text, "full name" text, note text)')
        connection.executemany("insert into people values (?, nullif(?, ''), ?, ?)", PEOPLE)
    connection.close()


FILE = "{kind: file, path: 'people*'}"
ADAPTERS = {
    "csv": (delimited(",", "utf-8"), FILE),
    "csv with byte order mark": (delimited(",", "utf-8-sig"), FILE),
    "csv by semicolon": (delimited(";", "utf-8", "\r\n"), FILE),
    "csv by tab in utf-16": (delimited("\t", "utf-16"), FILE),
    "csv in utf-16 without a mark": (delimited(",", "utf-16-be"), FILE),
    "csv by bar": (delimited("|", "utf-8"), FILE),
    "csv by a declared sign": (delimited("¦", "utf-8"), "{kind: file, path: 'people*', delimiter: '¦'}"),
    "csv in two files": (two_files, FILE),
    "json lines": (lines, FILE),
    "json pages": (pages, "{kind: file, path: 'people*', records: results}"),
    "workbook": (workbook, FILE),
    "parquet": (parquet, FILE),
    "sql table": (database, "{kind: sql, url: 'sqlite:///{drop}/people.db', table: people}"),
    "sql query": (database, "{kind: sql, url: 'sqlite:///{drop}/people.db', query: 'select * from people;'}"),
}


def digest_of(row: dict[str, str]) -> str:
    cells = [{"key": name, "value": row[name]} for name in sorted(row) if row[name]]
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


class Bench:
    """One adapter over one drop folder."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection, write: Any, read: str) -> None:
        self.drop, self.raw, self.connection, self.write = folder / "drop", folder / "raw", connection, write
        self.drop.mkdir()
        self.declaration = load_declaration(
            f"source: people\nsystem: crm\nobject: contact\nwhy: A test.\nread: {read}\nkey: id\nmode: snapshot\n"
            "deleted: {column: note, values: [FIRST]}\nmapping: {version: 1, fields: {email: email}}\n",
            "acme",
        )

    def land(self, day: date = DAY, earlier: tuple[Landed, ...] = ()) -> Landed:
        reading = open_source(self.declaration, drop=self.drop, secrets={}).read(Window(day=day))
        files = tuple(self.raw / landed.files["rows"] for landed in earlier)
        return land(reading, self.declaration, day, self.connection, self.raw, PreviousState(files=files))

    def rows(self, landed: Landed) -> list[tuple[Any, ...]]:
        query = "select * from read_parquet(?, encryption_config = {footer_key: 'kempt'}) order by _row_number"
        return self.connection.execute(query, [str(self.raw / landed.files["rows"])]).fetchall()


@pytest.fixture(scope="module")
def connection():
    wheel = Path(str(importlib.resources.files("duckdb_extension_httpfs")))
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as opened:
        opened.execute(f"load '{next(wheel.rglob('httpfs.duckdb_extension'))}'")
        opened.execute("pragma add_parquet_key('kempt', '0123456789abcdef0123456789abcdef')")
        yield opened


@pytest.fixture(params=list(ADAPTERS))
def bench(request, tmp_path: Path, connection) -> Bench:
    return Bench(tmp_path, connection, *ADAPTERS[request.param])


def test_every_adapter_lands_the_same_rows(bench: Bench):
    bench.write(bench.drop)

    landed = bench.land()
    rows = bench.rows(landed)

    assert [(key, number, payload, gone) for key, number, _, payload, gone in rows] == [
        (row["id"], number, row, row["note"] == "first") for number, row in enumerate(TABLE, start=1)
    ]
    assert [row_digest for _, _, row_digest, _, _ in rows] == [digest_of(row) for row in TABLE]
    assert (landed.counts.rows, landed.counts.new, landed.counts.quarantined) == (4, 4, 0)
    assert {*landed.columns} == {*NAMES}
    assert landed.status == "landed"


def test_the_same_input_again_is_the_same_extract_and_nothing_is_written(bench: Bench):
    bench.write(bench.drop)

    first = bench.land()
    before = {path: path.stat().st_mtime_ns for path in bench.raw.rglob("*")}
    second = bench.land()

    assert second == first
    assert {path: path.stat().st_mtime_ns for path in bench.raw.rglob("*")} == before


def test_the_same_rows_on_another_day_are_unchanged(bench: Bench):
    bench.write(bench.drop)

    first = bench.land()
    second = bench.land(date(2024, 3, 2), (first,))

    assert second.extract_id != first.extract_id
    assert (second.counts.unchanged, second.counts.deleted) == (4, 0)


def test_a_source_that_has_nothing_is_not_an_empty_source(bench: Bench):
    expected = NothingToRead if bench.declaration.read.kind == "file" else SkipRecord
    with pytest.raises(expected, match="no file for|does not exist"):
        bench.land()
    assert not bench.raw.exists()
