"""The match engine of one machine: DuckDB holds the records, the compiled kernel blocks, compares and weighs."""

from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.columns import quoted
from kempt.matching.conditions import COMPARATORS, Comparator
from kempt.matching.engine import RuleReport, ScoredPairs
from kempt.matching.engines import sql
from kempt.matching.kernel.blocks import Blocks, Rule
from kempt.matching.kernel.clusters import connect, pairs_within
from kempt.matching.kernel.columns import Column, Columns
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import CORES, Scored, bits_of_pairs, score, scores_of_pairs
from kempt.matching.kernel.weights import NO_CUT, Frequency, LevelWeight, Weights
from kempt.matching.spec import Level, MatchSpec
from kempt.matching.weights import MICRO, bits_of

# Pairs become rows so many at a time, which bounds the memory that goes into it.
_ROWS = 500_000

_Numbers: TypeAlias = NDArray[np.int32]


class DuckDbEngine:
    """Compares the records of a relation in the caller's connection."""

    name = "duckdb"
    # A spec's columns have no vectors, which cosine compares.
    comparators: frozenset[Comparator] = frozenset(COMPARATORS) - {"cosine"}

    def score(self, connection: duckdb.DuckDBPyConnection, spec: MatchSpec, records_relation: str) -> ScoredPairs:
        """Compares every candidate pair once; the result is the temporary table kempt_scored_TYPE."""
        target = f"kempt_scored_{spec.entity_type}"
        connection.execute(sql.usable_records(spec, records_relation))
        records = _count(connection, "kempt_record")
        generic = _forget_generic(connection, spec, records)
        ids, columns = _read(connection, spec)
        program = Program.of(
            columns,
            [[level.conditions for level in each.levels] for each in spec.comparisons],
            [each.conditions for each in spec.constraints],
        )
        weights = _weights(program, spec)
        blocks = Blocks.of(columns, [_rule(spec, at) for at in range(len(spec.blocking))], threads=CORES)
        found = score(program, blocks, weights, NO_CUT, threads=CORES)
        inner, left_out = _missing_inside(found, spec, records)
        completed = scores_of_pairs(program, weights, *inner, threads=CORES)
        connection.execute(sql.scored_table(spec, target))
        for part in (found, completed):
            _write(connection, target, spec, ids, program, weights, part)
        for table in ("kempt_record", "kempt_generic"):
            connection.execute(f"drop table if exists {table}")
        return ScoredPairs(
            relation=target,
            spec_version=spec.version,
            records=records,
            pairs=len(found.left) + len(completed.left),
            rules=_reports(spec, blocks, found),
            generic_values=generic,
            components_left_out=left_out,
        )


def _forget_generic(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, records: int) -> dict[str, int]:
    found = {}
    for generic in spec.generic:
        connection.execute(sql.generic_values(generic, records))
        found[generic.column] = _count(connection, "kempt_generic")
        connection.execute(sql.without_generic(generic))
    return found


