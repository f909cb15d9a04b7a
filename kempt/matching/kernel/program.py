"""Comparisons and constraints, translated once into what the kernel runs for every pair."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel import library as native
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.encode import number
from kempt.matching.kernel.library import FAMILIES, MAX_RULES, address, array_of

_DISTANCES = {"levenshtein": 99, "damerau": 3, "within": 2**31}
"""Comparators that reach a limit from above, and the largest one that makes sense."""


class Condition(Protocol):
    """How two values of a column must be alike; kempt.matching.conditions says what each comparator means."""

    @property
    def column(self) -> str: ...
    @property
    def comparator(self) -> str: ...
    @property
    def operator(self) -> str: ...
    @property
    def limit(self) -> float: ...
    @property
    def other(self) -> str: ...


Conditions = Sequence[Condition]


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """Comparisons of the records' columns: an outcome each, all outcomes of a pair packed into one pattern."""

    columns: Columns
    levels: tuple[int, ...]
    """How many levels each comparison has."""
    constraints: int
    records: ctypes.Structure
    native: ctypes.Structure
    first_level: tuple[int, ...]
    held: tuple[Any, ...]
    """Memory that the structs point to."""

    @classmethod
    def of(
        cls, columns: Columns, comparisons: Sequence[Sequence[Conditions]], constraints: Sequence[Conditions] = ()
    ) -> "Program":
        """The comparisons are lists of levels, the levels lists of conditions, of which the last one is empty."""
        for levels in comparisons:
            if not 0 < len(levels) < 256 or levels[-1]:
                raise ValueError("a comparison needs 1 to 255 levels, of which the last one has no conditions.")
        counts = tuple(len(levels) for levels in comparisons)
        if prod(counts) >= 2**64 or not 0 < len(counts) <= MAX_RULES or len(constraints) > MAX_RULES:
            raise ValueError(f"1 to {MAX_RULES} comparisons and up to {MAX_RULES} constraints fit, and 2^64 patterns.")
        writer = _Writer(columns)
        firsts = tuple(writer.add_levels(levels) for levels in comparisons)
        first_constraint = writer.add_levels(constraints)
        strides = _strides(counts)
        parts = [
            array_of(
                native.Comparison,
                [
                    {"first_level": first, "levels": count, "stride": stride}
                    for first, count, stride in zip(firsts, counts, strides, strict=True)
                ],
            ),
            array_of(native.Level, writer.levels),
            array_of(native.Test, writer.tests),
            array_of(native.Measure, [{**each, "needed": _needed(each["worst"])} for each in writer.measures]),
        ]
        pointers = [ctypes.addressof(part) for part in parts]
        described = writer.described()
        return cls(
            columns=columns,
            levels=counts,
            constraints=len(constraints),
            records=native.Records(
                columns.records,
                len(columns.columns),
                address(columns.codes),
                ctypes.addressof(described),
                writer.longest,
            ),
            native=native.Program(len(counts), *pointers, len(constraints), first_constraint),
            first_level=firsts,
            held=(*parts, described, writer.held),
        )

    def pattern_of(self, levels: Sequence[int]) -> int:
        """The number of a combination of outcomes, one level per comparison."""
        return sum(level * stride for level, stride in zip(levels, _strides(self.levels), strict=True))

    def levels_of(self, patterns: NDArray[np.uint64]) -> NDArray[np.uint8]:
        """The outcomes that patterns stand for: one row each, one column per comparison."""
        strides, counts = np.array(_strides(self.levels), np.uint64), np.array(self.levels, np.uint64)
        distinct, place = number(np.ascontiguousarray(patterns, np.uint64))
        found: NDArray[np.uint8] = (distinct[:, None] // strides % counts).astype(np.uint8)[place]
        return found


def _strides(counts: tuple[int, ...]) -> list[int]:
    """The last comparison changes a pattern by one."""
    return [prod(counts[at + 1 :]) for at in range(len(counts))]


def _needed(limit: float) -> tuple[float, ...]:
    """What a Jaro-Winkler limit needs of matches, for a common start of 0 to 4 letters: see jaro_winkler.c.

    The boost lifts a similarity s to s + 0.1 * letters * (1 - s), if s is above 0.7.
    """
    unboosted = [(limit - 0.1 * letters) / (1 - 0.1 * letters) for letters in range(5)]
    return tuple(3 * max(similarity, min(limit, 0.7)) - 1 for similarity in unboosted)


@dataclass
class _Writer:
    """Collects levels, tests and measures; each measure once, however many levels ask for it."""

    columns: Columns
    levels: list[dict[str, Any]] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    measures: list[dict[str, Any]] = field(default_factory=list)
    known: dict[tuple[str, str, str], int] = field(default_factory=dict)
    held: list[Any] = field(default_factory=list)
    longest: int = 0

    def add_levels(self, levels: Sequence[Conditions]) -> int:
        """Returns the position of the first."""
        first = len(self.levels)
        for conditions in levels:
            self._add_level(conditions)
        return first

    def _add_level(self, conditions: Conditions) -> None:
        must = {"equal": 0, "unequal": 0, "given": 0, "missing": 0}
        first = len(self.tests)
        for each in conditions:
            mask = self.columns.mask(each.column)
            match each.comparator:
                case "exact":
                    must["equal"] |= mask
                case "differs":
                    must["unequal"] |= mask
                    must["given"] |= mask
                case "missing":
                    must["missing"] |= mask
                case "unshared":
                    must["unequal"] |= mask
                case _:
                    must["given"] |= mask | (self.columns.mask(each.other) if each.other else 0)
                    self._add_test(each)
        level = {
            "equal_mask": must["equal"] | must["unequal"],
            "equal_value": must["equal"],
            "given_mask": must["given"] | must["missing"],
            "given_value": must["given"],
        }
        if must["equal"] & must["unequal"] or must["given"] & must["missing"]:
            level |= {"equal_mask": 0, "equal_value": 1}  # contradicts itself: never holds
        self.levels.append({**level, "first_test": first, "tests": len(self.tests) - first})

    def _add_test(self, each: Condition) -> None:
        if each.comparator not in FAMILIES:
            raise ValueError(f"the kernel has no comparator '{each.comparator}'. It has exact, {', '.join(FAMILIES)}.")
        limit = each.limit if each.operator or each.comparator == "within" else 1.0
        if not 0 <= limit <= _DISTANCES.get(each.comparator, 1):
            raise ValueError(f"{each.comparator} on {each.column}: the limit {limit} is out of range.")
        if each.comparator in _DISTANCES:
            limit = -limit  # the kernel's measures are the greater, the more alike
        measure = self._measure(each)
        self.measures[measure]["worst"] = min(limit, self.measures[measure].get("worst", limit))
        self.tests.append({"measure": measure, "negated": each.operator in ("<", ">"), "limit": limit})

    def _measure(self, each: Condition) -> int:
        key = (each.comparator, each.column, each.other)
        if key not in self.known:
            if len(self.known) == MAX_RULES:
                raise ValueError(f"more than {MAX_RULES} different measures; the kernel takes no more.")
            self.known[key] = len(self.measures)
            measure: dict[str, int | None] = {
                "family": FAMILIES.index(each.comparator),
                "column": self.columns.position(each.column),
            }
            if each.comparator == "swapped":
                self.held.append(self.columns.columns[each.column].codes_in(self.columns.columns[each.other]))
                measure |= {"other": self.columns.position(each.other), "to_other": address(self.held[-1])}
            self.measures.append(measure)
        return self.known[key]

    def described(self) -> "ctypes.Array[ctypes.Structure]":
        """The columns, each with what its comparators need and no more."""
        asked: dict[str, set[str]] = {}
        for comparator, column, _ in self.known:
            asked.setdefault(column, set()).add(comparator)
        return array_of(native.Column, [self._column(name, asked.get(name, set())) for name in self.columns.columns])

    def _column(self, name: str, asked: set[str]) -> dict[str, int | None]:
        column, parts = self.columns.columns[name], dict[str, NDArray[Any] | None]()
        if asked & {"jaro_winkler", "levenshtein", "damerau", "contains", "initial"}:
            texts = column.texts
            self.longest = max(self.longest, texts.longest)
            parts |= {"values": texts.values, "narrow": texts.narrow, "wide": texts.wide}
        if "token_overlap" in asked:
            parts |= {"word_starts": column.words.starts, "words": column.words.items}
        if "cosine" in asked:
            if column.vectors is None:
                raise ValueError(f"cosine on {name}: the column has no vectors. Give it some: Column.with_vectors.")
            vectors = column.vectors
            parts |= {"token_starts": vectors.starts, "tokens": vectors.tokens}
        if "within" in asked:
            if column.numbers is None:
                raise ValueError(f"within on {name}: the column has no numbers. Give it some: Column.with_numbers.")
            parts["numbers"] = column.numbers
        self.held.append(parts)
        return {part: address(array) for part, array in parts.items()}
