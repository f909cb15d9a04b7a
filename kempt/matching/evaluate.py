"""How right a partition is: its pairs and clusters against the truth.

Only records that both sides place are compared. A record that the truth does not know cannot be judged, and one that
the partition does not hold (quarantined, say) is no mistake of matching; both are counted, so that nobody looks away.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Interval: TypeAlias = tuple[float, float]

NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Precision and recall, each from 0 to 1; their F1 is the harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean; 0 when both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """95 % intervals of the scores."""

    precision: Interval
    recall: Interval
    f1: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A partition against the truth.

    `pairwise` counts pairs of different records: precision is 1 when none was joined, recall is 1 when none should be.
    `bcubed` averages over records, so that a large cluster weighs no more than its records. `exact_clusters` is the
    share of true clusters, single records included, that the partition holds record for record; 1 when there are none.
    """

    records: int
    only_predicted: int
    only_true: int
    predicted_pairs: int
    true_pairs: int
    right_pairs: int
    pairwise: Scores
    pairwise_intervals: Intervals
    bcubed: Scores
    bcubed_intervals: Intervals
    exact_clusters: float


def evaluate(predicted: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Evaluation:
    """The scores of `predicted`, record to cluster, against `truth`, record to true cluster."""
    records = sorted(predicted.keys() & truth.keys())
    ours, theirs = _codes([predicted[record] for record in records]), _codes([truth[record] for record in records])
    both = _codes(list(zip(ours.tolist(), theirs.tolist(), strict=True)))
    # Sizes, record by record: of its predicted cluster, of its true cluster, of what the two share.
    held, wanted, shared = (np.bincount(codes)[codes] if len(codes) else codes for codes in (ours, theirs, both))
    predicted_pairs, true_pairs, right_pairs = (int((sizes - 1).sum()) // 2 for sizes in (held, wanted, shared))
    pairwise = Scores(precision=_share(right_pairs, predicted_pairs), recall=_share(right_pairs, true_pairs))
    bcubed = Scores(precision=_mean(shared / held), recall=_mean(shared / wanted))
    return Evaluation(
        records=len(records),
        only_predicted=len(predicted) - len(records),
        only_true=len(truth) - len(records),
        predicted_pairs=predicted_pairs,
        true_pairs=true_pairs,
        right_pairs=right_pairs,
        pairwise=pairwise,
        pairwise_intervals=_intervals(pairwise, _draws(held, held - 1), _draws(wanted, wanted - 1)),
        bcubed=bcubed,
        bcubed_intervals=_intervals(bcubed, _draws(held, np.ones_like(held)), _draws(wanted, np.ones_like(wanted))),
        exact_clusters=_exact(held, wanted, shared),
    )


def wilson(share: float, draws: float) -> Interval:
    """The 95 % interval of a share seen in so many independent draws; all of 0 to 1 without any."""
    if not draws:
        return 0.0, 1.0
    z = NORMAL_95**2 / draws
    middle, reach = share + z / 2, sqrt(z * share * (1 - share) + z**2 / 4)
    return max(0.0, (middle - reach) / (1 + z)), min(1.0, (middle + reach) / (1 + z))


def _intervals(scores: Scores, predicted: float, true: float) -> Intervals:
    """F1 is a share of what either side says, and rests on no more draws than the lesser of the two."""
    return Intervals(
        precision=wilson(scores.precision, predicted),
        recall=wilson(scores.recall, true),
        f1=wilson(scores.f1, min(predicted, true)),
    )


def _draws(sizes: Whole, weights: Whole) -> float:
    """The independent draws that the clusters are worth, from the size of each record's cluster and its own weight.

    What is said of one cluster stands or falls together: each is one draw, not each of its pairs. Where some weigh
    more than others it is fewer (Kish's effective sample size), and one cluster that outweighs all others is one.
    """
    # A cluster of n is met n times; its weight is n times that of a record.
    squares = (weights.astype(np.float64) ** 2 * sizes).sum()
    return float(weights.sum(dtype=np.float64) ** 2 / squares) if squares else 0.0


def _codes(names: list[Hashable]) -> Whole:
    """Names as numbers from 0 on, equal for equal names."""
    known: dict[Hashable, int] = {}
    return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _mean(shares: NDArray[np.float64]) -> float:
    return float(shares.mean()) if len(shares) else 1.0


def _exact(held: Whole, wanted: Whole, shared: Whole) -> float:
    """Each record of a cluster of n stands for 1/n of it."""
    clusters = (1 / wanted).sum() if len(wanted) else 0.0
    return float((((shared == held) & (shared == wanted)) / wanted).sum() / clusters) if clusters else 1.0