def _read(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> tuple[pa.Array, Columns]:
    """The ids in their order, and the columns that are compared or blocked by."""
    names = ", ".join(map(quoted, spec.text_columns))
    table = connection.execute(f"select record_id, {names} from kempt_record order by n").to_arrow_table()
    columns = {name: Column.of(table.column(name)) for name in spec.text_columns}
    for rule in spec.blocking:
        for name, letters in rule.keys:
            if letters is not None:
                columns.setdefault(_start(name, letters), columns[name].start(letters))
    return table.column("record_id").combine_chunks(), Columns.of(columns)


def _rule(spec: MatchSpec, at: int) -> Rule:
    rule = spec.blocking[at]
    columns = tuple(name if letters is None else _start(name, letters) for name, letters in rule.keys)
    return Rule(columns=columns, max_block=rule.max_block or spec.max_block)


def _start(name: str, letters: int) -> str:
    return f"{name}:{letters}"


def _weights(program: Program, spec: MatchSpec) -> Weights:
    """What each level weighs; a share is estimated from the records and from prior knowledge worth some records."""
    rarity = {}
    for each in spec.frequencies:
        column = program.columns.columns[each.column]
        given = column.codes[column.codes >= 0]
        counts = np.bincount(given, minlength=len(column.values)) + each.typical * each.worth_records
        shares = counts / (len(given) + each.worth_records)
        rarity[each.column] = Frequency(column=each.column, bits=_micro(-np.log2(shares)).astype(np.int32))

    def weight(level: Level) -> LevelWeight:
        return LevelWeight(
            bits=round(level.weight * MICRO),
            frequencies=tuple(rarity[name] for name in level.frequency_of),
            at_most=None if level.at_most is None else round(level.at_most * MICRO),
        )

    levels = [[weight(level) for level in each.levels] for each in spec.comparisons]
    return Weights.of(program, round(spec.prior_bits * MICRO), levels)


def _missing_inside(found: Scored, spec: MatchSpec, records: int) -> tuple[tuple[_Numbers, _Numbers], int]:
    """The pairs that blocking did not make inside components of possible links, and how many are too large for it.

    So evidence against a cluster is known for every two of its members.
    """
    apart = np.uint64(sum(1 << at for at, each in enumerate(spec.constraints) if each.then == "apart"))
    possible = (found.bits >= round(bits_of(spec.review) * MICRO)) & (found.broken & apart == 0)
    component = connect(records, found.left[possible], found.right[possible])
    sizes = np.bincount(component, minlength=records)
    small = np.flatnonzero((sizes > 2) & (sizes <= spec.gates.complete_up_to))
    left, right = pairs_within(component, small)
    known = found.left.astype(np.int64) * records + found.right
    fresh = ~np.isin(left.astype(np.int64) * records + right, known)
    return (left[fresh], right[fresh]), int((sizes > spec.gates.complete_up_to).sum())


def _write(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    spec: MatchSpec,
    ids: pa.Array,
    program: Program,
    weights: Weights,
    found: Scored,
) -> None:
    """Adds the pairs to the table, comparison by comparison."""
    for start in range(0, len(found.left), _ROWS):
        part = slice(start, start + _ROWS)
        left, right = found.left[part], found.right[part]
        levels = program.levels_of(found.pattern[part])
        bits = bits_of_pairs(program, weights, left, right, threads=CORES)
        columns: dict[str, Any] = {
            "left_id": ids.take(pa.array(left)),
            "right_id": ids.take(pa.array(right)),
            "rules": found.rules[part].astype(np.int64),
            "conflict": _first_broken(spec, "apart", found.broken[part]),
            "doubt": _first_broken(spec, "ask", found.broken[part]),
        }
        for at, each in enumerate(spec.comparisons):
            columns[f"level_{each.name}"] = levels[:, at]
            columns[f"bits_{each.name}"] = bits[:, at]
        columns["bits"] = found.bits[part]
        arriving = pa.table(columns)  # noqa: F841, read by DuckDB below
        connection.execute(sql.take_in(spec, target, "arriving"))


def _first_broken(spec: MatchSpec, then: str, broken: NDArray[np.uint64]) -> pa.Array:
    """The id of the first constraint of a kind that each pair breaks, or null."""
    names = pa.array([each.id for each in spec.constraints], pa.string())
    chosen = np.full(len(broken), -1)
    for at, each in reversed(list(enumerate(spec.constraints))):
        if each.then == then:
            chosen[broken >> np.uint64(at) & np.uint64(1) == 1] = at
    return names.take(pa.array(chosen, pa.int64(), mask=chosen < 0))


def _reports(spec: MatchSpec, blocks: Blocks, found: Scored) -> tuple[RuleReport, ...]:
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
            spec.blocking, blocks.rules, found.met.by_rule, found.met.alone, strict=True
        )
    )


def _micro(bits: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.round(bits * MICRO).astype(np.int64)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {quoted(table)}").fetchone()
    return int(row[0]) if row else 0
