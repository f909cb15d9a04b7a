"""The partition of records into entities: one pure function of records, evidence, stewards' links and policy.

Never connected components: one wrong pair would chain strangers. Instead pairs are taken from the strongest down,
and two clusters become one only if all that is known of the pairs between them allows it and policy says apply.
What is likely but was not done becomes a question to a steward: one for each two clusters.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from kempt.matching.components import components
from kempt.matching.contraction import Contraction, Hurdle, Limits, limits_of
from kempt.matching.evidence import Pair, Record, StewardLinks, Tie
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO, probability_of
from kempt.records.model import EntityType, ObjectType

Why = Literal["review_zone", "policy", "component", "doubt", "size", "mean", "weakest", "ambiguous"]
_Edge = tuple[int, int, int, Tie | None]


class Answer(Protocol):
    """What policy says to a step: `apply`, `review` or `reject`."""

    @property
    def verdict(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeStep:
    """Two clusters that may become one, by the strongest pair between them."""

    entity_type: EntityType
    left: str
    right: str
    bits: float
    probability: float
    cluster_size: int
    objects: tuple[ObjectType, ...]
    same_source: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A step that was taken, and the answer that allowed it."""

    step: MergeStep
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A step that a steward should decide, and why it was not taken."""

    step: MergeStep
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Which records are one entity, how that came about, and what is left to ask."""

    cluster_of: Mapping[str, str]
    """Each record's cluster, named by the smallest id in it."""
    merges: tuple[Merge, ...]
    questions: tuple[Question, ...]
    ambiguous: tuple[str, ...]
    """Records that fit two clusters which exclude each other, and so stay single."""
    broken_must_links: tuple[tuple[str, str], ...]
    """Must-links that a cannot-link contradicts; a steward has to settle them."""
    blocked: Mapping[str, int]
    """Pairs in the link zone whose records are not in one cluster, by what kept them apart."""


Decide = Callable[[MergeStep], Answer]


def partition(
    records: Iterable[Record], pairs: Iterable[Pair], links: StewardLinks, spec: MatchSpec, decide: Decide
) -> Partition:
    """The clusters of these records, whatever the order in which records and pairs come.

    A steward's must-link stands above what a spec keeps apart, and below a steward's cannot-link.
    """
    return _Partitioning(sorted(records), links, spec, decide).of(pairs)


class _Partitioning:
    """One evaluation, with records as numbers in the order of their ids."""

    def __init__(self, records: list[Record], links: StewardLinks, spec: MatchSpec, decide: Decide) -> None:
        self._records, self._spec, self._decide = records, spec, decide
        self._number = {record.record_id: n for n, record in enumerate(records)}
        self._limits: Limits = limits_of(spec)
        self._must, self._cannot = self._numbered(links.must), self._numbered(links.cannot)
        self._cluster_of = list(range(len(records)))
        self._merges: list[tuple[_Edge, Merge]] = []
        self._questions: list[tuple[_Edge, Question]] = []
        self._ambiguous: list[int] = []
        self._broken: list[tuple[int, int]] = []
        self._blocked: Counter[str] = Counter()

    def of(self, pairs: Iterable[Pair]) -> Partition:
        number = self._number
        edges: list[_Edge] = sorted(
            (-pair.micro_bits, *sorted((number[pair.left], number[pair.right])), pair.tie) for pair in pairs
        )  # type: ignore[type-var]
        for members, inner in self._components(edges):
            if len(inner) == 1 and len(members) == 2 and not self._cannot:
                self._settle_two(inner[0])
            else:
                self._settle(members, inner)
        return self._outcome()
