"""Files nobody should export: each ends in clusters of all its records, or in a sentence that says what to do."""

import csv
import gzip
import json
import random
import time

import duckdb
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from kempt.cli.app import app
from kempt.errors import StopRun
from kempt.matching.profile.roles import ROLES
from kempt.usecases import match_lines
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_files import explain_pair, match_files
from kempt.usecases.match_input import read_tables
from kempt.usecases.match_part import LONGEST_VALUE
from tests.usecases import hostile_tables as bad
from tests.usecases.hostile_tables import ROWS, in_lines, named, sheet, text, with_, with_last, workbook
from tests.usecases.people import clusters_in, people

ACCENTS = with_(
    first_name=lambda at, row: row["first_name"].replace("e", "é").replace("o", "ö"),
    city=lambda at, row: "Málaga" if at % 2 else row["city"],
)
FOREIGN = [at for at, line in enumerate(text(ACCENTS).splitlines(), 1) if not line.isascii()][3:5]
MIXED = b"".join(
    line.encode("cp1252" if at in FOREIGN else "utf-8") for at, line in enumerate(text(ACCENTS).splitlines(True), 1)
)
SAME, NONE = (with_(**dict.fromkeys(bad.NAMES[1:], value)) for value in ("x", ""))
TWICE, GONE = (with_(record_id=lambda at, row, i=i: i if at == 5 else row["record_id"]) for i in ("r1", "  "))
NO_HEADER = "\n".join(",".join(row.values()) for row in ROWS) + "\n"


