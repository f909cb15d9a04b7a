"""The match engine that runs inside DuckDB: block, compare, weigh, and once more inside each component."""

from collections.abc import Iterable

import duckdb

from kempt.matching.columns import quoted
from kempt.matching.components import components
from kempt.matching.conditions import Comparator
from kempt.matching.engine import RuleReport, ScoredPairs
from kempt.matching.engines import sql
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO, bits_of

_TABLES = ("kempt_record", "kempt_compared", "kempt_generic", "kempt_block", "kempt_candidate", "kempt_pair")


class DuckDbEngine:
    """Compares records set by set, in the caller's connection."""

    name = "duckdb"
    comparators: frozenset[Comparator] = frozenset(sql.TEMPLATES)

    def score(self, connection: duckdb.DuckDBPyConnection, spec: MatchSpec, records_relation: str) -> ScoredPairs:
        """Compares every candidate pair once; the result is the temporary table kempt_scored_TYPE."""
        target = f"kempt_scored_{spec.entity_type}"
        connection.execute(sql.usable_records(spec, records_relation))
        records = _count(connection, "kempt_record")
        generic = _forget_generic(connection, spec, records)
        connection.execute(sql.shares(spec))
        rules = _candidates(connection, spec)
        connection.execute(sql.scored_table(spec, target))
        connection.execute(sql.scored(spec, target))
        left_out = _complete_components(connection, spec, target)
        for table in _TABLES:
            connection.execute(f"drop table if exists {table}")
        return ScoredPairs(
            relation=target,
            spec_version=spec.version,
            records=records,
            pairs=_count(connection, target),
            rules=rules,
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


def _candidates(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> tuple[RuleReport, ...]:
    """Fills kempt_pair with every pair that a blocking rule makes, and says what each rule did."""
    connection.execute("create or replace temp table kempt_candidate (l integer, r integer, rule integer)")
    left_out = []
    for position, rule in enumerate(spec.blocking):
        cap = rule.max_block or spec.max_block
        connection.execute(sql.blocks(rule))
        left_out.append(
            _row(
                connection,
                "select count(*), coalesce(max(len(members)), 0), "
                "coalesce(sum(len(members) * (len(members) - 1) // 2), 0)::bigint "
                f"from kempt_block where len(members) > {cap}",
            )
        )
        connection.execute(sql.pairs_of_block(position, cap))
    connection.execute(
        "create or replace temp table kempt_pair as "
        "select l, r, bit_or(rule) as rules from kempt_candidate group by l, r"
    )
    by_rules = connection.execute("select rules, count(*) from kempt_pair group by rules").fetchall()
    return tuple(
        RuleReport(
            rule=rule.name,
            pairs=sum(pairs for rules, pairs in by_rules if rules >> position & 1),
            pairs_of_its_own=sum(pairs for rules, pairs in by_rules if rules == 1 << position),
            blocks_left_out=blocks,
            largest_block=largest,
            pairs_not_made=not_made,
        )
        for position, (rule, (blocks, largest, not_made)) in enumerate(zip(spec.blocking, left_out, strict=True))
    )


def _complete_components(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, target: str) -> int:
    """Compares what blocking did not pair inside a component of possible links; returns components too large for it.

    So evidence against a cluster is known for every two of its members.
    """
    edges = connection.execute(
        f"select l.n, r.n from {quoted(target)} join kempt_record as l on l.record_id = left_id "
        "join kempt_record as r on r.record_id = right_id "
        f"where conflict is null and bits >= cast(? as bigint) / {MICRO} order by all",
        [round(bits_of(spec.review) * MICRO)],
    ).fetchall()
    grown = [members for members in components(edges) if len(members) > 2]
    small = [members for members in grown if len(members) <= spec.gates.complete_up_to]
    connection.execute("create or replace temp table kempt_candidate (component integer, n integer)")
    _insert(connection, ((at, n) for at, members in enumerate(small) for n in members))
    connection.execute(
        """
        create or replace temp table kempt_pair as
        select a.n as l, b.n as r, 0 as rules
        from kempt_candidate as a join kempt_candidate as b on a.component = b.component and a.n < b.n
        anti join kempt_pair as known on known.l = a.n and known.r = b.n
        """
    )
    connection.execute(sql.scored(spec, target))
    return len(grown) - len(small)


def _insert(connection: duckdb.DuckDBPyConnection, rows: Iterable[tuple[int, int]]) -> None:
    """Set-based, since row by row DuckDB takes a millisecond each."""
    columns = list(zip(*rows, strict=True)) or [(), ()]
    connection.execute("insert into kempt_candidate select unnest(?::integer[]), unnest(?::integer[])", columns)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(_row(connection, f"select count(*) from {quoted(table)}")[0])


def _row(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[int, ...]:
    row = connection.execute(statement).fetchone()
    return row or (0,)
