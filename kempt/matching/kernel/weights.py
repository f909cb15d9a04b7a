"""What outcomes weigh, in millionths of a bit, as whole numbers: sums are the same in whatever order."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel import library as native
from kempt.matching.kernel.library import address, array_of
from kempt.matching.kernel.program import Program

_NO_LIMIT = 2**62
NO_CUT = -(2**62)
"""A cut that keeps every pair."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Frequency:
    """What agreement on a value adds, by its code: the less, the more records have it.

    Of two different values the more frequent one's counts; of one value that is given and one that is not, the given
    one's; where both are missing, nothing.
    """

    column: str
    bits: NDArray[np.int32]

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The least and the most that any value adds, or 0."""
        return int(self.bits.min(initial=0)), int(self.bits.max(initial=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LevelWeight:
    """What one level weighs, with the frequency of the values where it counts; at_most, however rare."""

    bits: int
    frequencies: tuple[Frequency, ...] = ()
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chances:
    """The chance of each level in a class of pairs, as log2, in millionths.

    `alone[k]` are those of comparison k by themselves. `given[k]` has, best first, another comparison and a table of
    that one's levels x own levels; the first one that is not at level 0 counts. At level 0 every chance is 0 bits.
    """

    alone: tuple[NDArray[np.int64], ...]
    given: tuple[tuple[tuple[int, NDArray[np.int64]], ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dependence:
    """Chances among pairs of one entity and among strangers: a level weighs their difference besides its own bits.

    Of a value's frequency the `surprise` counts, in millionths: the least of what any other comparison leaves of it.
    """

    match: Chances
    other: Chances
    surprise: Chances

    def ends(self, own: int) -> list[tuple[int, int]]:
        """The least and the most that the chances of a comparison's levels differ, whatever the others say."""
        match, other = (
            np.vstack([chances.alone[own], *(table for _, table in chances.given[own])])
            for chances in (self.match, self.other)
        )
        least, most = match.min(axis=0) - other.max(axis=0), match.max(axis=0) - other.min(axis=0)
        return list(zip(least.tolist(), most.tolist(), strict=True))


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """What every level of a program weighs, and the prior."""

    program: Program
    prior: int
    levels: "ctypes.Array[ctypes.Structure]"
    frequencies: "ctypes.Array[ctypes.Structure]"
    order: NDArray[np.int64]
    dependent: tuple[int | None, ...]
    """Where the chances of matches, those of strangers, the surprise, and what these depend on lie."""
    held: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        program: Program,
        prior: int,
        levels: Sequence[Sequence[LevelWeight]],
        dependence: Dependence | None = None,
    ) -> "Weights":
        """One list of weights per comparison, in the order of its levels."""
        if tuple(len(weights) for weights in levels) != program.levels:
            raise ValueError("the weights do not fit the levels of the comparisons.")
        written: list[dict[str, int]] = []
        frequencies: list[dict[str, int | None]] = []
        held, spreads = [], []
        for own, weights in enumerate(levels):
            spread = []
            ends = dependence.ends(own) if dependence else [(0, 0)] * len(weights)
            for weight, (least, most) in zip(weights, ends, strict=True):
                first = len(frequencies)
                low, high = weight.bits + least, weight.bits + most
                for frequency in weight.frequencies:
                    bits = _by_code(program, frequency)
                    held.append(bits)
                    low += frequency.ends[0]
                    high += frequency.ends[1]  # also where only a share of it counts, which is at least 0
                    position = program.columns.position(frequency.column)
                    frequencies.append({"column": position, "bits": address(bits)})
                limit = _NO_LIMIT if weight.at_most is None else weight.at_most
                written.append(
                    {
                        "bits": weight.bits,
                        "at_most": limit,
                        "upper": min(high, limit),
                        "first_frequency": first,
                        "frequencies": len(frequencies) - first,
                    }
                )
                spread += [min(low, limit), min(high, limit)]
            spreads.append(max(spread) - min(spread))
        dependent, memory = _dependent(program, dependence)
        return cls(
            program=program,
            prior=prior,
            levels=array_of(native.Weight, [dict(each) for each in written]),
            frequencies=array_of(native.Frequency, [dict(each) for each in frequencies]),
            # What can cost a pair most is looked at first.
            order=np.argsort(-np.array(spreads, np.int64), kind="stable"),
            dependent=dependent,
            held=(*held, *memory),
        )

    def native(self, cut: int) -> ctypes.Structure:
        """As the library reads them, with the total below which a pair is dropped."""
        tables = (ctypes.addressof(self.levels), ctypes.addressof(self.frequencies), address(self.order))
        return native.Weights(self.prior, cut, *tables, *self.dependent)


def _dependent(program: Program, dependence: Dependence | None) -> tuple[tuple[int | None, ...], tuple[Any, ...]]:
    """The chances as the library reads them, and the memory that they point to."""
    if dependence is None:
        return (None,) * 4, ()
    held: list[Any] = []
    given: list[dict[str, int | None]] = []
    classes = []
    for chances in (dependence.match, dependence.other, dependence.surprise):
        rows = []
        for own, (alone, tables) in enumerate(zip(chances.alone, chances.given, strict=True)):
            rows.append({"alone": _pointed(alone, (program.levels[own],), held)})
            rows[-1] |= {"first_given": len(given), "given": len(tables)}
            for other, table in tables:
                shape = (program.levels[other], program.levels[own])
                given.append({"comparison": other, "bits": _pointed(table, shape, held)})
        classes.append(array_of(native.Chances, rows))
    arrays = (*classes, array_of(native.Given, given))
    return tuple(ctypes.addressof(each) for each in arrays), (*arrays, held)


def _pointed(table: NDArray[np.int64], shape: tuple[int, ...], held: list[Any]) -> int | None:
    kept = np.ascontiguousarray(table, np.int64)
    if kept.shape != shape:
        raise ValueError(f"a table of chances is {kept.shape}; the levels of its comparisons ask for {shape}.")
    held.append(kept)
    return address(kept)


def _by_code(program: Program, frequency: Frequency) -> NDArray[np.int32]:
    bits = np.ascontiguousarray(frequency.bits, np.int32)
    if len(bits) != len(program.columns.columns[frequency.column].values):
        raise ValueError(f"the frequencies of '{frequency.column}' need one number per distinct value.")
    return bits
