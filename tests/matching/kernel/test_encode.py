"""Texts by number, and rewritten: what the kernel makes is what Arrow, DuckDB and numpy make."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kempt.matching.kernel import lists
from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.encode import Encoder, decode, encode, fold, in_order, number
from kempt.matching.profile import features
from kempt.matching.profile.vectors import vectors_of
from tests.sizes import size

TEXTS = st.lists(st.none() | st.text(alphabet="ab é王\n'", max_size=12), max_size=40)
ODD = st.text(alphabet="aB9 +-.@<>'xXtTeE(\n\té王", max_size=14)


@given(TEXTS, st.integers(0, 40))
@settings(max_examples=size(60), deadline=None)
def test_codes_and_values_are_those_of_arrow(texts, cut):
    whole = pa.array(texts, pa.large_string())
    expected = whole.dictionary_encode()

    for given_as in (whole, pa.chunked_array([whole[:cut], whole[cut:].cast(pa.string()).cast(pa.large_string())])):
        codes, values = encode(given_as)
        assert values.to_pylist() == expected.dictionary.to_pylist()
        assert decode(codes, values).to_pylist() == texts
    codes, values = encode(whole, empty=False)
    assert decode(codes, values).to_pylist() == [text or None for text in texts]


def test_many_values_keep_their_numbers_while_the_table_grows():
    texts = [f"{n % 7001}" * (1 + n % 3) for n in range(30_000)]
    encoder = Encoder()
    codes = np.concatenate([encoder.codes(pa.array(texts[at : at + 4000])) for at in range(0, len(texts), 4000)])

    values = encoder.values()
    assert values.to_pylist() == list(dict.fromkeys(texts))
    assert decode(codes, values).to_pylist() == texts


@given(TEXTS, st.randoms())
@settings(max_examples=size(40), deadline=None)
def test_values_are_numbered_by_the_order_of_the_records_alone(texts, shuffled):
    rows = list(range(len(texts)))
    shuffled.shuffle(rows)
    turned = pa.array([texts[row] for row in rows], pa.large_string()).dictionary_encode()

    back = in_order(turned, pa.array(np.argsort(rows)))

    assert back.to_pylist() == texts
    assert back.dictionary.to_pylist() == pc.unique(pa.array(texts, pa.large_string()).drop_null()).to_pylist()


@pytest.mark.parametrize("role", ["text", "number", "email", "phone"])
@given(values=st.lists(ODD, min_size=1, max_size=20))
@example(values=["O'Neil's (B)", "Ada.X+y@B.example", " a@b ", "<a@b>", "0123 456-789012 Ext 7", "B\na", "É"])
@settings(max_examples=size(60), deadline=None)
def test_a_folded_value_is_written_as_duckdb_writes_it(role, values):
    column = Column.of(pa.array(values, pa.large_string()))
    how = features._FOLDS.get(role, "plain")
    made, left = fold(column.values, how)
    written = pa.table({"v": column.values})  # noqa: F841, read by DuckDB below
    form = features._FORMS.get(role, features._PLAIN)
    expected = [row[0] or "" for row in duckdb.sql(f"select {form} from written").fetchall()]

    assert [text for text, slow in zip(made.to_pylist(), left, strict=True) if not slow] == [
        text for text, slow in zip(expected, left, strict=True) if not slow
    ]
    assert all(slow for text, slow in zip(column.values.to_pylist(), left, strict=True) if not text.isascii())


@given(st.lists(ODD, min_size=1, max_size=20), st.integers(1, 5))
@example(["a+b+c@d@e", "a@b+c", "+@", "@", "a\n+b@c", "é王+a@é"], 2)
@settings(max_examples=size(60), deadline=None)
def test_parts_of_a_value_are_those_of_arrow(values, letters):
    column = Column.of(pa.array(values, pa.large_string()))

    def same(made, expected):
        filled = pc.if_else(pc.equal(expected, ""), None, expected)
        return decode(made.codes, made.values).to_pylist() == decode(column.codes, filled).to_pylist()

    assert same(features.first(column, letters), pc.utf8_slice_codeunits(column.values, 0, letters))
    assert same(features.last(column, letters), pc.utf8_slice_codeunits(column.values, -letters, None))
    assert same(features.domain(column), pc.replace_substring_regex(column.values, r"^[^@]*@", ""))
    mailbox = pc.replace_substring_regex(column.values, r"(\+[^@]*)?@.*$", "")
    assert same(features.local_part(column), mailbox)


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=60))
@settings(max_examples=size(40), deadline=None)
def test_keys_are_numbered_as_numpy_numbers_them(keys):
    made = np.array(keys, np.uint64)
    distinct, place = number(made)
    expected, inverse = np.unique(made, return_inverse=True)

    assert distinct.tolist() == expected.tolist()
    assert place.tolist() == inverse.tolist()


@given(st.lists(st.text(alphabet="abcé ", max_size=90), min_size=1, max_size=12, unique=True))
@example(["cbaé b" * 20, "b", ""])
@settings(max_examples=size(40), deadline=None)
def test_words_letters_and_vectors_are_what_they_are_said_to_be(texts):
    values = pa.array(texts, pa.large_string())
    words, letters = lists.words_of(values), lists.letters_of(values)
    vectors, _ = vectors_of(values)
    starts, tokens, weights = vectors.starts, vectors.tokens["token"], vectors.tokens["weight"]

    for at, text in enumerate(texts):
        own = slice(words.starts[at], words.starts[at + 1])
        spelled = text.split(" ")
        assert sorted(words.times[own].tolist()) == sorted(spelled.count(word) for word in {*spelled})
        padded = f" {text} ".encode()
        threes = [padded[i : i + 3] for i in range(len(padded) - 2) if padded[i + 1 : i + 2] != b" "]
        found = letters.items[letters.starts[at] : letters.starts[at + 1]].tolist()
        assert found == sorted({int.from_bytes(three, "big") for three in threes})
        part = slice(starts[at], starts[at + 1])
        assert np.all(np.diff(tokens[part]) > 0)
        halves = [np.sum(weights[part][kind] ** 2) for kind in (tokens[part] < 1 << 24, tokens[part] >= 1 << 24)]
        assert halves == pytest.approx([0.5 if threes else 0.0, 0.5])
