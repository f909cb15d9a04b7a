"""A model that says what no table can rightly teach is refused, with the reason."""

from dataclasses import replace

import numpy as np
import pytest

from kempt.matching.plan import Comparison, Outcome, condition
from kempt.matching.training.chances import Chances
from kempt.matching.training.guard import objections
from kempt.matching.training.train import Learned

TOWN = Comparison(
    name="town",
    outcomes=(
        Outcome(name="not_given", says="unknown", when=(condition("town", "missing"),), expected=0),
        Outcome(name="same", says="the same", when=(condition("town", "exact"),), expected=0.6),
        Outcome(name="near", says="nearly", when=(condition("town", "jaro_winkler", 0.9),), expected=0.3),
        Outcome(name="far", says="hardly", when=(condition("town", "jaro_winkler", 0.7),), expected=0.1),
        Outcome(name="other", says="differ", when=(), expected=0.1),
    ),
)


def learned(*bits, prior=0.001):
    """A model with these weights: chances of strangers are even."""
    other = np.array([0.0, -2.0, -2.0, -2.0, -2.0])
    match = other + np.array([0.0, *bits])
    chances = [Chances(alone=(table,), given=((),), surprise=((),)) for table in (match, other)]
    return Learned(match=chances[0], other=chances[1], prior=prior)


def test_a_model_may_have_its_own_mind():
    # Large towns are shared by chance, so that a slip in one says more than the town itself.
    assert objections(learned(2.0, 9.0, 4.0, -3.0), [TOWN], 1000) == ()
    assert objections(learned(-2.5, 9.0, 4.0, 3.5), [TOWN], 1000) == ()


@pytest.mark.parametrize(
    ("bits", "said"),
    [
        ((-3.5, 3.5, 0.0, 0.0), "'the same' weighs -3.5 bits, and 'nearly', which says less, +3.5"),
        ((9.0, -4.0, 4.0, 0.0), "'nearly' weighs -4.0 bits, and 'hardly', which says less, +4.0"),
        ((41.0, 1.0, 1.0, 0.0), "an outcome of town weighs more than 40 bits"),
        ((np.nan, 1.0, 1.0, 0.0), "an outcome of town weighs more than 40 bits"),
    ],
)
def test_agreement_does_not_speak_against_where_less_of_it_speaks_for(bits, said):
    assert objections(learned(*bits), [TOWN], 1000) == (said,)


def test_that_values_differ_may_speak_for():
    # It is no weaker agreement, but none: people who move leave their town.
    assert objections(learned(-4.0, -4.0, -4.0, 4.0), [TOWN], 1000) == ()


def test_not_everybody_is_one():
    model = learned(1.0, 1.0, 0.0, -1.0, prior=0.25)

    assert objections(model, [TOWN], 100) == ("it takes 25% of all pairs of records for one person or company",)
    assert objections(model, [TOWN], 99) == ()
    assert objections(replace(model, prior=0.2), [TOWN], 100) == ()
