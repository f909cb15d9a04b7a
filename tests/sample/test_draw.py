"""Chance that is the same everywhere, and handfuls that do not overlap."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.sample.draw import Pool, deal, how_many, occurrence, pick, stream, texts
from tests.sizes import size


def test_a_purpose_has_its_own_stream() -> None:
    one = stream(1, "names").integers(0, 1_000_000, 5)

    assert (one == stream(1, "names").integers(0, 1_000_000, 5)).all()
    assert (one != stream(1, "phones").integers(0, 1_000_000, 5)).any()


@settings(deadline=None, max_examples=size(50))
@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_occurrence_counts_what_came_before(values: list[str]) -> None:
    assert occurrence(texts(values)).tolist() == [values[:at].count(value) for at, value in enumerate(values)]


@settings(deadline=None, max_examples=size(50))
@given(st.integers(0, 40), st.lists(st.integers(0, 20), min_size=1, max_size=4))
def test_handfuls_are_disjoint_and_as_large_as_the_rows_allow(n: int, sizes: list[int]) -> None:
    dealt = deal(stream(1), np.arange(n), {str(at): size for at, size in enumerate(sizes)})

    rows = np.concatenate([*dealt.values()])
    assert len(set(rows.tolist())) == len(rows) == min(n, sum(sizes))


def test_weights_decide_and_zero_means_never() -> None:
    picked = pick(stream(2), [0, 3, 0, 1], 4_000)

    counts = np.bincount(picked, minlength=4)
    assert counts[0] == counts[2] == 0
    assert 2.6 < counts[1] / counts[3] < 3.4


def test_a_pool_draws_from_the_group_asked_for() -> None:
    pool = Pool.of([["a", "b"], [], ["c"]])

    drawn = pool.values[pool.draw(stream(3), np.array([0, 2, 2, 0]))]

    assert set(drawn[[0, 3]]) <= {"a", "b"}
    assert (drawn[[1, 2]] == "c").all()


def test_a_share_takes_at_least_one_and_never_more_than_there_is() -> None:
    assert [how_many(1_000, 0.01), how_many(3, 0.01), how_many(0, 0.5), how_many(10, 0.0)] == [10, 1, 0, 0]
