"""Seconds by stage from raw files to golden records, on a fresh installation.

Usage: python -m benchmarks.pipeline [--records N ...] [--seed SEED] [--json FILE]
N records arrive on the first day, about one in a hundred changes on the second. Both demo tenants run one after the
other in one process, as `kempt demo` runs them.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from kempt.cli.children import messages
from kempt.errors import KemptError
from kempt.ledger.server import ensure_server, stop_server
from kempt.sample.sources import DAYS
from kempt.settings import Settings
from kempt.usecases.add_tenant import add_tenant
from kempt.usecases.prepare_sample import TENANTS, prepare_sample
from kempt.usecases.status import status
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import open_lake

ROOT = Path(__file__).parents[1]
GOALS = {"end to end": 90.0, "raw to canonical": 20.0}
"""Seconds for 100,000 records."""
RAW_TO_CANONICAL = ("standardize", "quarantine", "canonicalize")
COUNTS = ("raw", "quarantined", "canonical", "entities", "events")
STARTING = "start of the process"
BETWEEN = "between steps"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, and of processor in the launcher and its workers; the database's are not among them."""

    seconds: float = 0.0
    cpu: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds + other.seconds, self.cpu + other.cpu)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds - other.seconds, self.cpu - other.cpu)


Stages = dict[str, Cost]
Report = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One size. `days` holds what each stage cost, both tenants together; the process's start is in the first day."""

    records: int
    seed: int
    generate_seconds: float
    days: dict[str, Stages]
    peak_rss_mb: float
    load: float
    tenants: dict[str, dict[str, Any]]

    def figures(self) -> dict[str, Any]:
        """For machines: everything, and the two times that have a goal."""
        first = self.days[DAYS[0]]
        end_to_end = sum(first.values(), Cost())
        return asdict(self) | {
            "end_to_end": asdict(end_to_end),
            "raw_to_canonical": asdict(sum((first.get(stage, Cost()) for stage in RAW_TO_CANONICAL), Cost())),
            "records_per_second": self.records / end_to_end.seconds,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        }


@contextmanager
def fresh_home() -> Iterator[Settings]:
    """An installation on an empty folder with the demo's tenants; stopped and gone at the end."""
    with tempfile.TemporaryDirectory(prefix="kempt-bench-") as folder:
        home = Path(folder) / "home"
        settings = Settings(home=home, project=ROOT, master_key_file=home / "keys" / "master.key")
        try:
            ensure_server(settings)
            for name in TENANTS:
                add_tenant(settings, name)
            yield settings
        finally:
            stop_server(settings)


def commands(days: Iterable[str]) -> str:
    """Land and settle each day, tenant by tenant."""
    return ", ".join(f"land {name} {day}, settle {name} {day}" for day in days for name in TENANTS)


def follow(reports: Iterable[tuple[Cost, Report]]) -> dict[str, Stages]:
    """What each stage cost by day, from reports and what had been spent when they came; the gaps have names too."""
    days: dict[str, Stages] = {}
    started, in_steps, steps = Cost(), Cost(), {}
    stages: Stages = {}
    for spent, report in reports:
        match report:
            case {"event": "run_started", "day": day}:
                if not days:
                    days[day] = {STARTING: spent}
                stages, started, in_steps = days.setdefault(day, {}), spent, Cost()
            case {"event": "step_start", "step": step}:
                steps[step] = spent
            case {"event": "step_success", "step": step}:
                name, cost = step.removeprefix("kempt__"), spent - steps[step]
                stages[name] = stages.get(name, Cost()) + cost
                in_steps += cost
            case {"event": "run_ended"}:
                stages[BETWEEN] = stages.get(BETWEEN, Cost()) + (spent - started - in_steps)
    return days


def launched(arguments: Iterator[Report], peak_mb: list[float]) -> Iterator[tuple[Cost, Report]]:
    """Each report with what the launcher had spent when it came; the largest memory it reached goes to `peak_mb`."""
    began, over = time.perf_counter(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(over, peak_mb), daemon=True)
    watcher.start()
    try:
        for report in arguments:
            if report.get("ok") is False:
                raise SystemExit(f"{report['tenant']} {report['day']}: {report['problem']}")
            yield Cost(time.perf_counter() - began, sum(map(_cpu, _launched()))), report
    finally:
        over.set()
        watcher.join()


