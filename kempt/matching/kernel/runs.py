"""Runs a program over the pairs of blocks, or over given pairs, on several threads.

What comes out depends neither on the number of threads nor on the order of the records.
"""

import ctypes
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel import library as native
from kempt.matching.kernel.blocks import Blocks, RuleBlocks
from kempt.matching.kernel.library import Found, address, done, library
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.weights import NO_CUT, Weights

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")

CORES = os.cpu_count() or 1
"""Threads that can work at once; what comes out is the same with any number."""

# Pairs below which a task is not worth handing out, and how many tasks a thread gets, so that none waits long.
_SMALL_TASK, _TASKS_PER_THREAD = 50_000, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The pairs that were compared, by the rules that make them."""

    pairs: int
    """Distinct ones."""
    measures: int
    """Comparisons of two different values that codes and descriptions did not settle."""
    by_rule: tuple[int, ...]
    """Pairs that each rule makes, also those that an earlier one makes too."""
    alone: tuple[int, ...]
    """Pairs that no other rule makes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histogram:
    """How many pairs have which pattern; patterns ascend."""

    patterns: NDArray[np.uint64]
    counts: NDArray[np.int64]
    met: Met


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """The pairs whose total reaches the cut, by left and right: numbers of records, left before right."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    pattern: NDArray[np.uint64]
    bits: NDArray[np.int64]
    """The prior and all comparisons, in millionths."""
    rules: NDArray[np.uint64]
    """One bit per rule that makes the pair; the lowest is the rule under which it was found."""
    broken: NDArray[np.uint64]
    """One bit per constraint whose conditions hold."""
    met: Met

    def at_least(self, cut: int) -> "Scored":
        """Only the pairs that weigh at least `cut`."""
        kept = self.bits >= cut
        return replace(self, **{name: getattr(self, name)[kept] for name in native.ROW.names or ()})


def histogram(program: Program, blocks: Blocks, *, threads: int = 1) -> Histogram:
    """The patterns of all pairs of the blocks."""
    return _histogram(*_run_blocks(program, blocks, None, threads))


def score(program: Program, blocks: Blocks, weights: Weights, cut: int, *, threads: int = 1) -> Scored:
    """The pairs of the blocks that weigh at least `cut`."""
    rows, _, met = _run_blocks(program, blocks, weights.native(cut), threads)
    return _scored(rows, met, np.argsort(rows["left"].astype(np.int64) << 32 | rows["right"]))


def score_across(
    program: Program,
    blocks: Blocks,
    weights: Weights,
    cut: int,
    parts: tuple[int, NDArray[Any], NDArray[Any]],
) -> Scored:
    """The pairs of each record of one part of a block with each of another that weigh at least `cut`.

    `parts` are the block's rule and the records of both, ascending, the first part before the second.
    """
    rule, earlier, later = parts
    if len(earlier) and len(later) and earlier[-1] >= later[0]:
        raise ValueError("the first part of a block must lie before the second.")
    rules, held = blocks.native
    members = np.concatenate([earlier, later]).astype(np.int32)
    starts, found = np.array([0, len(members)], np.int64), Found()
    made = native.Blocks(rule, 1, address(starts), address(members), len(earlier))
    structs = _structs(program, rules, weights.native(cut), made)
    done(library().kernel_run(*structs, 0, len(earlier), ctypes.byref(found)))
    rows, _, met = _merged([found], len(blocks.rules))
    del held
    return _scored(rows, met)


def scores_of_pairs(
    program: Program,
    weights: Weights,
    left: NDArray[Any],
    right: NDArray[Any],
    *,
    cut: int = NO_CUT,
    blocks: Blocks | None = None,
    threads: int = 1,
) -> Scored:
    """The given pairs, in their order, with what they weigh; with the rules of the blocks that make them."""
    rows, _, met = _run_pairs(program, blocks, weights.native(cut), left, right, threads)
    return _scored(rows, met)


def levels_of_pairs(
    program: Program, left: NDArray[Any], right: NDArray[Any], *, threads: int = 1
) -> NDArray[np.uint8]:
    """The outcome of every comparison, a row per given pair."""
    one, other = _pairs(program, left, right)
    levels = np.zeros((len(one), len(program.levels)), np.uint8)

    def run(part: slice) -> None:
        x, y = one[part], other[part]
        done(library().kernel_levels(*_structs(program), address(x), address(y), len(x), address(levels[part])))

    _on_threads(run, _slices(len(one), threads), threads)
    return levels


def totals_of_levels(
    program: Program,
    weights: Weights,
    left: NDArray[Any],
    right: NDArray[Any],
    levels: NDArray[np.uint8],
    *,
    threads: int = 1,
) -> NDArray[np.int64]:
    """What the given pairs weigh in all, whose levels, a row a pair, are known: nothing is compared again."""
    one, other = _pairs(program, left, right)
    known = np.ascontiguousarray(levels, np.uint8)
    if known.shape != (len(one), len(program.levels)) or np.any(known >= np.array(program.levels)):
        raise ValueError("the levels do not fit the pairs and the comparisons.")
    totals, native_weights = np.zeros(len(one), np.int64), weights.native(NO_CUT)

    def run(part: slice) -> None:
        x, y = one[part], other[part]
        pairs = (address(x), address(y), len(x), address(known[part]), address(totals[part]))
        library().kernel_weigh(*_structs(program, native_weights), *pairs)

    _on_threads(run, _slices(len(one), threads), threads)
    return totals


_Merged = tuple[NDArray[np.void], NDArray[np.void], Met]


def _run_blocks(program: Program, blocks: Blocks, weights: ctypes.Structure | None, threads: int) -> _Merged:
    rules, held = blocks.native
    total = sum(int(rule.pairs.sum()) for rule in blocks.rules)
    size = max(_SMALL_TASK, total // (threads * _TASKS_PER_THREAD))
    tasks = [(at, part) for at, rule in enumerate(blocks.rules) for part in _parts(rule, size)]

    def run(task: tuple[int, tuple[int, int]]) -> Found:
        at, (first, last) = task
        rule, found = blocks.rules[at], Found()
        made = native.Blocks(at, len(rule.sizes), address(rule.starts), address(rule.members), 0)
        done(library().kernel_run(*_structs(program, rules, weights, made), first, last, ctypes.byref(found)))
        return found

    merged = _merged(_on_threads(run, tasks, threads), len(blocks.rules))
    del held
    return merged


def _parts(rule: RuleBlocks, size: int) -> list[tuple[int, int]]:
    """Ranges of members that make about `size` pairs each; a large block is cut inside."""
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(rule.pairs)])
    targets = np.arange(size, sums[-1], size)
    block = np.searchsorted(sums, targets, side="right") - 1
    # Its first k members make k*s - k*(k+1)/2 pairs; solved for k.
    s, rest = rule.sizes[block], targets - sums[block]
    k = np.floor((2 * s - 1 - np.sqrt(np.maximum(0.0, (2.0 * s - 1) ** 2 - 8 * rest))) / 2).astype(np.int64)
    cuts = np.unique([0, *(rule.starts[block] + k), len(rule.members)]).tolist()
    return list(zip(cuts[:-1], cuts[1:], strict=True))


def _run_pairs(
    program: Program,
    blocks: Blocks | None,
    weights: ctypes.Structure,
    left: NDArray[Any],
    right: NDArray[Any],
    threads: int,
) -> _Merged:
    rules, held = (native.Rules(0, None, None), ()) if blocks is None else blocks.native
    one, other = _pairs(program, left, right)

    def run(part: slice) -> Found:
        found, x, y = Found(), one[part], other[part]
        structs = _structs(program, rules, weights)
        done(library().kernel_run_pairs(*structs, address(x), address(y), len(x), ctypes.byref(found)))
        return found

    merged = _merged(_on_threads(run, _slices(len(one), threads), threads), len(blocks.rules) if blocks else 0)
    del held
    return merged


def _structs(program: Program, *more: ctypes.Structure | None) -> list[Any]:
    structs = (program.records, program.native, *more)
    return [None if struct is None else ctypes.byref(struct) for struct in structs]


def _pairs(program: Program, left: NDArray[Any], right: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    one, other = np.ascontiguousarray(left, np.int32), np.ascontiguousarray(right, np.int32)
    for side in (one, other):
        if len(side) and not 0 <= side.min() <= side.max() < program.columns.records:
            raise ValueError("a pair names a record that there is not.")
    if len(one) != len(other):
        raise ValueError("left and right are of different length.")
    return one, other


def _slices(count: int, threads: int) -> list[slice]:
    size = max(_SMALL_TASK, -(-count // (threads * _TASKS_PER_THREAD)))
    return [slice(at, min(at + size, count)) for at in range(0, count, size)]


def _on_threads(run: Callable[[_Task], _Result], tasks: Iterable[_Task], threads: int) -> list[_Result]:
    if threads == 1:
        return [run(task) for task in tasks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, tasks))


def _merged(parts: list[Found], rules: int) -> _Merged:
    """The rows in the order of the tasks, the cells of all, and the sums of what was met."""
    rows = np.empty(sum(found.row_count if found.rows else 0 for found in parts), native.ROW)
    cells, at = [np.empty(0, native.CELL)], 0
    for found in parts:
        # One after the other, so that nothing is held twice but one of them.
        some, counted = found.take()
        rows[at : at + len(some)] = some
        cells.append(counted)
        at += len(some)
    met = Met(
        pairs=sum(found.pairs for found in parts),
        measures=sum(found.strings for found in parts),
        by_rule=tuple(sum(found.by_rule[at] for found in parts) for at in range(rules)),
        alone=tuple(sum(found.alone[at] for found in parts) for at in range(rules)),
    )
    return rows, np.concatenate(cells), met


def _histogram(rows: NDArray[np.void], cells: NDArray[np.void], met: Met) -> Histogram:
    patterns, places = np.unique(cells["pattern"], return_inverse=True)
    counts = np.zeros(len(patterns), np.int64)
    np.add.at(counts, places, cells["pairs"])
    return Histogram(patterns=patterns, counts=counts, met=met)


def _scored(rows: NDArray[np.void], met: Met, order: NDArray[np.int64] | slice = slice(None)) -> Scored:
    return Scored(met=met, **{name: np.ascontiguousarray(rows[name][order]) for name in native.ROW.names or ()})
