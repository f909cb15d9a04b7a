"""Texts as sparse vectors of their words and of three letters in a row, so that a slip costs little.

Words and letters each weigh half. Weights are those of term frequency and inverse document frequency (Salton and
Buckley 1988, "Term-weighting approaches in automatic text retrieval"), over distinct values, so that the frequent
word counts little; each half has length one, and so the product of two vectors lies between 0 and 1.
"""

import math

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Vectors
from kempt.matching.kernel.library import TOKEN, address, library
from kempt.matching.kernel.lists import Numbered, letters_of, words_by_letters
from kempt.matching.profile.known import Counts, Spread

_LETTERS = 1 << 24
"""Three bytes make a token below this number; words follow above it."""


def vectors_of(values: pa.Array, known: Spread | None = None) -> tuple[Vectors, Spread]:
    """The vector of each value; also how its tokens are spread over texts, these or those known, which weighed them.

    Words are numbered by their letters, so that sums do not depend on other texts.
    """
    letters, (words, written) = letters_of(values), words_by_letters(values)
    of_letters, letter_counts = _spread(letters, None, known.letters if known else None)
    of_words, word_counts = _spread(words, written, known.words if known else None)
    spread = Spread(texts=known.texts if known else len(values), words=word_counts, letters=letter_counts)
    starts = letters.starts + words.starts
    tokens = np.empty(starts[-1], TOKEN)
    _weigh(letters, of_letters, spread.texts, 0, starts, tokens)
    # Words are higher numbers than letters, so those of a value follow its letters.
    _weigh(words, of_words, spread.texts, _LETTERS, starts[:-1] + np.diff(letters.starts), tokens)
    return Vectors(starts=starts, tokens=tokens), spread


def _spread(part: Numbered, written: pa.Array | None, known: Counts | None) -> tuple[NDArray[np.int32], Counts]:
    """In how many texts each number stands, from the lowest on, here or as is known; and these counts by what it is."""
    spread = part.spread()
    there = np.flatnonzero(spread)
    named = pa.array(there + part.low).cast(pa.large_string()) if written is None else written
    if known is None:
        return spread, Counts.of(named, spread[there])
    spread[there] = known.of_each(named)
    return spread, known


def _weigh(
    part: Numbered,
    spread: NDArray[np.int32],
    texts: int,
    above: int,
    place: NDArray[np.int64],
    tokens: NDArray[np.void],
) -> None:
    """Writes each token of each value from its place on, weighed; half of a vector has the length of half of one."""
    by_times = 1.0 + np.log(np.maximum(1, np.arange(int(part.times.max(initial=0)) + 1)))
    by_spread = np.log((1 + texts) / (1 + np.minimum(np.arange(int(spread.max(initial=0)) + 1), texts))) + 1.0
    lists = (address(part.starts), len(part.starts) - 1, address(part.items), address(part.times))
    rare = (address(spread), part.low, address(by_times), address(by_spread))
    library().lists_weigh(*lists, *rare, math.sqrt(0.5), above, address(place), address(tokens))
