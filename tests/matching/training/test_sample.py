"""What training looks at stands for all pairs, however few it looks at."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from kempt.matching.kernel.columns import Column, Columns
from kempt.matching.profile import look as looking
from kempt.matching.profile.comparisons import compare
from kempt.matching.profile.look import look
from kempt.matching.profile.ways import Key
from kempt.matching.training import sample as module
from kempt.matching.training.ground import Ground
from kempt.matching.training.sample import Sample, seeds_of

RECORDS = 700
SAME = 1
"""The outcome of a comparison whose values are the same."""


@pytest.fixture
def made(monkeypatch):
    """Two columns; one value of each is so common that blocking leaves it out, and the two often come together."""
    monkeypatch.setattr(looking, "CAPS", (looking.Caps(10, 3),))
    monkeypatch.setattr(module, "SELDOM", 0.05)
    rng = np.random.default_rng(5)
    hub = rng.random(RECORDS) < 0.06
    phone = [f"p{n}" if not at_hub else "hub" for n, at_hub in zip(rng.integers(0, 350, RECORDS), hub, strict=True)]
    firm = [f"f{n}" if not at_hub else "firm" for n, at_hub in zip(rng.integers(0, 175, RECORDS), hub, strict=True)]
    columns = {name: Column.of(pa.array(values)) for name, values in (("phone", phone), ("firm", firm))}
    ground = Ground(
        columns=Columns.of(columns), comparisons=(compare("phone", "category"), compare("firm", "category"))
    )
    keys = {name: Key(field=name, columns=(column,)) for name, column in columns.items()}

    def sample(seeds=None):
        return Sample(ground=ground, looked=look(keys, RECORDS, seeds))

    return sample


def some():
    seeds = np.zeros(RECORDS, bool)
    seeds[np.random.default_rng(2).choice(RECORDS, 140, replace=False)] = True
    return seeds


def counted(seen):
    """How many pairs have which outcomes, by what was seen."""
    counts = seen.strangers + np.bincount(seen.pattern, minlength=len(seen.patterns))
    return {tuple(levels): count for levels, count in zip(seen.patterns.levels.tolist(), counts, strict=True)}


def true_counts(sample):
    left, right = (np.array(side) for side in zip(*combinations(range(RECORDS), 2), strict=True))
    if sample.looked.seeds is not None:
        wanted = sample.looked.seeds[left] | sample.looked.seeds[right]
        left, right = left[wanted], right[wanted]
    levels, counts = np.unique(sample.ground.outcomes(left, right), axis=0, return_counts=True)
    return {tuple(each): count for each, count in zip(levels.tolist(), counts.tolist(), strict=True)}


@pytest.mark.parametrize("seeds", [None, some()], ids=["all look", "some look"])
def test_what_is_seen_stands_for_all_pairs(made, seeds, monkeypatch):
    monkeypatch.setattr(module, "RANDOM_PAIRS", 100_000)
    sample = made(seeds)

    found, expected = counted(sample.seen()), true_counts(sample)

    assert sum(expected.values()) == sample.everything
    assert sum(found.values()) == pytest.approx(sample.everything, rel=0.02)
    for levels, count in expected.items():
        assert found[levels] == pytest.approx(count, rel=0.12), levels


@pytest.mark.parametrize("seeds", [None, some()], ids=["all look", "some look"])
def test_what_a_hub_shares_is_seen_though_blocking_leaves_it_out(made, seeds, monkeypatch):
    # So few random pairs would hardly ever meet it.
    monkeypatch.setattr(module, "RANDOM_PAIRS", 500)
    sample = made(seeds)
    both = (SAME, SAME)

    assert true_counts(sample)[both] > 200
    assert [tuple(each) for each in sample.levels.tolist()].count(both) < true_counts(sample)[both] / 20
    assert counted(sample.seen())[both] == pytest.approx(true_counts(sample)[both], rel=0.12)


def test_pairs_inside_clusters_are_those_of_records_that_looked(made):
    labels = np.arange(RECORDS, dtype=np.int32)
    labels[[4, 7, 9]] = 4
    seeds = np.zeros(RECORDS, bool)
    seeds[7] = True

    everyone, one = made(), made(seeds)

    assert sorted(zip(*map(np.ndarray.tolist, everyone.pairs_inside(labels)), strict=True)) == [(4, 7), (4, 9), (7, 9)]
    assert sorted(zip(*map(np.ndarray.tolist, one.pairs_inside(labels)), strict=True)) == [(4, 7), (7, 9)]


def test_of_many_records_the_same_few_look_each_time(monkeypatch):
    monkeypatch.setattr(module, "ALL_LOOK_UP_TO", 100)
    monkeypatch.setattr(module, "SEEDS", 20)

    assert seeds_of(100) is None
    assert seeds_of(101).sum() == 20
    assert np.array_equal(seeds_of(101), seeds_of(101))
