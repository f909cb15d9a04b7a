"""Which comparisons agree together for reasons of their own: the dependence of comparisons in a class of pairs.

Colleagues share employer, street and city; whoever shares the postcode shares the town. Taken as independent, such
agreement counts several times. So each comparison may depend on one other, the one that saves most: together they are
a tree, the best approximation of the true distribution that pairwise counts allow (Chow and Liu, 1968, "Approximating
discrete probability distributions with dependence trees"). Where that other is not given, the next best takes its
place; records with gaps would otherwise count the same agreement twice after all.
"""

import numpy as np

from kempt.matching.training.patterns import Counts, Patterns

Dependence = tuple[tuple[int, ...], ...]
"""For each comparison those it may depend on, the best first; none depends on one that depends on it."""


def dependence(patterns: Patterns, counts: Counts, *, least_bits: float) -> Dependence:
    """What each comparison may depend on.

    A dependence must save at least `least_bits` over all pairs counted, or chance alone explains it. The comparisons
    are put in a row, each time the one that depends most on one already there, and look back only. Of two equally
    strong ones the first by position is taken, so that the same counts give the same answer.
    """
    comparisons = range(len(patterns.sizes))
    if least_bits == np.inf:
        return ((),) * len(comparisons)
    saved = np.zeros((len(comparisons), len(comparisons)))
    for one in comparisons:
        for other in comparisons[one + 1 :]:
            bits = bits_saved(patterns.counted_together(one, other, counts))
            saved[one, other] = saved[other, one] = bits if bits >= least_bits else 0.0
    row: list[int] = []
    parents: dict[int, tuple[int, ...]] = {}
    while len(row) < len(comparisons):
        waiting = [each for each in comparisons if each not in parents]
        # The first of a row, or of a new group, is the one that others depend on most.
        strongest = {each: float(saved[each, row].max()) if row else 0.0 for each in waiting}
        if not any(strongest.values()):
            strongest = {each: float(saved[each, waiting].max()) for each in waiting}
        best = max(waiting, key=lambda each: (strongest[each], -each))
        ranked = sorted((-saved[best, other], other) for other in row if saved[best, other] > 0)
        parents[best] = tuple(other for _, other in ranked)
        row.append(best)
    return tuple(parents[each] for each in comparisons)


def bits_saved(table: Counts) -> float:
    """What is saved in all by telling one level with the other in hand: counts times their mutual information."""
    total = table.sum()
    if total <= 0:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / total
    seen = table > 0
    return float((table[seen] * np.log2(table[seen] / expected[seen])).sum())
