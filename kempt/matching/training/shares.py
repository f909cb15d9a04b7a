"""How common the values of a column are, and what the rarity of one adds to or takes from agreement on it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.known import Counts
from kempt.matching.weights import MICRO

FREQUENCY_BITS = 12.0
"""What a value's rarity may add or take at most."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shares:
    """How many of the `given` records with a value have each; a value not among them counts as if one had it."""

    counts: Counts
    given: int
    squares: int
    """The sum of the squared counts of all values: with it goes the share of an average value."""

    @classmethod
    def of(cls, column: Column) -> "Shares":
        """Those of a column."""
        found = _found(column)
        return cls(counts=Counts.of(column.values, found), given=int(found.sum()), squares=int((found**2).sum()))

    def rarity(self, values: pa.Array) -> NDArray[np.int32]:
        """What each value adds in millionths of a bit: more than nothing where it is rarer than the average."""
        return self._rarity(self.counts.of_each(values))

    def rarity_in(self, column: Column) -> NDArray[np.int32]:
        """The same of the values of the column that they were counted in."""
        return self._rarity(np.maximum(1, _found(column)))

    def _rarity(self, counts: NDArray[np.int64]) -> NDArray[np.int32]:
        if not self.given:
            return np.zeros(len(counts), np.int32)
        bits = np.log2(self.squares / self.given / counts)
        return np.round(np.clip(bits, -FREQUENCY_BITS, FREQUENCY_BITS) * MICRO).astype(np.int32)


def _found(column: Column) -> NDArray[np.int64]:
    """How many records have each value, by its code."""
    return np.bincount(column.codes[column.codes >= 0], minlength=len(column.values)).astype(np.int64)
