"""Comparators against rapidfuzz and DuckDB, to the last bit."""

import math
from itertools import product

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein
from rapidfuzz.process import cdist

from kempt.matching.conditions import parse_condition
from kempt.matching.kernel.columns import Column, Columns, Vectors
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import levels_of_pairs
from tests.matching.kernel.reference import Condition, condition, cosine, holds, vector
from tests.matching.kernel.sql_conditions import holds as as_sql
from tests.sizes import size

# Few letters, so that near misses are common; beyond ASCII, beyond the first plane, and combining.
PLAIN, ANY = "abc 1", "abcé\u0301я中😀 "
OFTEN = settings(max_examples=size(60), deadline=None)


TRICKY = ["", "a", "martha", "marhta", "dixon", "dicksonx", "a" * 64, "ab" * 32, "é" * 65, "ß" * 63 + "a"]


def texts(letters):
    # DuckDB counts bytes: what is held to it stays within ASCII.
    tricky = [text for text in TRICKY if text.isascii() or not letters.isascii()]
    return st.one_of(st.text(letters, max_size=8), st.text(letters, min_size=55, max_size=140), st.sampled_from(tricky))


@st.composite
def near(draw, letters):
    """A text, and what a few slips make of it, or another text."""
    left = draw(texts(letters))
    right = list(left) if draw(st.booleans()) else list(draw(texts(letters)))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(right)))
        right[at : at + draw(st.integers(0, 1))] = draw(st.lists(st.sampled_from(letters), max_size=1))
        if len(right) > at + 1 and draw(st.booleans()):
            right[at], right[at + 1] = right[at + 1], right[at]
    return left, "".join(right)


def outcomes(left, right, *conditions):
    """Which conditions hold between two values, and whether the same hold the other way round."""
    columns = Columns.of({"text": pa.array([left, right])})
    program = Program.of(columns, [[[each], []] for each in conditions])
    one, other = levels_of_pairs(program, np.array([0, 1]), np.array([1, 0])) == 0
    assert one.tolist() == other.tolist()
    return one.tolist()


def at_least(comparator, limit):
    return Condition(column="text", comparator=comparator, operator=">=", limit=limit)


def at_most(comparator, limit):
    return Condition(column="text", comparator=comparator, operator="<=", limit=limit)


def exactly(left, right, comparator, expected):
    """Whether a similarity is this very number: it reaches it, and not the next one."""
    above = math.nextafter(expected, 2.0)
    limits = [expected] if above > 1 else [expected, above]
    return outcomes(left, right, *(at_least(comparator, limit) for limit in limits)) == [True, False][: len(limits)]


@OFTEN
@given(near(ANY))
@example(("ca", "abc"))
@example(("a" * 70, "a" * 69 + "b"))
def test_jaro_winkler_is_that_of_rapidfuzz(pair):
    assert exactly(*pair, "jaro_winkler", JaroWinkler.similarity(*pair))


@OFTEN
@given(near(PLAIN))
def test_jaro_winkler_is_that_of_duckdb(pair):
    (expected,) = duckdb.execute("select jaro_winkler_similarity($1, $2)", pair).fetchone()

    # DuckDB finds two empty texts not alike at all. No column holds empty texts.
    assert pair == ("", "") or exactly(*pair, "jaro_winkler", expected)


@given(st.floats(0, 1), near(ANY))
def test_whatever_the_limits_a_similarity_falls_between_the_same_two(limit, pair):
    similar = JaroWinkler.similarity(*pair)
    below = Condition(column="text", comparator="jaro_winkler", operator="<", limit=limit)

    assert outcomes(*pair, at_least("jaro_winkler", limit), at_least("jaro_winkler", 0.9), below) == [
        similar >= limit,
        similar >= 0.9,
        similar < limit,
    ]


@OFTEN
@given(near(ANY))
def test_levenshtein_is_that_of_rapidfuzz(pair):
    distance = Levenshtein.distance(*pair)

    for limit in {0, 1, 2, 3, min(distance, 99), min(max(distance - 1, 0), 99), 99}:
        over = Condition(column="text", comparator="levenshtein", operator=">", limit=limit)
        assert outcomes(*pair, at_most("levenshtein", limit), over) == [distance <= limit, distance > limit]


@OFTEN
@given(near(PLAIN))
def test_levenshtein_is_that_of_duckdb(pair):
    (distance,) = duckdb.execute("select levenshtein($1, $2)", pair).fetchone()

    assert outcomes(*pair, *(at_most("levenshtein", n) for n in range(5))) == [distance <= n for n in range(5)]


@OFTEN
@given(near(ANY))
@example(("ca", "abc"))
def test_damerau_is_rapidfuzz_osa(pair):
    distance = OSA.distance(*pair)

    assert outcomes(*pair, *(at_most("damerau", n) for n in range(4))) == [distance <= n for n in range(4)]
    for limit in range(4):
        assert outcomes(*pair, at_most("damerau", limit)) == [distance <= limit]


WORDS = [
    "exact",
    "differs",
    "missing",
    "unshared",
    "initial",
    "contains",
    "token_overlap >= 0.5",
    "token_overlap < 0.34",
]


