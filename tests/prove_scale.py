"""Large amounts, measured: run by tests/prove.py alone, which keeps the figures."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from assets.batch_gate import GreatExpectationsBatchGate
from benchmarks import accuracy
from benchmarks.pipeline import GOALS, fresh_home, run_days
from expectations.rows import evaluate_rows
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import Database, copy_in
from kempt.records.model import OBJECT_TYPES
from kempt.sample.generate import generate
from kempt.sample.sources import DAYS
from kempt.settings import Settings
from kempt.usecases.canonicalize import canonicalize
from kempt.usecases.gate import gate
from kempt.usecases.land import land_source
from kempt.usecases.prepare_sample import TENANTS, prepare_sample
from kempt.usecases.sign_checkpoint import sign_checkpoint, verify_ledger
from kempt.usecases.standardize import standardize
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import open_lake
from tests.prove import keep
from tests.sizes import seed, size

pytestmark = pytest.mark.prove

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
Record = Callable[[str, Any], None]


class Clock:
    """Adds up seconds by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began


def a_golden_change(number: int) -> Event:
    """An event of the usual length."""
    entity = f"per_{stable_id('entity', str(number)).replace('-', '')[:24]}"
    body = {
        "entity_id": entity, "entity_type": "person", "digest": stable_id("digest", str(number)) * 2, "before": None,
        "attributes": ["city", "company_name", "email", "full_name", "phone"], "policy_version": "survivorship-1",
    }  # fmt: skip
    return Event(event_id=stable_id("bulk", str(number)), type="golden_record_changed.v1", body=body)


def test_a_large_ledger_is_appended_and_verified(
    database: Database,
    tenant: str,
    postgres_home: Settings,
    as_superuser: psycopg.Connection,
    record_property: Record,
) -> None:
    count, clock = size(1_000), Clock()
    events = [a_golden_change(number) for number in range(count)]

    with clock("append"), database.transaction(tenant) as connection:
        appended = append(connection, events, NOW)
    with clock("sign"):
        sign_checkpoint(database, postgres_home, tenant)
    with clock("verify"):
        verified = verify_ledger(database, postgres_home, tenant)
    with clock("copy_of_rows"):
        copy_row_by_row(as_superuser, events)
    copied = {
        name: copy_of_the_same_bytes(as_superuser, tenant, clock, name, like)
        for name, like in (("plain_copy", ""), ("indexed_copy", "including indexes"))
    }

    seconds = clock.seconds
    keep(
        record_property,
        **{f"{name}_per_second": round(count / each) for name, each in seconds.items()},
        copies_of_rows_in_one_append=round(seconds["append"] / seconds["copy_of_rows"], 1),
        plain_copies_in_one_append=round(seconds["append"] / seconds["plain_copy"], 1),
        indexed_copies_in_one_append=round(seconds["append"] / seconds["indexed_copy"], 1),
    )
    assert (appended.appended, verified.ok, verified.events) == (count, True, count)
    assert set(copied.values()) == {count}


def copy_row_by_row(connection: psycopg.Connection, events: list[Event]) -> None:
    """A plain COPY of the events as a client makes it: into a table without indexes, each row written by the driver."""
    connection.execute("create table rows (like ledger.event)")
    rows = (
        ("t", n, each.event_id, each.type, NOW, json.dumps(each.body), b"p" * 32, b"h" * 32)
        for n, each in enumerate(events)
    )
    with connection.transaction():
        copy_in(connection, "rows", ("tenant", "seq", "event_id", "type", "at", "body", "prev", "hash"), rows)


def copy_of_the_same_bytes(connection: psycopg.Connection, tenant: str, clock: Clock, name: str, like: str) -> int:
    """A plain COPY of the events into a table of that name, without our functions and triggers; how many came."""
    rows = "select * from ledger.event where tenant = %s"
    with connection.cursor() as cursor, cursor.copy(f"copy ({rows}) to stdout (format binary)", [tenant]) as out:
        content = b"".join(bytes(block) for block in out)
    connection.execute(f"create table {name} (like ledger.event {like})")
    with connection.cursor() as cursor:
        with clock(name), connection.transaction(), cursor.copy(f"copy {name} from stdin (format binary)") as copy:
            copy.write(content)
        return cursor.rowcount


