"""How probable each pattern is in a class of pairs: among records of one entity (m), or of two (u)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel import weights as kernel
from kempt.matching.training.dependence import dependence
from kempt.matching.training.patterns import NOT_GIVEN, Bits, Counts, Levels, Patterns
from kempt.matching.weights import MICRO

Table = NDArray[np.float64]
SMALLEST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """log2 of the chance of each level: `alone`, and `given` the level of a comparison it depends on.

    `given[k]` has, best first, another comparison and a table of its levels x own levels; the first that is given
    counts, and where none is, the comparison stands alone. NOT_GIVEN has chance 1: what is not given says nothing.
    `surprise[k]` has, for each comparison that k depends on or that depends on k, the share of the bits of k's levels
    that is left once that comparison's level is known: so much of what the rarity of a shared value says still counts.
    """

    alone: tuple[Table, ...]
    given: tuple[tuple[tuple[int, Table], ...], ...]
    surprise: tuple[tuple[tuple[int, Table], ...], ...]

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

    @property
    def rounded(self) -> kernel.Chances:
        """The chances in whole millionths."""
        return kernel.Chances(alone=tuple(_micro(table) for table in self.alone), given=_micro_tables(self.given))

    @property
    def rounded_surprise(self) -> kernel.Chances:
        """The shares in whole millionths: all of it where no other comparison says anything."""
        everything = tuple(np.full(len(table), MICRO, np.int64) for table in self.alone)
        return kernel.Chances(alone=everything, given=_micro_tables(self.surprise))


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

    def given(own: int, other: int) -> Table:
        found = patterns.counted_together(other, own, counts)
        return _log2(_given(found, alone[own], beliefs[own], smoothing))

    linked = [
        {other: given(own, other) for other in range(len(beliefs)) if other in others[own] or own in others[other]}
        for own in range(len(beliefs))
    ]
    return Chances(
        alone=tuple(_log2(each) for each in alone),
        given=tuple(tuple((other, linked[own][other]) for other in others[own]) for own in range(len(beliefs))),
        surprise=tuple(
            tuple((other, _left(table, _log2(alone[own]))) for other, table in linked[own].items())
            for own in range(len(beliefs))
        ),
    )


def believed(beliefs: Sequence[Belief]) -> Chances:
    """The chances before any record was seen."""
    return Chances(
        alone=tuple(_log2(_limited(belief.chances, belief)) for belief in beliefs),
        given=((),) * len(beliefs),
        surprise=((),) * len(beliefs),
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


def _left(given: Table, alone: Table) -> Table:
    """The share of the surprise that is left; a level that is certain alone keeps all of it."""
    left: Table = np.ones(given.shape)
    np.divide(given, np.broadcast_to(alone, given.shape), out=left, where=np.broadcast_to(alone < 0, given.shape))
    return np.clip(left, 0.0, 1.0)


def _micro(bits: Table) -> NDArray[np.int64]:
    return np.round(bits * MICRO).astype(np.int64)


def _micro_tables(
    tables: tuple[tuple[tuple[int, Table], ...], ...],
) -> tuple[tuple[tuple[int, NDArray[np.int64]], ...], ...]:
    return tuple(tuple((other, _micro(table)) for other, table in each) for each in tables)


def _log2(chances: Table) -> Table:
    bits: Table = np.log2(np.maximum(chances, SMALLEST))
    bits[..., NOT_GIVEN] = 0.0
    return bits
