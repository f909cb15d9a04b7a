"""Texts as sparse vectors of their words and of three letters in a row, so that a slip costs little.

Words and letters each weigh half. Weights are those of term frequency and inverse document frequency (Salton and
Buckley 1988, "Term-weighting approaches in automatic text retrieval"), over distinct values, so that the frequent
word counts little; each half has length one, and so the product of two vectors lies between 0 and 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.profile.known import Counts, Spread

_SPACE = 32
_LETTERS = 1 << 24
"""Three bytes make a token below this number; words follow above it."""

Vectors = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


def vectors_of(values: pa.Array, known: Spread | None = None) -> tuple[Vectors, Spread]:
    """Starts, tokens and weights: the vector of value v stands at starts[v]:starts[v + 1], its tokens ascending.

    Also how the tokens are spread over the texts, which weighed them: these texts', or those that are known.
    """
    count = len(values)
    of_letters, of_words, vocabulary = _Tokens.of(*_letters(values)), *_words(values)
    if known is None:
        known = Spread(
            texts=count,
            words=Counts.of(vocabulary, of_words.spread),
            letters=Counts.of(pa.array(of_letters.distinct).cast(pa.large_string()), of_letters.spread),
        )
        spreads = of_letters.spread, of_words.spread
    else:
        written = pa.array(of_letters.distinct).cast(pa.large_string())
        spreads = known.letters.of_each(written), known.words.of_each(vocabulary)
    letters = _weighed(of_letters, spreads[0], known.texts, count)
    words = _weighed(of_words, spreads[1], known.texts, count)
    starts = [np.searchsorted(each[0], np.arange(count + 1)) for each in (letters, words)]
    total = len(letters[0]) + len(words[0])
    tokens, weights = np.empty(total, np.int32), np.empty(total)
    # Words are higher numbers than letters, so those of a value follow its letters.
    for part, place in (
        (letters, np.arange(len(letters[0])) + starts[1][letters[0]]),
        (words, np.arange(len(words[0])) + starts[0][words[0] + 1]),
    ):
        tokens[place], weights[place] = part[1], part[2] * np.sqrt(0.5)
    return ((starts[0] + starts[1]).astype(np.int64), tokens, weights), known


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tokens:
    """Each token of each value once, by value and token, with how often it stands there.

    `place` says which of the distinct tokens it is, and `spread` in how many values each of those stands.
    """

    owner: NDArray[np.int64]
    token: NDArray[np.int64]
    times: NDArray[np.int64]
    distinct: NDArray[np.int64]
    place: NDArray[np.int64]
    spread: NDArray[np.int64]

    @classmethod
    def of(cls, value: NDArray[Any], token: NDArray[Any]) -> "_Tokens":
        keys = np.sort(value.astype(np.int64) << 32 | token)
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        owner, tokens = keys[first] >> 32, keys[first] & 0xFFFFFFFF
        low = int(tokens.min(initial=0))
        counts = np.bincount(tokens - low, minlength=1)
        there = np.flatnonzero(counts)
        number = np.cumsum(counts > 0) - 1
        return cls(
            owner=owner, token=tokens, times=np.diff(first, append=len(keys)), distinct=there + low,
            place=number[tokens - low], spread=counts[there],
        )  # fmt: skip


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


def _words(values: pa.Array) -> tuple[_Tokens, pa.Array]:
    """The words of each value, and all words; numbered in their order, so that sums do not depend on other texts."""
    split = pc.split_pattern(values, " ")
    coded = split.flatten().dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    owner = np.repeat(np.arange(len(split)), np.diff(split.offsets.to_numpy()))
    tokens = _Tokens.of(owner, rank[coded.indices.to_numpy()] + _LETTERS)
    return tokens, coded.dictionary.take(pa.array(order))


def _weighed(
    tokens: _Tokens, spread: NDArray[np.int64], texts: int, count: int
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]:
    """Each token of each value once, weighed; the weights of a value have the length one."""
    rare = np.log((1 + texts) / (1 + np.minimum(spread, texts))) + 1.0
    weights = (1.0 + np.log(tokens.times)) * rare[tokens.place]
    length = np.sqrt(np.bincount(tokens.owner, weights=weights**2, minlength=count))
    return tokens.owner, tokens.token, weights / length[tokens.owner]
