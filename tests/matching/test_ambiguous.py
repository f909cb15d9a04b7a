"""A record that fits two clusters equally well is neither's."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from kempt.matching.ambiguous import settle
from kempt.matching.weights import MICRO


class World:
    """Stands for the ground: clusters and weights as told; pairs of which nothing is told weigh -20 bits."""

    def __init__(self, clusters: str, weights: dict[str, float], identical: tuple[str, ...] = ()) -> None:
        groups = clusters.split()
        self.names = sorted("".join(groups))
        self.told = {tuple(self.names.index(each) for each in sorted(pair)): bits for pair, bits in weights.items()}
        first = {name: min(group) for group in groups for name in group}
        self.labels = np.array([self.names.index(first[name]) for name in self.names], np.int32)
        ends = [[self.names.index(pair[at]) for pair in identical] for at in (0, 1)]
        self.identical = tuple(np.array(each, np.int32) for each in ends)

    def cluster(self, *told: Any) -> Any:
        return self.labels

    def weights(self, learned: Any) -> Any:
        return None

    def scored(self, weights: Any, left: Any, right: Any) -> Any:
        assert (left < right).all()
        bits = [self.told.get(pair, -20.0) for pair in zip(left.tolist(), right.tolist(), strict=True)]
        return np.round(np.array(bits) * MICRO).astype(np.int64)

    def settled(self, cut: float = 0.0) -> tuple[set[str], str]:
        """The clusters, and who fitted two."""
        left, right = np.array(list(combinations(range(len(self.names)), 2)), np.int32).T
        ground: Any = self
        found = settle(ground, None, left, right, self.scored(None, left, right), cut)  # type: ignore[arg-type]
        groups: dict[int, str] = {}
        for name, label in zip(self.names, found.labels.tolist(), strict=True):
            groups[label] = groups.get(label, "") + name
        assert all(self.names[label] == group[0] for label, group in groups.items())
        return set(groups.values()), "".join(self.names[each] for each in found.ambiguous.tolist())


def test_it_stays_single():
    world = World("afx s", {"af": 20, "fx": 9, "ax": 9, "sx": 8.5})

    assert world.settled() == ({"af", "s", "x"}, "x")


def test_a_cluster_of_two_falls_apart_when_nothing_else_holds_it():
    assert World("fx s", {"fx": 9, "sx": 9}).settled() == ({"f", "s", "x"}, "x")


def test_the_others_are_named_anew():
    world = World("amz s", {"mz": 20, "am": 9, "az": 9, "as": 9})

    assert world.settled() == ({"mz", "a", "s"}, "a")


@pytest.mark.parametrize(
    ("weights", "why"),
    [
        ({"af": 20, "fx": 9, "ax": 9, "sx": 7.9}, "the one fits it better"),
        ({"af": 20, "fx": 9, "ax": 9, "sx": 9, "as": -4, "fs": -4}, "the clusters may be one after all"),
        ({"af": 20, "fx": -1, "ax": 3, "sx": -0.5}, "the other does not fit it"),
    ],
)
def test_it_stays_where_it_is_when(weights, why):
    assert World("afx s", weights).settled() == ({"afx", "s"}, ""), why


def test_the_other_cluster_counts_whole():
    # One of its records fits, the other speaks against it.
    world = World("afx st", {"af": 20, "fx": 9, "ax": 9, "sx": 9, "tx": -12, "st": 20})

    assert world.settled() == ({"afx", "st"}, "")


def test_rows_that_say_the_same_stay_together():
    world = World("fx s", {"fx": 9, "sx": 9}, identical=("fx",))

    assert world.settled() == ({"fx", "s"}, "")


def test_the_cut_is_what_fits_is_measured_by():
    weights = {"af": 20, "fx": 9, "ax": 9, "sx": 9}

    assert World("afx s", weights).settled(cut=8.0)[1] == "x"
    assert World("afx s", weights).settled(cut=9.0)[1] == ""