def test_a_large_sample_is_complete(record_property: Record) -> None:
    count, clock = size(10_000), Clock()
    with tempfile.TemporaryDirectory(prefix="kempt-sample-") as folder:
        with clock("generate"):
            report = generate(Path(folder), records=count, seed=seed())
        megabytes = sum(file.stat().st_size for file in report.files) / 1e6

    by_day = [sum(rows for (_, _, day), rows in report.rows.items() if day == wanted) for wanted in DAYS]
    seconds = round(clock.seconds["generate"], 1)
    keep(record_property, generate_seconds=seconds, megabytes=round(megabytes), rows_by_day=by_day)
    assert by_day[0] == count


def test_raw_is_canonical_or_set_aside(record_property: Record) -> None:
    count, clock = size(1_000), Clock()
    with fresh_home() as settings:
        prepare_sample(settings, records=count, seed=seed())
        tenants = [Tenants(settings).open(name) for name in TENANTS]
        for tenant in tenants:
            with clock("land"):
                land_first_day(tenant)
            for name, step in (("standardize", standardize), ("gate", judge), ("canonicalize", canonicalize)):
                with clock(name):
                    step(tenant)
        counted = [count_records(tenant) for tenant in tenants]

    seconds = {name: round(each, 1) for name, each in clock.seconds.items()}
    canonical, aside = (sum(each) for each in zip(*counted, strict=True))
    keep(
        record_property,
        seconds=round(sum(seconds.values()) - seconds["land"], 1),
        goal_seconds=GOALS["raw to canonical"],
        seconds_by_step=seconds,
        canonical=canonical,
        quarantined=aside,
    )
    assert canonical + aside > 0.999 * count


def land_first_day(tenant: Tenant) -> None:
    with open_lake(tenant.lake) as lake:
        for declaration in tenant.declarations:
            land_source(tenant, declaration, DAYS[0], lake, GreatExpectationsBatchGate())


def judge(tenant: Tenant) -> None:
    with open_lake(tenant.lake) as lake:
        gate(tenant, lake, evaluate_rows)


def count_records(tenant: Tenant) -> tuple[int, int]:
    """Canonical records, and rows in quarantine."""
    with open_lake(tenant.lake) as lake:
        found = [lake.execute(f"select count(*) from {kind}").fetchone() for kind in OBJECT_TYPES]
        aside = lake.execute("select count(distinct coalesce(record_id, quarantine_id)) from quarantine").fetchone()
    return sum(row[0] for row in found if row), aside[0] if aside else 0


def test_the_whole_way_adds_up(record_property: Record) -> None:
    count = size(1_000)
    with fresh_home() as settings:
        figures = run_days(settings, records=count, seed=seed()).figures()

    names = ("end_to_end", "raw_to_canonical", "records_per_second", "peak_rss_mb", "load", "machine", "days")
    raw = sum(tenant["raw"] for tenant in figures["tenants"].values())
    keep(record_property, goal_seconds=GOALS["end to end"], raw=raw, **{name: figures[name] for name in names})
    # `status` itself refuses figures where raw is not canonical and quarantined together.
    assert raw > 0.999 * count
    assert all(tenant["ledger_ok"] for tenant in figures["tenants"].values())


def test_the_crosswalk_is_right(record_property: Record) -> None:
    with fresh_home() as settings:
        run_days(settings, records=size(2_000), seed=seed(), days=DAYS)
        found = accuracy.measure(settings)

    keep(record_property, **found)
    for scores in (each for kinds in found.values() for each in kinds.values()):
        assert scores["pairwise"]["precision"] > 0.99, scores
        assert scores["only_predicted"] == 0, scores
