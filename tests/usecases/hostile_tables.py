"""Tables as bad exports write them, each holding the same people."""

import csv
import datetime
import decimal
import io

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.usecases.people import people

ROWS, TRUTH = people(40)
NAMES = list(ROWS[0])


def text(rows=ROWS, names=None, delimiter=","):
    """The rows as CSV, under these names."""
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter)
    writer.writerow(names or list(rows[0]))
    writer.writerows(row.values() for row in rows)
    return file.getvalue()


def with_(**changed):
    """The rows with other values: a value for all, or one made of the number and the row."""
    return [
        {**row, **{name: each(at, row) if callable(each) else each for name, each in changed.items()}}
        for at, row in enumerate(ROWS)
    ]


def named(**changed):
    """The column names, some of them others."""
    return [changed.get(name, name) for name in NAMES]


def in_lines(change):
    """The CSV with some lines changed, counted from 1."""
    lines = text().splitlines()
    for line, of_line in change.items():
        lines[line - 1] = of_line(lines[line - 1])
    return "\n".join(lines) + "\n"


def workbook(*sheets):
    """A workbook of (title, rows)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet(rows=ROWS):
    """The rows below their header, as cells."""
    return [list(rows[0]), *[list(row.values()) for row in rows]]


def with_last(cell):
    """The same with one more column, made of the number of the row; the header has the number 0."""
    return [[*row, cell(at)] for at, row in enumerate(sheet())]


def parquet(columns):
    """Columns by name, or a list of (name, values) where names repeat."""
    pairs = list(columns.items()) if isinstance(columns, dict) else columns
    content = io.BytesIO()
    pq.write_table(
        pa.table([pa.array(v) if isinstance(v, list) else v for _, v in pairs], [n for n, _ in pairs]), content
    )
    return content.getvalue()


def every_type():
    """The rows as Parquet, a column of every kind."""
    count = len(ROWS)
    return parquet(
        {
            "record_id": [row["record_id"] for row in ROWS],
            "who": [{"given name": row["first_name"], "family": {"name": row["last_name"]}} for row in ROWS],
            "mails": [[row["email"], None] for row in ROWS],
            "photo": pa.array([bytes([at, 0xFF]) for at in range(count)], pa.binary()),
            "phone": pa.array([row["phone"].encode() for row in ROWS], pa.binary()),
            "amount": pa.array([decimal.Decimal(at) / 8 for at in range(count)], pa.decimal128(10, 3)),
            "seen": pa.array([datetime.datetime(2001, 2, 3, at % 24, 5) for at in range(count)], pa.timestamp("us")),
            "born": pa.array([datetime.datetime(1970, 1 + at % 12, 1) for at in range(count)], pa.timestamp("ns")),
            "city": pa.array([row["city"] or None for row in ROWS]).dictionary_encode(),
            "number": pa.array([float(at) for at in range(count)]),
            "tags": pa.array([[("a", at)] for at in range(count)], pa.map_(pa.string(), pa.int64())),
        }
    )
