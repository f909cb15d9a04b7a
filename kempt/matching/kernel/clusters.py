"""Clusters of a graph with signed weights, and its connected components."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.library import address, done, library


def contract(
    records: int,
    left: NDArray[Any],
    right: NDArray[Any],
    bits: NDArray[Any],
    *,
    unknown: int,
    cut: int,
    forbidden: NDArray[Any] | None = None,
) -> NDArray[np.int32]:
    """The smallest record of each record's cluster.

    Clusters are joined from the strongest mean weight down while it exceeds `cut` (average linkage); weights are in
    millionths of a bit, and a pair that is not given weighs `unknown`. Two clusters with a forbidden pair between
    them are never joined. Pairs come in any order, each once; the result does not depend on it.
    """
    low, high = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((high, low))
    one, other = np.ascontiguousarray(low[order], np.int32), np.ascontiguousarray(high[order], np.int32)
    weights = np.ascontiguousarray(bits[order], np.int64)
    flags = None if forbidden is None else np.ascontiguousarray(forbidden[order], np.uint8)
    clusters = np.zeros(records, np.int32)
    given = (address(one), address(other), address(weights), address(flags), len(one), unknown, cut)
    done(library().cluster_contract(records, *given, address(clusters)))
    return clusters


def connect(records: int, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.int32]:
    """The smallest record of each record's connected component."""
    one, other = np.ascontiguousarray(left, np.int32), np.ascontiguousarray(right, np.int32)
    components = np.zeros(records, np.int32)
    library().cluster_connect(records, address(one), address(other), len(one), address(components))
    return components


def pairs_within(group: NDArray[Any], chosen: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Every pair inside each of the chosen groups (records by the name of their group), left before right."""
    members = np.argsort(group, kind="stable").astype(np.int32)
    ordered = group[members]
    starts, ends = np.searchsorted(ordered, chosen), np.searchsorted(ordered, chosen, side="right")
    sizes = ends - starts
    # Member k of a group of s is left of s - 1 - k others.
    position = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    places = position + np.repeat(starts, sizes)
    after = np.repeat(sizes, sizes) - 1 - position
    left = np.repeat(places, after)
    offset = np.arange(after.sum()) - np.repeat(np.cumsum(after) - after, after)
    return members[left], members[left + 1 + offset]