def put(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run(folder, *files, **asked):
    """What a run wrote: its report, the clusters, and the records as they were read."""
    paths = [put(folder, name, content) for name, content in files]
    match_files(paths, folder / "out", Asked(**asked))
    report = json.loads((folder / "out" / "report.json").read_text())
    clusters = clusters_in(folder / "out")
    records = pq.read_table(folder / "out" / "records.parquet")
    assert sorted(clusters) == sorted(records.column("record_id").to_pylist())
    assert report["rows"] == report["records"] + report["refused"]
    assert report["records"] == len(clusters)
    return report, clusters, records


def read(folder, name, content):
    """The records of a file as a run reads them."""
    return read_tables(duckdb.connect(), [put(folder, name, content)], None)


def refused(folder):
    with (folder / "out" / "refused.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stops(folder, *files, **asked):
    """The sentence with which a run stops."""
    paths = [put(folder, name, content) for name, content in files]
    with pytest.raises(StopRun) as stopped:
        match_files(paths, folder / "out", Asked(**asked))
    return str(stopped.value)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same people from a file without fault."""
    found = read(tmp_path_factory.mktemp("plain"), "people.csv", text())
    assert sorted(found.table.to_pylist(), key=str) == sorted(
        [{name: value or None for name, value in row.items()} for row in ROWS], key=str
    )
    return found.table


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("semicolon.csv", text(delimiter=";")),
        ("tab.csv", text(delimiter="\t")),
        ("tab.tsv", text(delimiter="\t")),
        ("bar.csv", text(delimiter="|")),
        ("comma.tsv", text()),
        ("told.csv", "sep=;\r\n" + text(delimiter=";")),
        ("bom.csv", b"\xef\xbb\xbf" + text().encode()),
        ("returns.csv", text().replace("\r\n", "\r")),
        ("both_ends.csv", text().replace("\r\n", "\n", 9)),
        ("blank_lines.csv", "\r\n" + text().replace("\r\n", "\r\n\r\n") + "  \r\n\n"),
        ("no_end.csv", text().rstrip("\r\n")),
        ("trailing.csv", in_lines({7: lambda line: line + ",,"})),
        ("capitals.csv", text(names=named(record_id="Record_ID"))),
        ("utf16.csv", text().encode("utf-16")),
        ("utf16_le.csv", text().encode("utf-16-le")),
        ("utf16_be.csv", text().encode("utf-16-be")),
        ("utf32.csv", text().encode("utf-32")),
        ("second.xlsx", workbook(("Empty", []), ("People", sheet()))),
    ],
)
def test_however_a_table_is_written_it_is_read_the_same(tmp_path, plain, name, content):
    found = read(tmp_path, name, content)

    assert found.table.equals(plain)
    assert found.refused == ()
    assert found.notes == ()


@pytest.mark.parametrize(
    ("names", "name", "says"),
    [
        (named(first_name='first "given" name'), 'first "given" name', None),
        (named(first_name='size 5" x'), 'size 5" x', None),
        (named(first_name="first\nname"), "first name", None),
        (named(last_name="first_name"), "first_name_2", "column 3 repeats the name 'first_name'"),
        (named(last_name=" "), "column_3", "column 3 has no name"),
        (named(last_name="n" * 10_000), "n" * 99 + "…", "column 3 has a name of 10,000 characters"),
        (named(last_name="a\x1b[31mb\u202e"), "a [31mb", "column 3 has control characters in its name"),
        (named(first_name="name", last_name="Name"), "Name", None),
        (named(first_name="person.name", last_name="of, b's"), "of, b's", None),
    ],
)
def test_a_column_whatever_its_name_is_read(tmp_path, names, name, says):
    found = read(tmp_path, "people.csv", text(names=names))

    assert name in found.table.column_names
    assert found.table.column(name).null_count == 0
    assert len(found.notes) == (says is not None)
    assert says is None or says in found.notes[0]


@pytest.mark.parametrize("name", ['first "given" name', "of, b's", "n" * 10_000, "a\nb"])
def test_a_column_whatever_its_name_is_compared_reported_and_explained(tmp_path, name):
    report, _, records = run(tmp_path, ("people.csv", text(names=named(last_name=name))))

    read_as = records.column_names[2]
    assert read_as in {each["column"] for each in report["columns"]} & {*report["comparisons"]}
    assert explain_pair(tmp_path / "out", ROWS[0]["record_id"], ROWS[1]["record_id"]).findings


def test_a_header_with_a_quote_that_is_not_doubled_is_read(tmp_path):
    found = read(tmp_path, "people.csv", text().replace("first_name", 'size 5" x', 1))

    assert found.table.column_names[1] == 'size 5" x'
    assert (found.table.num_rows, found.refused) == (len(ROWS), ())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (text(ACCENTS).encode("latin-1"), "is not in UTF-8; it was read as cp1252"),
        (MIXED, f"not in UTF-8, the first in line {FOREIGN[0]}, and read as Windows-1252"),
    ],
)
def test_letters_of_another_encoding_are_the_same_letters(tmp_path, content, says):
    right = read(tmp_path, "right.csv", text(ACCENTS))

    found = read(tmp_path, "people.csv", content)

    assert found.table.equals(right.table)
    assert (len(found.notes), right.notes) == (1, ())
    assert says in found.notes[0]


def test_an_encoding_shows_only_far_down_and_is_found(tmp_path):
    rows = with_(city=lambda at, row: "Málaga" if at == len(ROWS) - 1 else "x" * 9_000)

    found = read(tmp_path, "people.csv", text(rows).encode("latin-1"))

    assert "Málaga" in found.table.column("city").to_pylist()
    assert "it was read as cp1252" in found.notes[0]


def test_ragged_rows_are_filled_or_refused_with_their_line(tmp_path):
    content = in_lines(
        {
            3: lambda line: line + "\n",
            5: lambda line: line + ",extra,cells",
            9: lambda line: ",".join(line.split(",")[:3]),
            12: lambda line: "Total: 9",
        }
    )

    report, clusters, records = run(tmp_path, ("people.csv", content))

    assert [(each["file"], each["line"], each["reason"]) for each in refused(tmp_path)] == [
        ("people.csv", "6", "9 cells where the header has 7"),
        ("people.csv", "13", "one cell where the header has 7"),
    ]
    assert refused(tmp_path)[0]["text"].endswith(",extra,cells")
    assert {*clusters} == {row["record_id"] for row in ROWS} - {ROWS[3]["record_id"], ROWS[10]["record_id"]}
    assert records.filter(records["record_id"].to_numpy() == ROWS[7]["record_id"]).to_pylist()[0] == {
        **dict.fromkeys(records.column_names),
        **{name: ROWS[7][name] for name in bad.NAMES[:3]},
    }
    assert "people.csv: 2 rows could not be read, the first in line 6: 9 cells" in report["warnings"][0]
    assert "line 10 has fewer cells than the header" in report["warnings"][1]


def test_refused_rows_of_an_earlier_run_do_not_stay(tmp_path):
    run(tmp_path, ("people.csv", in_lines({5: lambda line: line + ",extra"})))
    assert len(refused(tmp_path)) == 1

    run(tmp_path, ("people.csv", text()))

    assert not (tmp_path / "out" / "refused.csv").exists()


def test_quotes_that_are_not_doubled_are_read_where_they_can_be_meant_in_one_way_only(tmp_path):
    content = in_lines(
        {
            4: lambda line: line.replace(",", ',"', 1),
            6: lambda line: line.replace(ROWS[4]["first_name"], '"Joe "Bob" x"', 1),
            8: lambda line: f'"{line}',
            11: lambda line: line.replace(",", ',"a","b"c,', 1),
        }
    )

    report, _, records = run(tmp_path, ("people.csv", content))

    names = dict(zip(records.column("record_id").to_pylist(), records.column("first_name").to_pylist(), strict=True))
    assert names[ROWS[2]["record_id"]] == '"' + ROWS[2]["first_name"]
    assert names[ROWS[4]["record_id"]] == 'Joe "Bob" x'
    assert [each["line"] for each in refused(tmp_path)] == ["11"]
    assert any("3 rows, the first in line 4, have quotes that are not doubled" in each for each in report["warnings"])


def test_line_breaks_inside_quotes_are_part_of_the_value_and_lines_are_counted_with_them(tmp_path):
    rows = with_(city=lambda at, row: 'North\nmoor, "x"' if at % 3 == 0 and row is not ROWS[-1] else row["city"])
    lines = text(rows).splitlines(True)
    lines[-1] = lines[-1].rstrip() + ",more\r\n"

    found = read(tmp_path, "people.csv", "".join(lines))

    records = found.table
    assert 'North\nmoor, "x"' in records.column("city").to_pylist()
    assert records.num_rows == len(ROWS) - 1
    assert [each.line for each in found.refused] == [len(lines)]


def test_both_ways_of_reading_find_the_same_rows(tmp_path):
    """Every line counts: DuckDB's rows and those found line by line, for files with all kinds of cells."""
    chance = random.Random(4)
    cells = ["", "a", " b ", '"c, d"', '"e\nf"', '"g ""h"""', "i'j", "ü", '5" k', '"\r\n\r\n"', "#", "NULL"]
    for at in range(30):
        width, end = chance.randrange(2, 5), chance.choice(["\n", "\r\n"])
        rows = [[f"r{n}", *chance.choices(cells, k=width)] for n in range(chance.randrange(2, 30))]
        header = ",".join(["record_id", *(f"c{n}" for n in range(width))])
        content = end.join([header, *map(",".join, rows)]) + chance.choice(["", end, end + end])
        path = put(tmp_path, f"t{at}.csv", content)

        table = read_tables(duckdb.connect(), [path], None).table
        by_line = match_lines.read_lines(path, "t", table.column_names, ",", 0).table

        assert table.num_rows == len(rows), content
        assert sorted(table.to_pylist(), key=str) == sorted(by_line.to_pylist(), key=str), content
        # An odd quote inside a cell stands for none of a pair; such a file is read line by line.
        assert content.count('"') % 2 or match_lines.count_rows(path) == len(rows) + 1 or '5" k' in content


def test_nul_characters_are_left_out(tmp_path):
    rows = with_(city=lambda at, row: "North\0moor" if at < 3 else row["city"])
    for change in ({}, {5: lambda line: line + ",x"}):
        lines = text(rows).splitlines()
        for line, of_line in change.items():
            lines[line - 1] = of_line(lines[line - 1])

        found = read(tmp_path, "people.csv", "\n".join(lines))

        cities = found.table.column("city").to_pylist()
        assert not any("\0" in city for city in cities if city)
        assert cities.count("Northmoor") >= 2
        assert any("NUL characters were left out of city" in each for each in found.notes)


def test_a_huge_cell_is_read_so_far_and_named(tmp_path):
    content = in_lines({5: lambda line: line.replace(ROWS[3]["last_name"], "x" * 5_000_000, 1)})
    long = in_lines({5: lambda line: line.replace(ROWS[3]["last_name"], "y" * 40_000, 1)})

    for text_of, where in ((content, "last_name in line 5"), (long, "1 of last_name")):
        report, clusters, records = run(tmp_path, ("people.csv", text_of))
        assert max(map(len, records.column("last_name").to_pylist())) == LONGEST_VALUE
        assert len(clusters) == len(ROWS)
        assert (
            f"people.csv: values of more than 32,767 characters were read only so far ({where})"
            in report["warnings"][0]
        )


def test_long_words_are_compared_by_their_beginning(tmp_path):
    """Comparing letter by letter takes time by the square of their number."""
    chance = random.Random(3)
    base = "".join(chance.choices("abcdefgh", k=20_000))
    rows = [{"record_id": f"r{at}", "word": base[:at] + "xy" + base[at:], "city": f"t{at % 20}"} for at in range(120)]
    began = time.perf_counter()

    run(tmp_path, ("words.csv", text(rows)))

    assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("sheets", "says", "lost"),
    [
        ([("People", sheet()), ("More", sheet()), ("Empty", [])], "only the sheet 'People' was read, not 'More'", 0),
        ([("People", [["Customers"], [], *sheet()])], "2 rows above the header were left out", 0),
        ([("People", [*sheet()[:5], [*sheet()[5], "more"], *sheet()[6:]])], "first in line 6: cells up to column 8", 1),
        ([("P", with_last(lambda at: f"=A{at}" if at else "sum"))], "formulas without a result (row 2, column 8)", 0),
        ([("P", with_last(lambda at: "#N/A" if at % 2 else f"n{at}"))], "hold errors such as #N/A", 0),
    ],
)  # fmt: skip
def test_a_workbook_says_what_was_not_read(tmp_path, sheets, says, lost):
    found = read(tmp_path, "people.xlsx", workbook(*sheets))

    assert found.table.num_rows == len(ROWS) - lost
    assert len(found.refused) == lost
    assert any(says in each for each in found.notes)


def test_dates_and_numbers_of_a_workbook_read_as_a_person_sees_them(tmp_path):
    import datetime

    rows = [["record_id", "name", "born", "customer", "share"]]
    rows += [[at, f"n{at} x", datetime.datetime(1980, 1, 1 + at), 1000.0 + at, 0.25] for at in range(20)]

    _, _, records = run(tmp_path, ("people.xlsx", workbook(("P", rows))))

    assert records.slice(0, 1).to_pylist() == [
        {"record_id": "0", "name": "n0 x", "born": "1980-01-01", "customer": "1000", "share": "0.25"}
    ]


def test_every_type_of_parquet_becomes_text(tmp_path):
    _, _, records = run(tmp_path, ("people.parquet", bad.every_type()))

    row = records.filter(records["record_id"].to_numpy() == ROWS[1]["record_id"]).to_pylist()[0]
    assert row == {
        "record_id": ROWS[1]["record_id"],
        "who.given name": ROWS[1]["first_name"],
        "who.family.name": ROWS[1]["last_name"],
        "mails": ROWS[1]["email"] or None,
        "photo": "01ff",
        "phone": ROWS[1]["phone"],
        "amount": "0.125",
        "seen": "2001-02-03 01:05:00",
        "born": "1970-02-01",
        "city": ROWS[1]["city"] or None,
        "number": "1",
        "tags": '[["a", 1]]',
    }


def test_repeated_names_and_long_values_of_parquet(tmp_path):
    columns = [("record_id", [f"r{at}" for at in range(20)]), ("x", [f"a{at}" for at in range(20)])]
    columns += [("x", ["y" * (LONGEST_VALUE + at) for at in range(20)])]

    report, _, records = run(tmp_path, ("people.parquet", bad.parquet(columns)))

    assert records.column_names == ["record_id", "x", "x_2"]
    assert "column 3 repeats the name 'x'" in report["warnings"][0]
    assert "(19 of x_2)" in report["warnings"][1]


ONE = {"record_id": "1", "name": "Ann Smith"}


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.csv", b"", "is empty. A file needs a header line"),
        ("blank.csv", "\n\n \n", "is empty. A file needs a header line"),
        ("mark.csv", b"\xef\xbb\xbf", "is empty. A file needs a header line"),
        ("nul.csv", b"\0" * 99, "is empty. A file needs a header line"),
        ("header.csv", "record_id,a,b\n", "no rows below the header. A file needs"),
        ("header.csv", "record_id,a,b", "no rows below the header. A file needs"),
        ("one.csv", text([ONE]), "one record only. Two are needed"),
        ("zero.parquet", bad.parquet({"record_id": bad.pa.array([], bad.pa.string())}), "no rows below the header"),
        ("zero.xlsx", workbook(("P", [])), "has no sheet with cells. A sheet needs a header"),
        ("ids.csv", "record_id\n1\n2\n", "no column but the ids. Give at least one column"),
        ("same.csv", text(SAME), "first_name: it holds one value only; last_name"),
        ("null.csv", text(NONE), "Give at least one column, besides the ids, in which"),
        ("twice.csv", text(TWICE), "1 id is given to several rows in the column record_id: row 2 of twice.csv, row"),
        ("gone.csv", text(GONE), "1 row has no id in the column record_id: row 6 of gone.csv. Give each an id"),
        ("ids.csv", text(names=named(first_name="record_id")), "has several columns record_id. Rename all but"),
        ("long.csv", text(with_(record_id=lambda at, row: f"{at}" * 1_001)), "of more than 1,000 characters: row 1"),
        ("notes.txt", "x", "expected a .csv, .tsv, .parquet or .xlsx file"),
        ("packed.csv", gzip.compress(text().encode()), "is compressed by what it holds. Unpack it."),
        ("book.csv", workbook(("P", sheet())), "is a workbook or a zip archive by what it holds. Name it .xlsx"),
        ("people.xlsx", text(), "not a whole workbook. Save it again."),
        ("people.parquet", text(), "is no readable Parquet (ArrowInvalid). Export it again"),
        ("quote.csv", '"record_id,name\n1,a\n2,b\n', "the header line has a quote that does not end"),
        ("title.csv", "Customers\n" + text(), "the first line has one cell, the lines below have 7. Delete what"),
        ("title.csv", "Customers,2024\n" + text(), "rows cannot be read, the first in line 2: 7 cells where the"),
    ],
)  # fmt: skip
def test_what_cannot_be_matched_says_where_and_what_to_do(tmp_path, name, content, says):
    said = stops(tmp_path, (name, content))

    assert says in said
    assert said.endswith((".", ".."))
    assert len(said) < 1_000
    assert not (tmp_path / "out" / "clusters.csv").exists()


