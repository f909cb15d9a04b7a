"""The candidate pairs of a relation, compared by an engine as a match spec says, as a table of scored pairs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching import tables
from kempt.matching.columns import quoted
from kempt.matching.engine import MatchEngine, Plan
from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.clusters import connect, pairs_within
from kempt.matching.kernel.columns import Column, Columns
from kempt.matching.kernel.runs import Scored
from kempt.matching.kernel.weights import NO_CUT, Frequency, LevelWeight
from kempt.matching.model import Model, forget_generic, frequencies, generic_counts, learn
from kempt.matching.spec import Level, MatchSpec
from kempt.matching.weights import MICRO, bits_of

# Pairs become rows so many at a time, which bounds the memory that goes into it.
_ROWS = 500_000

Numbers: TypeAlias = NDArray[np.int32]


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

    Columns: left_id before right_id; left_n and right_n, their numbers in kempt_record; rules (one bit per blocking
    rule, in order; 0 when compared only because both are in one component); conflict and doubt (id of a constraint
    that keeps the two apart, or asks, or null); level_NAME and bits_NAME of each comparison; bits (the prior and all
    comparisons) and probability.
    """

    relation: str
    model: Model
    records: int
    pairs: int
    rules: tuple[RuleReport, ...]
    generic_values: dict[str, int]
    """Number of values per column that are shared by too many names."""
    components_left_out: int
    """Components too large to compare every pair in."""
    component: Numbers = field(repr=False, compare=False)
    """Of each usable record in kempt_record the first record of the component of possible links that it is in."""

    @property
    def reduction(self) -> float:
        """The share of all possible pairs that did not have to be compared."""
        possible = self.records * (self.records - 1) / 2
        return round(1 - self.pairs / possible, 6) if possible else 0.0


def score_records(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    records_relation: str,
    engine: MatchEngine,
    model: Model | None = None,
) -> ScoredPairs:
    """Compares every candidate pair once; the result is the temporary table kempt_scored_TYPE.

    Without a model it learns one from these records. The usable records are left in kempt_record.
    """
    connection.execute(tables.usable_records(spec, records_relation))
    if model is None:
        model = learn(connection, spec)
    else:
        forget_generic(connection, spec, model)
    ids, plan = compiled(connection, spec, model)
    records = len(ids)
    found = engine.score(plan, NO_CUT)
    possible = may_link(spec, found.bits, kept_apart(spec, found.broken))
    component = connect(records, found.left[possible], found.right[possible])
    inner = missing_inside(spec, component, found.left, found.right)
    completed = engine.score_pairs(plan, *inner)
    return ScoredPairs(
        relation=write_pairs(connection, spec, ids, plan, found, completed),
        model=model,
        records=records,
        pairs=len(found.left) + len(completed.left),
        rules=reports_of(spec, plan, found),
        generic_values=generic_counts(connection, spec, model),
        components_left_out=int((np.bincount(component) > spec.gates.complete_up_to).sum()),
        component=component,
    )


def compiled(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model) -> tuple[pa.Array, Plan]:
    """The ids of the usable records in their order, and the plan to compare them."""
    names = ", ".join(map(quoted, spec.text_columns))
    table = connection.execute(f"select record_id, {names} from kempt_record order by n").to_arrow_table()
    read = {name: Column.of(table.column(name)) for name in spec.text_columns}
    return table.column("record_id").combine_chunks(), plan_of(connection, spec, model, read)


def plan_of(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, model: Model, usable: Mapping[str, Column]) -> Plan:
    """The plan to compare records whose usable values are these."""
    read = dict(usable)
    for rule in spec.blocking:
        for name, letters in rule.keys:
            if letters is not None:
                read.setdefault(_start(name, letters), read[name].start(letters))
    columns = Columns.of(read)
    return Plan(
        columns=columns,
        rules=[_rule(spec, at) for at in range(len(spec.blocking))],
        comparisons=[[level.conditions for level in each.levels] for each in spec.comparisons],
        constraints=[each.conditions for each in spec.constraints],
        prior=round(spec.prior_bits * MICRO),
        levels=_levels(spec, frequencies(connection, spec, model, columns)),
    )


