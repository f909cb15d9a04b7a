"""Components with everything known inside them, as numbers: what clusters are made of, one component at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from kempt.matching.evidence import Pair, Tie
from kempt.matching.kernel.clusters import connect

Edge = tuple[int, int, int, Tie | None]
"""A compared pair: its weight in millionths of a bit, negated so that the strongest sorts first, and its records."""


@dataclass(slots=True)
class Part:
    """A component: its records, every compared pair in it from the strongest down, and the links in it."""

    members: list[int] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    must: list[tuple[int, int]] = field(default_factory=list)
    cannot: list[tuple[int, int]] = field(default_factory=list)


def edges_of(pairs: Iterable[Pair], number: Mapping[str, int]) -> list[Edge]:
    """The pairs from the strongest down; of equal ones by the ids."""
    edges: list[Edge] = []
    for left, right, micro_bits, tie in pairs:
        one, other = number[left], number[right]
        edges.append((-micro_bits, one, other, tie) if one < other else (-micro_bits, other, one, tie))
    return sorted(edges, key=lambda edge: edge[:3])


def numbered(links: Iterable[tuple[str, str]], number: Mapping[str, int]) -> list[tuple[int, int]]:
    """The links whose two records are here."""
    here = {(number[one], number[other]) for one, other in links if one in number and other in number}
    return sorted({(min(link), max(link)) for link in here})


def parts_of(
    records: int, edges: list[Edge], must: list[tuple[int, int]], cannot: list[tuple[int, int]], review: int
) -> Iterable[Part]:
    """The components of what is likely or linked, by their smallest record, each with everything known inside it.

    Records are numbered from 0; one that hangs together with no other is in no part.
    """
    bonds = [(left, right) for negative, left, right, tie in edges if -negative >= review and tie != "apart"]
    one, other = np.array([*bonds, *must], np.int32).reshape(-1, 2).T
    component = connect(records, one, other)
    shared = np.flatnonzero(np.bincount(component, minlength=records)[component] > 1)
    parts: dict[int, Part] = {}
    part_of: dict[int, Part] = {}
    for record, first in zip(shared.tolist(), component[shared].tolist(), strict=True):
        part_of[record] = parts.setdefault(first, Part())
        part_of[record].members.append(record)
    for edge in edges:
        if (inner := part_of.get(edge[1])) is not None and inner is part_of.get(edge[2]):
            inner.edges.append(edge)
    for links, name in ((must, "must"), (cannot, "cannot")):
        for left, right in links:
            if (inner := part_of.get(left)) is not None and inner is part_of.get(right):
                getattr(inner, name).append((left, right))
    return parts.values()
