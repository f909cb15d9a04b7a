"""Components with everything known inside them, as numbers: what clusters are made of, one component at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kempt.matching.components import components
from kempt.matching.evidence import Pair, Tie

Edge = tuple[int, int, int, Tie | None]
"""A compared pair: its weight in millionths of a bit, negated so that the strongest sorts first, and its records."""


@dataclass(slots=True)
class Part:
    """A component: its records, every compared pair in it from the strongest down, and the links in it."""

    members: list[int]
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
    edges: list[Edge], must: list[tuple[int, int]], cannot: list[tuple[int, int]], review: int
) -> Iterable[Part]:
    """The components of what is likely or linked, each with everything known inside it."""
    bonds = [(left, right) for negative, left, right, tie in edges if -negative >= review and tie != "apart"]
    part_of: dict[int, Part] = {}
    parts = []
    for members in components([*bonds, *must]):
        part = Part(members=members)
        parts.append(part)
        part_of.update(dict.fromkeys(members, part))
    for edge in edges:
        if (inner := part_of.get(edge[1])) is not None and inner is part_of.get(edge[2]):
            inner.edges.append(edge)
    for links, name in ((must, "must"), (cannot, "cannot")):
        for left, right in links:
            if (inner := part_of.get(left)) is not None and inner is part_of.get(right):
                getattr(inner, name).append((left, right))
    return parts
