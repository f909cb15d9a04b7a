"""Sparse vectors: weighed by the formula, and by what is known of other texts just as beside them."""

from collections import Counter
from math import log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.features import rarest_words
from kempt.matching.profile.vectors import vectors_of
from tests.sizes import size

TEXTS = st.lists(
    st.lists(st.sampled_from(["b", "ab", "é", "cab", "zz"]), min_size=1, max_size=6).map(" ".join),
    min_size=1,
    max_size=8,
    unique=True,
)


def of(vectors, at):
    own = vectors.tokens[vectors.starts[at] : vectors.starts[at + 1]]
    return own["token"], own["weight"].tolist()


@given(TEXTS)
@settings(max_examples=size(40), deadline=None)
def test_weights_are_those_of_term_and_document_frequency(texts):
    vectors, spread = vectors_of(pa.array(texts, pa.large_string()))
    stands = Counter(word for text in texts for word in {*text.split(" ")})

    assert dict(zip(spread.words.values.to_pylist(), spread.words.found.tolist(), strict=True)) == {
        word: count for word, count in stands.items() if count > 1
    }
    for at, text in enumerate(texts):
        tokens, weights = of(vectors, at)
        times = Counter(text.split(" "))
        by_letters = [
            (1 + log(times[word])) * (log((1 + len(texts)) / (1 + stands[word])) + 1) for word in sorted(times)
        ]
        expected = np.array(by_letters) / np.linalg.norm(by_letters) * np.sqrt(0.5)
        assert np.array(weights)[tokens >= 1 << 24] == pytest.approx(expected)


@given(TEXTS, TEXTS)
@settings(max_examples=size(40), deadline=None)
def test_by_what_is_known_a_text_has_one_vector_whatever_stands_beside_it(learned, texts):
    beside, spread = vectors_of(pa.array(learned, pa.large_string()))
    again, _ = vectors_of(pa.array(learned, pa.large_string()), spread)
    together, _ = vectors_of(pa.array(texts, pa.large_string()), spread)

    assert again.starts.tolist() == beside.starts.tolist()
    assert again.tokens.tolist() == beside.tokens.tolist()
    for at, text in enumerate(texts):
        alone, _ = vectors_of(pa.array([text], pa.large_string()), spread)
        assert of(together, at)[1] == of(alone, 0)[1]


def test_the_rarest_words_are_those_known_to_be_rare_and_of_these_the_first_by_letters():
    known = vectors_of(pa.array(["b c", "c d", "b a", "c e"], pa.large_string()))[1]

    def rarest(*texts):
        (column,) = rarest_words(Column.of(pa.array(texts, pa.large_string())), 1, known)
        return column.codes.tolist()

    # Of "c d" the rarer d, of "b d a" a rather than d, both found once.
    one, two, three, four = rarest("c d", "d", "b d a", "a c")
    assert one == two != three == four
