"""The pairs and clusters that a policy makes of files: as for tenants, with nobody's autonomy policy to ask."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.bands import bands_of
from kempt.matching.clusters import MergeStep, partition
from kempt.matching.engine import MatchEngine, Plan
from kempt.matching.engines.duckdb import DuckDbEngine
from kempt.matching.evidence import Pair, Record, StewardLinks, Tie
from kempt.matching.filepolicy.spec import FileSpec
from kempt.matching.kernel.clusters import connect
from kempt.matching.kernel.runs import Scored
from kempt.matching.report.matched import KEPT_FROM, Matched
from kempt.matching.scoring import kept_apart, may_link, missing_inside
from kempt.matching.training.train import Labels
from kempt.matching.weights import MICRO, bits_of
from kempt.records.model import ObjectType

_OBJECT: Mapping[str, ObjectType] = {"person": "contact", "company": "company"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Clustering does what the policy's link and gates allow; what it leaves is asked."""

    verdict: str = "apply"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parted:
    """The smallest record of each record's cluster, the records that fit two, and what was left to ask or kept apart.

    `pairs` are all that are kept, those inside components that no rule made among them.
    """

    labels: Labels
    ambiguous: NDArray[np.int64]
    pairs: Scored
    questions: Mapping[str, int]
    kept_apart: Mapping[str, int]
    components_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PolicyMatched(Matched):
    """A run by a policy."""

    spec: FileSpec
    sources: tuple[tuple[str, ...], ...]
    """Of each comparison the columns of the files that it reads."""

    @property
    def review_from(self) -> float:
        """The bits from which a pair is a question."""
        return bits_of(self.spec.review)

    @property
    def compared_columns(self) -> list[list[str]]:
        """Of each comparison the columns of the files that it reads."""
        return [list(each) for each in self.sources]

    def clusters_at(self, threshold: float) -> Labels:
        """The clusters had the policy linked from another probability."""
        review = min(self.spec.review, threshold)
        spec = self.spec.model_copy(update={"link": threshold, "review": review})
        plan = self.ground.plan(self.learned)
        return part(spec, self.ids, plan, DuckDbEngine(), self.pairs).labels

    def bands(self, passes: NDArray[np.bool_]) -> NDArray[np.int8]:
        """The place in BANDS of each pair: what a constraint keeps apart is no question, however much it weighs."""
        found = bands_of(self.ground, self.pairs, self.labels, passes, self.cut)
        asked = may_link(self.spec, self.pairs.bits, kept_apart(self.spec, self.pairs.broken))
        return np.where(found < 2, found, np.where(asked, 2, 3)).astype(np.int8)


def part(spec: FileSpec, ids: pa.Array, plan: Plan, engine: MatchEngine, found: Scored) -> Parted:
    """The clusters of records by these candidates; in components that are not too large every pair is compared."""
    apart = kept_apart(spec, found.broken)
    possible = may_link(spec, found.bits, apart)
    component = connect(len(ids), found.left[possible], found.right[possible])
    inner = engine.score_pairs(plan, *missing_inside(spec, component, found.left, found.right))
    every = _joined(found, inner)
    within = np.flatnonzero(component[every.left] == component[every.right])
    pairs = list(_pairs(spec, ids, every, within))
    records = {name for pair in pairs for name in pair[:2]}
    settled = partition(
        (Record(name, _OBJECT[spec.entity_type], "") for name in records), pairs, StewardLinks(), spec, _apply
    )
    number = {name: n for n, name in enumerate(ids.to_pylist()) if name in records}
    sizes = np.bincount(component)
    return Parted(
        labels=_labels(settled.cluster_of, number, len(ids)),
        ambiguous=np.array(sorted(number[name] for name in settled.ambiguous), np.int64),
        pairs=every.at_least(round(KEPT_FROM * MICRO)),
        questions=dict(sorted(Counter(each.why for each in settled.questions).items())),
        kept_apart=dict(settled.blocked),
        components_left_out=int((sizes > spec.gates.complete_up_to).sum()),
    )


def _apply(_: MergeStep) -> Applied:
    return Applied()


def _joined(one: Scored, other: Scored) -> Scored:
    """Both, by left and right."""
    names = [each.name for each in fields(Scored) if each.name != "met"]
    columns = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names}
    order = np.lexsort((columns["right"], columns["left"]))
    met = replace(one.met, pairs=one.met.pairs + len(other.left))
    return Scored(met=met, **{name: values[order] for name, values in columns.items()})


def _pairs(spec: FileSpec, ids: pa.Array, found: Scored, chosen: NDArray[np.int64]) -> Iterator[Pair]:
    left, right = (ids.take(pa.array(side[chosen])).to_pylist() for side in (found.left, found.right))
    asked = sum(1 << at for at, each in enumerate(spec.constraints) if each.then == "ask")
    apart = kept_apart(spec, found.broken[chosen])
    doubted = (found.broken[chosen] & np.uint64(asked)) != np.uint64(0)
    ties: tuple[Tie | None, ...] = (None, "ask", "apart")
    tie = np.where(apart, 2, doubted.astype(np.int64)).tolist()
    for one, other, bits, at in zip(left, right, found.bits[chosen].tolist(), tie, strict=True):
        yield Pair(one, other, bits, ties[at])


def _labels(cluster_of: Mapping[str, str], number: Mapping[str, int], records: int) -> Labels:
    """Each record's cluster, named by the smallest number in it."""
    labels = np.arange(records, dtype=np.int32)
    smallest: dict[str, int] = {}
    for name, record in number.items():  # ascending
        labels[record] = smallest.setdefault(cluster_of[name], record)
    return labels
