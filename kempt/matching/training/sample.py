"""The pairs that training looks at: those found by records that looked, and random ones that stand for all others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.clusters import pairs_within
from kempt.matching.kernel.encode import number
from kempt.matching.profile.look import Looked
from kempt.matching.training.ground import COMPLETE_UP_TO, Ground
from kempt.matching.training.patterns import Counts, Patterns
from kempt.matching.training.train import Labels, Learned, Seen
from kempt.matching.weights import MICRO

RANDOM_PAIRS, SEED = 1_000_000, 1
COMMON_PAIRS = 20_000
"""Pairs that are drawn of those which share a common value, for each column."""
SELDOM = 1e-3
"""What random pairs share more often than this is seen often enough without."""
SEEDS, A_SEED_IN = 5_000, 500
"""Records that look for their pairs, where not all do: so many, or one in so many. The larger a table, the rarer is
what tells namesakes from duplicates."""
ALL_LOOK_UP_TO = 30_000
HOPEFUL_AFTER, HOPELESS = 4, 25.0
"""Rounds after which candidates are left out that weigh so many bits less than a link."""


def seeds_of(records: int) -> NDArray[np.bool_] | None:
    """The records that look for pairs; None: all."""
    if records <= ALL_LOOK_UP_TO:
        return None
    chosen = np.zeros(records, bool)
    chosen[np.random.default_rng(SEED).choice(records, max(SEEDS, records // A_SEED_IN), replace=False)] = True
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
    def levels(self) -> NDArray[np.uint8]:
        """The outcomes of the candidates, a row each."""
        return self.ground.outcomes(self.looked.left, self.looked.right)

    def seen(self) -> Seen:
        """The candidates, and pairs drawn from all the others: from those that share a common value, and from the rest.

        Blocking leaves out what many share, a switchboard's number say, and a random pair hardly ever has it. Each of
        these parts is drawn from by itself, and its pairs stand for as many as there are (stratified sampling).
        """
        looked, ground = self.looked, self.ground
        commons = self._commons()
        left, right = self._random()
        rest = ~self._known(left, right) & (_shared(commons, left, right) == 0)
        drawn = [(left[rest], right[rest], 1 / self._lookers(left[rest], right[rest]))]
        shared_pairs = 0.0
        for common in commons:
            one, other, chances = common.draw()
            fresh = ~self._known(one, other)
            # Who shares several values can be drawn for each of them, and by either of two that look.
            times = _shared(commons, one[fresh], other[fresh]) * self._lookers(one[fresh], other[fresh])
            weights = chances / max(1, len(one)) / times
            shared_pairs += float(weights.sum())
            drawn.append((one[fresh], other[fresh], weights))
        drawn[0][2][:] *= max(0.0, self.everything - len(looked.left) - shared_pairs) / max(1.0, drawn[0][2].sum())
        one, other, weights = (np.concatenate(each) for each in zip(*drawn, strict=True))
        others, place, _ = grouped(ground, ground.outcomes(one, other))
        candidates, which, _ = grouped(ground, self.levels)
        patterns, rows, _ = grouped(ground, np.concatenate([candidates.levels, others.levels]))
        strangers = np.zeros(len(patterns))
        strangers[rows[len(candidates) :]] = np.bincount(place, weights, len(others))
        return Seen(
            patterns=patterns,
            left=looked.left,
            right=looked.right,
            pattern=rows[: len(candidates)][which],
            strangers=strangers,
            pairs=self.everything,
            records=ground.records,
        )

    def _lookers(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many of the two records look for pairs: so many times as likely is the pair to be drawn."""
        if self.looked.seeds is None:
            return np.full(len(left), 2)
        return self.looked.seeds[left].astype(np.int64) + self.looked.seeds[right]

    def _known(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which pairs are candidates."""
        looked, found = self.looked, np.zeros(len(left), bool)
        # Few are: a table of sums tells of most that they are not.
        sums = np.zeros(2 * self.ground.records, bool)
        sums[looked.left + looked.right] = True
        likely = np.flatnonzero(sums[left + right])
        known = looked.left.astype(np.int64) * self.ground.records + looked.right
        pairs = left[likely].astype(np.int64) * self.ground.records + right[likely]
        if len(known):
            found[likely] = known[np.minimum(np.searchsorted(known, pairs), len(known) - 1)] == pairs
        return found

    def _commons(self) -> list["_Common"]:
        """The columns with values that too many share to be paired, and yet hardly any two records."""
        found = []
        for column in self.ground.columns.columns.values():
            counts = np.bincount(column.codes + 1, minlength=len(column.values) + 1)[1:]
            often = counts > self.looked.caps.alone
            chance = float((counts[often] * (counts[often] - 1.0)).sum()) / max(1, self.ground.records) ** 2
            if 0 < chance < SELDOM:
                codes = np.where(np.append(often, False)[column.codes], column.codes, -1)
                found.append(_Common(codes=codes, counts=counts, looking=self.looked.seeds))
        return found

    def clustering(self) -> Callable[[Learned, float], Labels]:
        """Clusters the candidates, round by round; those that stand no chance after some rounds are left out."""
        left, right, levels = self.looked.left, self.looked.right, self.levels
        rounds = 0

        def cluster(learned: Learned, cut: float) -> Labels:
            nonlocal left, right, levels, rounds
            bits = self.ground.weigh_levels(learned, left, right, levels)
            labels = self.ground.cluster(learned, left, right, bits, cut)
            rounds += 1
            if rounds == HOPEFUL_AFTER:
                hopeful = bits > round((cut - HOPELESS) * MICRO)
                left, right, levels = left[hopeful], right[hopeful], levels[hopeful]
            return labels

        return cluster

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
        # In their order, so that each is fetched from memory once.
        other = np.sort(rng.integers(0, records, RANDOM_PAIRS, dtype=np.int32))
        looking = np.arange(records) if self.looked.seeds is None else np.flatnonzero(self.looked.seeds)
        one = looking.astype(np.int32)[rng.integers(0, len(looking), RANDOM_PAIRS)]
        apart = one != other
        return np.minimum(one, other)[apart], np.maximum(one, other)[apart]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Common:
    """The common values of a column: a code a record, -1 for any other value."""

    codes: NDArray[np.int32]
    counts: NDArray[np.int64]
    looking: NDArray[np.bool_] | None

    def draw(self) -> tuple[NDArray[np.int32], NDArray[np.int32], float]:
        """Pairs that share one, left before right, and in how many ways a pair can be drawn: by each that looks, with
        any other that shares its value. Each way is as likely as any other."""
        holders = self._holders()
        lookers = holders if self.looking is None else holders[self.looking[holders]]
        chances = float((self.counts[self.codes[lookers]] - 1.0).sum())
        if not len(lookers):
            return np.zeros(0, np.int32), np.zeros(0, np.int32), chances
        rng = np.random.default_rng(SEED)
        # A looker comes as often as it can meet somebody, itself too, which is left out in the end.
        reach = np.cumsum(self.counts[self.codes[lookers]])
        one = lookers[np.searchsorted(reach, rng.integers(0, reach[-1], COMMON_PAIRS), side="right")]
        code = self.codes[one]
        begin = np.searchsorted(self.codes[holders], code)
        other = holders[begin + rng.integers(0, self.counts[code])]
        apart = one != other
        left, right = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        return left.astype(np.int32), right.astype(np.int32), chances

    def _holders(self) -> NDArray[np.int32]:
        """The records that have one, by their codes."""
        held = np.flatnonzero(self.codes >= 0)
        # Sorted as one number, which is faster than by two.
        return (np.sort(self.codes[held].astype(np.int64) << 32 | held) & 0xFFFFFFFF).astype(np.int32)


def _shared(commons: Sequence[_Common], left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int64]:
    """How many common values two records share."""
    found = np.zeros(len(left), np.int64)
    for common in commons:
        codes = common.codes[left]
        found += (codes >= 0) & (codes == common.codes[right])
    return found


def grouped(ground: Ground, levels: NDArray[np.uint8]) -> tuple[Patterns, NDArray[np.int64], Counts]:
    """The distinct patterns, the pattern of each row, and how often each is found."""
    sizes = ground.program.levels
    packed = np.zeros(len(levels), np.uint64)
    for at, size in enumerate(sizes):
        packed = packed * np.uint64(size) + levels[:, at]
    distinct, place = number(packed)
    counts = np.bincount(place, minlength=len(distinct)).astype(np.float64)
    return Patterns(levels=ground.program.levels_of(distinct), sizes=sizes), place, counts
