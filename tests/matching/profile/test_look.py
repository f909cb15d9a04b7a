"""Which pairs of records are looked at."""

import duckdb
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.look import ALONE, TOGETHER, Key, pairs_sharing
from tests.sizes import size

VALUES = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz"), st.booleans()), min_size=2, max_size=12)


def found(**fields):
    keys = {name: Key(field=name, columns=(Column.of(pa.array(values)),)) for name, values in fields.items()}
    left, right = pairs_sharing(duckdb.connect(), keys)
    return list(zip(left.tolist(), right.tolist(), strict=True))


@given(VALUES)
@settings(max_examples=size(30), deadline=None)
def test_records_that_share_a_value_are_paired_once_and_no_others(rows):
    one = [value if given else None for value, _, given in rows]
    two = [value for _, value, _ in rows]

    expected = [
        (a, b)
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
        if (one[a] is not None and one[a] == one[b]) or two[a] == two[b]
    ]

    assert found(one=one, two=two) == expected


def test_a_value_that_many_share_pairs_only_together_with_another():
    many = ALONE + 20
    shared = ["common"] * many
    other = [f"half {n % 4}" for n in range(many)]

    assert found(one=shared) == []
    assert len(found(one=shared, two=[f"only {n}" for n in range(many)])) == 0
    alone = found(one=other)
    assert found(one=shared, two=other) == alone
    assert many // 4 <= TOGETHER


def test_words_are_found_wherever_they_stand():
    words = Column.of(pa.array(["alpha", "beta", "beta"]))
    first = Column(codes=np.array([0, 1], np.int32), values=words.values)
    second = Column(codes=np.array([1, 0], np.int32), values=words.values)

    left, right = pairs_sharing(duckdb.connect(), {"words": Key(field="text", columns=(first, second))})

    assert list(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 1)]
