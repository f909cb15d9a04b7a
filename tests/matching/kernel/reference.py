"""What the kernel should do, in plain Python: slow, obvious, and without a line in common with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

Record = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """As kempt.matching.conditions has it, with any comparator."""

    column: str
    comparator: str
    operator: str = ""
    limit: float = 0.0
    other: str = ""


def condition(column: str, text: str) -> Condition:
    """`condition("family", "levenshtein <= 1")`."""
    comparator, *rest = text.split()
    if comparator == "swapped":
        return Condition(column=column, comparator=comparator, other=rest[1])
    if comparator == "within":
        return Condition(column=column, comparator=comparator, limit=float(rest[0]))
    operator, limit = rest or ("", "0")
    return Condition(column=column, comparator=comparator, operator=operator, limit=float(limit))


def days(value: str) -> int | None:
    """The number of a value in these tests."""
    return int(value) if value.isdecimal() and value.isascii() else None


def vector(value: str) -> dict[int, float]:
    """The sparse vector of a value in these tests: its letters."""
    return {ord(letter): float(np.float32(0.25 + ord(letter) % 3 / 7)) for letter in value}


def cosine(left: str, right: str) -> float:
    one, other = vector(left), vector(right)
    total = 0.0
    for token in sorted(one.keys() & other.keys()):
        total += one[token] * other[token]
    return total


def overlap(left: str, right: str) -> float:
    one, other = set(left.split(" ")), set(right.split(" "))
    return len(one & other) / len(one | other)


def holds(condition: Condition, left: Record, right: Record) -> bool:
    x, y = left[condition.column], right[condition.column]
    if condition.comparator == "missing":
        return x is None or y is None
    if condition.comparator == "unshared":
        return x is None or y is None or x != y
    if x is None or y is None:
        return False
    limit, negated = condition.limit, condition.operator in ("<", ">")
    match condition.comparator:
        case "exact":
            return x == y
        case "differs":
            return x != y
        case "initial":
            return min(len(x), len(y)) == 1 and x[0] == y[0]
        case "contains":
            return f" {x} " in f" {y} " or f" {y} " in f" {x} "
        case "swapped":
            return x == right[condition.other] and left[condition.other] == y
        case "jaro_winkler":
            return (JaroWinkler.similarity(x, y) >= limit) != negated
        case "token_overlap":
            return (overlap(x, y) >= limit) != negated
        case "cosine":
            return (cosine(x, y) >= limit) != negated
        case "levenshtein":
            return (Levenshtein.distance(x, y) <= limit) != negated
        case "damerau":
            return (OSA.distance(x, y) <= limit) != negated
        case "within":
            a, b = days(x), days(y)
            return a is not None and b is not None and abs(a - b) <= limit
    raise AssertionError(condition.comparator)


def level(levels: Sequence[Sequence[Condition]], left: Record, right: Record) -> int:
    return next(at for at, conditions in enumerate(levels) if all(holds(each, left, right) for each in conditions))


def rules_making(
    records: Sequence[Record], rules: Sequence[tuple[tuple[str, ...], int]]
) -> dict[tuple[int, int], list[int]]:
    """Every pair, with the rules that make it."""
    made: dict[tuple[int, int], list[int]] = {}
    for at, (columns, cap) in enumerate(rules):
        blocks: dict[Any, list[int]] = {}
        for number, record in enumerate(records):
            key = tuple(record[column] for column in columns)
            if None not in key:
                blocks.setdefault(key, []).append(number)
        for members in blocks.values():
            for pair in combinations(members, 2) if len(members) <= cap else ():
                made.setdefault(pair, []).append(at)
    return made


def histogram(
    records: Sequence[Record], pairs: Sequence[tuple[int, int]], comparisons: Sequence[Sequence[Sequence[Condition]]]
) -> Counter[tuple[int, ...]]:
    return Counter(tuple(level(levels, records[i], records[j]) for levels in comparisons) for i, j in pairs)
