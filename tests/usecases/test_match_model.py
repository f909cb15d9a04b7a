"""A model that was learned once weighs other records, and more of them never change what two weigh."""

import json
import random

import pyarrow.parquet as pq
import pytest

from kempt.errors import StopRun
from kempt.matching.evaluate import evaluate
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_files import explain_pair, match_files
from tests.usecases.people import FAMILY, GIVEN, TOWNS, clusters_in, people, write_csv


def described(entities, seed):
    """People with a text, and a whole name where others have its parts: what is told by looking at other records."""
    chance = random.Random(seed)
    rows, truth = people(entities, seed)
    mottos = {entity: " ".join(chance.choices([*TOWNS, *GIVEN], k=5)) for entity in set(truth.values())}
    for row in rows:
        motto = mottos[truth[row["record_id"]]].split()
        motto[chance.randrange(5)] = chance.choice(GIVEN)
        row |= {"motto": " ".join(motto).lower(), "full_name": ""}
        if chance.random() < 0.3:
            row["full_name"] = chance.choice(["{first_name} {last_name}", "{last_name} {first_name}"]).format(**row)
            row["first_name"] = row["last_name"] = ""
    return rows, truth


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    rows, truth = described(200, 1)
    match_files([write_csv(folder / "people.csv", rows)], folder / "out")
    return folder / "out", rows, truth


def pairs_of(out):
    return {(each["left_id"], each["right_id"]): each for each in pq.read_table(out / "pairs.parquet").to_pylist()}


def test_the_same_records_are_found_by_the_model_that_they_gave(learned, tmp_path):
    out, rows, truth = learned

    match_files([write_csv(tmp_path / "p.csv", rows)], tmp_path / "again", Asked(model=out / "model.json"))

    assert evaluate(clusters_in(tmp_path / "again"), truth).pairwise.f1 > 0.99
    assert (tmp_path / "again" / "model.json").read_text() == (out / "model.json").read_text()
    assert (
        json.loads((tmp_path / "again" / "report.json").read_text())["model"]
        == json.loads((out / "model.json").read_text())["version"]
    )
    known, found = pairs_of(out), pairs_of(tmp_path / "again")
    assert found
    assert {pair: (each["levels"], each["match_weight"]) for pair, each in found.items()} == {
        pair: (known[pair]["levels"], known[pair]["match_weight"]) for pair in found
    }


def test_more_records_never_change_an_old_pair(learned, tmp_path):
    out, rows, _ = learned
    model = Asked(model=out / "model.json")
    more = [{**row, "record_id": f"new {row['record_id']}"} for row in described(50, 2)[0]]
    # Were anything counted anew, these would have family names taken for given ones.
    turned = [
        {**rows[0], "record_id": f"turned {n}", "first_name": FAMILY[n % 20], "last_name": GIVEN[n % 15]}
        for n in range(400)
    ]

    match_files([write_csv(tmp_path / "p.csv", rows)], tmp_path / "before", model)
    match_files([write_csv(tmp_path / "q.csv", [*more, *turned, *rows])], tmp_path / "after", model)

    before, after = pairs_of(tmp_path / "before"), pairs_of(tmp_path / "after")
    both = before.keys() & after.keys()
    assert len(both) > 0.9 * len(before)
    for pair in both:
        assert before[pair]["levels"] == after[pair]["levels"]
        assert before[pair]["match_weight"] == after[pair]["match_weight"]
    # Those that are no candidates any more, because too many share their keys, weigh what they did as well.
    for left, right in sorted(before.keys() - both):
        weight = before[left, right]["match_weight"]
        assert explain_pair(tmp_path / "after", left, right).bits == pytest.approx(weight, abs=1e-6)


def test_columns_are_found_by_their_names_or_told(learned, tmp_path):
    out, rows, truth = learned
    renamed = [{("mail" if name == "email" else name): value for name, value in row.items()} for row in rows]
    source, model = write_csv(tmp_path / "p.csv", renamed), out / "model.json"

    with pytest.raises(StopRun, match=r"compares email.*--map COLUMN=email"):
        match_files([source], tmp_path / "out", Asked(model=model))
    with pytest.raises(StopRun, match="--map names post"):
        match_files([source], tmp_path / "out", Asked(model=model, renamed={"post": "email"}))
    match_files([source], tmp_path / "out", Asked(model=model, renamed={"mail": "email"}))

    assert evaluate(clusters_in(tmp_path / "out"), truth).pairwise.f1 > 0.99


