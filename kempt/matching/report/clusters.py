"""How well each cluster hangs together, by the weights of all pairs inside it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.bridges import bridges
from kempt.matching.kernel.clusters import pairs_within
from kempt.matching.report.matched import Matched
from kempt.matching.training.ground import COMPLETE_UP_TO

Numbers = NDArray[np.int64]
Reals = NDArray[np.float64]
Gate = Literal["size", "weakest", "bridge"]
GATES: tuple[Gate, ...] = get_args(Gate)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClusterMetrics:
    """A row a cluster of two or more records, the records by number.

    In a cluster of more than COMPLETE_UP_TO records only its kept pairs are known.
    """

    cluster: Numbers
    records: Numbers
    expected_precision: Reals
    """The mean probability of its pairs."""
    weakest: Numbers
    weakest_weight: Reals
    """The record that weighs least with the others on average, and that mean."""
    weakest_pair_weight: Reals
    unlikely_pairs: Numbers
    """Pairs inside that would not be linked by themselves."""
    known_pairs: Numbers
    bridges: Numbers
    """Likely pairs without which a cluster of three or more falls apart."""
    narrow: NDArray[np.bool_]
    """Whether one of them is all that holds two records and more on either side."""
    cut: float

    @property
    def density(self) -> Reals:
        """The share of the pairs inside that would be linked by themselves."""
        found: Reals = (self.known_pairs - self.unlikely_pairs) / (self.records * (self.records - 1) / 2)
        return found

    @cached_property
    def gate(self) -> NDArray[np.int32]:
        """The place in GATES of the gate that a cluster does not pass: too large to know all pairs, a member that does
        not fit, a bridge; behind all of them where it passes."""
        size, weak = self.records > COMPLETE_UP_TO, self.weakest_weight <= self.cut
        return np.select([size, weak, self.narrow], [0, 1, 2], len(GATES)).astype(np.int32)

    def passing(self, labels: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Of each record, whether its cluster passes its gates."""
        passes = np.zeros(len(labels), bool)
        passes[self.cluster] = self.gate == len(GATES)
        return passes[labels]

    def as_table(self, ids: pa.Array) -> pa.Table:
        """The metrics as they are kept, the weakest cluster first."""
        order = self.weakest_first()
        return pa.table(
            {
                "cluster_id": ids.take(pa.array(self.cluster[order])),
                "records": self.records[order],
                "expected_precision": np.round(self.expected_precision[order], 6),
                "weakest_record_id": ids.take(pa.array(self.weakest[order])),
                "weakest_record_weight": np.round(self.weakest_weight[order], 6),
                "weakest_pair_weight": np.round(self.weakest_pair_weight[order], 6),
                "unlikely_pairs": self.unlikely_pairs[order],
                "density": np.round(self.density[order], 6),
                "bridges": self.bridges[order],
                "fails": pa.array([*GATES, None], pa.string()).take(pa.array(self.gate[order])),
            }
        )

    def weakest_first(self) -> Numbers:
        """The rows in the order of their weakest record's weight."""
        return np.lexsort((self.cluster, self.weakest_weight))

    @property
    def mean_probability(self) -> float | None:
        """Of all pairs inside clusters; None when there are none."""
        pairs = self.known_pairs.sum()
        return float((self.expected_precision * self.known_pairs).sum() / pairs) if pairs else None


def measure_clusters(matched: Matched) -> ClusterMetrics:
    """The metrics of every cluster of two or more records."""
    labels = matched.labels
    sizes = np.bincount(labels, minlength=len(labels))
    chosen = np.flatnonzero(sizes > 1)
    left, right = _pairs(matched, sizes, chosen)
    bits = matched.ground.weigh(matched.learned, left, right)
    place = np.searchsorted(chosen, labels[left])

    def per_cluster(values: Reals) -> Reals:
        return np.bincount(place, values, len(chosen)).astype(np.float64)

    known = per_cluster(np.ones(len(bits)))
    weakest_pair = np.full(len(chosen), np.inf)
    np.minimum.at(weakest_pair, place, bits)
    weakest, weight = _weakest(labels, chosen, left, right, bits)
    hanging, narrow = _bridges(matched, sizes, chosen, left, right, bits)
    return ClusterMetrics(
        cluster=chosen,
        records=sizes[chosen],
        expected_precision=per_cluster(matched.calibration.probabilities(bits)) / known,
        weakest=weakest,
        weakest_weight=weight,
        weakest_pair_weight=weakest_pair,
        unlikely_pairs=per_cluster((bits <= matched.cut).astype(np.float64)).astype(np.int64),
        known_pairs=known.astype(np.int64),
        bridges=hanging,
        narrow=narrow,
        cut=matched.cut,
    )


def _pairs(matched: Matched, sizes: Numbers, chosen: Numbers) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    left, right = pairs_within(matched.labels, chosen[sizes[chosen] <= COMPLETE_UP_TO])
    pairs, labels = matched.pairs, matched.labels
    large = (labels[pairs.left] == labels[pairs.right]) & (sizes[labels[pairs.left]] > COMPLETE_UP_TO)
    return np.concatenate([left, pairs.left[large]]), np.concatenate([right, pairs.right[large]])


def _bridges(
    matched: Matched, sizes: Numbers, chosen: Numbers, left: NDArray[np.int32], right: NDArray[np.int32], bits: Reals
) -> tuple[Numbers, NDArray[np.bool_]]:
    """How many each cluster has, and whether one of them is narrow."""
    likely = (bits > matched.cut) & (sizes[matched.labels[left]] > 2)
    cluster = matched.labels[left[likely]]
    vertices, ends = np.unique(np.concatenate([left[likely], right[likely]]), return_inverse=True)
    one, other = np.split(ends, 2)
    edge, smaller = bridges(len(vertices), one, other)
    place = np.searchsorted(chosen, cluster[edge])
    return np.bincount(place, minlength=len(chosen)), np.bincount(place[smaller > 1], minlength=len(chosen)) > 0


def _weakest(
    labels: NDArray[np.int32], chosen: Numbers, left: NDArray[np.int32], right: NDArray[np.int32], bits: Reals
) -> tuple[Numbers, Reals]:
    records = len(labels)
    sums = np.bincount(left, bits, records) + np.bincount(right, bits, records)
    pairs = np.bincount(left, minlength=records) + np.bincount(right, minlength=records)
    # A record of a large cluster without a candidate in it is not known to hang by anything.
    means = np.where(pairs > 0, sums / np.maximum(1, pairs), np.inf)
    order = np.lexsort((np.arange(records), means, labels))
    first = order[np.searchsorted(labels[order], chosen)]
    return first, means[first]
