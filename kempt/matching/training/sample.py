"""The pairs that training looks at: those found by records that looked, and random ones that stand for all others."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.clusters import pairs_within
from kempt.matching.profile.look import Looked
from kempt.matching.training.ground import COMPLETE_UP_TO, Ground
from kempt.matching.training.patterns import Counts, Patterns
from kempt.matching.training.train import Labels, Learned, Seen

RANDOM_PAIRS, SEED = 1_000_000, 1
SEEDS = 10_000
"""Records that look for their pairs, of a table in which not all do."""
ALL_LOOK_UP_TO = 30_000


def seeds_of(records: int) -> NDArray[np.bool_] | None:
    """The records that look for pairs; None: all."""
    if records <= ALL_LOOK_UP_TO:
        return None
    chosen = np.zeros(records, bool)
    chosen[np.random.default_rng(SEED).choice(records, SEEDS, replace=False)] = True
    return chosen


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """The ground of all records, and the candidates of those that looked."""

    ground: Ground
    looked: Looked

    @cached_property
    def everything(self) -> float:
        """All pairs there are, with a seed among the two where not all records looked."""
        records = self.ground.records
        silent = 0 if self.looked.seeds is None else records - int(self.looked.seeds.sum())
        return (records * (records - 1) - silent * max(0, silent - 1)) / 2

    @cached_property
    def candidates(self) -> tuple[Patterns, NDArray[np.int64]]:
        """The distinct outcomes of the candidates, and which of them each has."""
        patterns, place, _ = grouped(self.ground, self.ground.outcomes(self.looked.left, self.looked.right))
        return patterns, place

    def seen(self) -> Seen:
        """The candidates, and random pairs that stand for all pairs which are none."""
        looked, records = self.looked, self.ground.records
        left, right = self._random()
        known = looked.left.astype(np.int64) * records + looked.right
        pairs = left.astype(np.int64) * records + right
        place = np.minimum(np.searchsorted(known, pairs), max(0, len(known) - 1))
        fresh = known[place] != pairs if len(known) else np.ones(len(pairs), bool)
        others, _, counts = grouped(self.ground, self.ground.outcomes(left[fresh], right[fresh]))
        candidates, which = self.candidates
        patterns, rows, _ = grouped(self.ground, np.concatenate([candidates.levels, others.levels]))
        weight = max(1.0, (self.everything - len(known)) / max(1, int(fresh.sum())))
        strangers = np.zeros(len(patterns))
        strangers[rows[len(candidates) :]] = counts * weight
        return Seen(
            patterns=patterns,
            left=looked.left,
            right=looked.right,
            pattern=rows[: len(candidates)][which],
            strangers=strangers,
            pairs=self.everything,
            records=records,
        )

    def cluster(self, learned: Learned, cut: float) -> Labels:
        """The clusters of the candidates."""
        bits = self.ground.scored(self.ground.weights(learned), self.looked.left, self.looked.right)
        return self.ground.cluster(learned, self.looked.left, self.looked.right, bits, cut)

    def inside(self, labels: Labels) -> tuple[Patterns, Counts]:
        """The patterns of all pairs inside clusters, with a seed among the two where not all records looked."""
        left, right = self.pairs_inside(labels)
        patterns, _, counts = grouped(self.ground, self.ground.outcomes(left, right))
        return patterns, counts

    def pairs_inside(self, labels: Labels) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Those pairs."""
        linked = np.flatnonzero(labels != np.arange(len(labels)))
        members = np.unique(np.concatenate([linked, labels[linked]])).astype(np.int32)
        group = np.searchsorted(members, labels[members])
        sizes = np.bincount(group, minlength=len(members))
        one, other = pairs_within(group, np.flatnonzero((sizes > 1) & (sizes <= COMPLETE_UP_TO)))
        left, right = members[one], members[other]
        if self.looked.seeds is None:
            return left, right
        wanted = self.looked.seeds[left] | self.looked.seeds[right]
        return left[wanted], right[wanted]

    def _random(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pairs of different records, left before right; all of them where there are not many more than wanted."""
        records, rng = self.ground.records, np.random.default_rng(SEED)
        if self.looked.seeds is None and self.everything <= 2 * RANDOM_PAIRS:
            left, right = np.triu_indices(records, 1)
            return left.astype(np.int32), right.astype(np.int32)
        other = rng.integers(0, records, RANDOM_PAIRS, dtype=np.int32)
        if self.looked.seeds is None:
            one = rng.integers(0, records, RANDOM_PAIRS, dtype=np.int32)
        else:
            one = np.flatnonzero(self.looked.seeds).astype(np.int32)[rng.integers(0, SEEDS, RANDOM_PAIRS)]
        apart = one != other
        return np.minimum(one, other)[apart], np.maximum(one, other)[apart]


def grouped(ground: Ground, levels: NDArray[np.uint8]) -> tuple[Patterns, NDArray[np.int64], Counts]:
    """The distinct patterns, the pattern of each row, and how often each is found."""
    sizes = ground.program.levels
    packed = np.zeros(len(levels), np.uint64)
    for at, size in enumerate(sizes):
        packed = packed * np.uint64(size) + levels[:, at]
    _, first, place, counts = np.unique(packed, return_index=True, return_inverse=True, return_counts=True)
    return Patterns(levels=levels[first], sizes=sizes), place, counts.astype(np.float64)
