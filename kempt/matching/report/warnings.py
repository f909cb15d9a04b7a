"""What should make a reader doubt a run."""

from collections.abc import Iterator, Sequence

import numpy as np

from kempt.matching.profile.roles import TOO_MANY
from kempt.matching.report.matched import Matched
from kempt.matching.training.ground import COMPLETE_UP_TO

HUGE_SHARE, HUGE_AT_LEAST = 0.1, 30
"""A cluster of this share of all records, and so many, is seldom one person or company."""
NAMED = 10
"""So many columns are named in a sentence."""
_USELESS = {"it holds one value only": "Columns of one value, which tell nothing", "it is empty": "Empty columns"}


def warnings_of(matched: Matched) -> tuple[str, ...]:
    """Sentences, the gravest first; no values in them."""
    return tuple(_warnings(matched))


def _warnings(matched: Matched) -> Iterator[str]:
    comparisons = matched.description.comparisons
    yield from matched.notes
    if len(comparisons) == 1 and matched.policy is None:
        yield (
            f"Only one comparison is possible, {comparisons[0].name}: how alike is enough was not learned but assumed. "
            "Give more columns if you have them."
        )
    if not matched.compared:
        yield "No two records share anything rare enough to be compared: nothing could be found."
    elif not matched.trained.settled:
        yield "Training did not settle within its rounds: look at the riskiest merges before you rely on this."
    yield from _large(matched)
    for each in matched.description.readings:
        if each.doubt:
            yield (
                f"The column {each.column} promises {each.doubt} by its name, but most of its values are none: it was "
                f"taken for {each.role.replace('_', ' ')}. Look whether columns are named wrongly or shifted."
            )
    if matched.policy is None:
        yield from _left_out(matched)
    for why, said in _USELESS.items():
        columns = [each.column for each in matched.description.readings if each.why == why]
        if columns:
            yield f"{said}: {_some(columns)}."


def _left_out(matched: Matched) -> Iterator[str]:
    """Columns that would tell something, but for which there is no room."""
    compared = {
        condition.column
        for comparison in matched.description.comparisons
        for outcome in comparison.outcomes
        for condition in outcome.when
    }
    left = [
        each.column
        for each in matched.description.readings
        if each.why == TOO_MANY or (each.column in matched.description.columns and each.column not in compared)
    ]
    if left:
        yield (
            f"{len(left):,} of {len(matched.description.readings):,} columns are not compared, since others tell more "
            f"and there is no room for all: {_some(left)}. Leave out what does not matter, or say --map COLUMN=ROLE."
        )


def _some(columns: Sequence[str]) -> str:
    more = len(columns) - NAMED
    return ", ".join(columns[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _large(matched: Matched) -> Iterator[str]:
    records, largest = len(matched.labels), int(np.bincount(matched.labels).max())
    if largest >= HUGE_AT_LEAST and largest >= HUGE_SHARE * records:
        yield (
            f"The largest cluster holds {largest:,} of {records:,} records. That is seldom one person or company; "
            "look for a value that many records share for no good reason."
        )
    if largest > COMPLETE_UP_TO:
        yield f"In clusters of more than {COMPLETE_UP_TO:,} records not all pairs were compared."
