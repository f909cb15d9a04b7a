"""Chances of patterns, and what depends on what."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.training.chances import Belief, believed, learn
from kempt.matching.training.dependence import dependence
from kempt.matching.training.patterns import Patterns
from tests.sizes import size

LEVELS = st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=40)


def belief(*chances, at_most=None):
    return Belief(chances=np.array(chances), grip=1.0, at_most=at_most or {}, by_chance={})


EVEN = belief(0.0, 0.5, 0.5)


def patterns(rows):
    return Patterns(levels=np.array(rows, np.uint8).reshape(-1, 3), sizes=(3, 3, 3))


@given(LEVELS)
@settings(max_examples=size(50), deadline=None)
def test_whatever_is_given_the_chances_of_its_patterns_sum_to_one(rows):
    learned = learn(patterns(rows), np.ones(len(rows)), [EVEN] * 3, least_bits=0.0, smoothing=1.0)
    everything = np.array([(a, b, c) for a in (1, 2) for b in (1, 2) for c in (1, 2)], np.uint8)

    for silent in [(), (0,), (1,), (2,), (0, 2)]:
        levels = everything.copy()
        levels[:, list(silent)] = 0
        distinct = np.unique(levels, axis=0)
        assert np.exp2(learned.bits(distinct).sum(axis=1)).sum() == pytest.approx(1.0)


def test_what_is_not_given_says_nothing():
    learned = learn(patterns([(1, 2, 1)]), np.ones(1), [EVEN] * 3, least_bits=np.inf, smoothing=1.0)

    assert learned.bits(np.zeros((1, 3), np.uint8)).tolist() == [[0.0, 0.0, 0.0]]


def test_agreement_that_always_comes_together_counts_once():
    rows = [(1, 1, 1)] * 500 + [(2, 2, 2)] * 500 + [(1, 1, 2)] * 250 + [(2, 2, 1)] * 250
    learned = learn(patterns(rows), np.ones(len(rows)), [EVEN] * 3, least_bits=80.0, smoothing=1.0)

    both, first = learned.bits(np.array([(1, 1, 0), (1, 0, 0)], np.uint8)).sum(axis=1)

    assert both == pytest.approx(first, abs=0.05)


def test_with_a_gap_the_next_best_takes_its_place():
    # All three agree together; the second depends on the first, and where that is not given, on the third.
    rows = [(1, 1, 1)] * 500 + [(2, 2, 2)] * 500
    learned = learn(patterns(rows), np.ones(len(rows)), [EVEN] * 3, least_bits=80.0, smoothing=1.0)

    for silent in range(3):
        levels = np.ones((1, 3), np.uint8)
        levels[0, silent] = 0
        assert learned.bits(levels).sum() == pytest.approx(-1.0, abs=0.05)


def test_nothing_depends_on_what_depends_on_it():
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 3, (400, 3))
    rows[:, 1] = rows[:, 0]
    rows[200:, 2] = rows[200:, 1]

    found = dependence(patterns(rows), np.ones(400), least_bits=1.0)

    placed: set[int] = set()
    while len(placed) < 3:
        ready = {each for each in range(3) if set(found[each]) <= placed} - placed
        assert ready
        placed |= ready


def test_chance_alone_is_no_dependence():
    rng = np.random.default_rng(3)
    rows = rng.integers(1, 3, (400, 3))

    assert dependence(patterns(rows), np.ones(400), least_bits=30.0) == ((), (), ())


def test_a_limit_holds_whatever_was_counted():
    limited = belief(0.0, 0.99, 0.01, at_most={2: 0.05})
    learned = learn(patterns([(2, 1, 1)] * 100), np.ones(100), [limited, EVEN, EVEN], least_bits=np.inf, smoothing=1.0)

    assert np.exp2(learned.alone[0][1:]).tolist() == pytest.approx([0.95, 0.05])


def test_before_anything_was_seen_the_belief_holds():
    assert np.exp2(believed([belief(0.0, 0.9, 0.1)]).alone[0][1:]).tolist() == pytest.approx([0.9, 0.1])
