"""How probable each pattern is in a class of pairs: among records of one entity (m), or of two (u)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kempt.matching.training.dependence import dependence
from kempt.matching.training.patterns import NOT_GIVEN, Bits, Counts, Levels, Patterns

Table = NDArray[np.float64]
SMALLEST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """log2 of the chance of each level: `alone`, and `given` the level of a comparison it depends on.

    `given[k]` has, best first, another comparison and a table of its levels x own levels; the first that is given
    counts, and where none is, the comparison stands alone. NOT_GIVEN has chance 1: what is not given says nothing.
    """

    alone: tuple[Table, ...]
    given: tuple[tuple[tuple[int, Table], ...], ...]

    def bits(self, levels: Levels) -> Bits:
        """log2 of the chance of each outcome, patterns (rows of `levels`) x comparisons; their sum is the pattern's."""
        found = np.empty(levels.shape)
        for own, (alone, given) in enumerate(zip(self.alone, self.given, strict=True)):
            bits = alone[levels[:, own]]
            for other, table in reversed(given):
                there = levels[:, other] != NOT_GIVEN
                bits[there] = table[levels[there, other], levels[there, own]]
            found[:, own] = bits
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is held of a comparison before any record was seen: the chances of its levels, and limits to learning.

    `at_most` keeps a chance from being learned away: that two records of one person agree in neither name stays
    rare, however many such pairs were joined by mistake. `grip` is the number of pairs that the belief is worth.
    """

    chances: Table
    grip: float
    at_most: Mapping[int, float]
    by_chance: Mapping[int, float]
    """The same for pairs of strangers."""


def learn(
    patterns: Patterns, counts: Counts, beliefs: Sequence[Belief], *, least_bits: float, smoothing: float
) -> Chances:
    """The chances in a class of pairs, from how often each pattern was found in it.

    `least_bits` is what a dependence must save to be believed; infinity makes all comparisons independent. With few
    pairs under a parent's level, a chance is drawn towards the one without it, which is worth `smoothing` pairs.
    """
    others = dependence(patterns, counts, least_bits=least_bits)
    alone = [_alone(patterns.counted(own, counts), belief) for own, belief in enumerate(beliefs)]
    given = [
        tuple(
            (other, _log2(_given(patterns.counted_together(other, own, counts), alone[own], beliefs[own], smoothing)))
            for other in others[own]
        )
        for own in range(len(beliefs))
    ]
    return Chances(alone=tuple(_log2(each) for each in alone), given=tuple(given))


def believed(beliefs: Sequence[Belief]) -> Chances:
    """The chances before any record was seen."""
    return Chances(
        alone=tuple(_log2(_limited(belief.chances, belief)) for belief in beliefs), given=((),) * len(beliefs)
    )


def _alone(found: Counts, belief: Belief) -> Table:
    mixed = found + belief.grip * belief.chances
    return _limited(mixed / mixed.sum(), belief)


def _given(table: Counts, alone: Table, belief: Belief, smoothing: float) -> Table:
    mixed = (table + smoothing * alone) / (table.sum(axis=1, keepdims=True) + smoothing)
    mixed[NOT_GIVEN, :] = alone
    return np.vstack([_limited(row, belief) for row in mixed])


def _limited(chances: Table, belief: Belief) -> Table:
    """The chances within their limits; what is cut off goes to the levels without one."""
    if not belief.at_most:
        return chances
    limited = chances.copy()
    for level, most in belief.at_most.items():
        limited[level] = min(limited[level], most)
    free = np.array([level not in belief.at_most for level in range(len(limited))])
    rest = limited[free].sum()
    if rest > 0:
        limited[free] *= (1.0 - limited[~free].sum()) / rest
    return limited


def _log2(chances: Table) -> Table:
    bits: Table = np.log2(np.maximum(chances, SMALLEST))
    bits[..., NOT_GIVEN] = 0.0
    return bits