def test_a_pair_is_explained_with_the_model_that_weighed_it(learned, tmp_path):
    out, _, _ = learned
    rows = described(30, 5)[0]
    match_files([write_csv(tmp_path / "p.csv", rows)], tmp_path / "few", Asked(model=out / "model.json"))

    for (left, right), pair in list(pairs_of(tmp_path / "few").items())[:4]:
        assert explain_pair(tmp_path / "few", left, right).bits == pytest.approx(pair["match_weight"], abs=1e-5)


def test_a_model_is_not_overwritten_by_the_run_that_uses_it(learned):
    out, _, _ = learned

    with pytest.raises(StopRun, match="would be overwritten"):
        match_files([out.parent / "people.csv"], out, Asked(model=out / "model.json"))


def labelled(folder, truth):
    rows = [{"record_id": key, "cluster_id": str(each)} for key, each in truth.items()]
    return write_csv(folder / "labels.csv", rows)


def households(entities):
    """People, and of each a brother or sister with the same family name, telephone and town; who lives together."""
    everybody, truth = people(entities, 3)
    rows = everybody[:]
    for row in {truth[row["record_id"]]: row for row in everybody}.values():
        given = GIVEN[(GIVEN.index(row["first_name"]) + 1) % 15] if row["first_name"] in GIVEN else "Zora"
        born = f"{row['born'][:3]}{(int(row['born'][3:4] or 1) + 3) % 10}-11-28"
        sibling = {"record_id": f"s{row['record_id']}", "first_name": given, "born": born}
        rows.append({**row, **sibling, "email": f"{given}{row['record_id']}@example.org".lower()})
        truth[sibling["record_id"]] = truth[row["record_id"]]
    return rows, truth


def test_labels_make_a_candidate_that_nobody_uses_before_it_is_named(tmp_path):
    (rows, truth), out = households(120), tmp_path / "without"
    source = write_csv(tmp_path / "p.csv", rows)
    match_files([source], out)

    match_files([source], tmp_path / "out", Asked(labels=labelled(tmp_path, truth), learn=True))

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    candidate = report["candidate"]
    assert clusters_in(tmp_path / "out") == clusters_in(out)
    assert report["model"] == candidate["from_model"] == json.loads((out / "report.json").read_text())["model"]
    assert candidate["refused"] == []
    assert candidate["judged_pairs"] >= 200
    # What the table calls two persons is one household to whoever labelled it.
    assert candidate["held_out"]["f1"] > candidate["before"]["f1"] + 0.1

    match_files([source], tmp_path / "then", Asked(model=tmp_path / "out" / "candidate.json"))

    assert json.loads((tmp_path / "then" / "report.json").read_text())["model"] == candidate["version"]
    as_before, as_told = (evaluate(clusters_in(each), truth).pairwise.f1 for each in (out, tmp_path / "then"))
    assert as_told > as_before + 0.1
    before, after = pairs_of(out), pairs_of(tmp_path / "then")
    assert any(before[pair]["match_weight"] != after[pair]["match_weight"] for pair in before.keys() & after.keys())
    left, right = next(iter(after))
    assert explain_pair(tmp_path / "then", left, right).bits == pytest.approx(
        after[left, right]["match_weight"], abs=1e-5
    )


def test_of_too_few_labels_nothing_is_learned(learned, tmp_path):
    _, rows, truth = learned
    few = dict(list(truth.items())[:40])

    match_files(
        [write_csv(tmp_path / "p.csv", rows)],
        tmp_path / "out",
        Asked(labels=labelled(tmp_path, few), learn=True),
    )

    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "more judged pairs are needed: 200 at least" in report["candidate"]["refused"][0]
    assert not (tmp_path / "out" / "candidate.json").exists()
