"""The pairs without which a cluster falls apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kempt.matching.bridges import bridges
from kempt.matching.kernel.clusters import connect

edges = st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda ends: ends[0] < ends[1]), max_size=25)


def taken_out_one_by_one(left: np.ndarray, right: np.ndarray) -> dict[int, int]:
    """Each edge whose removal parts its ends, and how many vertices are on the smaller side."""
    found = {}
    for at in range(len(left)):
        rest = np.arange(len(left)) != at
        part = connect(12, left[rest], right[rest])
        sides = part[left[at]], part[right[at]]
        if sides[0] != sides[1]:
            found[at] = min((part == side).sum() for side in sides)
    return found


@given(edges, st.randoms(use_true_random=False))
def test_they_are_the_edges_whose_removal_parts_their_ends(graph, chance):
    drawn = sorted(graph)
    chance.shuffle(drawn)
    ends = np.array([each if chance.random() < 0.5 else each[::-1] for each in drawn], np.int64).reshape(-1, 2)

    edge, smaller = bridges(12, ends[:, 0], ends[:, 1])

    assert dict(zip(edge.tolist(), smaller.tolist(), strict=True)) == taken_out_one_by_one(ends[:, 0], ends[:, 1])
