"""Records that fit two clusters equally well, and so stay single: either answer would be a guess.

The two clusters exclude each other: without the record nothing would put them together, not even for review. A record
that weighs with the one as much as with the other, within a margin, is evidence for neither. It is taken out, and said
to be so, for a person to decide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kempt.matching.bands import REVIEWED_FROM
from kempt.matching.kernel.weights import Weights
from kempt.matching.training.ground import COMPLETE_UP_TO, Ground, MicroBits
from kempt.matching.training.train import Labels, Learned
from kempt.matching.weights import MICRO

WITHIN = 1.0
"""Bits by which one cluster must fit better than another: two to one."""
MOST_PAIRS = 1_000_000
"""Pairs weighed to tell which clusters exclude each other; beyond, records between the largest clusters stay there."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Settled:
    """The smallest record of each record's cluster, and the records that fitted two."""

    labels: Labels
    ambiguous: Numbers


def settle(ground: Ground, learned: Learned, left: Labels, right: Labels, bits: MicroBits, cut: float) -> Settled:
    """The clusters of these candidates (weights in millionths, `cut` in bits), less who fits two.

    Rows that say the same stay together, whatever else fits them.
    """
    labels = ground.cluster(learned, left, right, bits, cut)
    record, other = _drawn(labels, left, right, bits > round(cut * MICRO))
    if not len(record):
        return Settled(labels=labels, ambiguous=record)
    home = labels[record].astype(np.int64)
    members = _Members.of(ground, learned, labels, np.concatenate([home, other]))
    larger = np.maximum(members.sizes(home), members.sizes(other))
    fair = (members.sizes(home) > 1) & (larger <= COMPLETE_UP_TO)
    record, home, other = record[fair], home[fair], other[fair]
    elsewhere, at_home = members.weights(record, other), members.weights(record, home)
    torn = np.flatnonzero((elsewhere > cut) & (at_home - elsewhere <= WITHIN))
    pairs = members.sizes(home[torn]) * members.sizes(other[torn])
    order = np.argsort(pairs, kind="stable")
    torn = torn[order[np.cumsum(pairs[order]) <= MOST_PAIRS]]
    excluded = members.weights_without(record[torn], home[torn], other[torn]) <= cut + REVIEWED_FROM
    ambiguous = np.setdiff1d(record[torn[excluded]], np.concatenate(ground.identical))
    return Settled(labels=_without(labels, ambiguous), ambiguous=ambiguous)


def _drawn(labels: Labels, left: Labels, right: Labels, likely: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
    """Each record with a likely link into another cluster, and that cluster."""
    across = np.flatnonzero(likely & (labels[left] != labels[right]))
    record = np.concatenate([left[across], right[across]]).astype(np.int64)
    cluster = np.concatenate([labels[right[across]], labels[left[across]]])
    found = np.unique(record * len(labels) + cluster)
    return found // len(labels), found % len(labels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Members:
    """The records of each cluster, and what records weigh with them on average, in bits."""

    ground: Ground
    weighing: Weights
    records: Numbers
    """Cluster by cluster."""
    clusters: Labels
    """Of each of these records, ascending."""

    @classmethod
    def of(cls, ground: Ground, learned: Learned, labels: Labels, clusters: Numbers) -> "_Members":
        """Of some clusters only."""
        wanted = np.zeros(len(labels), bool)
        wanted[clusters] = True
        records = np.flatnonzero(wanted[labels])
        records = records[np.argsort(labels[records], kind="stable")]
        return cls(ground=ground, weighing=ground.weights(learned), records=records, clusters=labels[records])

    def sizes(self, clusters: Numbers) -> Numbers:
        """The number of records of each."""
        start, end = self._span(clusters)
        return end - start

    def weights(self, records: Numbers, clusters: Numbers) -> NDArray[np.float64]:
        """Of each record with the others of a cluster."""
        row, member = self._of(clusters)
        return self._means(len(records), row, records[row], member)

    def weights_without(self, records: Numbers, homes: Numbers, others: Numbers) -> NDArray[np.float64]:
        """Of each home, less a record, with another cluster."""
        row, member = self._of(homes)
        rest = member != records[row]
        row, member = row[rest], member[rest]
        pair, stranger = self._of(others[row])
        return self._means(len(records), row[pair], member[pair], stranger)

    def _means(self, rows: int, row: Numbers, one: Numbers, other: Numbers) -> NDArray[np.float64]:
        apart = one != other
        row, one, other = row[apart], one[apart], other[apart]
        low, high = np.minimum(one, other).astype(np.int32), np.maximum(one, other).astype(np.int32)
        # Whole numbers: their sum does not depend on the order.
        totals = np.zeros(rows, np.int64)
        np.add.at(totals, row, self.ground.scored(self.weighing, low, high))
        return totals / np.maximum(1, np.bincount(row, minlength=rows)) / MICRO

    def _of(self, clusters: Numbers) -> tuple[Numbers, Numbers]:
        """For each of the clusters all its records: the place of the cluster, and the record."""
        start, end = self._span(clusters)
        sizes = end - start
        row = np.repeat(np.arange(len(clusters)), sizes)
        within = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return row, self.records[start[row] + within]

    def _span(self, clusters: Numbers) -> tuple[Numbers, Numbers]:
        return np.searchsorted(self.clusters, clusters), np.searchsorted(self.clusters, clusters, side="right")


def _without(labels: Labels, single: Numbers) -> Labels:
    """The clusters without some records, each named by its smallest again."""
    touched = np.zeros(len(labels), bool)
    touched[labels[single]] = True
    rest = np.setdiff1d(np.flatnonzero(touched[labels]), single)
    smallest = np.full(len(labels), len(labels), np.int32)
    np.minimum.at(smallest, labels[rest], rest.astype(np.int32))
    kept = labels.copy()
    kept[single], kept[rest] = single, smallest[labels[rest]]
    return kept
