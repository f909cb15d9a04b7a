"""Seeded chance.

Whole-number weights and PCG64 only, so that the same seed gives the same bytes on every machine.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Texts = npt.NDArray[np.object_]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Chance = np.random.Generator


def stream(*purpose: str | int) -> Chance:
    """The stream of chance for one purpose; adding a purpose leaves the others as they were."""
    seed = hashlib.sha256("|".join(str(part) for part in purpose).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(seed, "big")))


def texts(values: Sequence[str]) -> Texts:
    """The values as an array of Python strings."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def iso(moments: npt.NDArray[np.datetime64]) -> Texts:
    """Days or moments as ISO text."""
    return np.datetime_as_string(moments).astype(np.object_)


def long_tail(n: int, *, head: int = 20) -> Whole:
    """Weights that fall with the rank; the smaller the head, the steeper."""
    return 1_000_000 // (np.arange(n, dtype=np.int64) + head)


def pick(chance: Chance, weights: Sequence[int] | Whole, n: int) -> Whole:
    """`n` positions in `weights`, each as often as its weight says."""
    ends = np.cumsum(np.asarray(weights, dtype=np.int64))
    return np.searchsorted(ends, chance.integers(0, ends[-1], n), side="right").astype(np.int64)


def happens(chance: Chance, n: int, share: float) -> Flags:
    """For each of `n`, whether something of this share happens."""
    return chance.random(n) < share


def how_many(n: int, share: float) -> int:
    """`share` of `n`, at least one when there is anything to take."""
    return min(n, max(1, round(n * share))) if share > 0 else 0


def deal(chance: Chance, rows: Whole, counts: Mapping[str, int]) -> dict[str, Whole]:
    """Disjoint random handfuls of `rows`, in the order of `counts`; the last ones go short when rows run out."""
    shuffled = chance.permutation(rows)
    ends = np.cumsum([0, *counts.values()])
    return {name: shuffled[start:end] for name, start, end in zip(counts, ends[:-1], ends[1:], strict=True)}


def occurrence(values: Texts) -> Whole:
    """For each value how often it was seen before: 0, then 1, then 2."""
    codes = pa.array(values, pa.string()).dictionary_encode().indices.to_numpy().astype(np.int64)
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(codes) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(first)
    seen = np.empty(len(codes), dtype=np.int64)
    seen[order] = np.arange(len(codes)) - np.repeat(starts, np.diff([*starts, len(codes)]))
    return seen


@dataclass(frozen=True, slots=True)
class Pool:
    """Values of several groups, drawn group by group."""

    values: Texts
    starts: Whole
    sizes: Whole

    @classmethod
    def of(cls, groups: Sequence[Sequence[str]]) -> "Pool":
        """A pool with one group per sequence."""
        sizes = np.array([len(group) for group in groups], dtype=np.int64)
        return cls(texts([value for group in groups for value in group]), np.cumsum(sizes) - sizes, sizes)

    def draw(self, chance: Chance, group: Whole, *, head: int = 20) -> Whole:
        """For each group asked for, the position of a value of that group; early values are the common ones."""
        drawn = np.zeros(len(group), dtype=np.int64)
        for code in range(len(self.sizes)):
            rows = np.flatnonzero(group == code)
            if len(rows):
                drawn[rows] = self.starts[code] + pick(chance, long_tail(int(self.sizes[code]), head=head), len(rows))
        return drawn
