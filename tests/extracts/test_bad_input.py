"""Bad input is refused as a whole with a reason, or set aside row by row; the rest goes on and nothing is lost."""

import io
import json
import os
import sqlite3
import struct
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from kempt.errors import Retry, SkipRecord
from kempt.extracts.drop_folder import read_file
from kempt.extracts.port import Limits, NothingToRead, Window
from kempt.extracts.sources import open_source
from tests.extracts.desk import DAY, Desk, declared

HEADER = "id,email,name\n"


def workbook(*rows: tuple[object, ...], merge: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merge:
        book.active.merge_cells(merge)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def archive(entries: int, size: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(entries):
            packed.writestr(f"xl/part{number}.xml", b"\0" * size)
    return content.getvalue()


def parquet(**columns: object) -> bytes:
    content = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), content)
    return content.getvalue()


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LAST_PAGE = b'{\n"results": [{"id": 1}], "paging": {"next": {"after": 1}}}'
LYING_PARQUET = b"PAR1" + b"\xff" * 40 + struct.pack("<I", 2**31) + b"PAR1"
REFUSED = {
    "an empty file": ("p.csv", b"", "empty"),
    "only a byte order mark": ("p.csv", b"\xef\xbb\xbf\r\n", "empty"),
    "two columns of one name": ("p.csv", b"id,email,a, email \n1,2,3,4\n", "columns 2 and 4 have one name, 'email'"),
    "a header that may be a person": ("p.csv", b"1,x@example.com,x@example.com\n", r"one name, \(not shown\)"),
    "a wrong delimiter": ("p.csv", b"id^email\n1^a@example.com\n", "one column only"),
    "a quote in the header": ("p.csv", b'id,"email\n1,a\n', "header line has a quote"),
    "too many columns": ("p.csv", ",".join(f"c{at}" for at in range(2001)).encode() + b"\n", "2001 columns"),
    "a long column name": ("p.csv", b"id,email," + b"x" * 257 + b"\n1,2,3\n", "column 3 is longer"),
    "a NUL in a column name": ("p.csv", b"id,email,a\x00b\n1,2,3\n", "column 3 holds characters"),
    "no key column": ("p.csv", b"ident,email\n1,a@example.com\n", "no key column 'id' among 2 columns"),
    "a broken workbook": ("p.xlsx", b"PK\x03\x04xl/ and nothing more", "not a whole workbook"),
    "no workbook in the zip": ("p.xlsx", archive(2, 9), "not a readable workbook"),
    "a workbook that explodes": ("p.xlsx", archive(1, 10_000_000), "unpacks to 10000000 bytes"),
    "a workbook of many parts": ("p.xlsx", archive(1001, 1), "1001 parts"),
    "a workbook with a password": ("p.xlsx", OLE2 + "EncryptedPackage".encode("utf-16-le"), "password-protected"),
    "an old workbook": ("p.xls", OLE2 + b"\0" * 600, r"old Office file"),
    "an empty sheet": ("p.xlsx", workbook(), "the sheet is empty"),
    "two columns of one name in a sheet": ("p.xlsx", workbook(("id", "email", "email"), (1, 2, 3)), "have one name"),
    "a zip archive": ("p.zip", b"PK\x03\x04" + b"\0" * 100, "a zip archive"),
    "a compressed file": ("p.csv.gz", b"\x1f\x8b" + b"\0" * 100, "a compressed file"),
    "a cut page": ("p.json", b'{"results": [{"id": 1},', "not a whole JSON page"),
    "a page without records": ("p.json", b'{\n"status": "error"}', "no list of records"),
    "a page that names a next one": ("p.json", LAST_PAGE, "pages are missing"),
    "a cut Parquet file": ("p.parquet", parquet(id=["1"], email=["a"])[:-9], "not readable Parquet"),
    "an encrypted Parquet file": ("p.parquet", b"PARE" + b"\0" * 50, "encrypted Parquet"),
    "a lying Parquet file": ("p.parquet", LYING_PARQUET, "not readable Parquet"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_taken_as_a_whole_is_refused_with_a_reason(desk: Desk, case: str):
    name, content, reason = REFUSED[case]
    desk.put(name, content)

    with pytest.raises(SkipRecord, match=reason) as refused:
        desk.land(declared("p*"))

    assert "example.com" not in str(refused.value)
    assert not desk.raw.exists()


def test_a_header_alone_is_an_empty_extract(desk: Desk):
    desk.put("people.csv", HEADER)

    landed = desk.land()

    assert (landed.counts.rows, landed.status) == (0, "landed")
    assert desk.rows(landed) == desk.quarantine(landed) == []


def rows_of(desk: Desk, content: bytes | str, name: str = "people.csv") -> tuple[list[str], list[tuple[int, str]]]:
    desk.put(name, content)
    landed = desk.land()
    counts = landed.counts
    assert counts.rows == counts.new + counts.changed + counts.unchanged + counts.quarantined
    return [row["_source_key"] for row in desk.rows(landed)], desk.rules(landed)


BROKEN_UTF8 = (HEADER + "1,é,b\n2,é,b\n").encode() + b"3,\xff,b\n4,a,b\n"
BROKEN_UTF16 = (HEADER + "1,a,b\n").encode("utf-16-le") + b"2\0,\0\x00\xd8,\0b\0\n\0"
LONG = "x" * (64 * 1024 + 1)
SET_ASIDE = {
    "ragged rows": (HEADER + "1,a,b\n2,a\n3,a,b,c\n\n4,a,b\n", ["1", "4"], [(2, "ragged"), (3, "ragged")]),
    "no key": (HEADER + "1,a,b\n ,a,b\n", ["1"], [(2, "no_key")]),
    "a NUL": (HEADER + "1,a,b\n2,a\0,b\n", ["1"], [(2, "nul")]),
    "a long cell": (HEADER + f"1,a,b\n2,a,{LONG}\n", ["1"], [(2, "cell_too_long")]),
    "a key twice": (HEADER + "1,a,b\n2,a,b\n1,a,c\n", ["2"], [(1, "key_conflict"), (3, "key_conflict")]),
    "a row twice": (HEADER + "1,a,b\n2,a,b\n1,a,b\n", ["1", "2"], []),
    "line ends in quotes": (HEADER + '1,"a\nb",c\n2,"a\r\n""b""",c\n', ["1", "2"], []),
    "a quote that does not end": (HEADER + '1,a,b\n2,"a,b\n3,a,b\n4,a,b\n', ["1", "3", "4"], [(2, "quote")]),
    "text after a quote": (HEADER + '1,a,b\n2,"a"x,b\n3,a,b\n', ["1", "3"], [(2, "quote")]),
    "a quote inside a cell": (HEADER + '1,5" pipe,b\n2,a,b\n', ["1", "2"], []),
    "bytes that are no text": (BROKEN_UTF8, ["1", "2", "4"], [(3, "undecodable")]),
    "half a UTF-16 pair": (BROKEN_UTF16, ["1"], [(2, "undecodable")]),
}  # fmt: skip


@pytest.mark.parametrize("case", SET_ASIDE)
def test_rows_that_cannot_be_used_are_set_aside_with_rule_and_row_number(desk: Desk, case: str):
    content, keys, rules = SET_ASIDE[case]
    assert rows_of(desk, content) == (keys, rules)


def test_a_row_set_aside_keeps_what_could_be_read_of_it(desk: Desk):
    desk.put("people.csv", HEADER + "1,a\n,a,b\n")

    ragged, keyless = desk.quarantine(desk.land())

    assert ragged["_payload"] == {"_line": "1,a"}
    assert ragged["reason"] == "2 cells where the header has 3"
    assert keyless["_payload"] == {"id": "", "email": "a", "name": "b"}
    assert (keyless["field"], keyless["_source_key"]) == ("id", None)


LINES = {
    "not JSON": ("{'id': 3}", "not_json"),
    "NaN": ('{"id": 3, "email": NaN}', "not_json"),
    "a list": ("[1, 2]", "not_an_object"),
    "a field twice": ('{"id": 3, "id": 4}', "field_name"),
    "a dotted field twice": ('{"id": 3, "a.b": 1, "a": {"b": 2}}', "field_name"),
    "a field with a NUL": ('{"id": 3, "a\\u0000b": 1}', "field_name"),
    "a field that is no text": ('{"id": 3, "a\\ud800b": 1}', "field_name"),
    "a value that is no text": ('{"id": 3, "email": "\\ud800"}', "undecodable"),
    "a NUL": ('{"id": 3, "email": "\\u0000"}', "nul"),
    "a deep value": ('{"id": 3, "a": ' + '{"a":' * 40 + "1" + "}" * 41, "too_deep"),
    "a very deep value": ('{"id": 3, "a": ' + "[" * 100_000 + "]" * 100_000 + "}", "not_json"),
    "no key": ('{"email": "a"}', "no_key"),
}


@pytest.mark.parametrize("case", LINES)
def test_a_json_line_that_cannot_be_used_is_set_aside(desk: Desk, case: str):
    line, rule = LINES[case]
    content = f'{{"id": 1, "email": "a"}}\n\n{line}\n{{"id": 2, "email": "a"}}\n'
    assert rows_of(desk, content, "people.jsonl") == (["1", "2"], [(2, rule)])


def test_numbers_lists_and_objects_keep_what_the_file_says(desk: Desk):
    text = '{"id": 0012.50e3, "email": null, "a": {"b": true, "c": {}}, "tags": [1.10, "é", {"x": null}]}'
    desk.put("people.jsonl", text.replace("0012.50e3", "12.50e3") + "\n" + '{"id": 123456789012345678901234567890}')

    payloads = desk.payloads(desk.land())

    assert payloads["12.50e3"] == {
        "id": "12.50e3", "email": "", "a.b": "true", "a.c": "", "tags": '[1.10, "é", {"x": null}]'
    }  # fmt: skip
    assert "123456789012345678901234567890" in payloads


def test_title_rows_and_merged_headers_of_a_sheet_are_told(desk: Desk):
    titles = (("Contacts of spring", None), (None,))
    rows = (("id", "email", "address", None), (1, "a", "b", "c"), (None, None), (2, "a", "b", "c"))
    desk.put("people.xlsx", workbook(*titles, *rows, merge="C3:D3"))

    landed = desk.land()

    assert desk.payloads(landed)["1"] == {"id": "1", "email": "a", "address": "b", "column_4": "c"}
    assert landed.counts.rows == 2
    assert landed.notes == (
        "2 rows above the header were left out", "header cells without a name (merged cells?) were called 'column_4'"
    )  # fmt: skip


def test_cells_of_a_sheet_beyond_its_header_set_the_row_aside(desk: Desk):
    desk.put("people.xlsx", workbook(("id", "email"), (1, "a", "lost"), (2, "b"), (3, "c")))

    landed = desk.land()

    assert desk.rules(landed) == [(1, "ragged")]
    assert desk.quarantine(landed)[0]["_payload"] == {"id": "1", "email": "a", "column_3": "lost"}


def test_a_sheet_is_chosen_by_name(desk: Desk):
    desk.put("people.xlsx", workbook(("id", "email"), (1, "a")))
    with pytest.raises(SkipRecord, match="no sheet 'People'"):
        desk.land(declared("people.xlsx", read={"sheet": "People"}))


def test_parquet_types_become_plain_text_and_structs_dotted_columns(desk: Desk):
    desk.put("people.parquet", parquet(
        id=pa.array([1, 2]), email=pa.array(["a", None]), born=pa.array([0, None], pa.date32()),
        seen=pa.array([1_700_000_000_000_000, None], pa.timestamp("us")), ok=pa.array([True, False]),
        rate=pa.array([12.0, 1.5]), at=pa.array([{"city": "x"}, {"city": None}]), tags=pa.array([["a"], None]),
        kind=pa.array(["k", "k"]).dictionary_encode(),
    ))  # fmt: skip

    payloads = desk.payloads(desk.land())

    assert payloads["1"] == {
        "id": "1", "email": "a", "born": "1970-01-01", "seen": "2023-11-14 22:13:20", "ok": "true", "rate": "12",
        "at.city": "x", "tags": '["a"]', "kind": "k",
    }  # fmt: skip
    assert payloads["2"]["seen"] == payloads["2"]["tags"] == ""


def test_parquet_text_that_is_no_text_sets_its_row_aside(desk: Desk):
    raw = pa.array([b"a", b"\xff"]).view(pa.string())
    desk.put("people.parquet", parquet(id=pa.array(["1", "2"]), email=raw))
    landed = desk.land()
    assert ([row["_source_key"] for row in desk.rows(landed)], desk.rules(landed)) == (["1"], [(2, "undecodable")])


def test_a_file_over_the_cap_is_refused(desk: Desk):
    desk.put("people.csv", HEADER + "1,a,b\n" * 200_000)
    with pytest.raises(SkipRecord, match="larger than 1 MB"):
        desk.land(limits=Limits(file_bytes=1024**2))


def test_too_many_files_are_refused(desk: Desk):
    for number in range(3):
        desk.put(f"people-{number}.csv", HEADER)
    with pytest.raises(SkipRecord, match="3 files"):
        desk.land(limits=Limits(files=2))


def test_too_many_broken_rows_refuse_the_file(desk: Desk):
    desk.put("people.csv", HEADER + "1,a\n" * 20)
    with pytest.raises(SkipRecord, match="more than 10 rows cannot be read"):
        desk.land(limits=Limits(faults=10))


def test_files_of_one_extract_must_agree_on_columns(desk: Desk):
    desk.put("people-1.csv", HEADER + "1,a,b\n")
    desk.put("people-2.csv", "id,email\n2,a\n")
    with pytest.raises(SkipRecord, match="people-2.csv: 0 columns .* 1 missing"):
        desk.land()


@pytest.mark.parametrize(("names", "missing"), [
    (("people-1.json", "people-3.json"), 2), (("people-2.json", "people-3.json"), 1),
    (("people-0.json", "people-1.json"), None), (("people-0.json", "people-100.json"), None),
    (("people-9.json", "people-10.json"), 1),
])  # fmt: skip
def test_a_missing_page_is_no_deletion(desk: Desk, names: tuple[str, str], missing: int | None):
    for number, name in enumerate(names):
        desk.put(name, json.dumps({"results": [{"id": number, "email": "a"}]}, indent=1))
    if missing is None:
        assert desk.land().counts.rows == 2
    else:
        with pytest.raises(SkipRecord, match=f"page {missing} before it is missing"):
            desk.land()


def test_links_out_of_the_drop_folder_are_refused(desk: Desk, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "people.csv").write_text(HEADER + "1,a,b\n")

    (desk.drop / "people.csv").symlink_to(secret / "people.csv")
    with pytest.raises(SkipRecord, match="symbolic link"):
        desk.land()

    (desk.drop / "inbox").symlink_to(secret)
    for path in ("inbox/people.csv", "in*/people.csv", "inbox/*.csv"):
        with pytest.raises(SkipRecord, match="symbolic link"):
            desk.land(declared(path))


def test_a_link_put_in_place_of_a_file_that_was_found_is_refused(desk: Desk, tmp_path):
    (tmp_path / "secret.csv").write_text(HEADER + "1,a,b\n")
    (desk.drop / "people.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SkipRecord, match="symbolic link"):
        read_file(desk.drop, "people.csv", Limits())
    with pytest.raises(SkipRecord, match="gone since it was found"):
        read_file(desk.drop, "absent.csv", Limits())


def test_a_file_that_changes_while_it_is_read_is_refused(desk: Desk):
    path = desk.put("people.csv", HEADER + "1,a,b\n")
    reading = open_source(declared(), drop=desk.drop, secrets={}).read(Window(day=DAY))
    path.write_text(HEADER + "1,a,b\n2,a,b\n")
    with pytest.raises(SkipRecord, match="changed while it was read"):
        list(reading.batches)


def test_what_is_no_regular_file_is_refused(desk: Desk):
    os.mkfifo(desk.drop / "people.csv")
    with pytest.raises(SkipRecord, match="not a regular file"):
        desk.land()


def test_hidden_and_lock_files_are_passed_over(desk: Desk):
    desk.put(".people.csv", "rubbish")
    desk.put("~$people.csv", "rubbish")
    with pytest.raises(NothingToRead):
        desk.land(declared("*.csv"))


def test_a_day_reads_only_its_own_files(desk: Desk):
    desk.put("2024-03-01/people.csv", HEADER + "1,a,b\n")
    desk.put("2024-03-02/people.csv", HEADER + "2,a,b\n")
    assert [row["_source_key"] for row in desk.rows(desk.land(declared("{day}/people.csv")))] == ["1"]


def test_hostile_column_names_and_values_are_only_data(desk: Desk):
    evil = ["'; drop table landing_row; --", '"], x := 1', "${HOME}", "=cmd|' /C calc'!A0", "‮evil", "_line", "_payload"]
    quoted = ";".join('"' + name.replace('"', '""') + '"' for name in evil)
    desk.put("people.csv", f"id;email;{quoted}\n1;a{';v' * 7}\n")

    payload = desk.payloads(desk.land(declared(read={"delimiter": ";"})))["1"]

    assert payload == {"id": "1", "email": "a", **dict.fromkeys(evil, "v")}


def test_excels_own_delimiter_line_is_obeyed(desk: Desk):
    desk.put("people.csv", "sep=;\r\nid;email\r\n1;a,b\r\n")
    assert desk.payloads(desk.land())["1"] == {"id": "1", "email": "a,b"}


def test_legacy_encodings_are_recognised_and_a_declared_one_is_obeyed(desk: Desk):
    text = HEADER + "".join(f"{at},a,Müller Straße Größe Käthe {at}\n" for at in range(50))
    desk.put("people.csv", text.encode("cp1252"))
    assert desk.payloads(desk.land())["7"]["name"] == "Müller Straße Größe Käthe 7"

    desk.put("people.csv", (HEADER + "1,a,Łódź\n").encode("cp1250"))
    assert desk.payloads(desk.land(declared(read={"encoding": "cp1250"})))["1"]["name"] == "Łódź"


# -- databases


def database(desk: Desk, statement: str, rows: list[tuple[object, ...]]) -> None:
    with sqlite3.connect(desk.drop / "crm.db") as connection:
        connection.execute(statement)
        connection.executemany(f"insert into people values ({', '.join('?' * len(rows[0]))})", rows)
    connection.close()


SQL = {"kind": "sql", "url": "sqlite:///{drop}/crm.db"}


def test_a_table_that_vanished_is_told(desk: Desk):
    database(desk, "create table people (id, email)", [(1, "a")])
    with pytest.raises(SkipRecord, match="table 'persons' does not exist"):
        desk.land(declared(read={**SQL, "table": "persons"}))
    with pytest.raises(SkipRecord, match=r"the database refused \(OperationalError\)"):
        desk.land(declared(read={**SQL, "query": "select * from persons"}))


def test_a_database_file_that_is_absent_is_not_made(desk: Desk):
    with pytest.raises(SkipRecord, match="does not exist"):
        desk.land(declared(read={**SQL, "table": "people"}))
    assert not (desk.drop / "crm.db").exists()


def test_a_query_cannot_write(desk: Desk):
    database(desk, "create table people (id, email)", [(1, "a")])
    with pytest.raises(SkipRecord, match="the database refused"):
        desk.land(declared(read={**SQL, "query": "delete from people returning id, email"}))
    assert desk.land(declared(read={**SQL, "table": "people"})).counts.rows == 1


def test_a_database_that_does_not_answer_may_be_asked_again(desk: Desk):
    (desk.drop / "crm.db").write_bytes(b"")
    url = "postgresql+psycopg://nobody:${PASSWORD}@127.0.0.1:1/none"
    with pytest.raises(Retry, match="did not answer") as refused:
        desk.land(declared(read={"kind": "sql", "url": url, "table": "people"}), secrets={"PASSWORD": "hunter2"})
    assert "hunter2" not in str(refused.value)
    with pytest.raises(SkipRecord, match="the secret PASSWORD is not set"):
        desk.land(declared(read={"kind": "sql", "url": url, "table": "people"}))


def test_database_values_that_are_no_text_set_their_row_aside(desk: Desk):
    database(desk, "create table people (id integer, email)", [(1, "a"), (2, "b")])
    with sqlite3.connect(desk.drop / "crm.db") as connection:
        connection.execute("update people set email = cast(x'ff41' as text) where id = 2")
    connection.close()
    landed = desk.land(declared(read={**SQL, "table": "people"}))
    assert (list(desk.payloads(landed)), desk.rules(landed)) == (["1"], [(2, "undecodable")])


def test_a_delta_reads_from_its_watermark_and_equal_ones_come_again(desk: Desk):
    rows = [(1, "a", "2024-01-01"), (2, "b", "2024-01-02"), (3, "c", "2024-01-02"), (4, "d", None)]
    database(desk, "create table people (id, email, changed text)", rows)
    declaration = declared(mode="delta", read={**SQL, "table": "people", "watermark": "changed", "page_size": 2})

    first = desk.land(declaration)
    second = desk.land(declaration, since=first.watermark)

    assert first.watermark == "2024-01-02"
    assert sorted(desk.payloads(second)) == ["2", "3", "4"]
