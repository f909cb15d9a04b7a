"""m and u of given clusters are those that recordlinkage's ECM classifier finds where it starts from them."""

import numpy as np
import pandas as pd
import pytest
from recordlinkage import ECMClassifier, NaiveBayesClassifier

from kempt.matching.training.chances import Belief, learn
from kempt.matching.training.patterns import Patterns


def learned(agree):
    """Shares of agreement by Kempt: levels 1 (agree) and 2 (not), without a belief, comparisons independent."""
    levels = np.where(agree, 1, 2).astype(np.uint8)
    distinct, counts = np.unique(levels, axis=0, return_counts=True)
    patterns = Patterns(levels=distinct, sizes=(3,) * levels.shape[1])
    nothing = Belief(chances=np.array([0.0, 0.5, 0.5]), grip=0.0, at_most={}, by_chance={})
    found = learn(patterns, counts.astype(float), [nothing] * levels.shape[1], least_bits=np.inf, smoothing=0.0)
    return np.array([2.0 ** table[1] for table in found.alone])


@pytest.fixture(scope="module")
def drawn():
    chance = np.random.default_rng(2)
    same = chance.random(20_000) < 0.3
    chances = np.where(same[:, None], [0.95, 0.9, 0.97, 0.92], [0.02, 0.05, 0.01, 0.1])
    return chance.random(chances.shape) < chances, same


def frame(agree):
    pairs = pd.MultiIndex.from_arrays([np.arange(len(agree)), np.arange(len(agree))])
    return pd.DataFrame(agree.astype(int), index=pairs)


def test_the_step_from_clusters_to_chances_is_that_of_the_classifier_that_is_told_them(drawn):
    agree, same = drawn
    told = frame(agree)

    # Laplace's correction is off, as no belief is given above.
    stock = NaiveBayesClassifier(binarize=None, alpha=1e-9)
    stock.fit(told, told.index[same])

    m, u = (np.array([each[1] for each in probs.values()]) for probs in (stock.m_probs, stock.u_probs))
    np.testing.assert_allclose(learned(agree[same]), m, atol=1e-6)
    np.testing.assert_allclose(learned(agree[~same]), u, atol=1e-6)


def test_where_classes_are_clear_the_classifier_without_labels_comes_to_the_same(drawn):
    agree, same = drawn

    stock = ECMClassifier(init="jaro", binarize=None, max_iter=200, atol=1e-8)
    found = stock.fit_predict(frame(agree))

    m, u = (np.array([each[1] for each in probs.values()]) for probs in (stock.m_probs, stock.u_probs))
    np.testing.assert_allclose(learned(agree[same]), m, atol=0.02)
    np.testing.assert_allclose(learned(agree[~same]), u, atol=0.02)
    assert abs(len(found) - same.sum()) < 0.01 * len(same)
