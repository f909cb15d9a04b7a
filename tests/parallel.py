"""A plugin for pytest: several workers for `make test`, how many, and which files each gets.

A file stays on one worker, because what its module sets up serves all of its tests; so do all files that look at the
demo's installation. What takes longest begins first, so that no worker ends alone with it. Nothing else is shared:
each worker has a PostgreSQL, folders and ports of its own.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
MOST_WORKERS = 4
MEMORY_EACH = 4 * 2**30
"""Bytes of a worker with a browser, PostgreSQL and Dagster's processes beside it."""
DEMO = "what looks at the demo"
LONGEST = (
    DEMO,
    "tests/e2e/test_crash.py",
    "tests/contracts/test_store_contract.py",
    "tests/web/test_browser.py",
    "tests/usecases/test_review.py",
    "tests/usecases/test_days.py",
    "tests/usecases/test_reopen.py",
    "tests/usecases/test_rebuild_matches.py",
    "tests/warehouse/test_standardizing.py",
    "tests/usecases/test_compose.py",
    "tests/usecases/test_apply_decided.py",
    "tests/usecases/test_erase.py",
    "tests/usecases/test_digest.py",
    "tests/cli/test_up.py",
    "tests/usecases/test_reconcile.py",
    "tests/usecases/test_unmerge.py",
    "tests/usecases/test_policy_life.py",
    "tests/ledger/test_server.py",
    "tests/e2e/test_hostile_input.py",
    "tests/orchestration/test_definitions.py",
    "tests/warehouse/test_models.py",
    "tests/usecases/test_decide.py",
)
"""By measured seconds; what is not named comes after these."""


def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means."""
    return workers(processors=len(os.sched_getaffinity(0)), memory=psutil.virtual_memory().total)


def workers(*, processors: int, memory: int) -> int:
    """One for each processor, if it has its share of `memory` bytes; never so many that all wait for one disk."""
    return max(1, min(MOST_WORKERS, processors, round(memory / MEMORY_EACH)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    """What `--dist loadfile` means."""
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return WholeFiles(config, log)


class WholeFiles(LoadScopeScheduling):
    """Hands out whole groups of files, in the order of their tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid.partition("::")[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: rank(item.nodeid.partition("::")[0]))


def rank(file: str) -> int:
    """When the group of a file has its turn."""
    return LONGEST.index(group(file)) if group(file) in LONGEST else len(LONGEST)


@cache
def group(file: str) -> str:
    """The name of what stays on one worker: a file, unless a test in it takes the demo's installation."""
    return DEMO if "demo_home:" in (ROOT / file).read_text(encoding="utf-8") else file
