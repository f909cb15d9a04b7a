"""The partition of records into entities: one pure function of records, evidence, stewards' links and policy.

Never connected components: one wrong pair would chain strangers. Instead pairs are taken from the strongest down,
and two clusters become one only if all that is known of the pairs between them allows it and policy says apply.
What is likely but was not done becomes a question to a steward: one for each two clusters.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from kempt.matching.contraction import Contraction, Limits, limits_of
from kempt.matching.evidence import Pair, Record, StewardLinks
from kempt.matching.parts import Edge, Part, edges_of, numbered, parts_of
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO, probability_of
from kempt.records.model import EntityType, ObjectType

Why = Literal["review_zone", "policy", "component", "apart", "doubt", "size", "mean", "weakest", "ambiguous"]


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
    kept_apart: tuple[tuple[str, str], ...]
    """Of pairs in the link zone whose records are not in one cluster, the first record and what kept them apart."""
    part_of: Mapping[str, str]
    """Each record's component, named by the smallest id in it; what happens in one says nothing of another."""

    @property
    def blocked(self) -> Mapping[str, int]:
        """Pairs in the link zone whose records are not in one cluster, by what kept them apart."""
        return dict(sorted(Counter(why for _, why in self.kept_apart).items()))


Decide = Callable[[MergeStep], Answer]


