"""Whatever arrives is landed, set aside or refused with a reason; never a crash, never a row lost."""

import codecs
import contextlib
import csv
import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kempt.errors import SkipRecord
from kempt.extracts import csv_files
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Limits
from kempt.records.declared import FileRead
from tests.extracts.desk import Desk, declared
from tests.sizes import size

CELLS = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(['"', ",", "a\nb", "\r", "\0", "é", " "])
VALID_CSV = b'id,email,name\n1,a@example.com,Ada\n2,b@example.com,"B ""x"" C"\n3,,"two\nlines"\n4,\xc3\xa9,x\n'
VALID_JSONL = b'{"id": 1, "email": "a", "p": {"x": [1, 2.50]}}\n{"id": 2, "email": null}\n{"id": 3, "email": "\\u00e9"}'
SPICE = st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"{", b"\\"])
EDITS = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 6), SPICE | st.binary(max_size=4)), max_size=6)
FILES = count()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("id", "email"), (1, "a"), (2, "b")):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


VALID_XLSX = workbook()


def edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for at, cut, put in edits:
        at %= len(content) + 1
        content = content[:at] + put + content[at + cut :]
    return content


@pytest.fixture(scope="module")
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()


def survives(desk: Desk, content: bytes, suffix: str, **how: str) -> None:
    name = f"people-{next(FILES)}{suffix}"
    desk.put(name, content)
    landed = None
    with contextlib.suppress(SkipRecord):
        landed = desk.land(declared(name, **how))
    (desk.drop / name).unlink()
    if landed is None:
        return
    counts = landed.counts
    assert counts.rows == counts.new + counts.changed + counts.unchanged + counts.quarantined
    assert len(desk.rows(landed)) + counts.unchanged + counts.quarantined == counts.rows


@given(EDITS)
@settings(max_examples=size(40), deadline=None)
def test_any_edit_of_a_csv_file(desk: Desk, edits):
    survives(desk, edited(VALID_CSV, edits), ".csv")


@given(EDITS, st.sampled_from(["utf-16", "cp1252"]))
@settings(max_examples=size(15), deadline=None)
def test_any_edit_of_a_csv_file_in_another_encoding(desk: Desk, edits, encoding):
    survives(desk, edited(VALID_CSV.decode().encode(encoding), edits), ".csv")


@given(EDITS, st.sampled_from(["snapshot", "delta"]))
@settings(max_examples=size(40), deadline=None)
def test_any_edit_of_a_json_lines_file(desk: Desk, edits, mode):
    survives(desk, edited(VALID_JSONL, edits), ".jsonl", mode=mode)


@given(EDITS)
@settings(max_examples=size(40), deadline=None)
def test_any_edit_of_a_workbook(desk: Desk, edits):
    survives(desk, edited(VALID_XLSX, edits), ".xlsx")


@given(st.binary(max_size=200))
@settings(max_examples=size(25), deadline=None)
@example(b"PAR1" + b"\0" * 50 + b"PAR1")
@example(b"PK\x03\x04xl/")
def test_any_bytes(desk: Desk, content):
    survives(desk, content, ".bin")


def parsed(content: bytes, delimiter: str) -> tuple[list[Any], list[Any]]:
    options = FileRead(kind="file", path="people.csv", delimiter=delimiter)
    file = FileContent(name="people.csv", content=content, options=options, needed=frozenset(), limits=Limits())
    batches = list(csv_files.parse(file))
    rows = [(row["_row_number"], dict(row["_payload"])) for batch in batches for row in batch.rows.to_pylist()]
    return rows, [(fault.row_number, fault.rule, dict(fault.payload)) for batch in batches for fault in batch.faults]


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5), st.sampled_from(",;\t|¦"))
@settings(max_examples=size(40), deadline=None)
def test_what_csv_writes_is_read_back_to_the_letter(rows, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["a", "b"], *rows])

    found, faults = parsed(text.getvalue().encode(), delimiter)

    assert ([[row["a"], row["b"]] for _, row in found], faults) == (rows, [])


@given(EDITS, st.sampled_from(",;"))
@example(edits=[(0, 0, codecs.BOM_UTF8)], delimiter=",")
@settings(max_examples=size(40), deadline=None)
def test_the_vectorized_and_the_exact_path_read_alike(edits, delimiter):
    head, body = VALID_CSV.split(b"\n", 1)
    content = b"\n".join([head, edited(body, edits)]).replace(b",", delimiter.encode())

    either = parsed(content, delimiter)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(csv_files, "_fast", lambda *_: None)
        exact = parsed(content, delimiter)

    assert either == exact


@given(st.text(st.sampled_from('ab,;"\n\r')))
@settings(max_examples=size(40), deadline=None)
def test_records_keep_every_character_but_blank_lines(text):
    raws = "".join(raw for raw, _ in csv_files.records(text, ","))
    assert [char for char in raws if char not in "\r\n"] == [char for char in text if char not in "\r\n"]
    assert csv_files.sniff(text) in csv_files.DELIMITERS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=size(15), deadline=None)
def test_any_json_value_as_a_line(desk: Desk, value):
    lines = [json.dumps({"id": 1, "email": "a"}), json.dumps({"id": 2, "email": value}), json.dumps(value)]
    survives(desk, "\n".join(lines).encode(), ".jsonl")
