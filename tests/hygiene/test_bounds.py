"""What is unusual is told by what was usual, and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempt.hygiene.bounds import bounds

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=5, max_size=40)


def test_too_few_days_tell_nothing() -> None:
    assert bounds([0.9] * 4, floor=0.02) is None


def test_days_that_were_all_alike_leave_room_for_the_floor() -> None:
    usual = bounds([0.9] * 10, floor=0.02)

    assert usual is not None
    assert usual.holds(0.885)
    assert not usual.holds(0.87)


def test_one_bad_day_does_not_make_the_next_one_usual() -> None:
    usual = bounds([0.90, 0.91, 0.89, 0.90, 0.91, 0.20, 0.90], floor=0.0)

    assert usual is not None
    assert not usual.holds(0.5)
    assert usual.low == pytest.approx(0.90 - 3.5 * 1.4826 * 0.01)


@given(NUMBERS, st.floats(0.001, 10))
def test_the_middle_is_always_usual_and_more_floor_never_makes_less_usual(before: list[float], floor: float) -> None:
    narrow, wide = bounds(before, floor=floor), bounds(before, floor=2 * floor)

    assert narrow is not None
    assert wide is not None
    assert narrow.holds(narrow.middle)
    assert wide.low <= narrow.low <= narrow.high <= wide.high