def test_the_command_line_ends_in_that_sentence_and_status_1(tmp_path):
    path = put(tmp_path, "twice.csv", "record_id,a\n1,x y\n1,z w\n")

    ended = CliRunner().invoke(app, ["match", str(path), "--out", str(tmp_path / "out")])

    assert ended.exit_code == 1
    assert "kempt: 1 id is given to several rows" in ended.output
    assert "Traceback" not in ended.output


def test_the_command_line_and_the_page_say_what_was_refused(tmp_path):
    path = put(tmp_path, "people.csv", in_lines({5: lambda line: line + ",extra"}))

    ended = CliRunner().invoke(app, ["match", str(path), "--out", str(tmp_path / "out")])

    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert ended.exit_code == 0, ended.output
    assert f"1 of {len(ROWS)} rows could not be read" in ended.output
    assert "Take care: people.csv: 1 row could not be read, the first in line 5" in ended.output
    assert "report.json, refused.csv." in ended.output
    assert f"1 of {len(ROWS)} rows could not be read: they stand in refused.csv." in page
    assert "people.csv: 1 row could not be read, the first in line 5" in page


def test_the_help_names_every_role():
    told = " ".join(CliRunner().invoke(app, ["match", "--help"]).output.replace("│", " ").split())

    assert all(f"{role}," in told for role in ROLES)


