"""The port to whatever compares records: what it offers, what it takes and what it gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import duckdb

from kempt.matching.conditions import Comparator
from kempt.matching.spec import Constraint, Level, MatchSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReport:
    """What one blocking rule brought, and what it left out because a block was too large."""

    rule: str
    pairs: int
    pairs_of_its_own: int
    """Pairs that no other rule makes."""
    blocks_left_out: int
    largest_block: int
    pairs_not_made: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPairs:
    """A relation with one row per compared pair, and how it came about.

    Columns: left_id before right_id; rules (one bit per blocking rule, in order; 0 when compared only because both
    are in one component); conflict and doubt (id of a constraint that keeps the two apart, or asks, or null);
    level_NAME and bits_NAME of each comparison; bits (the prior and all comparisons) and probability.
    """

    relation: str
    spec_version: str
    records: int
    pairs: int
    rules: tuple[RuleReport, ...]
    generic_values: dict[str, int]
    """Number of values per column that are shared by too many names."""
    components_left_out: int
    """Components too large to compare every pair in."""

    @property
    def reduction(self) -> float:
        """The share of all possible pairs that did not have to be compared."""
        possible = self.records * (self.records - 1) / 2
        return round(1 - self.pairs / possible, 6) if possible else 0.0


class MatchEngine(Protocol):
    """Compares the records of a relation as a match spec says."""

    name: str
    comparators: frozenset[Comparator]

    def score(self, connection: duckdb.DuckDBPyConnection, spec: MatchSpec, records_relation: str) -> ScoredPairs:
        """Compares every candidate pair once."""
        ...


def not_offered(spec: MatchSpec, engine: MatchEngine) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The place in the spec and the words for every comparator that the engine lacks."""
    for path, part, conditional in _conditionals(spec):
        for condition in conditional.conditions:
            if condition.comparator not in engine.comparators:
                offered = ", ".join(sorted(engine.comparators))
                yield (
                    (*path, "when", condition.column),
                    (
                        f"{part} uses '{condition.comparator}', which the {engine.name} engine does not offer. "
                        f"It offers: {offered}. Choose one, or name another engine."
                    ),
                )


def _conditionals(spec: MatchSpec) -> Iterator[tuple[tuple[str | int, ...], str, Level | Constraint]]:
    for at, comparison in enumerate(spec.comparisons):
        for position, level in enumerate(comparison.levels):
            yield ("comparisons", at, "levels", position), f"comparison '{comparison.name}'", level
    for at, constraint in enumerate(spec.constraints):
        yield ("constraints", at), f"constraint '{constraint.id}'", constraint
