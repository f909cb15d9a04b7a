"""The band of each pair: what may be merged without asking, what is linked, what is worth a look, and the rest.

A high probability is not enough to merge without asking. What a household or an office shares (surname, address,
telephone, employer) adds up to any weight, and no unlabelled table tells a model that it is still two people. So `auto`
asks for evidence of more than one kind: agreement on what one person or company has alone, agreement on something else
besides, nothing that no two records of one should show, and a cluster that passes its gates.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.runs import Scored
from kempt.matching.plan import Comparison, Tells
from kempt.matching.training.ground import Ground
from kempt.matching.training.patterns import NOT_GIVEN
from kempt.matching.weights import MICRO, bits_of

Band = Literal["auto", "match", "review", "non-match"]
BANDS: tuple[Band, ...] = get_args(Band)
"""From the surest down."""
REVIEWED_FROM = -5.0
"""Bits below the cut at which a pair is still worth a look."""
AUTO_FROM = 0.99
"""The probability from which a pair may be merged without asking, if all else allows it."""
MOST_CLUSTERS = 3
"""Clusters beyond which a mailbox or a number that they share is nobody's own."""
_HALVES: dict[Tells, int] = {"identifies": 2, "half": 1}
_AGREE: frozenset[Tells] = frozenset(("identifies", "half", "reaches", "agrees"))


def bands_of(
    ground: Ground, pairs: Scored, labels: NDArray[Any], passes: NDArray[np.bool_], cut: float
) -> NDArray[np.int8]:
    """The place in BANDS of each pair.

    `passes` says of each record whether its cluster passes its gates; records above `cut` bits were linked.
    """
    together = labels[pairs.left] == labels[pairs.right]
    near = pairs.bits > round((cut + REVIEWED_FROM) * MICRO)
    bands = np.select([together, near], [1, 2], 3).astype(np.int8)
    sure = np.flatnonzero(together & (pairs.bits >= round(max(cut, bits_of(AUTO_FROM)) * MICRO)))
    sure = sure[passes[pairs.left[sure]]]
    bands[sure[sound_evidence(ground, pairs.left[sure], pairs.right[sure], pairs.pattern[sure], labels)]] = 0
    return bands


def sound_evidence(
    ground: Ground, left: NDArray[Any], right: NDArray[Any], pattern: NDArray[np.uint64], labels: NDArray[Any]
) -> NDArray[np.bool_]:
    """Which pairs, by their patterns, show enough kinds of agreement for `auto`, and nothing that conflicts with it.

    Half of what identifies, twice, identifies: a family name and a date of birth. A mailbox or a number that the
    records of several clusters have is nobody's own, and then says nothing.
    """
    patterns, place = np.unique(pattern, return_inverse=True)
    sound = _sound(ground.comparisons, ground.program.levels_of(patterns))[place]
    own = {at: column for at, each in enumerate(ground.comparisons) if (column := _own_value(each)) is not None}
    codes = {at: ground.columns.columns[column].codes for at, column in own.items()}
    spread = {at: np.append(_spread(codes[at], labels), False)[codes[at]] for at in own}
    doubted = np.flatnonzero(sound)
    doubted = doubted[np.any([spread[at][left[doubted]] for at in own] or [np.zeros(len(doubted), bool)], axis=0)]
    levels = ground.program.levels_of(pattern[doubted])
    one, other = left[doubted], right[doubted]
    for at in own:
        levels[spread[at][one] & (codes[at][one] == codes[at][other]), at] = NOT_GIVEN
    sound[doubted] = _sound(ground.comparisons, levels)
    return sound


def _sound(comparisons: Sequence[Comparison], levels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    halves, agreeing, conflicts = (np.zeros(len(levels), np.int64) for _ in range(3))
    for at, comparison in enumerate(comparisons):
        tells, found = [outcome.tells for outcome in comparison.outcomes], levels[:, at]
        halves += np.array([_HALVES.get(each, 0) for each in tells])[found]
        agreeing += np.array([each in _AGREE for each in tells], np.int64)[found]
        conflicts += np.array([each == "conflicts" for each in tells], np.int64)[found]
    sound: NDArray[np.bool_] = (halves >= 2) & (agreeing >= 2) & (conflicts == 0)
    return sound


def _own_value(comparison: Comparison) -> str | None:
    """The column in which one value is one person's or company's, or a household's; names are not, having namesakes."""
    for outcome in comparison.outcomes:
        exact = len(outcome.when) == 1 and outcome.when[0].comparator == "exact"
        if exact and outcome.tells in ("identifies", "reaches"):
            return outcome.when[0].column
    return None


def _spread(codes: NDArray[np.int32], labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Of each value, whether it is in more clusters than one person or company would be in by mistake."""
    times = np.bincount(codes[codes >= 0], minlength=1)
    often = np.flatnonzero((codes >= 0) & (times > MOST_CLUSTERS)[codes])
    found = np.unique(codes[often].astype(np.int64) * len(labels) + labels[often]) // max(1, len(labels))
    return np.bincount(found, minlength=len(times)) > MOST_CLUSTERS
