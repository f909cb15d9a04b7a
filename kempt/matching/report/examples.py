"""The pairs that a person should look at first: merges that hang by little, and likely pairs that were kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.describe import profile
from kempt.matching.profile.roles import Role, read_column
from kempt.matching.report.clusters import ClusterMetrics
from kempt.matching.report.matched import Matched
from kempt.matching.training.weighing import explain
from kempt.records.masking import mask

MOST = 10
MOST_BETWEEN = 10_000
"""Pairs between two clusters that are weighed to say why these were not joined."""
NOT_GIVEN = "not_given"
"""The first outcome of every comparison."""
_PERSONAL: frozenset[Role] = frozenset({"email", "phone", "given_name", "family_name", "date"})
_WORDS: frozenset[Role] = frozenset({"text", "word", "category"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one comparison found, with the masked values of both records, None where there is none."""

    comparison: str
    says: str
    bits: float
    left: tuple[str | None, ...]
    right: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A pair, why it weighs what it weighs, and what else decided over it.

    Of a merge, `mean` is what the weakest record, the left one, weighs with all others of its cluster on average, and
    `against` the one that speaks most against it; of a pair kept apart, what all pairs between the two clusters weigh,
    None where these are too many. `silent` are the comparisons of which one record says nothing.
    """

    left: str
    right: str
    bits: float
    probability: float
    prior: float
    evidence: tuple[Evidence, ...]
    silent: tuple[str, ...]
    needed: tuple[str, ...]
    records: int
    """In the cluster, or in both."""
    mean: float | None
    against: tuple[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How records are shown: by their ids, or by their rows where the ids are personal themselves."""

    matched: Matched
    masks_ids: bool

    @classmethod
    def of(cls, matched: Matched) -> "Shown":
        """Looks at the ids as at any column; numbers of rows are nobody's."""
        each_its_own = Column(codes=np.arange(len(matched.ids), dtype=np.int32), values=matched.ids)
        read = profile(each_its_own, matched.id_column)
        sample = tuple(each for each in read.sample if not _numbered(each, matched.inputs))
        role = read_column(replace(read, sample=sample)).role
        worded = role in _WORDS and sum(any(map(str.isdigit, value)) for value in sample) < len(sample) / 2
        return cls(matched=matched, masks_ids=role in _PERSONAL or worded)

    def id(self, record: int) -> str:
        """The id of a record, or its row among the records that were kept."""
        text: str = self.matched.ids[record].as_py()
        if not self.masks_ids or _numbered(text, self.matched.inputs):
            return text
        return f"{mask(text)} (row {record + 1:,} of records.parquet)"

    def values(self, record: int, columns: Sequence[str]) -> tuple[str | None, ...]:
        """Its values of some columns, masked."""
        found = [self.matched.table.column(name)[record].as_py() for name in columns]
        return tuple(mask(value) if value and value.strip() else None for value in found)

    def example(
        self, left: int, right: int, *, records: int, mean: float | None, against: tuple[str, float] | None = None
    ) -> Example:
        """A pair with its explanation."""
        matched = self.matched
        calibration = matched.calibration
        found = explain(matched.ground, matched.learned, left, right, cut=matched.cut, calibration=calibration)
        columns = matched.compared_columns
        return Example(
            left=self.id(left),
            right=self.id(right),
            bits=found.bits,
            probability=found.probability,
            prior=found.prior,
            evidence=tuple(
                Evidence(
                    comparison=finding.comparison,
                    says=finding.says,
                    bits=finding.bits,
                    left=self.values(left, names),
                    right=self.values(right, names),
                )
                for finding, names in zip(found.findings, columns, strict=True)
                if finding.outcome != NOT_GIVEN
            ),
            silent=tuple(finding.comparison for finding in found.findings if finding.outcome == NOT_GIVEN),
            needed=found.needed,
            records=records,
            mean=mean,
            against=against,
        )


def _numbered(text: str, inputs: Sequence[str]) -> bool:
    """Whether an id is the file and the row it came from."""
    return text.rpartition(":")[0] in {PurePath(name).stem for name in inputs}


def riskiest_merges(matched: Matched, metrics: ClusterMetrics) -> tuple[Example, ...]:
    """The clusters whose weakest record hangs by least, each by the strongest pair that holds it."""
    shown = Shown.of(matched)
    examples = []
    for row in metrics.weakest_first()[:MOST].tolist():
        weakest = int(metrics.weakest[row])
        others = np.flatnonzero(matched.labels == metrics.cluster[row])
        others = others[others != weakest]
        bits = matched.ground.weigh(matched.learned, np.full(len(others), weakest), others)
        mean, records = float(metrics.weakest_weight[row]), int(metrics.records[row])
        against = (shown.id(int(others[bits.argmin()])), float(bits.min())) if records > 2 else None
        holds = int(others[bits.argmax()])
        examples.append(shown.example(weakest, holds, records=records, mean=mean, against=against))
    return tuple(examples)


def ambiguous_records(matched: Matched) -> tuple[tuple[str, Example, Example], ...]:
    """Some of the records that fit two clusters: each with the strongest pair into either."""
    shown, found = Shown.of(matched), []
    pairs, labels = matched.pairs, matched.labels
    chosen = matched.ambiguous[:MOST]
    near = np.flatnonzero(np.isin(pairs.left, chosen) | np.isin(pairs.right, chosen))
    near = near[np.argsort(-pairs.bits[near], kind="stable")]
    for record in chosen.tolist():
        mine = near[(pairs.left[near] == record) | (pairs.right[near] == record)]
        others = pairs.left[mine] + pairs.right[mine] - record
        _, first = np.unique(labels[others], return_index=True)
        two = [int(others[at]) for at in np.sort(first)[:2]]
        if len(two) == 2:
            one, other = (shown.example(record, each, records=2, mean=None) for each in two)
            found.append((shown.id(record), one, other))
    return tuple(found)


def likeliest_apart(matched: Matched) -> tuple[Example, ...]:
    """The strongest candidate pairs that were not joined, one for each two clusters.""" ""
    pairs, labels, bits, shown = matched.pairs, matched.labels, matched.bits, Shown.of(matched)
    near = np.flatnonzero((labels[pairs.left] != labels[pairs.right]) & (bits > matched.review_from))
    strongest = near[np.argsort(-bits[near], kind="stable")]
    examples: list[Example] = []
    seen: set[tuple[int, int]] = set()
    for pair in strongest.tolist():
        left, right = int(pairs.left[pair]), int(pairs.right[pair])
        one, other = sorted((int(labels[left]), int(labels[right])))
        if (one, other) in seen:
            continue
        seen.add((one, other))
        members = np.flatnonzero(labels == one), np.flatnonzero(labels == other)
        mean = _mean_between(matched, *members)
        examples.append(shown.example(left, right, records=len(members[0]) + len(members[1]), mean=mean))
        if len(examples) == MOST:
            break
    return tuple(examples)


def _mean_between(matched: Matched, ones: NDArray[np.int64], others: NDArray[np.int64]) -> float | None:
    if len(ones) * len(others) > MOST_BETWEEN:
        return None
    left, right = np.repeat(ones, len(others)), np.tile(others, len(ones))
    return float(matched.ground.weigh(matched.learned, left, right).mean())
