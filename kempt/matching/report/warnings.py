"""What should make a reader doubt a run."""

from collections.abc import Iterator

import numpy as np

from kempt.matching.report.matched import Matched
from kempt.matching.training.ground import COMPLETE_UP_TO

HUGE_SHARE, HUGE_AT_LEAST = 0.1, 30
"""A cluster of this share of all records, and so many, is seldom one person or company."""
_USELESS = {"it holds one value only": "Columns of one value, which tell nothing", "it is empty": "Empty columns"}


def warnings_of(matched: Matched) -> tuple[str, ...]:
    """Sentences, the gravest first; no values in them."""
    return tuple(_warnings(matched))


def _warnings(matched: Matched) -> Iterator[str]:
    comparisons = matched.description.comparisons
    if len(comparisons) == 1:
        yield (
            f"Only one comparison is possible, {comparisons[0].name}: how alike is enough was not learned but assumed. "
            "Give more columns if you have them."
        )
    if not matched.compared:
        yield "No two records share anything rare enough to be compared: nothing could be found."
    elif not matched.trained.settled:
        yield "Training did not settle within its rounds: look at the riskiest merges before you rely on this."
    yield from _large(matched)
    for why, said in _USELESS.items():
        columns = [each.column for each in matched.description.readings if each.why == why]
        if columns:
            yield f"{said}: {', '.join(columns)}."


def _large(matched: Matched) -> Iterator[str]:
    records, largest = len(matched.labels), int(np.bincount(matched.labels).max())
    if largest >= HUGE_AT_LEAST and largest >= HUGE_SHARE * records:
        yield (
            f"The largest cluster holds {largest:,} of {records:,} records. That is seldom one person or company; "
            "look for a value that many records share for no good reason."
        )
    if largest > COMPLETE_UP_TO:
        yield f"In clusters of more than {COMPLETE_UP_TO:,} records not all pairs were compared."
