"""The match engine of one machine: the compiled kernel blocks, compares and weighs; DuckDB holds the records."""

from typing import Any

from numpy.typing import NDArray

from kempt.matching.conditions import COMPARATORS, Comparator
from kempt.matching.engine import Plan
from kempt.matching.kernel.runs import CORES, Scored, score, scores_of_pairs


class DuckDbEngine:
    """Runs a plan on all cores; no pair below the cut is ever written down."""

    name = "duckdb"
    # A spec's columns have no vectors, which cosine compares.
    comparators: frozenset[Comparator] = frozenset(COMPARATORS) - {"cosine"}

    def score(self, plan: Plan, cut: int) -> Scored:
        """Every candidate pair once that weighs at least `cut`, by left and right."""
        return score(plan.program, plan.blocks, plan.weights, cut, threads=CORES)

    def score_pairs(self, plan: Plan, left: NDArray[Any], right: NDArray[Any]) -> Scored:
        """The given pairs, in their order."""
        return scores_of_pairs(plan.program, plan.weights, left, right, threads=CORES)
