"""Merges that the evidence of now would part because somebody changed what counts: they stand, and are asked about.

A new match spec, a suppressed value among it, compares everything anew. What policy merged before and would fall apart
by that is held together in the run that sees the new policy first, and from then on until a steward decides, until the
evidence joins it again, or until her cannot-link parts it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import duckdb

from kempt.matching.clusters import Decide, MergeStep, Partition, partition
from kempt.matching.evidence import Pair, Record, StewardLinks
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO, probability_of
from kempt.records.model import EntityType

Bonds = frozenset[tuple[str, str]]
"""Pairs of records that policy merged, the smaller id first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a partition is worked out from."""

    records: Sequence[Record]
    pairs: Sequence[Pair]
    links: StewardLinks
    spec: MatchSpec
    decide: Decide

    def partition(self, bonds: Bonds = frozenset()) -> Partition:
        """The clusters, with these pairs held together as far as no steward keeps them apart."""
        links = replace(self.links, must=self.links.must | bonds)
        part = partition(self.records, self.pairs, links, self.spec, self.decide)
        return replace(part, broken_must_links=tuple(each for each in part.broken_must_links if each not in bonds))


def hold_together(ground: Ground, part: Partition, bonds: Bonds) -> tuple[Partition, tuple[MergeStep, ...]]:
    """The partition in which no bond is parted but by a steward, and the merges that only their bonds hold."""
    here = frozenset((one, other) for one, other in bonds if {one, other} <= part.cluster_of.keys())
    parted = here - _joined(part, here)
    if not parted:
        return part, ()
    whole = ground.partition(parted)
    return whole, tuple(_steps(ground, part, sorted(_joined(whole, parted))))


def bonds_in(lake: duckdb.DuckDBPyConnection, kind: EntityType) -> Bonds:
    """The bonds that hold since an earlier run. On which of them a steward decided since, the partition shows."""
    rows = lake.execute(
        "select left_id, right_id from cluster_link where entity_type = ? and kind = 'stands'", [kind]
    ).fetchall()
    return frozenset(rows)


def _joined(part: Partition, bonds: Bonds) -> Bonds:
    return frozenset((one, other) for one, other in bonds if part.cluster_of[one] == part.cluster_of[other])


def _steps(ground: Ground, part: Partition, stand: Sequence[tuple[str, str]]) -> Iterable[MergeStep]:
    wanted, known = set(stand), {record.record_id: record for record in ground.records}
    weighed = {(pair.left, pair.right): pair.micro_bits / MICRO for pair in ground.pairs if pair[:2] in wanted}
    size = Counter(part.cluster_of.values())
    for one, other in stand:
        bits = weighed.get((one, other), float("-inf"))
        yield MergeStep(
            entity_type=ground.spec.entity_type, left=one, right=other, bits=bits, probability=probability_of(bits),
            cluster_size=size[part.cluster_of[one]] + size[part.cluster_of[other]],
            objects=tuple(sorted({known[one].object_type, known[other].object_type})),
            same_source=known[one].source == known[other].source,
        )  # fmt: skip
