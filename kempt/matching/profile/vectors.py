"""Texts as sparse vectors of their words and of three letters in a row, so that a slip costs little.

Words and letters each weigh half. Weights are those of term frequency and inverse document frequency (Salton and
Buckley 1988, "Term-weighting approaches in automatic text retrieval"), over distinct values, so that the frequent
word counts little; each half has length one, and so the product of two vectors lies between 0 and 1.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_SPACE = 32
_LETTERS = 1 << 24
"""Three bytes make a token below this number; words follow above it."""

Vectors = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


def vectors_of(values: pa.Array) -> Vectors:
    """Starts, tokens and weights: the vector of value v stands at starts[v]:starts[v + 1], its tokens ascending."""
    count = len(values)
    letters, words = _weighed(*_letters(values), count), _weighed(*_words(values), count)
    starts = [np.searchsorted(each[0], np.arange(count + 1)) for each in (letters, words)]
    total = len(letters[0]) + len(words[0])
    tokens, weights = np.empty(total, np.int32), np.empty(total)
    # Words are higher numbers than letters, so those of a value follow its letters.
    for part, place in (
        (letters, np.arange(len(letters[0])) + starts[1][letters[0]]),
        (words, np.arange(len(words[0])) + starts[0][words[0] + 1]),
    ):
        tokens[place], weights[place] = part[1], part[2] * np.sqrt(0.5)
    return (starts[0] + starts[1]).astype(np.int64), tokens, weights


def _letters(values: pa.Array) -> tuple[NDArray[Any], NDArray[Any]]:
    """Each three bytes in a row of each value, with a space around every word; none reaches over a space."""
    padded = pc.binary_join_element_wise("", values.cast(pa.string()), "", " ")
    lengths = pc.binary_length(padded).to_numpy(zero_copy_only=False)
    joined = np.frombuffer("".join(padded.to_pylist()).encode(), np.uint8)
    value = np.repeat(np.arange(len(values)), lengths)
    if len(joined) < 3:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    inside = (value[:-2] == value[2:]) & (joined[1:-1] != _SPACE)
    tokens = joined[:-2].astype(np.int64) << 16 | joined[1:-1].astype(np.int64) << 8 | joined[2:]
    return value[:-2][inside], tokens[inside]


def _words(values: pa.Array) -> tuple[NDArray[Any], NDArray[Any]]:
    split = pc.split_pattern(values, " ")
    words = split.flatten().dictionary_encode().indices.to_numpy().astype(np.int64)
    return np.repeat(np.arange(len(split)), np.diff(split.offsets.to_numpy())), words + _LETTERS


def _weighed(
    value: NDArray[Any], token: NDArray[Any], count: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    """Each token of each value once, weighed; the weights of a value have the length one."""
    keys = np.sort(value.astype(np.int64) << 32 | token)
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    times = np.diff(first, append=len(keys))
    owner, tokens = keys[first] >> 32, keys[first] & 0xFFFFFFFF
    low = int(tokens.min(initial=0))
    spread = np.bincount(tokens - low, minlength=1)[tokens - low]
    weights = (1.0 + np.log(times)) * (np.log((1 + count) / (1 + spread)) + 1.0)
    length = np.sqrt(np.bincount(owner, weights=weights**2, minlength=count))
    return owner, tokens, weights / length[owner]
