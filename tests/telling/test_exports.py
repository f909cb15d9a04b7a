"""What leaves as a file: no spreadsheet runs it, every reader of CSV reads it, and JSON lines keep the bytes."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.ids import canonical_json
from kempt.telling.exports import COLUMNS, Line, as_csv, as_json_lines, safe_cell

AT = datetime(2025, 3, 3, 8, tzinfo=UTC)


def line(body: dict[str, object], type: str = "something.v1") -> Line:
    return Line(seq=1, event_id="e", type=type, at=AT, body=canonical_json(body).decode())


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_nothing_begins_a_formula(start: str) -> None:
    assert safe_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


def test_a_name_that_is_a_formula_is_text_in_its_cell() -> None:
    text = "".join(as_csv([line({"by": '=HYPERLINK("http://bad.example")'})]))

    header, row = csv.reader(io.StringIO(text, newline=""))
    assert header == list(COLUMNS)
    assert row[3] == '\'=HYPERLINK("http://bad.example")'


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_every_cell_comes_back_and_lines_end_as_the_standard_says(name: str) -> None:
    text = "".join(as_csv([line({"by": name})]))

    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == 2
    assert rows[1][3] == safe_cell(name)
    assert text.endswith("\r\n")
    assert json.loads(rows[1][6]) == {"by": name}


def test_json_lines_keep_bodies_byte_for_byte() -> None:
    body = '{"a":1e21,"b":"\\u2028 ü"}'

    (text,) = as_json_lines([Line(seq=7, event_id="e", type="x.v1", at=AT, body=body)])

    assert text.endswith(f'"body": {body}}}\n')
    assert json.loads(text) == {
        "seq": 7, "event_id": "e", "type": "x.v1", "at": "2025-03-03T08:00:00.000000+00:00", "body": json.loads(body),
    }  # fmt: skip
