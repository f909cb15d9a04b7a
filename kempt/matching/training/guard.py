"""What a model must not say, however it was learned; one that does is refused, with the reason.

Learned weights are not monotone, and need not be: a town that thousands share says less than one that is nearly the
same. What no table can rightly teach is that agreement clearly speaks against, where less agreement clearly speaks for.
"""

import operator
from collections.abc import Iterator, Sequence

import numpy as np

from kempt.matching.conditions import Condition
from kempt.matching.plan import Comparison, Outcome
from kempt.matching.training.train import Learned

CLEARLY = 3.0
"""Bits: eight times as often among records of one entity than among strangers, or the other way round."""
MOST_BITS = 40.0
"""What an outcome may weigh. The least chance that is counted with weighs as much."""
MOST_PRIOR, AMONG = 0.2, 100
"""Among so many records, the share of all pairs that are of one entity may be so large."""
_WITHIN = {">=": operator.ge, "<=": operator.le}
_SIMILAR = ("jaro_winkler", "token_overlap", "cosine", "levenshtein", "damerau", "contains")


def objections(learned: Learned, comparisons: Sequence[Comparison], records: int) -> tuple[str, ...]:
    """Why a model is refused; none for one that may be used."""
    return tuple(_objections(learned, comparisons, records))


def _objections(learned: Learned, comparisons: Sequence[Comparison], records: int) -> Iterator[str]:
    if not 0 < learned.prior < 1 or (records >= AMONG and learned.prior > MOST_PRIOR):
        yield f"it takes {learned.prior:.0%} of all pairs of records for one person or company"
    for at, comparison in enumerate(comparisons):
        bits = learned.match.alone[at] - learned.other.alone[at]
        if not np.all(np.isfinite(bits)) or np.abs(bits).max() > MOST_BITS:
            yield f"an outcome of {comparison.name} weighs more than {MOST_BITS:.0f} bits"
            continue
        for alike, less in _graded(comparison.outcomes):
            if bits[alike] < -CLEARLY and bits[less] > CLEARLY:
                yield (
                    f"'{comparison.outcomes[alike].says}' weighs {bits[alike]:+.1f} bits, and "
                    f"'{comparison.outcomes[less].says}', which says less, {bits[less]:+.1f}"
                )


def _graded(outcomes: Sequence[Outcome]) -> Iterator[tuple[int, int]]:
    """Outcomes of which the first is reached only by values that are at least as alike as the second asks."""
    for at, outcome in enumerate(outcomes):
        for later in range(at + 1, len(outcomes)):
            asked = outcomes[later].when
            if asked and all(any(_implies(one, other) for one in outcome.when) for other in asked):
                yield at, later


def _implies(one: Condition, other: Condition) -> bool:
    if one.column != other.column:
        return False
    if one.comparator == "exact":
        return other.comparator == "exact" or (other.comparator in _SIMILAR and other.operator in ("", *_WITHIN))
    same = (one.comparator, one.operator, one.other) == (other.comparator, other.operator, other.other)
    return same and (one.operator not in _WITHIN or _WITHIN[one.operator](one.limit, other.limit))
