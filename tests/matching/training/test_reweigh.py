"""What people said of pairs scales the evidence."""

import numpy as np
import pytest

from kempt.matching.training.reweigh import FEWEST, MOST, missing_labels, reweigh


def judged(pairs=600, seed=3):
    """Two comparisons of which the first tells, the second is believed to and does not, and a third never says."""
    chance = np.random.default_rng(seed)
    same = chance.random(pairs) < 0.4
    tells = np.where(chance.random(pairs) < 0.95, np.where(same, 6.0, -6.0), np.where(same, -6.0, 6.0))
    noise = np.where(chance.random(pairs) < 0.5, 9.0, -9.0)
    return np.column_stack([tells, noise, np.zeros(pairs)]), same, chance.integers(0, 50, pairs)


def test_what_tells_nothing_is_scaled_down():
    bits, same, group = judged()

    found = reweigh(bits, -1.0, same, group, cut=0.0)

    tells, noise, never = found.scales
    assert 0.4 < tells <= MOST
    assert noise < 0.05
    assert never == 0
    assert found.before.f1 < 0.7
    assert found.held_out.f1 > 0.9
    assert found.held_out.surprise < found.before.surprise


def test_evidence_never_comes_to_count_the_other_way_round():
    bits, same, group = judged()

    scales = reweigh(bits * [1, -1, 1] + same[:, None] * [0, -4.0, 0], -1.0, same, group, cut=0.0).scales

    assert scales[1] == 0
    assert scales[0] > 0.4


@pytest.mark.parametrize(
    ("same", "said"),
    [
        ([True] * 100 + [False] * 58, "42 more judged pairs are needed"),
        ([True] * FEWEST + [False] * 5, "15 more pairs are needed that are not one"),
        ([True] * 19 + [False] * FEWEST, "1 more pairs are needed that are one"),
        ([True] * 20 + [False] * FEWEST, None),
    ],
)
def test_too_few_labels_are_said_to_be(same, said):
    found = missing_labels(np.array(same))

    assert (found is None) if said is None else found.startswith(said)


def test_what_was_held_out_was_not_learned_from():
    bits, same, group = judged()
    # Only the first pair of each group says that the third comparison matters: known only to who saw it.
    told = np.column_stack([np.zeros(len(same)), np.zeros(len(same)), np.where(same, 5.0, -5.0)])

    honest = reweigh(told, -1.0, same, group, cut=0.0)
    shuffled = reweigh(told, -1.0, np.random.default_rng(1).permutation(same), group, cut=0.0)

    assert honest.held_out.f1 == 1
    assert shuffled.held_out.f1 < 0.6