@OFTEN
@given(near("ab é "))
@example(("", " "))
@example(("", "a  b"))
@example(("a b", "x a b"))
@example(("é", "éa"))
@example(("\u0169", "i"))
def test_words_and_letters_are_those_of_duckdb(pair):
    expected = duckdb.execute(
        f"select {', '.join(as_sql([parse_condition('text', text)]) for text in WORDS)} "
        "from (select $1::varchar as text) as l, (select $2::varchar as text) as r",
        pair,
    ).fetchone()

    assert outcomes(*pair, *(condition("text", text) for text in WORDS)) == [bool(each) for each in expected]


@given(st.sampled_from([(None, "a"), ("a", None), (None, None)]))
def test_only_missing_and_unshared_are_true_of_what_is_not_given(pair):
    tests = ["jaro_winkler >= 0.0", "jaro_winkler < 0.9", "levenshtein <= 9", "levenshtein > 1", "damerau > 1"]

    assert outcomes(*pair, *(condition("text", text) for text in WORDS + tests)) == [
        text in ("missing", "unshared") for text in WORDS + tests
    ]


@OFTEN
@given(st.lists(st.text("abcdefé", max_size=6), min_size=2, max_size=2))
def test_cosine_is_the_dot_product_in_the_order_of_tokens(pair):
    column = Column.of(pa.array(pair))
    vectors = [sorted(vector(value).items()) for value in column.values.to_pylist()]
    starts = np.cumsum([0, *map(len, vectors)])
    tokens = np.array([token for each in vectors for token, _ in each], np.int32)
    weights = np.array([np.float32(weight / 3) for each in vectors for _, weight in each])
    columns = Columns.of({"text": column.with_vectors(Vectors.of(starts, tokens, weights))})
    expected = 0.0
    for token in sorted(vector(pair[0]).keys() & vector(pair[1]).keys()):
        expected += float(np.float32(vector(pair[0])[token] / 3)) * float(np.float32(vector(pair[1])[token] / 3))
    limits = [min(expected, 1.0), min(math.nextafter(expected, 9), 1.0)]

    program = Program.of(columns, [[[at_least("cosine", limit)], []] for limit in limits])

    assert (levels_of_pairs(program, [0, 1], [1, 0]) == 0).tolist() == [[expected >= limit for limit in limits]] * 2
    assert cosine("ab", "ab") > cosine("ab", "a") > 0


@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**31) + 1, 2**31 - 1)), min_size=2, max_size=2),
    st.integers(0, 2**31),
)
@example([-(2**31) + 1, 2**31 - 1], 2**31)
def test_within_is_the_difference_of_the_numbers(numbers, limit):
    left, right = numbers
    column = Column.of(pa.array(["left", "right"])).with_numbers(
        np.array([-(2**31) if each is None else each for each in numbers], np.int64)
    )
    program = Program.of(Columns.of({"text": column}), [[[condition("text", f"within {limit}")], []]])

    expected = left is not None and right is not None and abs(left - right) <= limit

    assert (levels_of_pairs(program, [0], [1]) == 0).tolist() == [[expected]]


@pytest.mark.parametrize("letters", ["abc", "ab\u044f"])
def test_all_short_texts_are_as_far_apart_as_rapidfuzz_says(letters):
    texts = ["".join(each) for length in range(6) for each in product(letters, repeat=length)]
    left, right = (side.ravel() for side in np.indices((len(texts), len(texts))))
    limits = [0.5, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95]
    conditions = [
        *(at_most("damerau", n) for n in range(4)),
        *(at_most("levenshtein", n) for n in range(5)),
        *(at_least("jaro_winkler", limit) for limit in limits),
    ]

    columns = Columns.of({"text": pa.array(texts)})
    found = levels_of_pairs(Program.of(columns, [[[each], []] for each in conditions]), left, right) == 0

    osa, edits, similar = (
        cdist(texts, texts, scorer=scorer, dtype=dtype).ravel()
        for scorer, dtype in (
            (OSA.distance, np.int32),
            (Levenshtein.distance, np.int32),
            (JaroWinkler.similarity, np.float64),
        )
    )
    expected = [*(osa <= n for n in range(4)), *(edits <= n for n in range(5)), *(similar >= limit for limit in limits)]
    assert [(found[:, at] != each).sum() for at, each in enumerate(expected)] == [0] * len(conditions)


@pytest.mark.parametrize("letters", [1, 3])
@given(text=texts(ANY))
def test_the_start_of_a_value_is_that_of_duckdb(letters, text):
    (expected,) = duckdb.execute(f"select ($1::varchar)[1:{letters}]", [text]).fetchone()

    start = Column.of(pa.array([text, None])).start(letters)

    assert [start.values[code].as_py() if code >= 0 else None for code in start.codes] == [expected, None]


def test_the_reference_knows_every_comparator():
    pair = {"text": "anna", "other": "bert"}, {"text": "bert", "other": "anna"}

    assert holds(condition("text", "swapped with other"), *pair)
    assert not holds(condition("text", "damerau <= 3"), *pair)
