"""One telephone or mailbox that thousands of otherwise different people share makes nobody of them one person."""

import csv
import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kempt.matching.clusters import partition
from kempt.matching.columns import COLUMNS, FLAGS
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.evaluate import evaluate
from kempt.matching.evidence import Pair, Record, StewardLinks, read_pairs, read_records
from kempt.matching.kernel.clusters import contract
from kempt.matching.rescore import rescore
from kempt.matching.weights import MICRO
from kempt.usecases.match_files import match_files
from tests.policies.test_matching_policies import PERSON
from tests.prove import keep
from tests.sizes import size
from tests.usecases.people import clusters_in

SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
HUB = {"phone": "+12025550100", "email": "desk@hub.example"}


@dataclass(frozen=True)
class Apply:
    verdict: str = "apply"


def population(records: int, hub: tuple[str, ...]) -> tuple[list[dict[str, str]], dict[str, int]]:
    """So many records at the hub and as many elsewhere, every ninth person twice, half of these with a slip."""
    chance = random.Random(5)
    rows: list[dict[str, str]] = []
    truth: dict[str, int] = {}
    entity = 0
    while len(rows) < 2 * records:
        given, family = ("".join(chance.choices(SYLLABLES, k=count)) for count in (2, 3))
        own = {"email": f"{given}.{family}{entity}@home.example", "phone": f"+1202{chance.randrange(10**7):07}"}
        at_hub = {name: HUB[name] for name in hub} if len(rows) < records else {}
        for again in range(2 if entity % 9 == 0 else 1):
            name = family[:2] + family[3:] if again and chance.random() < 0.5 else family
            truth[f"r{len(rows):07}"] = entity
            rows.append({"record_id": f"r{len(rows):07}", "first_name": given, "last_name": name, **own, **at_hub})
        entity += 1
    return rows, truth


@pytest.mark.parametrize("hub", [("phone",), ("email",), ("phone", "email")], ids="-".join)
def test_a_file_with_a_hub_ends_in_people(hub, tmp_path: Path, record_property) -> None:
    rows, truth = population(size(1_000), hub)
    with (tmp_path / "people.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    began = time.process_time()
    match_files([tmp_path / "people.csv"], tmp_path / "out")
    seconds = round(time.process_time() - began, 1)
    peak = json.loads((tmp_path / "out" / "report.json").read_text())["peak_memory_mb"]
    keep(record_property, **{f"match_{'_'.join(hub)}": {"cpu_seconds": seconds, "peak_memory_mb": peak}})

    found = clusters_in(tmp_path / "out")
    pairs = pq.read_table(tmp_path / "out" / "pairs.parquet", columns=["left_id", "right_id", "band"]).to_pylist()
    auto = [truth[each["left_id"]] == truth[each["right_id"]] for each in pairs if each["band"] == "auto"]
    assert len(found) == len(rows)
    assert max(Counter(found.values()).values()) <= 6
    assert evaluate(found, truth).bcubed.f1 > 0.98
    assert sum(auto) >= 0.999 * len(auto) > 0.4 * len(rows) / 10
    # At small size the peak is that of other tests.
    assert peak < 2_000 or size(1_000) == 1_000


@pytest.mark.parametrize("hub", [("phone",), ("email",), ("phone", "email")], ids="-".join)
def test_a_tenant_with_a_hub_ends_in_people(hub, record_property) -> None:
    rows, truth = population(size(1_000), hub)
    told = features(rows)  # noqa: F841, read by DuckDB below
    with duckdb.connect() as lake:
        lake.execute("create table told_record as from told")
        began = time.process_time()
        rescore(lake, PERSON, "told_record", DuckDbEngine())
        records, pairs = read_records(lake, "person_seen"), read_pairs(lake, "person_pair", "person_seen")
        found = partition(records, pairs, StewardLinks(), PERSON, lambda step: Apply())
    keep(record_property, **{f"tenant_{'_'.join(hub)}_cpu_seconds": round(time.process_time() - began, 1)})

    assert len(found.cluster_of) == len(rows)
    assert max(Counter(found.cluster_of.values()).values()) <= PERSON.gates.max_size
    assert evaluate(found.cluster_of, truth).pairwise.precision > 0.99


def features(rows: list[dict[str, str]]) -> pa.Table:
    """The rows as standardized people."""
    told: list[dict[str, Any]] = []
    for row in rows:
        given, family, local = row["first_name"], row["last_name"], row["email"].partition("@")[0]
        names = {"given_key": given, "nickname_key": given, "family_key": family, "name_key": f"{given} {family}"}
        points = {"email_canonical": row["email"], "email_local": local, "phone": row["phone"]}
        told.append({"record_id": row["record_id"], "object_type": "contact", "source": "crm", **names, **points})
    columns = {
        name: pa.array([each.get(name, False if name in FLAGS else None) for each in told],
                       pa.bool_() if name in FLAGS else pa.string())
        for name in COLUMNS["person"]
    }  # fmt: skip
    return pa.table(columns)


@pytest.mark.parametrize("true_pairs", [False, True])
def test_a_record_that_is_like_all_others_joins_nobody(true_pairs: bool, record_property) -> None:
    """A component as large as the table: nothing in it is done without asking."""
    names, chance = [f"r{number:07}" for number in range(size(1_000))], random.Random(1)
    pairs = [Pair(names[0], each, round(chance.uniform(1, 12) * MICRO), None) for each in names[1:]]
    if true_pairs:
        couples = zip(names[1::2], names[2::2], strict=False)
        pairs += [Pair(one, other, 20 * MICRO, None) for one, other in couples]

    began = time.process_time()
    found = partition((Record(name, "contact", "crm") for name in names), pairs, StewardLinks(), PERSON,
                      lambda step: Apply())  # fmt: skip
    keep(record_property, **{f"component_{true_pairs}_cpu_seconds": round(time.process_time() - began, 1)})

    assert set(found.cluster_of.values()) == set(names)
    assert {question.why for question in found.questions} == {"component", "review_zone"}


def test_a_hub_takes_in_few_where_all_others_are_strangers(record_property) -> None:
    records = size(1_000)
    spokes = np.arange(1, records)
    bits = np.random.default_rng(0).integers(1, 30 * MICRO, records - 1)

    began = time.process_time()
    found = contract(records, np.zeros(records - 1), spokes, bits, unknown=-10 * MICRO, cut=0)
    keep(record_property, contract_cpu_seconds=round(time.process_time() - began, 1))

    assert np.bincount(found).max() <= 6