def partition(
    records: Iterable[Record], pairs: Iterable[Pair], links: StewardLinks, spec: MatchSpec, decide: Decide
) -> Partition:
    """The clusters of these records, whatever the order in which records and pairs come.

    A steward's must-link stands above what a spec keeps apart, and below a steward's cannot-link.
    """
    ordered = sorted(records)
    number = {record.record_id: n for n, record in enumerate(ordered)}
    edges = edges_of(pairs, number)
    must, cannot = numbered(links.must, number), numbered(links.cannot, number)
    ground = _Ground(records=ordered, limits=limits_of(spec), entity_type=spec.entity_type, decide=decide)
    outcome = _Outcome()
    for part in parts_of(len(ordered), edges, must, cannot, ground.limits.review):
        if len(part.members) == 2 and not part.must and not part.cannot:
            _settle_two(part, ground, outcome)
        else:
            _settle(part, ground, outcome)
        outcome.part_of.update(dict.fromkeys(part.members, part.members[0]))
    return outcome.sealed(ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What does not change while clusters grow; records are numbers in the order of their ids."""

    records: list[Record]
    limits: Limits
    entity_type: EntityType
    decide: Decide

    def step(self, edge: Edge, one: list[int], other: list[int]) -> MergeStep:
        """The merging of two clusters over a pair."""
        bits = -edge[0] / MICRO
        records = self.records
        return MergeStep(
            entity_type=self.entity_type,
            left=records[edge[1]].record_id,
            right=records[edge[2]].record_id,
            bits=bits,
            probability=probability_of(bits),
            cluster_size=len(one) + len(other),
            objects=tuple(sorted({records[n].object_type for n in (*one, *other)})),
            same_source=not {records[n].source for n in one}.isdisjoint(records[n].source for n in other),
        )


@dataclass(slots=True)
class _Outcome:
    """What has been settled so far."""

    cluster_of: dict[int, int] = field(default_factory=dict)
    merges: list[tuple[Edge, Merge]] = field(default_factory=list)
    questions: list[tuple[Edge, Question]] = field(default_factory=list)
    ambiguous: list[int] = field(default_factory=list)
    broken: list[tuple[int, int]] = field(default_factory=list)
    kept_apart: list[tuple[int, str]] = field(default_factory=list)
    part_of: dict[int, int] = field(default_factory=dict)

    def sealed(self, records: list[Record]) -> Partition:
        """The partition, in an order that follows from the ids alone."""
        ids = [record.record_id for record in records]
        return Partition(
            cluster_of={name: ids[self.cluster_of.get(n, n)] for n, name in enumerate(ids)},
            merges=tuple(merge for _, merge in sorted(self.merges, key=_place)),
            questions=tuple(question for _, question in sorted(self.questions, key=_place)),
            ambiguous=tuple(ids[n] for n in sorted(self.ambiguous)),
            broken_must_links=tuple((ids[left], ids[right]) for left, right in sorted(self.broken)),
            kept_apart=tuple((ids[record], why) for record, why in sorted(self.kept_apart)),
            part_of={name: ids[self.part_of.get(n, n)] for n, name in enumerate(ids)},
        )


def _place(settled: tuple[Edge, object]) -> tuple[int, int, int]:
    return settled[0][:3]


def _settle_two(part: Part, ground: _Ground, outcome: _Outcome) -> None:
    """Two records and the one pair between them, as most components are."""
    (edge,) = part.edges
    left, right = part.members
    step = ground.step(edge, [left], [right])
    linked = -edge[0] >= ground.limits.link
    if not linked or edge[3] == "ask":
        _ask(outcome, edge, step, "doubt" if linked else "review_zone")
        return
    answer = ground.decide(step)
    if answer.verdict == "apply":
        outcome.merges.append((edge, Merge(step=step, answer=answer)))
        outcome.cluster_of[right] = left
    elif answer.verdict == "review":
        _ask(outcome, edge, step, "policy")


def _ask(outcome: _Outcome, edge: Edge, step: MergeStep, why: Why) -> None:
    outcome.questions.append((edge, Question(step=step, why=why)))
    if why != "review_zone":
        outcome.kept_apart.append((edge[1], why))


def _settle(part: Part, ground: _Ground, outcome: _Outcome) -> None:
    """A component of any shape: must-links first, then pairs from the strongest down, then what is left to ask."""
    clusters = Contraction(limits=ground.limits)
    for record in part.members:
        clusters.start(record)
    for negative, left, right, tie in part.edges:
        clusters.know(left, right, -negative, tie)
    _obey(part, clusters, outcome)
    refused = _contract(part, ground, clusters, outcome)
    _leave_questions(part, ground, clusters, refused, outcome)
    outcome.cluster_of.update(clusters.cluster_of)
    outcome.ambiguous += clusters.ambiguous


def _obey(part: Part, clusters: Contraction, outcome: _Outcome) -> None:
    """Link what stewards linked, except where that would join what stewards keep apart."""
    cannot = set(part.cannot)
    for left, right in part.must:
        one, other = clusters.cluster_of[left], clusters.cluster_of[right]
        across = ((min(a, b), max(a, b)) for a in clusters.members[one] for b in clusters.members[other])
        if one != other and any(pair in cannot for pair in across):
            outcome.broken.append((left, right))
        elif one != other:
            clusters.join(one, other)
    for left, right in part.cannot:
        if clusters.cluster_of[left] != clusters.cluster_of[right]:
            clusters.forbid(clusters.cluster_of[left], clusters.cluster_of[right])


def _contract(
    part: Part, ground: _Ground, clusters: Contraction, outcome: _Outcome
) -> dict[tuple[int, int], Why | None]:
    """Join what may be joined; returns why each other pair of the link zone was not, or None if it was rejected."""
    refused: dict[tuple[int, int], Why | None] = {}
    too_large = len(part.members) > ground.limits.complete_up_to
    for edge in part.edges:
        negative, left, right, tie = edge
        if -negative < ground.limits.link:
            break
        one, other = clusters.cluster_of[left], clusters.cluster_of[right]
        if one == other:
            continue
        hurdle: Why | None = "component" if too_large else clusters.hurdle(left, right, -negative)
        if hurdle is not None:
            refused[left, right] = hurdle
            continue
        step = ground.step(edge, clusters.members[one], clusters.members[other])
        answer = ground.decide(step)
        if answer.verdict == "apply":
            outcome.merges.append((edge, Merge(step=step, answer=answer)))
            clusters.join(one, other)
        else:
            refused[left, right] = "policy" if answer.verdict == "review" else None
    return refused


def _leave_questions(
    part: Part,
    ground: _Ground,
    clusters: Contraction,
    refused: Mapping[tuple[int, int], Why | None],
    outcome: _Outcome,
) -> None:
    """One question for each two clusters that may be one, over the strongest pair between them."""
    asked: set[tuple[int, int]] = set()
    for edge in part.edges:
        negative, left, right, _ = edge
        if -negative < ground.limits.review:
            break
        one, other = sorted((clusters.cluster_of[left], clusters.cluster_of[right]))
        if one == other or (one, other) in asked:
            continue
        asked.add((one, other))
        why = refused.get((left, right), "review_zone")
        if why is None or clusters.known(one, other).apart:
            outcome.kept_apart.append((left, "apart" if why else "policy"))
            continue
        step = ground.step(edge, clusters.members[one], clusters.members[other])
        _ask(outcome, edge, step, why)
