"""The sets are the same for the same seed, plainly fictional, and hold what their names say."""

import json
import re
from itertools import combinations
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks.matching.contacts import contacts
from benchmarks.matching.crowd import crowd
from benchmarks.matching.plans import CONTACTS, CROWD, FEBRL, Plan
from benchmarks.matching.sets import read_clusters, sets
from kempt.errors import StopRun


def test_the_same_seed_makes_the_same_records() -> None:
    for make in (contacts, crowd):
        records, truth = make(500, 7)

        assert (records, truth) == make(500, 7)
        assert records != make(500, 8)[0]
        assert len(set(truth["cluster_id"].to_pylist())) == 400


def test_contacts_are_plainly_fictional() -> None:
    records, _ = contacts(3000, 7)

    for email in filter(None, records["email"].to_pylist()):
        # A slip may hit the domain; what was meant is still plain.
        assert email == "none" or re.search(r"@.*\.[a-z]{5,9}$", email) or "@" not in email or email.count("@") == 2
    for phone in filter(None, records["phone"].to_pylist()):
        digits = re.sub(r"\D", "", phone.split("x")[0]).removeprefix("1" if phone.startswith("+1") else "")
        assert phone == "N/A" or digits[1] == "9", "area codes N9X belong to nobody"


def test_contacts_hold_what_makes_matching_hard() -> None:
    records, truth = contacts(3000, 7)
    person = truth["cluster_id"].to_pylist()

    for column in ("email", "phone", "address", "company"):
        owners: dict[str, set[str]] = {}
        for value, who in zip(records[column].to_pylist(), person, strict=True):
            owners.setdefault(value, set()).add(who)
        assert any(len(each) > 1 for value, each in owners.items() if value), f"no two people share a {column}"
    families: dict[str, set[str]] = {}
    for value, who in zip(records["last_name"].to_pylist(), person, strict=True):
        families.setdefault(who, set()).add((value or "").strip().lower())
    assert any(len(each) > 1 for each in families.values())


@pytest.mark.parametrize("records", [10_000, 40_000])
def test_a_crowd_has_thirty_to_forty_five_candidate_pairs_a_record(records: int) -> None:
    table, _ = crowd(records, 7)

    with duckdb.connect() as connection:
        connection.register("record", table)
        agree = " or ".join(f"({' and '.join(map(_agrees, rule))})" for rule in CROWD.blocks)
        # All pairs are too many: those of every twentieth record with all others.
        found = connection.execute(
            f"select count(*) from record as l, record as r where l.record_id <> r.record_id and ({agree})"
            f" and hash(l.record_id) % 20 = 0"
        ).fetchall()[0][0]
        chosen = connection.execute("select count(*) from record where hash(record_id) % 20 = 0").fetchall()[0][0]

    assert 30 <= found / chosen / 2 <= 45


def _agrees(key: str) -> str:
    column, _, length = key.partition(":")
    return f"left(l.{column}, {length}) = left(r.{column}, {length})" if length else f"l.{column} = r.{column}"


def test_febrl_comes_without_what_gives_the_answer_away(tmp_path: Path) -> None:
    found = list(sets(["febrl"], [], [], tmp_path, 7))

    assert [each.size for each in found] == [1000, 5000, 5000, 10_000]
    columns = set(pq.read_schema(found[0].records).names)
    assert columns == {"record_id", *FEBRL.columns}
    pairs = sum(one == other for one, other in combinations(found[0].answers().values(), 2))
    assert pairs == 500


def test_any_folder_is_a_set(tmp_path: Path) -> None:
    (made,) = sets(["contacts"], [300], [], tmp_path / "data", 7)
    made.plan.unlink()

    (found,) = sets([], [], [tmp_path / "data"], tmp_path / "work", 7)

    assert found.size == 300
    assert found.answers() == read_clusters(made.truth)
    plan = json.loads(found.plan.read_text())
    assert plan["columns"]["email"] == "email"
    assert plan["columns"]["phone"] == "phone"
    assert plan["full_name"] == ["first_name", "last_name"]
    assert plan["blocks"]


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StopRun, match="expected records.parquet and truth.csv"):
        list(sets([], [], [tmp_path], tmp_path, 7))


@pytest.mark.parametrize("plan", [CONTACTS, CROWD, FEBRL])
def test_every_rule_is_about_columns_of_its_plan(plan: Plan) -> None:
    keys = {key.split(":")[0] for rules in (plan.blocks, plan.sure, plan.training) for rule in rules for key in rule}

    assert keys <= set(plan.columns)
