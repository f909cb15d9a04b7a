"""What each outcome of each comparison weighs, and on what that depends."""

from dataclasses import dataclass

import numpy as np

from kempt.matching.report.matched import Matched
from kempt.matching.training.chances import Chances
from kempt.matching.training.patterns import NOT_GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeWeight:
    """Bits for (above 0) or against it by itself; the least and most among kept pairs, by what it depends on."""

    says: str
    bits: float
    least: float
    most: float
    pairs: int
    """Kept pairs that came out so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonWeights:
    """The outcomes that kept pairs came to.

    `among_matches` and `among_strangers` name what they depend on, best first.
    """

    name: str
    outcomes: tuple[OutcomeWeight, ...]
    unseen: int
    among_matches: tuple[str, ...]
    among_strangers: tuple[str, ...]
    not_given: int
    """Kept pairs of which one record says nothing."""


def weights_of(matched: Matched) -> tuple[ComparisonWeights, ...]:
    """What every comparison weighs; the rarity of a shared value comes on top."""
    ground, learned = matched.ground, matched.learned
    packed, counts = np.unique(matched.pairs.pattern, return_counts=True)
    levels = ground.program.levels_of(packed)
    bits = learned.bits(levels)
    names = [each.name for each in ground.comparisons]
    return tuple(
        ComparisonWeights(
            name=comparison.name,
            outcomes=_outcomes(matched, at, levels[:, at], bits[:, at], counts),
            unseen=len(comparison.outcomes) - 1 - len(set(levels[:, at].tolist()) - {NOT_GIVEN}),
            among_matches=_depends(learned.match, at, names),
            among_strangers=_depends(learned.other, at, names),
            not_given=int(counts[levels[:, at] == NOT_GIVEN].sum()),
        )
        for at, comparison in enumerate(ground.comparisons)
    )


def _outcomes(
    matched: Matched,
    comparison: int,
    levels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    bits: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    counts: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> tuple[OutcomeWeight, ...]:
    alone = matched.learned.match.alone[comparison] - matched.learned.other.alone[comparison]
    found = []
    for level, outcome in enumerate(matched.ground.comparisons[comparison].outcomes):
        here = levels == level
        if level == NOT_GIVEN or not here.any():
            continue
        found.append(
            OutcomeWeight(
                says=outcome.says,
                bits=float(alone[level]),
                least=float(bits[here].min()),
                most=float(bits[here].max()),
                pairs=int(counts[here].sum()),
            )
        )
    return tuple(found)


def _depends(chances: Chances, comparison: int, names: list[str]) -> tuple[str, ...]:
    return tuple(names[other] for other, _ in chances.given[comparison])
