"""What labels teach of how far a weight can be trusted."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression

from kempt.matching.calibration import IDENTITY, LEAST_OF_EACH, LEAST_PAIRS, Calibration, calibrate, rising
from kempt.matching.weights import probability_of
from tests.sizes import size


def anything(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of few or many weights, right by a chance that follows the weight or does not."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(LEAST_PAIRS, 3 * LEAST_PAIRS))
    bits = np.round(rng.uniform(-8, 20, count), int(rng.integers(0, 4)))
    slope, middle = rng.uniform(-0.2, 1), rng.uniform(-5, 15)
    return bits, rng.random(count) < 1 / (1 + 2.0 ** (-slope * (bits - middle)))


pairs = st.integers(0, 2**32 - 1).map(anything)


def drawn(chance, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of -5 to 15 bits that are right by a chance that depends on the weight."""
    rng = np.random.default_rng(seed)
    bits = rng.uniform(-5, 15, count)
    return bits, rng.random(count) < chance(bits)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 50)), min_size=1, max_size=40))
def test_violators_are_pooled_as_another_implementation_does(drawn_bins):
    values, weights = (np.array(each, float) for each in zip(*drawn_bins, strict=True))

    found = rising(values, weights)

    assert found == pytest.approx(isotonic_regression(values, sample_weight=weights))


@settings(max_examples=size(20))
@given(pairs)
def test_more_bits_never_mean_less(known):
    found = calibrate(*known).probabilities(np.linspace(-80, 80, 400))

    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


@settings(max_examples=size(20))
@given(pairs)
def test_neither_the_order_of_labels_nor_keeping_it_changes_anything(known):
    bits, right = known
    order = np.lexsort((right, bits))[::-1]
    kept = Calibration.from_json(json.loads(json.dumps(calibrate(bits, right).as_json())))

    assert kept == calibrate(bits, right)
    if len(np.unique(bits)) == len(bits):
        assert kept == calibrate(bits[order], right[order])


def test_a_model_that_is_too_sure_of_itself_is_told_so():
    # However much it weighs, of ten pairs one is wrong.
    found = calibrate(*drawn(lambda bits: np.minimum(0.9, 1 / (1 + 2.0**-bits)), 20_000))

    assert found.method == "isotonic"
    assert found.probabilities(np.array([12.0, 14.0])) == pytest.approx(0.9, abs=0.03)
    assert found.probabilities(np.array([-3.0])) == pytest.approx(0.11, abs=0.03)


def test_it_holds_for_pairs_it_was_not_learned_from():
    def chance(bits):
        return 1 / (1 + 2.0 ** -(0.5 * bits - 2))

    found = calibrate(*drawn(chance, 20_000))
    bits, right = drawn(chance, 20_000, seed=2)
    told = found.probabilities(bits)

    for low, high in ((0.1, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.0)):
        here = (told >= low) & (told < high)
        assert right[here].mean() == pytest.approx(told[here].mean(), abs=0.03)


@pytest.mark.parametrize(("count", "right"), [(LEAST_PAIRS - 1, 50), (1_000, LEAST_OF_EACH - 1), (1_000, 1_000)])
def test_too_few_labels_or_labels_of_one_kind_teach_nothing(count, right):
    found = calibrate(np.linspace(-5, 10, count), np.arange(count) < right)

    assert found == IDENTITY
    assert found.method == "identity"


@pytest.mark.parametrize("bits", [-70.0, -3.2, 0.0, 4.1, 70.0])
def test_without_labels_a_probability_is_what_the_weight_says(bits):
    assert IDENTITY.probabilities(np.array([bits])) == pytest.approx(probability_of(bits), abs=1e-6)
