"""Which proposals a rule can meet, told exactly and without trying any.

Policy cannot tell two proposals apart that lie on the same side of every limit. So a finite number of cells stands for
all proposals of one kind and entity type; a rule's conditions hold for a box of them, and boxes are subtracted from
one another. Nothing is sampled: what is said to be covered is covered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any, get_args

from kempt.policy.conditions import HOLDS, When
from kempt.policy.survivorship import attributes_of
from kempt.proposals.model import KINDS, Features, ProposalKind, proposers
from kempt.records.model import ENTITY_OF, OBJECT_TYPES, EntityType

Box = Mapping[str, frozenset[Any]]
"""A set of cells: for every dimension the values it may have."""

ANOTHER = "another"
"""Stands for every name that no rule mentions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """All proposals of one kind about one entity type: each dimension with one value for every cell."""

    kind: ProposalKind
    entity_type: EntityType
    values: Mapping[str, tuple[Any, ...]]

    def box(self, when: When) -> Box | None:
        """The cells for which all conditions hold; None when there are none."""
        box = {name: frozenset(values) for name, values in self.values.items()}
        for condition, wanted in when.given:
            name = _dimension(condition)
            box[name] = frozenset(v for v in box[name] if HOLDS[condition](SimpleNamespace(**{name: v}), wanted))  # type: ignore[arg-type]
            if not box[name]:
                return None
        return box

    def example(self, box: Box) -> Features:
        """One proposal of a box."""
        chosen = {name: next(v for v in values if v in box[name]) for name, values in self.values.items()}
        return Features(**chosen)


def spaces(whens: Iterable[When]) -> tuple[Space, ...]:
    """Every kind of proposal about every entity type, cut so finely that these conditions tell no cell apart."""
    whens = tuple(whens)
    return tuple(
        Space(kind=kind, entity_type=entity, values=_values(kind, entity, whens))
        for kind in KINDS
        for entity in get_args(EntityType)
    )


def uncovered(box: Box, others: Iterable[Box]) -> Box | None:
    """Cells of a box that are in none of the others; None when all are covered."""
    return next(iter(remains(box, others)), None)


def common(one: Box, other: Box) -> Box | None:
    """The cells that are in both; None when there are none."""
    both = {name: values & other[name] for name, values in one.items()}
    return both if all(both.values()) else None


def remains(box: Box, others: Iterable[Box]) -> list[Box]:
    """What is left of a box without the others, in boxes that do not overlap."""
    left: list[Box] = [box]
    for other in others:
        left = [part for each in left for part in _minus(each, other)]
    return left


def _minus(box: Box, other: Box) -> list[Box]:
    if common(box, other) is None:
        return [box]
    parts: list[Box] = []
    rest = dict(box)
    for name, values in box.items():
        if outside := values - other[name]:
            parts.append({**rest, name: outside})
            rest[name] = values & other[name]
    return parts


def _values(kind: ProposalKind, entity: EntityType, whens: Sequence[When]) -> dict[str, tuple[Any, ...]]:
    asked = [(name, wanted) for when in whens for name, wanted in when.given]
    merge, change = kind == "merge", kind == "field_change"
    objects = [each for each in OBJECT_TYPES if ENTITY_OF[each] == entity]
    named = {origin for name, wanted in asked if name == "origin" for origin in wanted}
    return {
        "kind": (kind,),
        "entity_type": (entity,),
        "agent": proposers(kind),
        "confidence": _shares({wanted for name, wanted in asked if name.endswith("_confidence")}),
        "objects": tuple(_some_of(objects)) if merge else ((),),
        "cluster_size": _sizes({wanted for name, wanted in asked if name.endswith("_cluster_size")})
        if merge
        else (None,),
        "same_source": (True, False) if merge else (None,),
        "attribute": (None,) if merge else tuple(sorted(attributes_of(entity))),
        "origin": (*sorted(named), ANOTHER, None) if change else (None,),
        "fills_empty": (True, False) if change else (None,),
        "overrides_human": (False, True),
    }


def _shares(limits: set[float]) -> tuple[float, ...]:
    """Every limit, and a value between any two: conditions see of a confidence only on which side it lies."""
    edges = sorted({0.0, 1.0, *map(float, limits)})
    return tuple(sorted({*edges, *((low + high) / 2 for low, high in pairwise(edges))}, reverse=True))


def _sizes(limits: set[int]) -> tuple[int, ...]:
    return tuple(sorted({2, *(size + by for size in limits for by in (-1, 0, 1) if size + by >= 2)}))


def _some_of(names: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for count in range(1, len(names) + 1):
        yield from combinations(names, count)


def _dimension(condition: str) -> str:
    return "objects" if condition == "any_object" else condition.removeprefix("min_").removeprefix("max_")
