"""Bridges of a graph: the edges without which what hangs together falls apart.

Every edge outside a spanning forest gets a random label, and every edge of the forest the exclusive or of the labels
that run past it: it is a bridge if nothing does (Pritchard and Thurimella 2011, "Fast computation of small cuts via
cycle space sampling"). With 63 bits another edge is taken for a bridge less than once in 10^18.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.clusters import connect

Numbers = NDArray[np.int64]


def bridges(vertices: int, left: NDArray[Any], right: NDArray[Any]) -> tuple[Numbers, Numbers]:
    """The bridges, by their places among the edges, and the number of vertices on the smaller side of each.

    Edges come once each, in any order.
    """
    root = connect(vertices, left, right)
    parent, edge, levels = _forest(root, np.asarray(left), np.asarray(right))
    inside = np.zeros(len(left), bool)
    inside[edge[edge >= 0]] = True
    others = np.flatnonzero(~inside)
    label = np.random.default_rng(0).integers(1, 2**63 - 1, len(others))
    past, below = np.zeros(vertices, np.int64), np.ones(vertices, np.int64)
    for end in (left, right):
        np.bitwise_xor.at(past, end[others], label)
    for level in reversed(levels):
        np.bitwise_xor.at(past, parent[level], past[level])
        np.add.at(below, parent[level], below[level])
    cut = np.flatnonzero((edge >= 0) & (past == 0))
    return edge[cut], np.minimum(below[cut], below[root[cut]] - below[cut])


def _forest(root: NDArray[Any], left: NDArray[Any], right: NDArray[Any]) -> tuple[Numbers, Numbers, list[Numbers]]:
    """Of each vertex its parent and the edge to it, -1 for roots; and the other vertices by their depth."""
    parent, edge = np.full(len(root), -1, np.int64), np.full(len(root), -1, np.int64)
    found = root == np.arange(len(root))
    levels: list[Numbers] = []
    waiting = np.arange(len(left))
    while len(waiting):
        here, there = found[left[waiting]], found[right[waiting]]
        step, waiting = waiting[here != there], waiting[~here & ~there]
        tail = np.where(found[left[step]], left[step], right[step])
        head, first = np.unique(left[step] + right[step] - tail, return_index=True)
        parent[head], edge[head] = tail[first], step[first]
        found[head] = True
        levels.append(head)
    return parent, edge, levels
