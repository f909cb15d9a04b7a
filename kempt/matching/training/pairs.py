"""Pairs through the kernel, by pattern: the ground on which training and clustering stand."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.clusters import connect, contract, pairs_within
from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import CORES, levels_of_pairs
from kempt.matching.plan import Comparison
from kempt.matching.training.chances import Belief
from kempt.matching.training.patterns import Bits, Counts, Patterns
from kempt.matching.training.train import Labels, Learned, Seen
from kempt.matching.weights import MICRO

COMPLETE_UP_TO = 1200
"""In a component of at most so many records every pair is compared."""
FREQUENCY_SHARE = 0.7
"""How much of a value's rarity counts; names that are rare together are not as rare as their product."""
FREQUENCY_BITS = 8.0
BELIEF_GRIP = 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """Records, comparisons and candidate pairs, and what each pair's values add by their rarity."""

    program: Program
    comparisons: tuple[Comparison, ...]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    threads: int = CORES

    @property
    def records(self) -> int:
        """How many there are."""
        return self.program.columns.records

    @cached_property
    def beliefs(self) -> tuple[Belief, ...]:
        """What is held of each comparison before training."""
        return tuple(
            Belief(
                chances=np.array([outcome.expected for outcome in each.outcomes])
                / sum(o.expected for o in each.outcomes),
                grip=BELIEF_GRIP,
                at_most={at: o.at_most for at, o in enumerate(each.outcomes) if o.at_most is not None},
                by_chance={
                    at: o.by_chance_at_most for at, o in enumerate(each.outcomes) if o.by_chance_at_most is not None
                },
            )
            for each in self.comparisons
        )

    @cached_property
    def rarity(self) -> dict[str, NDArray[np.float64]]:
        """Bits by value: what agreeing on it says more, or less, than agreeing on an average one."""
        named = {name for each in self.comparisons for outcome in each.outcomes for name in outcome.frequency_of}
        return {name: _rarity(self.program.columns.columns[name]) for name in sorted(named)}

    @cached_property
    def identical(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pairs that connect records which say the same in every column, and something: whatever it is worth."""
        width = len(self.program.columns.columns)
        codes = np.ascontiguousarray(self.program.columns.codes[: self.records * width].reshape(self.records, width))
        rows = codes.view(np.dtype((np.void, codes.itemsize * width))).ravel()
        order = np.argsort(rows, kind="stable").astype(np.int32)
        equal = (rows[order[:-1]] == rows[order[1:]]) & (codes[order[1:]] >= 0).any(axis=1)
        return order[:-1][equal], order[1:][equal]

    def levels(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.uint8]:
        """The outcome of every comparison, a row a pair."""
        return levels_of_pairs(self.program, left, right, threads=self.threads)

    def rarity_of(self, left: NDArray[Any], right: NDArray[Any], levels: NDArray[np.uint8]) -> Bits:
        """What the rarity of shared values adds: pairs x comparisons."""
        added = np.zeros(levels.shape)
        for at, comparison in enumerate(self.comparisons):
            for column in dict.fromkeys(name for outcome in comparison.outcomes for name in outcome.frequency_of):
                counts = np.array([column in outcome.frequency_of for outcome in comparison.outcomes])[levels[:, at]]
                codes = self.program.columns.columns[column].codes
                # Of two values that are only close, the more frequent one counts.
                one, other = codes[np.asarray(left)[counts]], codes[np.asarray(right)[counts]]
                added[counts, at] += np.minimum(self.rarity[column][one], self.rarity[column][other])
        return added

    @cached_property
    def candidate_levels(self) -> NDArray[np.uint8]:
        """The outcomes of the candidates."""
        return self.levels(self.left, self.right)

    @cached_property
    def candidate_patterns(self) -> tuple[Patterns, NDArray[np.int64]]:
        """The distinct outcomes of the candidates, and which of them each has."""
        patterns, place, _ = self.grouped(self.candidate_levels)
        return patterns, place

    @cached_property
    def candidate_rarity(self) -> Bits:
        """What rarity adds to the candidates in all."""
        total: Bits = self.rarity_of(self.left, self.right, self.candidate_levels).sum(axis=1)
        return total

    def grouped(self, levels: NDArray[np.uint8]) -> tuple[Patterns, NDArray[np.int64], Counts]:
        """The distinct patterns, the pattern of each row, and how often each is found."""
        sizes = self.program.levels
        packed = np.zeros(len(levels), np.uint64)
        for at, size in enumerate(sizes):
            packed = packed * np.uint64(size) + levels[:, at]
        _, first, place, counts = np.unique(packed, return_index=True, return_inverse=True, return_counts=True)
        return Patterns(levels=levels[first], sizes=sizes), place, counts.astype(np.float64)

    def seen(self, random_left: NDArray[Any], random_right: NDArray[Any]) -> tuple[Patterns, Seen]:
        """The candidates, and random pairs that stand for all pairs which are none."""
        records = self.records
        everything = records * (records - 1) / 2
        known = self.left.astype(np.int64) * records + self.right
        fresh = ~np.isin(random_left.astype(np.int64) * records + random_right, known)
        one, other = random_left[fresh], random_right[fresh]
        candidates, which = self.candidate_patterns
        patterns, place, _ = self.grouped(np.concatenate([candidates.levels, self.levels(one, other)]))
        weight = max(1.0, (everything - len(known)) / max(1, len(one)))
        seen = Seen(
            left=np.concatenate([self.left, one]).astype(np.int32),
            right=np.concatenate([self.right, other]).astype(np.int32),
            pattern=np.concatenate([place[: len(candidates)][which], place[len(candidates) :]]),
            weight=np.concatenate([np.ones(len(known)), np.full(len(one), weight)]),
        )
        return patterns, seen

    def weigh(self, learned: Learned, left: NDArray[Any], right: NDArray[Any]) -> Bits:
        """What each pair weighs in all."""
        levels = self.levels(left, right)
        patterns, which, _ = self.grouped(levels)
        total: Bits = learned.bits(patterns.levels).sum(axis=1)[which] + learned.prior_bits
        total += self.rarity_of(left, right, levels).sum(axis=1)
        return total

    def weigh_candidates(self, learned: Learned) -> Bits:
        """The same for the candidates."""
        patterns, which = self.candidate_patterns
        total: Bits = learned.bits(patterns.levels).sum(axis=1)[which] + learned.prior_bits
        return total + self.candidate_rarity

    def cluster(self, learned: Learned, cut: float) -> Labels:
        """Each record's cluster: all pairs inside a component of likely links count, also those that speak against."""
        bits = self.weigh_candidates(learned)
        likely = bits > cut
        component = connect(self.records, self.left[likely], self.right[likely])
        sizes = np.bincount(component, minlength=self.records)
        small = (sizes > 2) & (sizes <= COMPLETE_UP_TO)
        left, right = pairs_within(component, np.flatnonzero(small))
        inner = self.weigh(learned, left, right)
        # In a component too large for that, and in one of two records, the candidates are what is known.
        rest = (component[self.left] == component[self.right]) & ~small[component[self.left]]
        one = np.concatenate([left, self.left[rest]])
        two = np.concatenate([right, self.right[rest]])
        weights = np.round(np.concatenate([inner, bits[rest]]) * MICRO).astype(np.int64)
        unknown = round(self._unknown(learned) * MICRO)
        clusters = contract(self.records, one, two, weights, unknown=unknown, cut=round(cut * MICRO))
        same, again = self.identical
        every = np.arange(self.records, dtype=np.int32)
        return connect(self.records, np.concatenate([clusters, same]), np.concatenate([every, again]))

    def _unknown(self, learned: Learned) -> float:
        """What a pair weighs that nothing is known of: as much as strangers do on average."""
        rng = np.random.default_rng(0)
        left, right = rng.integers(0, self.records, (2, 2000))
        apart = left != right
        return float(self.weigh(learned, left[apart], right[apart]).mean())

    def inside(self, labels: Labels) -> tuple[Patterns, Counts]:
        """The patterns of all pairs inside clusters."""
        sizes = np.bincount(labels, minlength=self.records)
        left, right = pairs_within(labels, np.flatnonzero((sizes > 1) & (sizes <= COMPLETE_UP_TO)))
        patterns, _, counts = self.grouped(self.levels(left, right))
        return patterns, counts


def _rarity(column: Column) -> NDArray[np.float64]:
    given = column.codes[column.codes >= 0]
    share = np.bincount(given, minlength=len(column.values)) / max(1, len(given))
    average = np.sum(share**2)
    bits = np.log2(average / np.maximum(share, 1e-12)) if average else np.zeros(len(share))
    return FREQUENCY_SHARE * np.clip(bits, -FREQUENCY_BITS, FREQUENCY_BITS)


def random_pairs(records: int, wanted: int, seed: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pairs of different records, left before right; all of them where there are not many more than wanted."""
    if records * (records - 1) // 2 <= 2 * wanted:
        left, right = np.triu_indices(records, 1)
        return left.astype(np.int32), right.astype(np.int32)
    one, other = np.random.default_rng(seed).integers(0, records, (2, wanted), dtype=np.int32)
    apart = one != other
    return np.minimum(one, other)[apart], np.maximum(one, other)[apart]
