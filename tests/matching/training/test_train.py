"""What is learned where a single comparison is all there is."""

import numpy as np
import pytest

from kempt.matching.training.chances import Belief
from kempt.matching.training.patterns import Patterns
from kempt.matching.training.train import LONE_PRIOR, Seen, train

RECORDS = 1000
PAIRS = RECORDS * (RECORDS - 1) / 2


def trained(strangers, by_chance):
    levels = np.arange(1, 5, dtype=np.uint8)[:, None]
    seen = Seen(
        patterns=Patterns(levels=levels, sizes=(5,)),
        left=np.zeros(0, np.int32),
        right=np.zeros(0, np.int32),
        pattern=np.zeros(0, np.int64),
        strangers=np.array([*strangers, PAIRS - sum(strangers)]),
        pairs=PAIRS,
        records=RECORDS,
    )
    belief = Belief(chances=np.array([0, 0.5, 0.3, 0.15, 0.05]), grip=10.0, at_most={}, by_chance=by_chance)
    return train(seen, [belief], cluster=lambda *_: np.zeros(RECORDS, np.int32), inside=None).chances


def weights(learned):
    return learned.prior_bits + learned.bits(np.arange(1, 5, dtype=np.uint8)[:, None])[:, 0]


def test_what_strangers_hardly_reach_says_how_many_pairs_are_of_one_entity():
    learned = trained([500, 300, 5000], {1: 2.0**-15, 2: 2.0**-15})

    assert learned.prior == pytest.approx(1000 / PAIRS)


def test_an_outcome_counts_as_far_as_pairs_of_one_entity_explain_how_often_it_is_found():
    same, near, less, other = weights(trained([500, 300, 1500], {1: 2.0**-15, 2: 2.0**-15}))

    assert same > 5
    assert near > 5
    assert less == pytest.approx(np.log2(150 / 1350), abs=0.1)
    assert other < -10


def test_without_a_belief_about_chance_every_pair_starts_alike():
    assert trained([500, 300, 5000], {}).prior == LONE_PRIOR
