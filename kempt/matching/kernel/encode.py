"""Texts as numbers of distinct values, and texts rewritten letter by letter: each value is read once."""

from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.kernel.library import address, done, library

Fold = Literal["plain", "without_spaces", "email", "phone", "mailbox", "domain", "first", "last"]
"""Letters and digits with or without spaces between words, an address, the last ten digits, what stands before and
after an @, and so many letters from either end."""

Texts: TypeAlias = pa.Array | pa.ChunkedArray
SLACK = 64
"""Bytes that vector instructions may read past the last text."""


class Encoder:
    """Numbers texts, some at a time; a value keeps the number under which it first appeared.

    Without `empty`, an empty text is none.
    """

    def __init__(self, *, empty: bool = True) -> None:
        self._empty = empty
        self._held = library().encoder_begin()

    def codes(self, texts: pa.Array) -> NDArray[np.int32]:
        """A code per text, -1 for null."""
        whole = texts.cast(pa.large_string())
        codes = np.empty(len(whole), np.int32)
        offsets, data = utf8(whole)
        given = whole.buffers()[0]
        bits = None if given is None else np.frombuffer(given, np.uint8)
        read = (address(data), address(offsets), address(bits), whole.offset, len(whole), int(self._empty))
        done(library().encoder_add(self._held, *read, address(codes)))
        return codes

    def values(self) -> pa.Array:
        """The distinct values by code; once, at the end."""
        sizes = np.zeros(2, np.int64)
        library().encoder_size(self._held, address(sizes))
        starts, data = np.zeros(sizes[0] + 1, np.int64), np.zeros(sizes[1] + SLACK, np.uint8)
        library().encoder_end(self._held, address(starts), address(data))
        self._held = None
        return strings(starts, data)

    def __del__(self) -> None:
        library().encoder_end(self._held, None, None)


def encode(texts: Texts, *, empty: bool = True) -> tuple[NDArray[np.int32], pa.Array]:
    """A code per text, -1 for null, and the distinct values in the order in which they first appear."""
    encoder = Encoder(empty=empty)
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    parts = [encoder.codes(chunk) for chunk in chunks]
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.int32), *parts]), encoder.values()


def fold(values: pa.Array, how: Fold, letters: int = 0) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The values, none of them null, rewritten; and those that letters beyond ASCII, say, leave to a slower way."""
    offsets, data = utf8(values)
    made = np.empty(max(1, int(offsets[-1] - offsets[0])), np.uint8)
    starts, left = np.empty(len(values) + 1, np.int64), np.empty(len(values), np.uint8)
    asked = (address(data), address(offsets), len(values), get_args(Fold).index(how), letters)
    library().text_fold(*asked, address(made), address(starts), address(left))
    return strings(starts, made[: max(1, starts[-1])].copy()), left.astype(bool)


def utf8(values: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Offsets and bytes of a large_string array."""
    _, offsets, data = values.buffers()
    starts = np.frombuffer(offsets, np.int64)[values.offset : values.offset + len(values) + 1] if len(values) else None
    body = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    return np.zeros(1, np.int64) if starts is None else np.ascontiguousarray(starts), body


def decode(codes: NDArray[Any], values: pa.Array) -> pa.DictionaryArray:
    """The texts as Arrow's dictionary array, null for -1."""
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), values, safe=False)


def in_order(texts: pa.DictionaryArray, records: pa.Array | None) -> pa.DictionaryArray:
    """The texts of some records, or all, with the values in the order in which these first have them."""
    indices = texts.indices if records is None else texts.indices.take(records)
    codes = np.array(pc.fill_null(indices, -1).cast(pa.int32()))
    number, order = np.empty((2, len(texts.dictionary)), np.int32)
    asked = (address(codes), len(codes), len(number), address(number), address(order))
    order = order[: library().codes_renumber(*asked)]
    if records is None and np.array_equal(order, np.arange(len(number))):
        return texts
    return decode(codes, texts.dictionary.take(pa.array(order)))


def number(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The distinct keys, ascending, and which of them each key is: numpy's unique, without sorting all of them."""
    place, distinct = np.empty(len(keys), np.int32), np.empty(len(keys), np.uint64)
    count = library().keys_number(address(keys), len(keys), address(place), address(distinct))
    done(count)
    order = np.argsort(distinct[:count])
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    return distinct[order], rank[place]


def longest(values: Texts) -> int:
    """Bytes of the longest."""
    return pc.max(pc.binary_length(values)).as_py() or 0


def strings(starts: NDArray[np.int64], data: NDArray[np.uint8]) -> pa.Array:
    """A large_string array of these bytes."""
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_string(), len(starts) - 1, buffers)