def kept_apart(spec: MatchSpec, broken: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which pairs break a constraint that keeps them apart."""
    apart: NDArray[np.bool_] = broken & np.uint64(
        sum(1 << at for at, each in enumerate(spec.constraints) if each.then == "apart")
    ) != np.uint64(0)
    return apart


def may_link(spec: MatchSpec, bits: NDArray[np.int64], apart: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which candidate pairs hold a component of possible links together; weights are in millionths of a bit."""
    linked: NDArray[np.bool_] = (bits >= round(bits_of(spec.review) * MICRO)) & ~apart
    return linked


def missing_inside(
    spec: MatchSpec, component: Numbers, left: NDArray[Any], right: NDArray[Any]
) -> tuple[Numbers, Numbers]:
    """The pairs inside components, where these are not too large for it, that are not among the known ones.

    So evidence against a cluster is known for every two of its members.
    """
    records = len(component)
    sizes = np.bincount(component, minlength=records)
    one, other = pairs_within(component, np.flatnonzero((sizes > 2) & (sizes <= spec.gates.complete_up_to)))
    known = left.astype(np.int64) * records + right
    fresh = ~np.isin(one.astype(np.int64) * records + other, known)
    return one[fresh], other[fresh]


def inside(spec: MatchSpec, component: Numbers, left: Numbers, right: Numbers) -> NDArray[np.bool_]:
    """Which pairs are inside a component in which every two records are compared."""
    sizes = np.bincount(component, minlength=len(component))
    found: NDArray[np.bool_] = (component[left] == component[right]) & (
        sizes[component[left]] <= spec.gates.complete_up_to
    )
    return found


def write_pairs(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, ids: pa.Array, plan: Plan, *parts: Scored
) -> str:
    """The pairs with all their evidence as the temporary table kempt_scored_TYPE; its name."""
    target = f"kempt_scored_{spec.entity_type}"
    connection.execute(tables.scored_table(spec, target))
    for part in parts:
        _write(connection, target, spec, ids, plan, part)
    return target


def _rule(spec: MatchSpec, at: int) -> Rule:
    rule = spec.blocking[at]
    columns = tuple(name if letters is None else _start(name, letters) for name, letters in rule.keys)
    return Rule(columns=columns, max_block=rule.max_block or spec.max_block)


def _start(name: str, letters: int) -> str:
    return f"{name}:{letters}"


def _levels(spec: MatchSpec, rarity: dict[str, Frequency]) -> list[list[LevelWeight]]:
    def weight(level: Level) -> LevelWeight:
        return LevelWeight(
            bits=round(level.weight * MICRO),
            frequencies=tuple(rarity[name] for name in level.frequency_of),
            at_most=None if level.at_most is None else round(level.at_most * MICRO),
        )

    return [[weight(level) for level in each.levels] for each in spec.comparisons]


def _write(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    spec: MatchSpec,
    ids: pa.Array,
    plan: Plan,
    found: Scored,
) -> None:
    """Adds the pairs to the table, comparison by comparison."""
    for start in range(0, len(found.left), _ROWS):
        part = slice(start, start + _ROWS)
        left, right = found.left[part], found.right[part]
        levels = plan.program.levels_of(found.pattern[part])
        bits = plan.bits(left, right, levels)
        columns: dict[str, Any] = {
            "left_id": ids.take(pa.array(left)),
            "right_id": ids.take(pa.array(right)),
            "left_n": left,
            "right_n": right,
            "rules": found.rules[part].astype(np.int64),
            "conflict": _first_broken(spec, "apart", found.broken[part]),
            "doubt": _first_broken(spec, "ask", found.broken[part]),
        }
        for at, each in enumerate(spec.comparisons):
            columns[f"level_{each.name}"] = levels[:, at]
            columns[f"bits_{each.name}"] = bits[:, at]
        columns["bits"] = found.bits[part]
        arriving = pa.table(columns)  # noqa: F841, read by DuckDB below
        connection.execute(tables.take_in(spec, target, "arriving"))


def _first_broken(spec: MatchSpec, then: str, broken: NDArray[np.uint64]) -> pa.Array:
    """The id of the first constraint of a kind that each pair breaks, or null."""
    names = pa.array([each.id for each in spec.constraints], pa.string())
    chosen = np.full(len(broken), -1)
    for at, each in reversed(list(enumerate(spec.constraints))):
        if each.then == then:
            chosen[broken >> np.uint64(at) & np.uint64(1) == 1] = at
    return names.take(pa.array(chosen, pa.int64(), mask=chosen < 0))


def reports_of(spec: MatchSpec, plan: Plan, found: Scored) -> tuple[RuleReport, ...]:
    """What each blocking rule brought."""
    return tuple(
        RuleReport(
            rule=rule.name,
            pairs=pairs,
            pairs_of_its_own=alone,
            blocks_left_out=made.blocks_left_out,
            largest_block=made.largest_block,
            pairs_not_made=made.pairs_not_made,
        )
        for rule, made, pairs, alone in zip(
            spec.blocking, plan.blocks.rules, found.met.by_rule, found.met.alone, strict=True
        )
    )
