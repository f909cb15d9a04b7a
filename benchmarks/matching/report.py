"""The results as a table for people and as JSON for machines."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.matching.rounds import Result
from benchmarks.matching.tools import Tool
from kempt.matching.evaluate import Scores

HEADINGS = ("set", "tool", "wall s", "CPU s", "GiB", "pairs", "pairwise P / R / F1", "B-cubed P / R / F1", "remarks")


def markdown(results: Sequence[Result], tools: Sequence[Tool], *, rounds: int) -> str:
    """One row for every tool on every set, the ones without figures too."""
    lines = [_line(HEADINGS), _line(["---"] * len(HEADINGS))]
    lines += [_line(_cells(each)) for each in results]
    means = "\n".join(f"* `{tool.name}`: {tool.means}" for tool in tools)
    return (
        f"Medians of {rounds} alternating rounds; {os.cpu_count()} processors ({platform.machine()}), "
        f"load of the last 15 minutes {os.getloadavg()[2]:.1f}.\n\n" + "\n".join(lines) + f"\n\n{means}\n"
    )


def as_json(results: Sequence[Result], tools: Sequence[Tool], asked: Mapping[str, object]) -> dict[str, Any]:
    """Everything that was measured, each run of it."""
    return {
        "asked": dict(asked),
        "machine": {"processors": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()},
        "tools": {tool.name: tool.means for tool in tools},
        "results": [_result(each) for each in results],
    }


def _result(result: Result) -> dict[str, Any]:
    figures: Mapping[str, Any] = {
        each: round(result.median(each), 3) for each in ("wall", "cpu", "memory") if result.runs and not result.failure
    }
    made = asdict(result)
    if result.scores:
        for name, scores in (("pairwise", result.scores.pairwise), ("bcubed", result.scores.bcubed)):
            made["scores"][name]["f1"] = scores.f1
    return made | {"medians": dict(figures)}


def _cells(result: Result) -> list[str]:
    if result.failure or result.scores is None:
        return [result.set, result.tool, *["-"] * 6, result.failure or "not run"]
    remarks = list(result.notes.get("remarks", []))
    if "answers" in result.notes:
        remarks.append(f"{result.notes['answers']} answers from the truth")
    if result.other_scores:
        remarks.append(f"{result.other_scores} of {len(result.runs)} runs scored differently")
    pairs = result.notes.get("pairs")
    return [
        result.set,
        result.tool,
        f"{result.median('wall'):,.1f}",
        f"{result.median('cpu'):,.1f}",
        f"{result.median('memory'):.2f}",
        "not told" if pairs is None else f"{pairs:,}",
        _three(result.scores.pairwise),
        _three(result.scores.bcubed),
        "; ".join(remarks),
    ]


def _three(scores: Scores) -> str:
    return f"{scores.precision:.4f} / {scores.recall:.4f} / **{scores.f1:.4f}**"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
