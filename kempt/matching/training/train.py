"""Training without labels: clusters and chances in turn, until both agree.

Classification EM (Celeux and Govaert 1992, "A classification EM algorithm for clustering") over pairs, with one
difference: pairs are not classified one by one but by clustering, so that a record vouches for another it never looks
like. Pairs inside clusters, those that blocking never made among them, show what records of one entity look like; all
others show what strangers share. The first rounds take comparisons as independent; then their dependence is learned,
first of all among strangers: colleagues and households.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.weights import Dependence
from kempt.matching.training.chances import Belief, Chances, believed, learn
from kempt.matching.training.patterns import Bits, Counts, Levels, Patterns

INDEPENDENT_ROUNDS = 2
FIRST_CUT = 4.0
"""Bits above even odds that the first round asks for, before anything was learned."""
MOST_ROUNDS = 16
SETTLED = 0.001
"""Training ends when a round moves at most this share of the records that are linked."""
LEAST_BITS_MATCH, LEAST_BITS_OTHER = 30.0, 80.0
SMOOTHING = 20.0
LONE_PRIOR = 1 / 3
"""Where one comparison is all there is, and nothing is believed of chance, every pair starts with this."""
STARTING_SHARE = 0.3
"""Pairs of one entity to each record, before anything is known."""

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """The pairs that training looks at: candidates, and `strangers` that stand for all others.

    `pattern` is the row of each candidate in the patterns; `strangers` counts the others by pattern. `pairs` is what
    all of them stand for, of so many `records`.
    """

    patterns: Patterns
    left: Labels
    right: Labels
    pattern: NDArray[np.int64]
    strangers: Counts
    pairs: float
    records: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What pairs of one entity and pairs of strangers look like, and how many of all pairs are of one entity."""

    match: Chances
    other: Chances
    prior: float

    @property
    def dependence(self) -> Dependence:
        """The chances as the kernel takes them."""
        return Dependence(match=self.match.rounded, other=self.other.rounded, surprise=self.other.rounded_surprise)

    @property
    def prior_bits(self) -> float:
        """The weight every pair starts with."""
        return math.log2(self.prior / (1.0 - self.prior))

    def bits(self, levels: Levels) -> Bits:
        """What each outcome weighs: pairs (rows of `levels`) x comparisons, in bits."""
        return self.match.bits(levels) - self.other.bits(levels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """What was learned, and the clusters it was learned from."""

    chances: Learned
    labels: Labels
    rounds: int
    """0 where nothing could be learned."""
    settled: bool
    """Whether the last round changed next to nothing."""


def train(
    seen: Seen,
    beliefs: Sequence[Belief],
    *,
    cluster: Callable[[Learned, float], Labels],
    inside: Callable[[Labels], tuple[Patterns, Counts]],
) -> Trained:
    """Chances of each outcome among pairs of one entity and of two.

    `cluster(learned, cut)` answers with each record's cluster; `inside(labels)` with the patterns of all
    pairs inside clusters and how often each is found.
    """
    strangers = [_unknowing(belief) for belief in beliefs]
    apart = np.ones(len(seen.left), bool)
    if len(beliefs) == 1:
        learned = _lone(seen, beliefs[0], strangers[0])
        return Trained(chances=learned, labels=cluster(learned, 0.0), rounds=0, settled=True)
    prior = _first_prior(seen)
    match = believed(beliefs)
    labels: Labels = np.zeros(0, np.int32)
    for done in range(MOST_ROUNDS):
        least = LEAST_BITS_OTHER if done >= INDEPENDENT_ROUNDS else math.inf
        other = _of_strangers(seen, apart, strangers, least)
        learned = Learned(match=match, other=other, prior=prior)
        before, labels = labels, cluster(learned, 0.0 if done else FIRST_CUT)
        settled = done > INDEPENDENT_ROUNDS and _moved(before, labels) <= SETTLED
        if settled or done == MOST_ROUNDS - 1:
            break
        found, times = inside(labels)
        least = LEAST_BITS_MATCH if done >= INDEPENDENT_ROUNDS else math.inf
        match = learn(found, times, beliefs, least_bits=least, smoothing=SMOOTHING)
        prior = min(0.5, max(1.0, float(times.sum())) / seen.pairs)
        apart = labels[seen.left] != labels[seen.right]
    return Trained(chances=learned, labels=labels, rounds=done + 1, settled=bool(settled))


def untrained(seen: Seen, beliefs: Sequence[Belief], *, cluster: Callable[[Learned, float], Labels]) -> Trained:
    """What is held of pairs of one entity before any was seen, for where a model that was learned is refused."""
    strangers = [_unknowing(belief) for belief in beliefs]
    other = _of_strangers(seen, np.ones(len(seen.left), bool), strangers, math.inf)
    learned = Learned(match=believed(beliefs), other=other, prior=_first_prior(seen))
    return Trained(chances=learned, labels=cluster(learned, FIRST_CUT), rounds=0, settled=True)


def _first_prior(seen: Seen) -> float:
    return min(0.5, 2 * STARTING_SHARE / max(1, seen.records - 1))


def _moved(before: Labels, after: Labels) -> float:
    """The share of the linked records that are linked otherwise than before."""
    linked = (after != np.arange(len(after))).sum()
    return float((before != after).sum() / max(1, linked))


def _lone(seen: Seen, belief: Belief, strangers: Belief) -> Learned:
    """What is learned where one comparison is all there is, and nothing else shows which agreement is chance.

    Outcomes that strangers are believed to reach hardly ever are of one entity, as far as they are found: how many
    pairs reach them says how many pairs of one entity there are, and so how many of those that agree less. Without
    such outcomes, what is believed stands.
    """
    if not belief.by_chance:
        other = _of_strangers(seen, np.ones(len(seen.left), bool), [strangers], math.inf)
        return Learned(match=believed([belief]), other=other, prior=LONE_PRIOR)
    found = seen.patterns.counted(0, seen.strangers + np.bincount(seen.pattern, minlength=len(seen.patterns)))
    sure = sorted(belief.by_chance)
    matches = min(found[sure].sum() / belief.chances[sure].sum(), seen.pairs / 2)
    chance = np.maximum(0.0, found - matches * belief.chances)
    patterns = Patterns(levels=np.arange(len(chance), dtype=np.uint8)[:, None], sizes=seen.patterns.sizes)
    other = learn(patterns, chance, [strangers], least_bits=math.inf, smoothing=SMOOTHING)
    return Learned(match=believed([belief]), other=other, prior=max(1.0, matches) / max(2.0, seen.pairs))


def _of_strangers(seen: Seen, apart: NDArray[np.bool_], beliefs: Sequence[Belief], least_bits: float) -> Chances:
    counts = seen.strangers + np.bincount(seen.pattern[apart], minlength=len(seen.patterns))
    return learn(seen.patterns, counts, beliefs, least_bits=least_bits, smoothing=SMOOTHING)


def _unknowing(belief: Belief) -> Belief:
    """Of strangers nothing is expected: every outcome alike, and worth one pair."""
    even = np.full(len(belief.chances), 1.0 / (len(belief.chances) - 1))
    even[0] = 0.0
    return Belief(chances=even, grip=1.0, at_most=belief.by_chance, by_chance={})
