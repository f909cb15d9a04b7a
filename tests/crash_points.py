"""A run that kills itself at a named point: `python -m tests.crash_points POINT COMMANDS`.

The product holds no hooks for this. The points are put around its functions before Dagster's assets import them.
"""

import functools
import importlib
import os
import signal
import sys
from typing import Any

DONE = {
    "land_extracts": "land",
    "standardize": "standardize",
    "gate": "gate",
    "canonicalize": "canonicalize",
    "score_pairs": "match",
    "cluster_records": "cluster",
    "assign_identity": "assign_identity",
    "compose_golden": "compose",
    "ask_providers": "ask_providers",
    "check_hygiene": "check_hygiene",
    "propose": "propose",
    "publish_marts": "publish",
    "settle_extracts": "settle",
}
"""Steps that wrote their whole result, which Dagster does not know of: function and module."""

WRITING = ("identity_rows", "compose", "record_proposals")
"""Steps that wrote to the ledger and have not committed: modules that append."""

POINTS = (*(f"after {name}" for name in DONE), *(f"while {name} writes" for name in WRITING))


def arm(point: str) -> None:
    """Put the point into the product."""
    if point.startswith("after "):
        name = point.removeprefix("after ")
        module = importlib.import_module(f"kempt.usecases.{DONE[name]}")
        setattr(module, name, _then_killed(getattr(module, name)))
    else:
        module = importlib.import_module(f"kempt.usecases.{point.split()[1]}")
        module.append = _then_killed(module.append)  # type: ignore[attr-defined]


def _then_killed(function: Any) -> Any:
    @functools.wraps(function)
    def killed(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return killed


if __name__ == "__main__":
    arm(sys.argv[1])
    importlib.import_module("orchestration.launch").main(sys.argv[2:])
