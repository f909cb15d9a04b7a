"""Probabilities that can be trusted: what pairs of a weight turned out to be, where labels say so.

Isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny and Elkan 2002, "Transforming classifier
scores into accurate multiclass probability estimates") over bins of the labelled pairs, by weight. It never turns the
order of two pairs around, and it can say what a curve of few parameters cannot: that above some weight more bits do
not mean fewer mistakes. The share of what was pooled is (right + 1/2) / (pairs + 1), so that no number of pairs makes a
certainty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Method = Literal["identity", "isotonic"]

LEAST_PAIRS, LEAST_OF_EACH = 200, 10
"""Labelled pairs from which a calibration is learned, and how many of them must be right, and how many wrong."""
MOST_BINS, LEAST_IN_BIN = 100, 20
_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Probability by weight: a line through knots in bits, level beyond the outer ones; without knots the model's own.

    `pairs` counts the labelled ones it was learned from, `right` those of them that are of one entity.
    """

    knots: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    pairs: int = 0
    right: int = 0

    @property
    def method(self) -> Method:
        """How it was found."""
        return "isotonic" if self.knots else "identity"

    def probabilities(self, bits: Reals) -> Reals:
        """The match probabilities of total weights in bits; never less for more bits."""
        if not self.knots:
            own: Reals = 1 / (1 + np.exp2(-np.clip(bits, -60, 60)))
            return own
        return np.interp(bits, self.knots, self.shares)

    def as_json(self) -> dict[str, Any]:
        """For the model."""
        knots = [[bits, share] for bits, share in zip(self.knots, self.shares, strict=True)]
        return {"method": self.method, "pairs": self.pairs, "right": self.right, "knots": knots}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Calibration":
        """As it was kept."""
        knots, shares = (tuple(each[at] for each in kept["knots"]) for at in (0, 1))
        return cls(knots=knots, shares=shares, pairs=kept["pairs"], right=kept["right"])


IDENTITY = Calibration()
"""What the model says of itself: without labels nobody knows better."""


def calibrate(bits: Reals, right: NDArray[np.bool_]) -> Calibration:
    """The calibration that labelled pairs teach; IDENTITY where they are too few, or nearly all of one kind."""
    pairs, found = len(bits), int(right.sum())
    if pairs < LEAST_PAIRS or min(found, pairs - found) < LEAST_OF_EACH:
        return IDENTITY
    order = np.argsort(bits, kind="stable")
    bins = np.array_split(order, min(MOST_BINS, pairs // LEAST_IN_BIN))
    counts = np.array([len(each) for each in bins], np.float64)
    knots = np.array([bits[each].mean() for each in bins])
    pooled = rising(np.array([right[each].mean() for each in bins]), counts)
    _, block = np.unique(pooled, return_inverse=True)
    held = np.bincount(block, counts)[block]
    # A small pool moves further than the one before it, and may have to be pooled again.
    level = np.round(rising((pooled * held + 0.5) / (held + 1), counts), _DIGITS)
    # Pairs of one weight may fill several bins, and a knot is needed only where the line bends.
    knots, first = np.unique(np.round(knots, 6), return_index=True)
    level = level[np.append(first[1:] - 1, len(level) - 1)]
    kept = np.ones(len(level), bool)
    kept[1:-1] = (level[1:-1] != level[:-2]) | (level[1:-1] != level[2:])
    return Calibration(knots=tuple(knots[kept].tolist()), shares=tuple(level[kept].tolist()), pairs=pairs, right=found)


def rising(values: Reals, weights: Reals) -> Reals:
    """The values nearest to these, by weighted squares, none of which is less than the one before."""
    means: list[float] = []
    masses: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, mass, length = value, weight, 1
        while means and means[-1] >= mean:
            total = masses[-1] + mass
            mean = (means.pop() * masses[-1] + mean * mass) / total
            mass, length = masses.pop() + mass, length + lengths.pop()
        means.append(mean)
        masses.append(mass)
        lengths.append(length)
    return np.repeat(means, lengths)
