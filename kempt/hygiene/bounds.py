"""Whether a number is unusual: against the days before it, by bounds that can be read aloud.

The bounds are median ± 3.5 robust standard deviations (1.4826 times the median absolute deviation) of the numbers
before (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993), and never closer than a floor: days that were
all alike must not make the next one remarkable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

FEWEST, NEWEST = 5, 30
SPREAD, PER_DEVIATION = 3.5, 1.4826


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What would be usual, from so many numbers before."""

    low: float
    high: float
    middle: float
    days: int

    def holds(self, value: float) -> bool:
        """Whether a number is usual."""
        return self.low <= value <= self.high


def bounds(before: Sequence[float], *, floor: float) -> Bounds | None:
    """What the numbers before, the oldest first, make usual; None while they are too few to tell.

    `floor` is the least distance from the middle that is worth a word, in the unit of the numbers.
    """
    known = list(before)[-NEWEST:]
    if len(known) < FEWEST:
        return None
    middle = median(known)
    spread = max(floor, SPREAD * PER_DEVIATION * median(abs(value - middle) for value in known))
    return Bounds(low=middle - spread, high=middle + spread, middle=middle, days=len(known))
