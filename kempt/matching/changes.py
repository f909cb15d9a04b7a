"""The SQL of bringing scored pairs up to date: what changed, what that touches, and writing it down.

Each step leaves temporary tables for the next:

    kempt_change      (record_id, number, said, known) and the values of what is new or says something else; of what is
                      gone these and `said` are null
    kempt_member      (rule, key, number): every record of the blocks touched, as of now
    kempt_fresh       (number): records to compare with all that share a block with them
    kempt_candidate   (one, other, rules): the pairs of those
    kempt_involved    (record_id, number, fresh, seed): both ends, and all that is in a component with one of them
    kempt_outdated    (left_id, right_id): pairs that were compared for the sake of a component that is no more
    kempt_resettled   (n, component): the new components of records in whose component anything changed
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching import tables
from kempt.matching.columns import quoted
from kempt.matching.model import count
from kempt.matching.scoring import Numbers
from kempt.matching.spec import MatchSpec
from kempt.matching.weights import MICRO


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidates:
    """Pairs to compare, as numbers of involved records, left before right, with one bit per rule that makes them."""

    left: Numbers
    right: Numbers
    rules: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPairs:
    """Pairs of involved records that stay as they are: weights in millionths of a bit."""

    left: Numbers
    right: Numbers
    rules: NDArray[np.int64]
    bits: NDArray[np.int64]
    apart: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """The involved records in the order of their ids, and the pairs between them."""

    number: NDArray[np.int64]
    """The number of each in TYPE_seen."""
    fresh: NDArray[np.bool_]
    seed: NDArray[np.bool_]
    """Fresh, or in one component with what was fresh or is gone."""
    candidates: Candidates
    known: KnownPairs


def find_changed(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, relation: str) -> None:
    """What is new, says something else, or is gone since the last run."""
    seen = f"{spec.entity_type}_seen"
    connection.execute(
        f"""
        create or replace temp table kempt_change as
        select now.* exclude (record_id), record_id, seen.number is not null as known,
            coalesce(
                seen.number,
                (select coalesce(max(number), -1) from {seen})
                    + row_number() over (partition by seen.number is null order by record_id)
            )::integer as number
        from (select record_id, {tables.values(spec)}, {tables.said(spec)} as said from {quoted(relation)}) as now
        full join (select record_id, number, said from {seen}) as seen using (record_id)
        where now.said is distinct from seen.said
        """
    )


def find_reopened(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> dict[str, int]:
    """Blocks that a change touches, and records of those that crossed their cap.

    kempt_record holds the changed records. Returns by how much the pairs that are not made change, by rule.
    """
    keys = f"{spec.entity_type}_key"
    connection.execute(
        f"""
        create or replace temp table kempt_came as
        with numbered as (select record_id, number from kempt_change)
        {tables.block_keys(spec, "number", "kempt_record join numbered using (record_id)")};
        create or replace temp table kempt_before as
        with touched as (
            select rule, key from kempt_came
            union
            select rule, key from {keys} semi join kempt_change using (number)
        )
        select rule, key, number from {keys} semi join touched using (rule, key);
        create or replace temp table kempt_member as
        select * from kempt_before anti join kempt_change using (number) union all from kempt_came;
        create or replace temp table kempt_block as
        with size_before as (select rule, key, count(*) as size from kempt_before group by rule, key),
        size_now as (select rule, key, count(*) as size from kempt_member group by rule, key)
        select rule, key, cap, coalesce(size_before.size, 0) as before, coalesce(size_now.size, 0) as now
        from size_before full join size_now using (rule, key) join {tables.block_caps(spec)} using (rule);
        create or replace temp table kempt_fresh as
        select number from kempt_change where said is not null
        union
        select number from kempt_member
        semi join (select rule, key from kempt_block where (before > cap) <> (now > cap)) using (rule, key)
        """
    )
    _add_blocks_of_reopened(connection, keys)
    rows = connection.execute(
        """
        select rule, sum(if(now > cap, now * (now - 1) // 2, 0) - if(before > cap, before * (before - 1) // 2, 0))
        from kempt_block group by rule
        """
    ).fetchall()
    return {spec.blocking[rule].name: int(pairs) for rule, pairs in rows}


def _add_blocks_of_reopened(connection: duckdb.DuckDBPyConnection, keys: str) -> None:
    """The other blocks of records that did not change themselves but whose block crossed its cap."""
    connection.execute(
        "create or replace temp table kempt_reopened as from kempt_fresh anti join kempt_change using (number)"
    )
    if count(connection, "kempt_reopened"):
        connection.execute(
            f"""
            insert into kempt_member
            select rule, key, number from {keys} semi join (
                select distinct rule, key from {keys} semi join kempt_reopened using (number)
                anti join kempt_block using (rule, key)
            ) using (rule, key)
            """
        )


def find_candidates(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> None:
    """The pairs of fresh records, and everybody whom they may concern."""
    seen = f"{spec.entity_type}_seen"
    connection.execute(
        f"""
        create or replace temp table kempt_candidate as
        with kept as (
            select rule, key from kempt_member join {tables.block_caps(spec)} using (rule)
            group by rule, key, cap having count(*) <= cap
        ),
        paired as (from kempt_member semi join kept using (rule, key)),
        asking as (from paired semi join kempt_fresh using (number))
        select least(asking.number, paired.number) as one, greatest(asking.number, paired.number) as other,
            bit_or(1::bigint << asking.rule::integer) as rules
        from asking join paired using (rule, key) where asking.number <> paired.number group by all;
        create or replace temp table kempt_involved as
        with direct as (
            select number from kempt_change union select number from kempt_fresh
            union select one from kempt_candidate union select other from kempt_candidate
        ),
        reached as (
            select component, bool_or(number in (select number from kempt_change union from kempt_fresh)) as seed
            from {seen} semi join direct using (number) group by component
        )
        select record_id, number, number in (from kempt_fresh) as fresh, seed
        from {seen} join reached using (component)
        where number not in (select number from kempt_change where said is null)
        union all
        select record_id, number, true, true from kempt_change where not known
        """
    )


def read_surroundings(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> Surroundings:
    """The involved records, numbered as in kempt_record, and the pairs between them."""
    connection.execute(
        "create or replace temp table kempt_place as "
        "select n, record_id, number, fresh, seed from kempt_record join kempt_involved using (record_id)"
    )
    places = connection.execute("select number, fresh, seed from kempt_place order by n").fetchnumpy()
    made = connection.execute(
        """
        select least(a.n, b.n) as left, greatest(a.n, b.n) as right, rules
        from kempt_candidate join kempt_place as a on a.number = one join kempt_place as b on b.number = other
        """
    ).fetchnumpy()
    known = connection.execute(
        f"""
        select a.n as left, b.n as right, rules::bigint as rules, cast(bits * {MICRO} as bigint) as bits,
            conflict is not null as apart
        from {spec.entity_type}_pair
        join kempt_place as a on a.record_id = left_id join kempt_place as b on b.record_id = right_id
        where not a.fresh and not b.fresh
        """
    ).fetchnumpy()
    return Surroundings(**places, candidates=Candidates(**made), known=KnownPairs(**known))


def find_outdated(connection: duckdb.DuckDBPyConnection, ids: pa.Array, left: Numbers, right: Numbers) -> None:
    """Takes note of pairs that are no longer inside a component."""
    pairs = pa.table({"left_id": ids.take(pa.array(left)), "right_id": ids.take(pa.array(right))})  # noqa: F841
    connection.execute("create or replace temp table kempt_outdated as from pairs")


def find_resettled(connection: duckdb.DuckDBPyConnection, around: Surroundings, component: Numbers) -> None:
    """Takes note of the components that are not as they were; each is named by the lowest number in it."""
    lowest = np.full(len(component), np.iinfo(np.int32).max)
    np.minimum.at(lowest, component, around.number)
    resettled = np.flatnonzero(np.isin(component, component[around.seed]))
    settled = pa.table({"n": resettled, "component": lowest[component[resettled]]})  # noqa: F841, read below
    connection.execute("create or replace temp table kempt_resettled as from settled")


def write(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, *, revision: int) -> None:
    """Brings the tables to what was found, inside the caller's transaction."""
    kind = spec.entity_type
    connection.execute(
        f"""
        create or replace temp table kempt_stale as
        select record_id from kempt_change union select record_id from kempt_place where fresh;
        delete from {kind}_pair
        where left_id in (from kempt_stale) or right_id in (from kempt_stale)
            or (left_id, right_id) in (select (left_id, right_id) from kempt_outdated);
        insert into {kind}_pair by name from kempt_scored_{kind};
        delete from {kind}_key where number in (select number from kempt_change);
        insert into {kind}_key by name select rule, key, number from kempt_came;
        create or replace temp table kempt_now as
        select record_id, number, said, of_type as object_type, of_source as source, kempt_resettled.component,
            {revision} as revision
        from kempt_resettled join kempt_record using (n) join kempt_place using (n, record_id);
        delete from {kind}_seen
        where number in (select number from kempt_change) or number in (select number from kempt_now);
        insert into {kind}_seen by name from kempt_now
        """
    )
