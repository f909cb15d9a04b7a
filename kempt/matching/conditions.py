"""The closed vocabulary in which a match spec says how two values are alike.

    exact                    both are given and equal
    differs                  both are given and not equal
    missing                  at least one is not given
    unshared                 they differ, or at least one is not given
    initial                  one is a single letter, with which the other begins
    contains                 the words of one stand, in a row, in the other
    swapped with COLUMN      each is the other's COLUMN
    jaro_winkler >= 0.92     similarity between 0 and 1; also `<`
    token_overlap >= 0.5     shared words over all words; also `<`
    levenshtein <= 1         number of edits; also `>`
    damerau <= 1             the same, and two letters in wrong order are one edit; up to 3, also `>`
    cosine >= 0.6            words and letters shared, the rarer the more; also `<`

Only `missing` and `unshared` are true of a value that is not given.
"""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Comparator = Literal[
    "exact",
    "differs",
    "missing",
    "unshared",
    "initial",
    "contains",
    "swapped",
    "jaro_winkler",
    "token_overlap",
    "levenshtein",
    "damerau",
    "cosine",
]
COMPARATORS: tuple[Comparator, ...] = get_args(Comparator)

_FORMS = (
    re.compile(r"(?P<comparator>exact|differs|missing|unshared|initial|contains)"),
    re.compile(r"(?P<comparator>swapped) with (?P<other>[a-z][a-z0-9_]*)"),
    re.compile(r"(?P<comparator>jaro_winkler|token_overlap|cosine) (?P<operator>>=|<) (?P<limit>0?\.[0-9]+|1(\.0+)?)"),
    re.compile(r"(?P<comparator>levenshtein) (?P<operator><=|>) (?P<limit>[0-9]{1,2})"),
    re.compile(r"(?P<comparator>damerau) (?P<operator><=|>) (?P<limit>[0-3])"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the two values of one column must be alike."""

    column: str
    comparator: Comparator
    operator: str = ""
    limit: float = 0.0
    other: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads."""
        return (self.column, self.other) if self.other else (self.column,)


def parse_condition(column: str, text: str) -> Condition:
    """The condition that a text like `jaro_winkler >= 0.92` puts on a column."""
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        raise ValueError(
            f"'{text}' on {column} is no condition. Expected exact, differs, missing, unshared, initial, contains, "
            "swapped with COLUMN, jaro_winkler >= 0.9 (or <), token_overlap >= 0.5 (or <), cosine >= 0.6 (or <), "
            "levenshtein <= 1 (or >), damerau <= 1 (or >)."
        )
    parts = found.groupdict()
    return Condition(
        column=column,
        comparator=next(each for each in COMPARATORS if each == parts["comparator"]),
        operator=parts.get("operator") or "",
        limit=float(parts.get("limit") or 0),
        other=parts.get("other") or "",
    )
