"""Rounds: every tool once on a set, then again, so that a busy minute of the machine hits all of them."""

import json
import shutil
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.matching.runs import Limits, Run, run
from benchmarks.matching.sets import Set, read_clusters
from benchmarks.matching.tools import Tool, python_of
from kempt.matching.evaluate import Evaluation, evaluate


@dataclass(slots=True, kw_only=True)
class Result:
    """What one tool did on one set: its runs, and the scores of the first. `failure` says why there are none."""

    tool: str
    set: str
    records: int
    runs: list[Run] = field(default_factory=list)
    scores: Evaluation | None = None
    other_scores: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    failure: str = ""

    def median(self, figure: str) -> float:
        """The median of `wall`, `cpu` or `memory`."""
        return statistics.median(getattr(each, figure) for each in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harness:
    """Where runs happen, how often, and what one may take."""

    work: Path
    rounds: int
    limits: Limits
    progress: Callable[[str], None]

    def measure(self, one: Set, tools: Sequence[Tool]) -> list[Result]:
        """All rounds of all tools on a set; a tool that failed is not asked again."""
        truth = one.answers()
        results = {tool.name: Result(tool=tool.name, set=one.name, records=one.size) for tool in tools}
        pythons = {tool.name: self._python(tool, results[tool.name]) for tool in tools}
        for turn in range(self.rounds):
            # Each round begins with another tool: who comes first finds a cooler machine.
            for tool in [*tools[turn % len(tools) :], *tools[: turn % len(tools)]]:
                result = results[tool.name]
                if not result.failure:
                    self._run(tool, one, pythons[tool.name], truth, result)
        for tool in tools:
            result = results[tool.name]
            if tool.counts and not result.failure:
                result.notes["pairs"] = self._count(tool, one, pythons[tool.name])
        return list(results.values())

    def _python(self, tool: Tool, result: Result) -> Path:
        try:
            return python_of(tool, self.work / "environments", self.progress)
        except subprocess.CalledProcessError as problem:
            said = (problem.stderr or "").strip().splitlines()
            result.failure = f"cannot be installed: {said[-1][:160] if said else problem}"
            return Path()

    def _run(self, tool: Tool, one: Set, python: Path, truth: Mapping[str, str], result: Result) -> None:
        out = self._folder(tool, one)
        done = run(tool.command(python, one.records, one.plan, out, truth=one.truth), out, self.limits)
        result.failure = done.failure
        if not done.failure:
            result.failure = _judge(out, truth, result)
        if not result.failure:
            result.runs.append(done)
        self.progress(f"{one.name:<16} {tool.name:<14} {done.wall:8.1f} s {done.cpu:8.1f} CPU-s {result.failure}")

    def _count(self, tool: Tool, one: Set, python: Path) -> int | None:
        out = self._folder(tool, one)
        command = [*tool.command(python, one.records, one.plan, out, truth=one.truth), "--count"]
        done = run(command, out, self.limits)
        return None if done.failure else int(json.loads((out / "notes.json").read_text())["pairs"])

    def _folder(self, tool: Tool, one: Set) -> Path:
        """An empty folder for a run; the last one of each tool on each set stays, for looking."""
        out = self.work / "runs" / one.name.replace(" ", "-") / tool.name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        return out.absolute()


def _judge(out: Path, truth: Mapping[str, str], result: Result) -> str:
    """Scores a run, or says what is wrong with its clusters. Later runs may differ: then that is counted."""
    try:
        found = read_clusters(out / "clusters.csv")
    except (OSError, ValueError, KeyError) as problem:
        return f"no clusters: {type(problem).__name__}"
    if missing := len(truth.keys() - found.keys()):
        return f"{missing:,} of {len(truth):,} records are in no cluster"
    scores = evaluate(found, truth)
    if result.scores is None:
        result.scores = scores
        notes = out / "notes.json"
        result.notes = json.loads(notes.read_text()) if notes.exists() else {}
    elif scores != result.scores:
        result.other_scores += 1
    return ""
