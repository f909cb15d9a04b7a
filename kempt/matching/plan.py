"""How records are compared, before anything is known of what agreement is worth: comparisons and their outcomes."""

from dataclasses import dataclass
from typing import Literal

from kempt.matching.conditions import Comparator, Condition

Tells = Literal["identifies", "half", "reaches", "agrees", "nothing", "conflicts"]
"""What an outcome tells by its kind, whatever it weighs: agreement on what one person or company has alone, on half of
that, on where it is reached, or on what an office or a town shares; nothing; or what no two records of one should show.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One outcome of a comparison: when it is reached, and how often it is expected among records of one entity.

    `expected` is a share before any record was seen; `at_most` limits what can be learned, and
    `by_chance_at_most` how often strangers are believed to reach it: where most records are double, chance is hard to
    tell from what is double. A column in
    `frequency_of` has agreement on its rare values say more, and on its common values less.
    """

    name: str
    says: str
    when: tuple[Condition, ...]
    expected: float
    at_most: float | None = None
    by_chance_at_most: float | None = None
    frequency_of: tuple[str, ...] = ()
    tells: Tells = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One kind of evidence; the first outcome whose conditions hold is taken.

    The first outcome is that a record says nothing, the last one has no conditions.
    """

    name: str
    outcomes: tuple[Outcome, ...]


def condition(column: str, comparator: Comparator, limit: float = 0.0, *, other: str = "") -> Condition:
    """A condition in its usual direction: at least so similar, at most so far apart."""
    operators = {"jaro_winkler": ">=", "cosine": ">=", "token_overlap": ">=", "levenshtein": "<=", "damerau": "<="}
    return Condition(
        column=column, comparator=comparator, operator=operators.get(comparator, ""), limit=limit, other=other
    )
