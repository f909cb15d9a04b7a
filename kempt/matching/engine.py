"""The port to whatever compares records: the plan it takes, the pairs it gives, and what it offers.

A match spec, or what was read off undescribed files, compiles to one plan; every engine runs it to the same pairs,
levels and weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kempt.matching.conditions import Comparator
from kempt.matching.kernel.blocks import Blocks, Rule
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.program import Conditions, Program
from kempt.matching.kernel.runs import Scored
from kempt.matching.kernel.weights import Chances, Dependence, Frequency, LevelWeight, Weights
from kempt.matching.weights import MICRO

_NOT_GIVEN = np.iinfo(np.int32).max
"""More than the frequency of any value adds."""


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
    dependence: Dependence | None = None
    """Of weights that depend on what other comparisons found."""

    @cached_property
    def program(self) -> Program:
        """Comparisons and constraints as the kernel runs them; it also packs levels into patterns."""
        return Program.of(self.columns, self.comparisons, self.constraints)

    @cached_property
    def weights(self) -> Weights:
        """The weights as the kernel reads them."""
        return Weights.of(self.program, self.prior, self.levels, self.dependence)

    @cached_property
    def blocks(self) -> Blocks:
        """The records of each rule's keys, and what was left out because a block was too large."""
        return Blocks.of(self.columns, self.rules)

    def bits(self, left: NDArray[Any], right: NDArray[Any], levels: NDArray[np.uint8]) -> NDArray[np.int64]:
        """What each comparison weighs in pairs whose levels are known, a row a pair."""
        found = np.zeros(levels.shape, np.int64)
        for own, weights in enumerate(self.levels):
            among = strangers = np.zeros(len(levels), np.int64)
            surprise = np.full(len(levels), MICRO)
            if self.dependence is not None:
                among = _chance(self.dependence.match, levels, own)
                strangers = _chance(self.dependence.other, levels, own)
                surprise = _least(self.dependence.surprise, levels, own)
            for level in np.unique(levels[:, own]).tolist():
                weight, rows = weights[level], np.flatnonzero(levels[:, own] == level)
                rarity = self._rarity(weight, left[rows], right[rows]) * surprise[rows]
                # Whole numbers, rounded towards zero.
                bits = weight.bits + among[rows] - strangers[rows] + np.abs(rarity) // MICRO * np.sign(rarity)
                found[rows, own] = bits if weight.at_most is None else np.minimum(bits, weight.at_most)
        return found

    def _rarity(self, weight: LevelWeight, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.int64]:
        """What the frequency of the values adds; a value that is not given has no frequency."""
        bits = np.zeros(len(left), np.int64)
        for frequency in weight.frequencies:
            codes = self.columns.columns[frequency.column].codes
            one, other = (_bits_of(frequency, codes[records]) for records in (left, right))
            rarest = np.minimum(one, other)
            bits += np.where(rarest == _NOT_GIVEN, 0, rarest)
        return bits


def _bits_of(frequency: Frequency, codes: NDArray[np.int32]) -> NDArray[np.int64]:
    """What the value of each code adds."""
    given = codes >= 0
    bits = np.full(len(codes), _NOT_GIVEN, np.int64)
    bits[given] = frequency.bits[codes[given]]
    return bits


def _chance(chances: Chances, levels: NDArray[np.uint8], own: int) -> NDArray[np.int64]:
    """log2 of the chance of each pair's level, by the first comparison it depends on that says something."""
    found = chances.alone[own][levels[:, own]]
    for other, table in reversed(chances.given[own]):
        there = levels[:, other] > 0
        found[there] = table[levels[there, other], levels[there, own]]
    return found


def _least(shares: Chances, levels: NDArray[np.uint8], own: int) -> NDArray[np.int64]:
    """The least share that any comparison which says something leaves."""
    found = shares.alone[own][levels[:, own]]
    for other, table in shares.given[own]:
        there = levels[:, other] > 0
        found[there] = np.minimum(found[there], table[levels[there, other], levels[there, own]])
    return found


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
