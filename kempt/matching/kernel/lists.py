"""A list of numbers for each distinct value: its words, or every three letters in a row."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.kernel.encode import encode, strings, utf8
from kempt.matching.kernel.library import address, library


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbered:
    """Of value v the numbers items[starts[v]:starts[v + 1]], ascending, each once; `times` it was there."""

    starts: NDArray[np.int64]
    items: NDArray[np.int32]
    times: NDArray[np.int32]

    @property
    def low(self) -> int:
        """The smallest number of all."""
        return int(self.items.min()) if len(self.items) else 0

    def spread(self) -> NDArray[np.int32]:
        """How many values have each number, from the smallest on; that of words is 0."""
        found = np.zeros(int(self.items.max(initial=self.low)) - self.low + 1, np.int32)
        library().lists_spread(address(self.items), len(self.items), self.low, address(found))
        return found

    def rarest(self, places: int, spread: NDArray[Any]) -> NDArray[np.int32]:
        """Places x values: the numbers with the least spread, the rarest first; -1 where there are no more."""
        found, by_number = np.empty((places, len(self.starts) - 1), np.int32), spread.astype(np.int32)
        lists = (address(self.starts), len(self.starts) - 1, address(self.items))
        library().lists_rarest(*lists, address(by_number), places, address(found))
        return found


def letters_of(values: pa.Array) -> Numbered:
    """Each three bytes in a row, as one number, with a space around every word; none reaches over a space."""
    offsets, data = utf8(values)
    starts, items = np.empty(len(values) + 1, np.int64), np.empty(int(offsets[-1] - offsets[0]), np.int32)
    count = library().text_letters(address(data), address(offsets), len(values), address(starts), address(items))
    return _distinct(starts, items[:count])


def words_of(values: pa.Array) -> Numbered:
    """The words by number, in the order in which they first appear; words are what stands between single spaces."""
    return _distinct(*_words(values)[:2])


def words_by_letters(values: pa.Array) -> tuple[Numbered, pa.Array]:
    """The words numbered by their letters, so that which comes first depends on no other value; and all words so."""
    starts, codes, written = _words(values)
    order = pc.sort_indices(written)
    rank = np.empty(len(order), np.int32)
    rank[order.to_numpy()] = np.arange(len(order))
    return _distinct(starts, rank[codes]), written.take(order)


def _words(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int32], pa.Array]:
    """Of value v the words codes[starts[v]:starts[v + 1]], and the distinct words by code."""
    offsets, data = utf8(values)
    size = int(offsets[-1] - offsets[0])
    starts, words = np.empty(len(values) + 1, np.int64), np.empty(size + len(values) + 1, np.int64)
    joined = np.empty(max(1, size), np.uint8)
    read = (address(data), address(offsets), len(values))
    count = library().text_words(*read, address(starts), address(joined), address(words))
    return starts, *encode(strings(words[: count + 1], joined))


def _distinct(starts: NDArray[np.int64], items: NDArray[np.int32]) -> Numbered:
    times = np.empty(len(items), np.int32)
    kept = library().lists_distinct(address(starts), len(starts) - 1, address(items), address(times))
    return Numbered(starts=starts, items=items[:kept].copy(), times=times[:kept].copy())
