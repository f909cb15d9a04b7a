from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.policy.budget import BudgetPolicy, Spent, audits_needed, lower_bound, room
from kempt.policy.drawn import drawn
from kempt.strict_yaml import parse
from tests.sizes import size

POLICY = parse(BudgetPolicy, Path(__file__).parents[2] / "policies" / "budget.yaml")
MERGE = POLICY.of("merge")


def tight(**changes: object) -> BudgetPolicy:
    """The shipped budget with another limit for merges."""
    limits = (MERGE.model_copy(update=changes), *(each for each in POLICY.limits if each.kind != "merge"))
    return POLICY.model_copy(update={"limits": limits})


@pytest.mark.parametrize(
    ("right", "audited", "bound"), [(0, 0, 0.0), (0, 10, 0.0), (10, 10, 0.722467), (95, 100, 0.888253)]
)
def test_the_bound_is_wilson_s(right, audited, bound):
    assert lower_bound(right, audited) == pytest.approx(bound, abs=2e-5)


@settings(max_examples=size(100))
@given(st.floats(0.5, 0.99))
def test_so_many_faultless_audits_are_needed_and_no_fewer(target):
    needed = audits_needed(target)

    assert lower_bound(needed, needed) >= target - 1e-6
    assert lower_bound(needed - 1, needed - 1) < target


@pytest.mark.parametrize(
    ("spent", "changes", "reason"),
    [
        (Spent(), 50, "budget-trial"),
        (Spent(applied=45), 5, "budget-trial"),
        (Spent(applied=60), 0, "budget-trial"),
        (Spent(applied=60, right=188), 0, "budget-trial"),
        (Spent(applied=60, right=189), 200, "budget-per-run"),
        (Spent(applied=900, applied_today=900, right=189), 100, "budget-per-day"),
        (Spent(applied=60, right=189, wrong=3), 0, "budget-precision"),
        (Spent(right=5000, stopped=True), 0, "budget-stopped"),
    ],
)
def test_a_segment_applies_what_audits_and_caps_allow(spent, changes, reason):
    budget = tight(trial_allowance=50, per_run=200, per_day=1000)

    assert (room(budget, "merge", spent).changes, room(budget, "merge", spent).reason) == (changes, reason)


def test_a_policy_may_go_on_within_its_caps_until_it_is_audited_but_not_when_audits_speak_against_it():
    bold = tight(trial_allowance=50, per_run=200, per_day=1000).model_copy(update={"until_audited": "apply"})

    assert room(bold, "merge", Spent(applied=500)).changes == 200
    assert room(bold, "merge", Spent(applied=500, right=150, wrong=50)).changes == 0


@settings(max_examples=size(20))
@given(st.floats(0.05, 0.95), st.binary(min_size=16, max_size=16))
def test_a_share_is_drawn_and_a_larger_share_draws_the_same_and_more(share, key):
    names = [f"record-{n}" for n in range(1500)]
    chosen = {name for name in names if drawn(key, "canary", name, share)}

    assert abs(len(chosen) / len(names) - share) < 0.07
    assert chosen <= {name for name in names if drawn(key, "canary", name, min(1.0, share + 0.05))}
    assert chosen == {name for name in names if drawn(key, "canary", name, share)}


def test_what_is_found_wrong_takes_effect_at_once():
    audited = Spent(right=400)

    assert room(POLICY, "merge", audited).changes > 0
    assert room(POLICY, "merge", replace(audited, wrong=20)).changes == 0