def _watch(over: threading.Event, peak_mb: list[float]) -> None:
    while not over.wait(0.2):
        with suppress(psutil.NoSuchProcess):
            peak_mb.append(sum(each.memory_info().rss for each in _launched()) / 1e6)


def _launched() -> list[psutil.Process]:
    """The launcher and what it started, which is the processes that standardize."""
    children = psutil.Process().children()
    launchers = [child for child in children if child.is_running() and "orchestration.launch" in child.cmdline()]
    return [*launchers, *(worker for launcher in launchers for worker in launcher.children())]


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        return sum(process.cpu_times()[:4])  # its own and that of children which ended, in user and system mode
    return 0.0


def run_days(settings: Settings, *, records: int, seed: int, days: Iterable[str] = DAYS[:2]) -> Measured:
    """Generates the sample and works the days through in one launcher process."""
    began = time.perf_counter()
    prepare_sample(settings, records=records, seed=seed)
    generated, peak_mb = time.perf_counter() - began, [0.0]
    costs = follow(launched(messages(settings, [commands(days)]), peak_mb))
    return Measured(
        records=records,
        seed=seed,
        generate_seconds=generated,
        days=costs,
        peak_rss_mb=max(peak_mb),
        load=os.getloadavg()[1],
        tenants=_figures(settings),
    )


def _figures(settings: Settings) -> dict[str, dict[str, Any]]:
    tenants = Tenants(settings)
    figures = {}
    for name in tenants.names():
        opened = tenants.open(name)
        with open_lake(opened.lake) as lake:
            figures[name] = status(opened, lake).as_json()
    return figures


def measure(size: tuple[int, int]) -> dict[str, Any]:
    """One size (records, seed) on an installation of its own."""
    records, seed = size
    with fresh_home() as settings:
        try:
            return run_days(settings, records=records, seed=seed).figures()
        except KemptError:
            # The folder is gone in a moment, and with it what Dagster said.
            sys.stderr.write((settings.logs / "runs.log").read_text()[-4_000:])
            raise


def table(found: Report) -> str:
    """The figures of one size for a person."""
    days = found["days"]
    lines = [
        f"{found['records']:,} records, seed {found['seed']}; {found['machine']}; load {found['load']:.1f}",
        f"{'seconds (processor)':<24}" + "".join(f"{day:>18}" for day in days),
    ]
    for stage in dict.fromkeys(stage for stages in days.values() for stage in stages):
        costs = (stages.get(stage, {"seconds": 0.0, "cpu": 0.0}) for stages in days.values())
        lines.append(f"{stage:<24}" + "".join(map(_cell, costs)))
    lines.append(f"{'in all':<24}" + "".join(_cell(_total(stages.values())) for stages in days.values()))
    for name, goal in GOALS.items():
        lines.append(f"{name:<24}{_cell(found[name.replace(' ', '_')])}   goal {goal:.0f} s for 100,000 records")
    lines.append(
        f"{found['records_per_second']:,.0f} records/s on the first day; peak {found['peak_rss_mb']:,.0f} MB; "
        f"generated in {found['generate_seconds']:.1f} s"
    )
    for name, figure in found["tenants"].items():
        lines.append(f"{name}: " + ", ".join(f"{figure[count]:,} {count}" for count in COUNTS))
    return "\n".join(lines)


def _total(costs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    return asdict(sum((Cost(**cost) for cost in costs), Cost()))


def _cell(cost: Mapping[str, float]) -> str:
    return f"{cost['seconds']:>9.1f}" + f"({cost['cpu']:.1f})".rjust(9)


def main() -> None:
    """Measures each size in a process of its own, so that no size finds another's memory."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline", description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, nargs="+", default=[10_000], metavar="N")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here as well")
    options = parser.parse_args()
    found, sizes = [], [(records, options.seed) for records in options.records]
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for each in pool.imap(measure, sizes):
            print(table(each), end="\n\n", flush=True)
            found.append(each)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=2, default=str))


if __name__ == "__main__":
    main()
