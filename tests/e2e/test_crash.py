"""A run that is killed at any moment is finished by the same command, as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from kempt.cli.children import dagster_environment
from kempt.ledger.server import ensure_server
from tests.factory import CRM, MONDAY, SHOP, Desk, new_desk
from tests.installation import ROOT, Installation, fresh_installation

# While rows are standardized, and while golden records are written; `make prove` kills at any moment.
MOMENTS = ("standardize", "golden_records")


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Two tenants with the same files: one run was killed again and again, the other was left alone."""

    killed: Desk
    spared: Desk
    reached: list[str]


@pytest.fixture(scope="module")
def twins() -> Iterator[Twins]:
    with fresh_installation() as installation:
        ensure_server(installation.settings)
        killed, spared = (new_desk(installation.settings, name) for name in ("killed", "spared"))
        for desk in (killed, spared):
            desk.drop("crm", MONDAY, CRM)
            desk.drop("shop", MONDAY, SHOP)
        reached = [_launch(installation, killed, moment) for moment in MOMENTS]
        for desk in (killed, spared):
            assert _launch(installation, desk, None) == "the end"
        yield Twins(killed=killed, spared=spared, reached=reached)


def _launch(installation: Installation, desk: Desk, moment: str | None) -> str:
    """Starts a run as `kempt run` does, and kills its whole process group when that step starts."""
    command = f"land {desk.name} {MONDAY}, hygiene {desk.name}, sensors"
    child = subprocess.Popen(
        [sys.executable, "-m", "orchestration.launch", command],
        env=dagster_environment(desk.settings) | {"KEMPT_HOME": str(installation.home)},
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stdout is not None
    for line in child.stdout:
        report = json.loads(line) if line.startswith("{") else {}
        if moment and report.get("event") == "step_start" and moment in str(report["step"]):
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return moment
    assert child.wait() == 0
    return "the end"


def test_each_kill_hit_a_run_at_work(twins: Twins) -> None:
    assert twins.reached == list(MOMENTS)


def test_a_killed_run_ends_as_one_that_was_spared(twins: Twins) -> None:
    assert _plain(twins.killed) == _plain(twins.spared)


def test_nothing_was_counted_or_written_twice(twins: Twins) -> None:
    counted = "select type, count(*) from ledger.event group by type order by type"

    assert twins.killed.sql(counted) == twins.spared.sql(counted)
    assert twins.killed.status().as_json() == twins.spared.status().as_json()


def _plain(desk: Desk) -> dict[str, Any]:
    """The state by source keys: ids and digests differ between tenants, as they must."""
    key = dict(desk.lake("select record_id, source || source_key from contact"))
    state = desk.state()
    members: dict[str, list[str]] = {}
    for record, entity in state["memberships"]:
        members.setdefault(entity, []).append(key[record])
    entity_of = {entity: tuple(sorted(keys)) for entity, keys in members.items()}
    cells = desk.lake("select entity_id, attribute, value, source, record_id from person_cell")
    return {
        "entities": sorted(entity_of.values()),
        "golden": sorted(entity_of[entity] for entity, _ in state["golden"]),
        "cells": sorted(
            (entity_of[entity], name, value, source, key[record]) for entity, name, value, source, record in cells
        ),
        "questions": sorted(tuple(sorted(keys)) for keys in desk.questions()),
        "extracts": state["extracts"],
        "redirects": state["redirects"],
    }
