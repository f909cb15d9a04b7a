"""Conditions as DuckDB evaluates them: what the kernel is held to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kempt.matching.columns import quoted
from kempt.matching.conditions import Comparator, Condition


class _Template(Protocol):
    def __call__(self, left: str, right: str, condition: Condition) -> str: ...


def _contains(left: str, right: str, condition: Condition) -> str:
    padded_left, padded_right = f"' ' || {left} || ' '", f"' ' || {right} || ' '"
    return f"(contains({padded_left}, {padded_right}) or contains({padded_right}, {padded_left}))"


def _initial(left: str, right: str, condition: Condition) -> str:
    return f"(least(length({left}), length({right})) = 1 and {left}[1] = {right}[1])"


def _swapped(left: str, right: str, condition: Condition) -> str:
    other_left, other_right = f"l.{quoted(condition.other)}", f"r.{quoted(condition.other)}"
    return f"({left} = {other_right} and {other_left} = {right})"


def _token_overlap(left: str, right: str, condition: Condition) -> str:
    words_left, words_right = f"string_split({left}, ' ')", f"string_split({right}, ' ')"
    shared = f"len(list_distinct(list_intersect({words_left}, {words_right})))"
    both = f"len(list_distinct(list_concat({words_left}, {words_right})))"
    return f"{shared} / {both} {condition.operator} {condition.limit!r}"


TEMPLATES: Mapping[Comparator, _Template] = {
    "exact": lambda left, right, condition: f"{left} = {right}",
    "differs": lambda left, right, condition: f"{left} <> {right}",
    "missing": lambda left, right, condition: f"({left} is null or {right} is null)",
    "unshared": lambda left, right, condition: f"({left} = {right}) is not true",
    "initial": _initial,
    "contains": _contains,
    "swapped": _swapped,
    "token_overlap": _token_overlap,
    "jaro_winkler": lambda left, right, condition: (
        f"jaro_winkler_similarity({left}, {right}) {condition.operator} {condition.limit!r}"
    ),
    "levenshtein": lambda left, right, condition: (
        f"levenshtein({left}, {right}) {condition.operator} {int(condition.limit)}"
    ),
}


def holds(conditions: Sequence[Condition]) -> str:
    """Whether all conditions hold between records l and r."""
    parts = [
        TEMPLATES[each.comparator](f"l.{quoted(each.column)}", f"r.{quoted(each.column)}", each) for each in conditions
    ]
    return " and ".join(parts) or "true"
