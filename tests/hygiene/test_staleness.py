"""Values age by half-lives."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.hygiene.staleness import P_STILL_TRUE, p_still_true
from tests.sizes import size


@pytest.mark.parametrize(("age", "p"), [(0, 1.0), (365, 0.5), (730, 0.25), (-3, 1.0)])
def test_half_is_left_after_each_half_life(age, p):
    assert p_still_true(age, 365) == p


def test_what_has_no_half_life_does_not_age():
    assert p_still_true(100_000, None) == 1.0


@settings(deadline=None, max_examples=size(50))
@given(age=st.integers(-100, 40_000), half_life=st.floats(1, 10_000))
def test_age_never_makes_a_value_more_likely(age, half_life):
    p = p_still_true(age, half_life)

    assert 0.0 <= p_still_true(age + 30, half_life) <= p <= 1.0


@settings(deadline=None, max_examples=size(50))
@given(age=st.integers(-100, 40_000), half_life=st.none() | st.floats(1, 10_000))
def test_sql_and_python_agree(age, half_life):
    sql = f"select {P_STILL_TRUE} from (select $age::int as age_days, $half_life::double as half_life_days)"

    in_sql = duckdb.execute(sql, {"age": age, "half_life": half_life}).fetchone()[0]

    assert in_sql == pytest.approx(p_still_true(age, half_life), rel=1e-12)
