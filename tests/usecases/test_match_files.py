"""Duplicates in files that nobody described."""

import json
import random

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kempt.errors import StopRun
from kempt.matching.evaluate import evaluate
from kempt.matching.training import guard, sample
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_files import explain_pair, match_files
from tests.usecases.people import GIVEN, TOWNS, clusters_in, people, write_csv


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("match")
    rows, truth = people(400)
    match_files([write_csv(folder / "people.csv", rows)], folder / "out")
    return folder / "out", rows, truth


def test_what_is_one_person_is_found_without_being_told_anything(run):
    out, _, truth = run

    found = evaluate(clusters_in(out), truth)

    assert found.pairwise.precision > 0.99
    assert found.pairwise.recall > 0.9


def test_in_a_table_where_only_some_records_look_the_same_people_are_found(run, tmp_path, monkeypatch):
    _, rows, truth = run
    monkeypatch.setattr(sample, "ALL_LOOK_UP_TO", 300)
    monkeypatch.setattr(sample, "SEEDS", 200)

    matched = match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "some")

    found = evaluate(clusters_in(tmp_path / "some"), truth)
    assert found.pairwise.precision > 0.99
    assert found.pairwise.recall > 0.9
    assert 0 < matched.pairs.met.by_rule[0] <= matched.compared


def test_the_readable_engine_weighs_the_same_pairs_alike(tmp_path):
    rows, chance = people(60)[0], random.Random(4)
    # A column of texts, which are compared as vectors.
    for row in rows:
        row["motto"] = f"{' '.join(chance.sample(TOWNS, 2))} {' '.join(chance.choices(GIVEN, k=3))}".lower()
    source = write_csv(tmp_path / "people.csv", rows)

    one, other = (match_files([source], tmp_path / name, Asked(engine=name)) for name in ("duckdb", "recordlinkage"))

    assert "cosine" in {c.comparator for each in one.description.comparisons for o in each.outcomes for c in o.when}
    assert one.pairs.bits.tolist() == other.pairs.bits.tolist()
    assert one.pairs.pattern.tolist() == other.pairs.pattern.tolist()
    assert clusters_in(tmp_path / "duckdb") == clusters_in(tmp_path / "recordlinkage")
    assert json.loads((tmp_path / "recordlinkage" / "report.json").read_text())["engine"] == "recordlinkage"


def test_every_record_is_in_one_cluster(run):
    out, rows, _ = run

    assert sorted(clusters_in(out)) == sorted(row["record_id"] for row in rows)


def test_the_report_adds_up(run):
    out, rows, _ = run
    report = json.loads((out / "report.json").read_text())
    clusters = clusters_in(out)

    assert report["records"] == len(rows)
    assert report["clusters"] == len(set(clusters.values())) == len(rows) - report["duplicates"]
    assert sum(report["pairs"].values()) == pq.read_metadata(out / "pairs.parquet").num_rows
    assert {each["column"]: each["role"] for each in report["columns"]} == {
        "first_name": "given_name",
        "last_name": "family_name",
        "email": "email",
        "phone": "phone",
        "born": "date",
        "city": "category",
    }


