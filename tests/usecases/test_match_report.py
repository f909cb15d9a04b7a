"""The page and the figures of a run of `kempt match`."""

import base64
import hashlib
import json
import re
from collections import defaultdict
from dataclasses import replace
from html.parser import HTMLParser
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner

from kempt.cli.app import app
from kempt.errors import StopRun
from kempt.matching import ambiguous
from kempt.matching.evaluate import evaluate
from kempt.matching.report.clusters import measure_clusters
from kempt.matching.report.figures import count_values, figures_of
from kempt.matching.report.page import page
from kempt.matching.report.reliability import reliability, share_interval
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_files import explain_pair, match_files
from kempt.usecases.match_progress import Watch
from tests.e2e.test_lineage import CHROMIUM, FLAGS
from tests.usecases.people import clusters_in, people, write_csv

VOID = {"meta", "br", "rect", "line", "circle"}


class Nesting(HTMLParser):
    """Complains of an element that is not closed where it should be, and of an id given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        assert len(attrs) == len(dict(attrs)), attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def read_page(out):
    text = (out / "report.html").read_text(encoding="utf-8")
    found = Nesting()
    found.feed(text)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    return text, found


def figures(out):
    return json.loads((out / "report.json").read_text())


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """400 people, most of them labelled, and labels of nobody."""
    folder = tmp_path_factory.mktemp("report")
    rows, truth = people(400)
    known = {record: f"p{entity}" for record, entity in truth.items() if record not in ("r1", "r2", "r3")}
    labels = write_csv(
        folder / "labels.csv",
        [{"record_id": record, "cluster_id": entity} for record, entity in {**known, "gone": "p0"}.items()],
    )
    match_files([write_csv(folder / "people.csv", rows)], folder / "out", Asked(labels=labels))
    return folder / "out", rows, {**known, "gone": "p0"}


def test_the_page_needs_nothing_but_itself(run):
    text, found = read_page(run[0])
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text).group(1).replace("&#39;", "'")
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{allowed}';")
    assert found.tags.isdisjoint({"script", "link", "img", "iframe", "object", "form", "base"})
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|style=|\son\w+=|https?:", text)


def test_a_browser_shows_it_on_a_desk_and_on_a_telephone_without_complaint(run):
    said = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for width in (1280, 390):
            tab = browser.new_page(viewport={"width": width, "height": 900})
            tab.on("console", lambda message: said.append(message.text))
            tab.on("request", lambda request: said.append(request.url) if request.url[:5] != "file:" else None)
            tab.goto((run[0] / "report.html").as_uri())
            tab.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            assert tab.evaluate("document.documentElement.scrollWidth") == width
            colour = tab.evaluate("getComputedStyle(document.querySelector('rect.for')).fill")
            assert colour != "rgb(0, 0, 0)"
        browser.close()

    assert said == []


def test_it_says_what_was_found_in_words(run):
    out, rows, _ = run
    text, _ = read_page(out)
    found = figures(out)

    assert f"{len(rows):,} records describe {found['clusters']:,} persons or companies." in text
    for column in found["columns"]:
        assert f"<bdi>{column['column']}</bdi>" in text
        assert column["why"] in text
    assert found["model"] in text
    for stage in found["seconds"]:
        assert stage in text
    assert f"At most {found['peak_memory_mb']:,} MB" in text
    assert 10 < found["peak_memory_mb"] < 100_000


def test_columns_are_counted(run):
    out, rows, _ = run

    for column in figures(out)["columns"]:
        values = [row[column["column"]] for row in rows if row[column["column"]]]
        assert (column["given"], column["distinct"]) == (len(values), len(set(values)))


def test_no_value_is_on_the_page(run):
    out, rows, _ = run
    text, _ = read_page(out)

    for row in rows:
        for column in ("first_name", "last_name", "email", "phone", "born", "city"):
            assert not row[column] or not re.search(rf"(?<!\w){re.escape(row[column])}(?!\w)", text), column


def test_ids_that_are_values_are_masked(tmp_path):
    rows, _ = people(120)
    rows = [{**row, "email": row["email"].replace("@", f"{at}@")} for at, row in enumerate(rows) if row["email"]]

    match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out", Asked(id_column="email"))

    text, _ = read_page(tmp_path / "out")
    assert "of records.parquet)" in text
    for row in rows:
        assert row["email"] not in text


def test_hostile_values_do_nothing(tmp_path):
    rows, _ = people(120)
    evil = "<script>alert(1)</script>\u202e\u2066<img src=x onerror=alert(2)>"
    hostile = [
        {
            "record_id": f'{row["record_id"]}\u202e"><svg onload=alert(3)>',
            "first_name": row["first_name"] + evil,
            "last_name\u202e</th><script>": row["last_name"],
            "<style>*{}</style>": row["email"],
            "{{ 7 * 7 }}": row["phone"],
            "born": row["born"] and "\u202e" + row["born"],
        }
        for row in rows
    ]
    labels = tmp_path / "<img src=x>.csv"
    write_csv(labels, [{"record_id": row["record_id"], "cluster_id": evil} for row in hostile])

    match_files([write_csv(tmp_path / "<b>.csv", hostile)], tmp_path / "out", Asked(labels=labels))

    text, found = read_page(tmp_path / "out")
    assert found.tags.isdisjoint({"script", "img", "b"})
    assert "onload=alert(3)&gt;" in text
    assert "{{ 7 * 7 }}" in text
    assert "\\u202e" in text
    assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_labels_are_judged_as_evaluate_does(run):
    out, _, truth = run
    found = evaluate(clusters_in(out), truth)
    said = figures(out)["labels"]

    assert (said["records"], said["only_matched"], said["only_labelled"]) == (found.records, 3, 1)
    for name, scores, intervals in (
        ("pairwise", found.pairwise, found.pairwise_intervals),
        ("bcubed", found.bcubed, found.bcubed_intervals),
    ):
        for each in ("precision", "recall", "f1"):
            assert said[name][each] == pytest.approx(getattr(scores, each), abs=1e-6)
            low, high = said[name][f"{each}_interval"]
            assert (low, high) == pytest.approx(getattr(intervals, each), abs=1e-6)
            assert low <= said[name][each] <= high
    text, _ = read_page(out)
    assert "3 that were read have no label, and 1 that have one were not read" in text
    assert f"{100 * found.pairwise.recall:.1f} %" in text


def test_the_curve_is_what_a_run_at_each_threshold_finds(run, tmp_path):
    out, rows, truth = run
    points = {each["threshold"]: each for each in figures(out)["labels"]["curve"]}

    assert len(points) == 9
    for threshold in (0.5, 0.99):
        match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out", Asked(threshold=threshold))
        found = evaluate(clusters_in(tmp_path / "out"), truth)
        assert points[threshold]["pairwise"]["recall"] == pytest.approx(found.pairwise.recall, abs=1e-6)
        assert points[threshold]["bcubed"]["f1"] == pytest.approx(found.bcubed.f1, abs=1e-6)
    assert points[0.1]["pairwise"]["recall"] >= points[0.999]["pairwise"]["recall"]


def test_every_cluster_is_measured_by_all_its_pairs(run):
    out, _, _ = run
    members = defaultdict(list)
    for record, cluster in clusters_in(out).items():
        members[cluster].append(record)
    measured = pq.read_table(out / "cluster_metrics.parquet").to_pylist()

    assert {each["cluster_id"] for each in measured} == {name for name, held in members.items() if len(held) > 1}
    assert [each["weakest_record_weight"] for each in measured] == sorted(
        each["weakest_record_weight"] for each in measured
    )
    for each in measured[:20]:
        held = members[each["cluster_id"]]
        explained = {pair: explain_pair(out, *pair) for pair in combinations(held, 2)}
        bits = {pair: found.bits for pair, found in explained.items()}
        means = {one: sum(b for pair, b in bits.items() if one in pair) / (len(held) - 1) for one in held}
        expected = sum(found.probability for found in explained.values()) / len(bits)
        assert each["records"] == len(held)
        assert each["expected_precision"] == pytest.approx(expected, abs=1e-5)
        assert each["weakest_record_weight"] == pytest.approx(min(means.values()), abs=1e-4)
        assert means[each["weakest_record_id"]] == pytest.approx(min(means.values()), abs=1e-4)
        assert each["weakest_pair_weight"] == pytest.approx(min(bits.values()), abs=1e-4)
        assert each["unlikely_pairs"] == sum(b <= 0 for b in bits.values())


def test_clusters_say_how_densely_they_hang_together_and_which_gate_they_fail(run):
    out, _, _ = run
    measured = pq.read_table(out / "cluster_metrics.parquet").to_pylist()
    counted = figures(out)["clusters_failing"]

    for each in measured:
        pairs = each["records"] * (each["records"] - 1) // 2
        assert each["density"] == pytest.approx((pairs - each["unlikely_pairs"]) / pairs, abs=1e-6)
        assert each["bridges"] == 0 or 2 < each["records"] > each["bridges"]
        assert each["bridges"] == 0 or each["density"] < 1
        assert (each["fails"] == "weakest") == (each["weakest_record_weight"] <= 0)
    assert counted == {gate: sum(each["fails"] == gate for each in measured) for gate in ("size", "weakest", "bridge")}


def test_probabilities_are_held_against_labels(run):
    out, _, truth = run
    pairs = pq.read_table(out / "pairs.parquet").to_pylist()
    found = figures(out)["reliability"]
    known = [each for each in pairs if each["left_id"] in truth and each["right_id"] in truth]
    right = {id(each) for each in known if truth[each["left_id"]] == truth[each["right_id"]]}

    assert found["method"] == "isotonic"
    assert found["labelled_pairs"] == len(known)
    for row in found["bands"]:
        inside = [each for each in known if each["band"] == row["band"]]
        assert row["pairs"] == sum(each["band"] == row["band"] for each in pairs) == figures(out)["pairs"][row["band"]]
        assert (row["labelled"], row["right"]) == (len(inside), sum(id(each) in right for each in inside))
        assert not inside or row["interval"][0] <= row["observed"] <= row["interval"][1]
    for rows in (found["bands"], found["bins"]):
        assert sum(row["pairs"] for row in rows) == len(pairs)
        assert sum(row["right"] for row in rows) == len(right)
    assert {row["band"] for row in found["bands"]} == {"auto", "match", "review", "non-match"}
    assert next(row for row in found["bands"] if row["band"] == "auto")["observed"] == 1.0
    assert found["expected_calibration_error"] < 0.1


def test_the_calibrated_probability_is_one_number_everywhere(run):
    out, _, _ = run
    pairs = sorted(pq.read_table(out / "pairs.parquet").to_pylist(), key=lambda each: each["match_weight"])
    chances = [each["match_probability"] for each in pairs]

    assert chances == sorted(chances)
    assert json.loads((out / "model.json").read_text())["calibration"]["pairs"] > 200
    for each in pairs[:: len(pairs) // 12]:
        found = explain_pair(out, each["left_id"], each["right_id"])
        assert found.probability == pytest.approx(each["match_probability"], abs=2e-6)
        assert found.prior + sum(finding.bits for finding in found.findings) == pytest.approx(each["match_weight"])
    said = CliRunner().invoke(
        app, ["explain", *(pairs[-1][side] for side in ("left_id", "right_id")), "--run", str(out)]
    )
    assert f"probability {pairs[-1]['match_probability']:.4f}, by " in said.output


def test_labels_change_what_is_told_of_a_pair_and_not_what_is_done_with_it(run, tmp_path):
    out, rows, _ = run
    matched = match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out")
    one, other = (pq.read_table(each / "pairs.parquet") for each in (out, tmp_path / "out"))

    assert clusters_in(tmp_path / "out") == clusters_in(out)
    assert one.drop_columns(["match_probability"]) == other.drop_columns(["match_probability"])
    assert matched.version == figures(tmp_path / "out")["model"] != figures(out)["model"]
    assert figures(tmp_path / "out")["reliability"]["method"] == "identity"
    assert "without labels nobody knows better" in read_page(tmp_path / "out")[0]


def test_a_record_that_fits_two_clusters_is_single_and_says_so(run, tmp_path, monkeypatch):
    _, rows, _ = run
    # What hangs by less than so many bits is a guess here.
    monkeypatch.setattr(ambiguous, "WITHIN", 60.0)
    matched = match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out")
    text, _ = read_page(tmp_path / "out")
    found = clusters_in(tmp_path / "out")
    alone = [matched.ids[each].as_py() for each in matched.ambiguous.tolist()]

    assert len(alone) == figures(tmp_path / "out")["ambiguous"] > 0
    assert all(found[each] == each and list(found.values()).count(each) == 1 for each in alone)
    section = text.split('<section id="ambiguous">')[1].split("</section>")[0]
    assert f"<bdi>{alone[0]}</bdi> and" in section
    values = {row["email"] for row in rows if row["record_id"] in alone and row["email"]}
    assert not any(value in text for value in values)


def test_mistakes_that_come_by_the_cluster_leave_a_wider_interval():
    right = np.arange(1_000) >= 40
    alone, together = share_interval(right, np.arange(1_000)), share_interval(right, np.arange(1_000) // 40)

    assert alone[0] < 0.96 < alone[1]
    assert together[0] < alone[0]
    assert share_interval(np.ones(100, bool), np.arange(100)) == pytest.approx((0.963, 1.0), abs=0.001)


def test_the_riskiest_merge_comes_first_with_its_explanation(run):
    out, _, _ = run
    text, _ = read_page(out)
    weakest = pq.read_table(out / "cluster_metrics.parquet").to_pylist()[0]
    merges = text.split('id="merges"')[1].split('id="apart"')[0]

    first = merges.split("</details>")[0]
    assert f"<bdi>{weakest['weakest_record_id']}</bdi>" in first.split("</summary>")[0]
    assert f"{weakest['weakest_record_weight']:+.1f}".replace("-", "−") in first.split("</summary>")[0]
    bits = [float(each.replace("−", "-")) for each in re.findall(r'class="number"[^>]*>([+−]?\d+\.\d)<', first)]
    assert sum(bits[:-1]) == pytest.approx(bits[-1], abs=0.05 * len(bits))


def write_rows(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize(
    ("rows", "warns"),
    [
        ([{"name": f"{a}{b} {b}{a} Works"} for a in "qxzjk" for b in "wvyfp"], "Only one comparison"),
        ([{"a": letter * 3 + " " + letter, "b": letter} for letter in "qxzjkw"], "No two records share"),
        ([{"name": f"{a}{b} Works", "country": "QZ", "note": ""} for a in "qxzjk" for b in "wvyfp"], "of one value"),
    ],
)
def test_it_is_written_of_the_strangest_files(tmp_path, rows, warns):
    match_files([write_rows(tmp_path / "rows.parquet", rows)], tmp_path / "out")

    text, _ = read_page(tmp_path / "out")
    found = figures(tmp_path / "out")
    assert any(warns in each for each in found["warnings"]), found["warnings"]
    for each in found["warnings"]:
        assert each in text


def test_one_cluster_of_all_is_drawn_and_warned_of(tmp_path):
    rows, _ = people(30)
    matched = match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out")
    one = replace(matched, labels=np.zeros(len(rows), np.int32), trained=replace(matched.trained, settled=False))
    metrics = measure_clusters(one)

    trust = reliability(one, np.zeros(len(one.pairs.left), np.int8), None)
    found = figures_of(one, metrics, reliability=trust, peak_memory_mb=1, counts=count_values(one.table), judged=None)
    (tmp_path / "out" / "report.html").write_text(page(one, found, metrics), encoding="utf-8")

    text, _ = read_page(tmp_path / "out")
    assert found["warnings"][0].startswith("Training did not settle")
    assert found["warnings"][1].startswith(f"The largest cluster holds {len(rows)} of {len(rows)} records")
    weights = one.ground.weigh(one.learned, *np.triu_indices(len(rows), 1))
    assert metrics.unlikely_pairs.tolist() == [(weights <= one.cut).sum()]
    assert "No pair that was kept apart came near." in text
    assert f"in a cluster of {len(rows)}" in text


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([{"record_id": "r0", "entity": "x"}], "no column cluster_id"),
        ([{"record_id": "r0", "cluster_id": "x"}, {"record_id": "r0", "cluster_id": "y"}], "given to several rows"),
        ([{"record_id": "other", "cluster_id": "x"}], "names none of the records"),
    ],
)
def test_labels_that_cannot_be_used_say_why(tmp_path, labels, says):
    rows, _ = people(20)
    asked = Asked(labels=write_csv(tmp_path / "labels.csv", labels))

    with pytest.raises(StopRun, match=says):
        match_files([write_csv(tmp_path / "people.csv", rows)], tmp_path / "out", asked)


def test_the_command_says_how_far_it_is_and_how_right(tmp_path):
    rows, truth = people(60)
    labels = [{"record_id": record, "cluster_id": entity} for record, entity in truth.items()]
    files = write_csv(tmp_path / "people.csv", rows), write_csv(tmp_path / "known.csv", labels)

    said = CliRunner().invoke(app, ["match", str(files[0]), "--out", str(tmp_path / "out"), "--labels", str(files[1])])

    assert said.exit_code == 0, said.output
    assert "1/10 read ..." in said.output
    assert "10/10 write ..." in said.output
    assert f"By {len(rows)} labelled records: precision" in said.output
    assert f"To read: {tmp_path / 'out' / 'report.html'}" in said.output


def test_a_long_stage_says_what_is_left(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("kempt.usecases.match_progress.time.perf_counter", lambda: now[0])
    said = []
    watch = Watch(said.append, stages=3)

    with watch("train"):
        for done in range(4):
            watch.step(done, 10, what="rounds", most=True)
            now[0] += 4

    assert said == ["1/3 train", "1/3 train: 2 of at most 10 rounds, at most 32 s left"]
    assert watch.seconds == {"train": 16.0}
