"""The demo as a newcomer gets it: it adds up, it is right, and running it again changes nothing."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kempt.ledger.connect import connect
from kempt.sample.sources import DAYS
from tests.factory import Desk, look_into
from tests.installation import DEMO, Installation
from tests.postgres import superuser

TENANTS = ("blauwal", "northpeak")


@pytest.mark.parametrize("tenant", TENANTS)
def test_every_tenant_shows_what_there_is_to_see(demo_home: Installation, tenant: str) -> None:
    figures = demo_home.json("status", "--tenant", tenant)["tenants"][tenant]

    assert figures["raw"] == figures["canonical"] + figures["quarantined"]
    assert figures["canonical"] == figures["entities"] + figures["duplicates"]
    assert figures["ledger_ok"]
    for name in ("quarantined", "duplicates", "pending_review", "clusters"):
        assert figures[name] > 0, name
    assert figures["proposals"]["apply"] > 0
    assert figures["health"] > figures["health_before"] > 0


@pytest.mark.parametrize("tenant", TENANTS)
def test_records_in_one_entity_are_one_person_or_company(demo_home: Installation, tenant: str) -> None:
    """Pairwise precision against the truth of the sample, and recall so that doing nothing does not count as right."""
    truth = pq.read_table(demo_home.home / "sample" / "truth" / f"{tenant}.parquet").to_pylist()
    cluster_of = {line["record_key"]: line["cluster_id"] for line in truth if line["record_key"] and line["cluster_id"]}
    found = _pairs(_entities(look_into(demo_home, tenant), cluster_of))
    wanted = _pairs(
        _grouped((key, cluster_of[key]) for key in {key for pair in found for key in pair} | cluster_of.keys())
    )

    right = len(found & wanted)

    assert right / len(found) >= 0.98
    assert right / len(wanted) >= 0.6


def _entities(desk: Desk, known: dict[str, str]) -> Iterable[set[str]]:
    names = dict(
        row
        for kind in ("contact", "lead", "company")
        for row in desk.lake(f"select record_id, system || '|{kind}|' || source_key from {kind}")
    )
    members = desk.sql("select record_id::text, entity_id from kempt.membership where to_seq is null")
    return _grouped((names[record], entity) for record, entity in members if names[record] in known)


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterable[set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for member, group in pairs:
        groups[group].add(member)
    return groups.values()


def _pairs(groups: Iterable[set[str]]) -> set[tuple[str, str]]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def test_the_next_day_is_landed_decided_and_applied(demo_home: Installation) -> None:
    """A changed row arrives, a steward approves a merge, and one more run carries both out."""
    desk = look_into(demo_home, "northpeak")
    day = (date.fromisoformat(DAYS[-1]) + timedelta(days=1)).isoformat()
    key = _next_day(demo_home.settings.drop / "northpeak" / "salesforce", day)
    item = demo_home.json("review", "list", "--tenant", "northpeak", "--kind", "merge")[0]

    demo_home.said("run", "--tenant", "northpeak", "--day", day)
    demo_home.said("review", "approve", item["proposal_id"][:13], "--tenant", "northpeak", "--by", "ines")
    applied = demo_home.said("run", "--tenant", "northpeak", "--apply")

    assert "apply_approved" in applied
    assert desk.lake("select job_title from contact where source_key = ?", key) == [("Keeper of the Next Day",)]
    ((entities,),) = desk.sql(
        "select count(distinct entity_id) from kempt.membership where to_seq is null and record_id = any(%s::uuid[])",
        item["records"],
    )
    assert entities == 1
    assert dict(desk.state()["review"])[item["proposal_id"]] == "applied"
    assert demo_home.json("ledger", "verify")["northpeak"]["ok"]


def _next_day(folder: Path, day: str) -> str:
    """Yesterday's contacts with one new title; the key of the person who got it."""
    with (folder / DAYS[-1] / "Contact.csv").open(newline="", encoding="utf-8") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    whole = [row for row in rows if None not in row and None not in row.values()]
    whole[0]["Title"] = "Keeper of the Next Day"
    target = folder / day / "Contact.csv"
    target.parent.mkdir()
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(whole[0]))
        writer.writeheader()
        writer.writerows(whole)
    return str(whole[0]["Id"])


def test_running_the_demo_again_changes_nothing_although_dagster_forgot_all_runs(demo_home: Installation) -> None:
    before = {tenant: look_into(demo_home, tenant).state() for tenant in TENANTS}
    heads = _heads(demo_home)
    figures = demo_home.json("status")
    with connect(superuser(demo_home.settings, "postgres")) as connection:
        connection.execute("drop database dagster with (force)")

    said = demo_home.said(*DEMO)

    assert len(re.findall("nothing new", said)) == len(TENANTS) * len(DAYS)
    assert {tenant: look_into(demo_home, tenant).state() for tenant in TENANTS} == before
    assert _heads(demo_home) == heads
    assert demo_home.json("status") == figures


def _heads(installation: Installation) -> dict[str, list[tuple[Any, ...]]]:
    """The last event of every tenant's ledger."""
    query = "select seq, encode(hash, 'hex') from ledger.event order by seq desc limit 1"
    return {tenant: look_into(installation, tenant).sql(query) for tenant in TENANTS}