def test_an_explanation_sums_up_to_the_weight_of_the_pair(run):
    out, _, _ = run
    pairs = pq.read_table(out / "pairs.parquet").to_pylist()

    for pair in pairs[:: max(1, len(pairs) // 20)]:
        found = explain_pair(out, pair["left_id"], pair["right_id"])
        assert found.bits == pytest.approx(pair["match_weight"], abs=1e-5)


def test_without_what_is_needed_the_answer_would_be_another(run):
    out, _, _ = run
    pairs = [pair for pair in pq.read_table(out / "pairs.parquet").to_pylist() if 0 < pair["match_weight"] < 5]
    explained = [explain_pair(out, pair["left_id"], pair["right_id"]) for pair in pairs[:20]]

    assert any(found.needed for found in explained)
    for found in explained:
        bits = {finding.comparison: finding.bits for finding in found.findings}
        assert all(bits[name] > 0 for name in found.needed)


def test_the_order_of_rows_makes_no_difference(run, tmp_path):
    out, rows, _ = run
    shuffled = rows[:]
    random.Random(2).shuffle(shuffled)

    match_files([write_csv(tmp_path / "people.csv", shuffled)], tmp_path / "out")

    assert clusters_in(tmp_path / "out") == clusters_in(out)
    assert (tmp_path / "out" / "model.json").read_text() == (out / "model.json").read_text()


def test_any_format_gives_the_same_clusters(run, tmp_path):
    out, rows, _ = run
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "people.parquet")
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(tmp_path / "people.xlsx")

    for name in ("people.parquet", "people.xlsx"):
        match_files([tmp_path / name], tmp_path / name.replace(".", "_"))
        assert clusters_in(tmp_path / name.replace(".", "_")) == clusters_in(out), name


def test_a_single_column_of_text_is_matched_by_belief_and_the_report_says_so(tmp_path):
    firms = [f"{a}{b} {c} works of the {d} valley" for a in "bdf" for b in ("al", "or") for c in GIVEN for d in TOWNS]
    rows = [{"record_id": f"r{n}", "firm": firm} for n, firm in enumerate(firms)]
    rows += [{"record_id": f"again{n}", "firm": f"{firms[n].upper()}."} for n in range(0, len(firms), 9)]

    match_files([write_csv(tmp_path / "firms.csv", rows)], tmp_path / "out")

    clusters = clusters_in(tmp_path / "out")
    assert all(clusters[f"again{n}"] == clusters[f"r{n}"] for n in range(0, len(firms), 9))
    assert json.loads((tmp_path / "out" / "report.json").read_text())["rounds"] == 0


def test_rows_that_say_the_same_are_one_even_where_nothing_can_be_learned(tmp_path):
    rows = [{"record_id": f"r{n}", "name": "Ash Works", "city": "Northmoor"} for n in range(39)]
    rows.append({"record_id": "other", "name": "Brin Mill", "city": "Southfell"})

    match_files([write_csv(tmp_path / "rows.csv", rows)], tmp_path / "out")

    clusters = clusters_in(tmp_path / "out")
    assert len({clusters[f"r{n}"] for n in range(39)}) == 1
    assert clusters["other"] == "other"


def test_two_files_with_other_columns_are_matched_together(tmp_path):
    rows, truth = people(150)
    first = [{k: v for k, v in row.items() if k != "phone"} for row in rows[::2]]
    second = [{k: v for k, v in row.items() if k != "born"} for row in rows[1::2]]

    match_files([write_csv(tmp_path / "a.csv", first), write_csv(tmp_path / "b.csv", second)], tmp_path / "out")

    found = evaluate(clusters_in(tmp_path / "out"), truth)
    assert found.pairwise.precision > 0.95
    assert found.pairwise.recall > 0.7


def test_a_column_is_called_what_it_likes(tmp_path):
    rows = [{"record_id": f"r{n}", "person.name": f"Works of {n} and {n}", "of, b's": f"{n} x"} for n in range(10)]

    matched = match_files([write_csv(tmp_path / "firms.csv", rows)], tmp_path / "out")

    assert [each.column for each in matched.description.readings] == ["person.name", "of, b's"]


def test_without_ids_rows_are_numbered(tmp_path):
    rows = [{"name": f"Works of {n} and {n}", "city": "x"} for n in range(10)]

    match_files([write_csv(tmp_path / "firms.csv", rows)], tmp_path / "out")

    assert sorted(clusters_in(tmp_path / "out"))[:2] == ["firms:1", "firms:10"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"record_id": "1", "a": "x y"}, {"record_id": "1", "a": "z w"}], "given to several rows"),
        ([{"record_id": "", "a": "x y"}, {"record_id": "1", "a": "z w"}], "no id"),
        ([{"record_id": "1", "a": ""}, {"record_id": "2", "a": ""}], "no column tells records apart: a: it is empty"),
        ([{"record_id": "1", "a": "x"}, {"record_id": "2", "a": "x"}], "it holds one value only"),
    ],
)
def test_what_cannot_be_matched_says_why(tmp_path, rows, says):
    with pytest.raises(StopRun, match=says):
        match_files([write_csv(tmp_path / "rows.csv", rows)], tmp_path / "out")


def test_a_file_that_is_none_is_named(tmp_path):
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "notes.txt").write_text("x")

    for name, says in [("empty.csv", "no rows"), ("notes.txt", "expected a .csv"), ("gone.csv", "no such file")]:
        with pytest.raises(StopRun, match=says):
            match_files([tmp_path / name], tmp_path / "out")


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(StopRun, match="holds no run"):
        explain_pair(tmp_path, "a", "b")


def test_a_model_that_is_refused_is_not_used(run, tmp_path, monkeypatch):
    _, rows, truth = run
    monkeypatch.setattr(guard, "CLEARLY", -100.0)

    match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out")

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert any("was refused, since" in warning for warning in report["warnings"])
    assert json.loads((tmp_path / "out" / "model.json").read_text())["report"]["refused"]
    assert evaluate(clusters_in(tmp_path / "out"), truth).pairwise.precision > 0.95
