"""The port to whatever compares records: the plan it takes, the pairs it gives, and what it offers.

A match spec, or what was read off undescribed files, compiles to one plan; every engine runs it to the same pairs,
levels and weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kempt.matching.conditions import Comparator
from kempt.matching.kernel.blocks import Blocks, Rule
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.program import Conditions, Program
from kempt.matching.kernel.runs import CORES, Scored
from kempt.matching.kernel.weights import LevelWeight, Weights
from kempt.matching.spec import Constraint, Level, MatchSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Records as codes, which of them are paired, how pairs are compared, and what each outcome weighs."""

    columns: Columns
    rules: Sequence[Rule]
    comparisons: Sequence[Sequence[Conditions]]
    """Of each comparison its levels: the first whose conditions all hold is the outcome."""
    constraints: Sequence[Conditions]
    prior: int
    """The weight every pair starts with, in millionths of a bit, as all weights here."""
    levels: Sequence[Sequence[LevelWeight]]

    @cached_property
    def program(self) -> Program:
        """Comparisons and constraints as the kernel runs them; it also packs levels into patterns."""
        return Program.of(self.columns, self.comparisons, self.constraints)

    @cached_property
    def weights(self) -> Weights:
        """The weights as the kernel reads them."""
        return Weights.of(self.program, self.prior, self.levels)

    @cached_property
    def blocks(self) -> Blocks:
        """The records of each rule's keys, and what was left out because a block was too large."""
        return Blocks.of(self.columns, self.rules, threads=CORES)

    def bits(self, left: NDArray[Any], right: NDArray[Any], levels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What each comparison weighs in pairs whose levels are known, a row a pair."""
        found = np.zeros(levels.shape, np.int64)
        for at, weights in enumerate(self.levels):
            for level, weight in enumerate(weights):
                rows = np.flatnonzero(levels[:, at] == level)
                found[rows, at] = self._weighed(weight, left[rows], right[rows])
        return found

    def _weighed(self, weight: LevelWeight, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.int64]:
        bits = np.full(len(left), weight.bits, np.int64)
        for frequency in weight.frequencies:
            codes = self.columns.columns[frequency.column].codes
            # A value that is not given says nothing: code -1 reads the number appended for it.
            most = np.iinfo(np.int32).max
            by_code = np.append(frequency.bits, np.int32(most)).astype(np.int64)
            rarest = np.minimum(by_code[codes[left]], by_code[codes[right]])
            bits += np.where(rarest == most, 0, rarest)
        return bits if weight.at_most is None else np.minimum(bits, weight.at_most)


class MatchEngine(Protocol):
    """Compares records as a plan says."""

    name: str
    comparators: frozenset[Comparator]

    def score(self, plan: Plan, cut: int) -> Scored:
        """Every candidate pair once that weighs at least `cut`, by left and right."""
        ...

    def score_pairs(self, plan: Plan, left: NDArray[Any], right: NDArray[Any]) -> Scored:
        """The given pairs, in their order."""
        ...


def not_offered(spec: MatchSpec, engine: MatchEngine) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The place in the spec and the words for every comparator that the engine lacks."""
    for path, part, conditional in _conditionals(spec):
        for condition in conditional.conditions:
            if condition.comparator not in engine.comparators:
                offered = ", ".join(sorted(engine.comparators))
                yield (
                    (*path, "when", condition.column),
                    (
                        f"{part} uses '{condition.comparator}', which the {engine.name} engine does not offer. "
                        f"It offers: {offered}. Choose one, or name another engine."
                    ),
                )


def _conditionals(spec: MatchSpec) -> Iterator[tuple[tuple[str | int, ...], str, Level | Constraint]]:
    for at, comparison in enumerate(spec.comparisons):
        for position, level in enumerate(comparison.levels):
            yield ("comparisons", at, "levels", position), f"comparison '{comparison.name}'", level
    for at, constraint in enumerate(spec.constraints):
        yield ("constraints", at), f"constraint '{constraint.id}'", constraint
