"""Match weights in bits (log2) and probabilities, and the zones between the thresholds.

A weight is rounded to a millionth of a bit before anything is compared with it, so that it is the same number
wherever it was computed.
"""

import math
from typing import Literal

Zone = Literal["link", "review", "apart"]

MICRO = 1_000_000


def bits_of(probability: float) -> float:
    """The weight whose probability this is."""
    return round(math.log2(probability / (1 - probability)), 6)


def probability_of(bits: float) -> float:
    """The probability that a total weight means, to six decimals."""
    return round(1 / (1 + 2.0**-bits), 6) if bits > -1000 else 0.0


def zone_of(bits: float, *, link: float, review: float) -> Zone:
    """Where a total weight falls, for thresholds given as probabilities; a threshold belongs to its upper zone."""
    if bits >= bits_of(link):
        return "link"
    return "review" if bits >= bits_of(review) else "apart"