def test_a_path_that_is_no_file_says_what_it_is(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    for name, says in [("gone.csv", "no such file"), ("folder.csv", "is a folder. Name the files in it.")]:
        with pytest.raises(StopRun, match=says):
            match_files([tmp_path / name], tmp_path / "out")


def test_no_input_is_overwritten(tmp_path):
    path = put(tmp_path, "clusters.csv", text())

    with pytest.raises(StopRun, match="would be overwritten by what is written to"):
        match_files([path], tmp_path)

    assert path.read_bytes() == text().encode()


def test_a_folder_that_cannot_be_written_to_is_named_before_the_work(tmp_path):
    put(tmp_path, "out", "a file")

    assert "cannot be made a folder" in stops(tmp_path, ("people.csv", text()))


def test_ids_like_formulas_and_ids_that_turn_the_text_are_kept_and_warned_of(tmp_path):
    formulas = [f"=cmd|'{at}'!A0" for at in range(len(ROWS))]
    turned = [f"\u202ex{at}\u2066" for at in range(len(ROWS))]
    for ids, says in ((formulas, "ids begin like a formula"), (turned, "ids hold characters that turn the direction")):
        report, clusters, _ = run(tmp_path, ("people.csv", text(with_(record_id=lambda at, row, ids=ids: ids[at]))))

        assert {*clusters} == {*ids}
        assert says in report["warnings"][0]
        assert "\u202e" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
        assert explain_pair(tmp_path / "out", ids[0], ids[1]).findings


def test_ids_of_numbers_with_a_sign_are_no_formulas(tmp_path):
    rows = with_(record_id=lambda at, row: f"-{at}" if at % 2 else f"+49 (30) {at}")

    assert run(tmp_path, ("people.csv", text(rows)))[0]["warnings"] == []


def test_ids_with_line_breaks_and_quotes_are_the_same_in_the_clusters(tmp_path):
    ids = [f'x\n{at},"q"' for at in range(len(ROWS))]

    _, clusters, _ = run(tmp_path, ("people.csv", text(with_(record_id=lambda at, row: ids[at]))))

    assert {*clusters} == {*ids}


def test_files_that_share_no_column_say_so(tmp_path):
    german = named(
        record_id="nr", first_name="Vorname", last_name="Nachname", email="Post", phone="Tel", born="am", city="Ort"
    )

    report, clusters, _ = run(tmp_path, ("a.csv", text()), ("b.csv", text(names=german)))

    assert len(clusters) == 2 * len(ROWS)
    assert "No column record_id in b.csv: records from there are numbered" in report["warnings"][0]
    assert "No column is in every file (first_name, last_name, email, phone, born and 1 more in a.csv" in "".join(
        report["warnings"]
    ).replace(", and 1", " and 1")


def test_files_with_columns_of_their_own_say_which_and_capitals_make_no_difference(tmp_path):
    rows = with_(record_id=lambda at, row: f"b{row['record_id']}")
    second = text(rows, names=named(first_name="First_Name", city="town"))

    report, clusters, records = run(tmp_path, ("a.csv", text()), ("b.csv", second))

    assert len(clusters) == 2 * len(ROWS)
    assert "First_Name" not in records.column_names
    assert "Some columns are not in every file (city in a.csv; town in b.csv)" in report["warnings"][0]
    assert sum(clusters[f"b{row['record_id']}"] == clusters[row["record_id"]] for row in ROWS) > 0.9 * len(ROWS)


def test_files_of_one_name_without_ids_are_numbered_apart(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        put(tmp_path / folder, "people.csv", text(names=named(record_id="nr")))
    paths = [tmp_path / folder / "people.csv" for folder in ("a", "b")]

    match_files(paths, tmp_path / "out")

    assert len(clusters_in(tmp_path / "out")) == 2 * len(ROWS)
    with pytest.raises(StopRun, match="is given twice. Name each file once"):
        match_files([paths[0], paths[0]], tmp_path / "out")


def test_columns_whose_values_are_not_what_their_names_say(tmp_path):
    rows = [
        {
            "record_id": row["record_id"],
            "email": f"+1 (202) 555-{at:04}",
            "first_name": f"{at * 7919 % 100_000}",
            "phone": row["email"],
        }
        for at, row in enumerate(ROWS)
    ]

    report, clusters, _ = run(tmp_path, ("people.csv", text(rows)))

    assert len(clusters) == len(ROWS)
    assert {each["column"]: each["role"] for each in report["columns"]} == {
        "email": "phone", "first_name": "number", "phone": "email",
    }  # fmt: skip
    said = [each for each in report["warnings"] if "by its name, but most of its values are none" in each]
    assert [each.split(" by its name")[0] for each in said] == [
        "The column email promises e-mails",
        "The column first_name promises given names",
        "The column phone promises phone numbers",
    ]


def test_a_key_of_each_record_is_not_held_against_duplicates(tmp_path):
    rows = [{**row, "CustomerID": f"C{at:04}"} for at, row in enumerate(ROWS)]

    report, _, _ = run(tmp_path, ("people.csv", text(rows)))

    assert "CustomerID" not in report["comparisons"]
    assert "if it is their id, name it with --id" in report["columns"][-1]["why"]


def test_a_kind_of_phone_is_no_phone_with_wrong_values(tmp_path):
    rows = [{**row, "phone_type": "home" if at % 2 else "work"} for at, row in enumerate(ROWS)]

    assert run(tmp_path, ("people.csv", text(rows)))[0]["warnings"] == []


def test_a_family_name_without_a_given_name_is_compared(tmp_path):
    rows = [{name: row[name] for name in ("record_id", "last_name", "email", "city")} for row in ROWS]

    report, _, _ = run(tmp_path, ("people.csv", text(rows)))

    assert "last_name" in report["comparisons"]


def test_a_column_that_is_told_and_does_not_exist_is_refused(tmp_path):
    said = stops(tmp_path, ("people.csv", text()), told={"mail": "email"})

    assert said == "--map mail: no such column. There are: first_name, last_name, email, phone, born, city."


def wide(columns, rows):
    chance = random.Random(2)
    return [
        {"record_id": f"r{at}"} | {f"c{n}": f"{chance.choice('abcdefgh')} word" for n in range(columns)}
        for at in range(rows)
    ]


def test_of_many_columns_those_that_tell_most_are_compared_and_the_others_named(tmp_path):
    rows = [row | {f"{name}": person[name] for name in ("first_name", "last_name", "email")}
            for row, person in zip(wide(500, 60), ROWS, strict=False)]  # fmt: skip

    report, clusters, _ = run(tmp_path, ("wide.csv", text(rows)))

    assert len(clusters) == len(rows)
    assert {"name", "email"} <= {*report["comparisons"]}
    assert len(report["columns"]) == 503
    assert any("of 503 columns are not compared" in each and " more. Leave out" in each for each in report["warnings"])
    assert all(len(each) < 1_000 for each in report["warnings"])
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count('<th scope="row"><bdi>c') < 200
    ended = CliRunner().invoke(app, ["match", str(tmp_path / "wide.csv"), "--out", str(tmp_path / "out")])
    assert len(ended.output.splitlines()) < 150
    assert "columns that are not compared; report.json says why." in ended.output


def test_all_records_in_one_block_and_one_value_a_thousandfold(tmp_path):
    rows, truth = people(1_500)
    rows = [{**row, "city": "X", "last_name": "Same", "source": "y" if at else "z"} for at, row in enumerate(rows)]

    report, clusters, _ = run(tmp_path, ("people.csv", text(rows)))

    assert report["candidate_pairs"] < 60 * len(rows)
    assert report["largest_cluster"] < 10
    assert "Columns of one value, which tell nothing: last_name, city." in report["warnings"]


def test_labels_that_cannot_be_read_stop_the_run(tmp_path):
    labels = put(tmp_path, "labels.csv", "record_id,cluster_id\nr1,a\nr2,a,b\n")

    said = stops(tmp_path, ("people.csv", text()), labels=labels)

    assert "labels.csv: 1 rows cannot be read, the first in line 3: 3 cells where the header has 2" in said


def test_too_many_rows_that_cannot_be_read_stop_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(match_lines, "MOST_REFUSED", 3)
    content = in_lines({at: (lambda line: line + ",x") for at in range(5, 12)})

    assert "more than 3 rows cannot be read, the first in line 5" in stops(tmp_path, ("people.csv", content))


def test_a_header_that_looks_like_a_record_is_doubted(tmp_path):
    found = read(tmp_path, "people.csv", NO_HEADER)

    assert any("its first line holds an e-mail address, so it seems to be a record" in each for each in found.notes)


def test_one_column_is_read_whole_whatever_stands_in_it(tmp_path):
    rows = [f"{row['last_name']}, {row['first_name']}" for row in ROWS]

    report, clusters, records = run(tmp_path, ("names.csv", "name\n" + "\n\n".join(rows) + "\n"))

    assert sorted(records.column("name").to_pylist()) == sorted(rows)
    assert len(clusters) == len(rows)
    assert "was read as one column" in report["warnings"][0]
    assert "Only one comparison is possible" in report["warnings"][1]
