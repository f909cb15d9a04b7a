"""Pairs by what their comparisons found: few patterns stand for many pairs, and training never looks at a pair."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Levels: TypeAlias = NDArray[np.uint8]
Counts: TypeAlias = NDArray[np.float64]
Bits: TypeAlias = NDArray[np.float64]

NOT_GIVEN = 0
"""The level of a comparison when one of the two records says nothing; it is no evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """Distinct outcomes of the comparisons, one a row.

    `levels` is patterns x comparisons; level 0 is NOT_GIVEN. `sizes` holds the number of levels of each comparison,
    NOT_GIVEN included.
    """

    levels: Levels
    sizes: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.levels)

    def counted(self, comparison: int, counts: Counts) -> Counts:
        """How often each level of one comparison was found; NOT_GIVEN never counts."""
        found = np.bincount(self.levels[:, comparison], weights=counts, minlength=self.sizes[comparison]).astype(
            np.float64
        )
        found[NOT_GIVEN] = 0.0
        return found

    def counted_together(self, one: int, other: int, counts: Counts) -> Counts:
        """How often each two levels of two comparisons were found together, where both are given."""
        rows, columns = self.sizes[one], self.sizes[other]
        joint = self.levels[:, one].astype(np.int64) * columns + self.levels[:, other]
        table = np.bincount(joint, weights=counts, minlength=rows * columns).astype(np.float64).reshape(rows, columns)
        table[NOT_GIVEN, :] = 0.0
        table[:, NOT_GIVEN] = 0.0
        return table
