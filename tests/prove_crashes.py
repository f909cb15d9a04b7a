"""A run killed at any moment, then run again, ends where an undisturbed one ends: run by tests/prove.py alone."""

import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.pipeline import COUNTS, commands, fresh_home
from kempt.cli.children import dagster_environment, end, project
from kempt.sample.sources import DAYS
from kempt.settings import Settings
from kempt.usecases.prepare_sample import prepare_sample
from kempt.usecases.status import status
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import open_lake
from tests.crash_points import POINTS
from tests.prove import keep
from tests.sizes import seed, size

pytestmark = pytest.mark.prove

RECORDS = 400
FIGURES = (*COUNTS, "proposals", "pending_review", "quarantined_by_rule", "ledger_ok")


def test_killed_at_random_moments_it_ends_in_the_same_state(record_property: Callable[[str, object], None]) -> None:
    chance, kills = random.Random(seed()), size(2)
    with fresh_home() as settings:
        prepare_sample(settings, records=RECORDS, seed=seed())
        began = time.monotonic()
        assert work(settings) == 0
        whole = time.monotonic() - began
        undisturbed = state(settings)

    with fresh_home() as settings:
        prepare_sample(settings, records=RECORDS, seed=seed())
        moments = [round(chance.uniform(0.1, 0.6) * whole, 1) for _ in range(kills)]
        killed = sum(work(settings, killed_after=moment) != 0 for moment in moments)
        assert work(settings) == 0
        disturbed = state(settings)

    keep(record_property, killed=killed, seconds_until_killed=moments, undisturbed_seconds=round(whole, 1))
    assert disturbed == undisturbed
    assert killed > 0


def test_killed_at_each_named_point_it_ends_in_the_same_state(record_property: Callable[[str, object], None]) -> None:
    times = size(1)
    with fresh_home() as settings:
        prepare_sample(settings, records=RECORDS, seed=seed())
        assert work(settings) == 0
        undisturbed = state(settings)

    with fresh_home() as settings:
        prepare_sample(settings, records=RECORDS, seed=seed())
        # What was done before a point stays done: each run goes a little further than the one before it.
        killed = Counter(point for point in POINTS for _ in range(times) if work(settings, point=point) != 0)
        assert work(settings) == 0
        disturbed = state(settings)

    keep(record_property, killed=dict(killed))
    assert disturbed == undisturbed
    # A step whose work is done and recorded may have nothing left to do; the first kill of each must have hit.
    assert set(killed) == set(POINTS)


def work(settings: Settings, killed_after: float | None = None, point: str | None = None) -> int:
    """Two days of both tenants in a process like the one `kempt run` starts; its exit status."""
    module = ("tests.crash_points", point) if point else ("orchestration.launch",)
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / "runs.log").open("a") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", *module, commands(DAYS[:2])],
            cwd=project(settings), env=dagster_environment(settings), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            return child.wait(killed_after)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
        finally:
            end(child.pid)


def state(settings: Settings) -> dict[str, Any]:
    """What there is to see of each tenant, told without the ids and digests that depend on an installation's keys."""
    tenants = Tenants(settings)
    return {name: state_of(tenants.open(name)) for name in tenants.names()}


def state_of(tenant: Tenant) -> dict[str, Any]:
    with open_lake(tenant.lake) as lake:
        figures = status(tenant, lake).as_json()
        records = {}
        for kind in ("person", "company"):
            found = lake.execute(f"select * exclude (entity_id) from golden_{kind}")
            records[kind] = sorted(digest(row) for row in found.fetchall())
    with tenant.database.transaction(tenant.name) as connection:
        members = connection.execute("select entity_id, record_id::text from kempt.membership where to_seq is null")
        groups = defaultdict(set)
        for entity, record in members:
            groups[entity].add(record)
    return {
        **{
            name: figures[name] for name in (*COUNTS, "proposals", "pending_review", "quarantined_by_rule", "ledger_ok")
        },
        "golden": records,
        "groups": sorted(digest(sorted(group)) for group in groups.values()),
    }


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()
