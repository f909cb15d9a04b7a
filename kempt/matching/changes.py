"""The SQL of finding what a change touches.

Each step leaves temporary tables for the next:

    kempt_change      (record_id, old_number, number, said) and the values of what is new or says something else; what
                      is gone has no number, and nothing had an old one before
    kempt_old         (number): the old ones
    kempt_came        (rule, key, number): what the changed records have now
    kempt_member      (rule, key, number): every record of the blocks touched, as of now
    kempt_block       (rule, key, cap, before, now): these blocks with their sizes
    kempt_fresh       (number): records to compare with all that share a block with them
    kempt_candidate   (one, other, rules): the pairs of those
    kempt_involved    (record_id, number, fresh, seed): both ends, and all that is in a component with one of them

A block is touched that a changed record is in now, and one over its cap that a changed record was in: of other blocks
that records leave nothing but their own pairs is to be forgotten. The rows of old numbers stay in TYPE_key, where no
record has them any more.
"""

import duckdb

from kempt.matching import tables
from kempt.matching.columns import quoted
from kempt.matching.model import count
from kempt.matching.spec import MatchSpec


def find_changed(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, relation: str, told: str | None, next_number: int
) -> int:
    """What is new, says something else, or is gone since the last run; the number of those records.

    `told` is what the feed gave, and without it all records are read. New numbers start from `next_number`.
    """
    now, before = quoted(relation), f"{spec.entity_type}_seen"
    if told is not None:
        now, before = f"{told} where present", f"{before} semi join {told} using (record_id)"
    connection.execute(
        f"""
        create or replace temp table kempt_change as
        select now.* exclude (record_id), record_id, seen.number as old_number,
            if(
                now.said is null,
                null,
                {next_number} - 1 + row_number() over (partition by now.said is null order by record_id)
            )::integer as number
        from (select record_id, {tables.values(spec)}, {tables.said(spec)} as said from {now}) as now
        full join (select record_id, number, said from {before}) as seen using (record_id)
        where now.said is distinct from seen.said;
        create or replace temp table kempt_old as
        select old_number as number from kempt_change where old_number is not null
        """
    )
    return count(connection, "kempt_change")


def find_reopened(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> dict[str, int]:
    """Blocks that a change touches, and records of those that crossed their cap.

    kempt_record holds the changed records. Returns by how much the pairs that are not made change, by rule.
    """
    kind = spec.entity_type
    connection.execute(
        f"""
        create or replace temp table kempt_came as
        with numbered as (select record_id, number from kempt_change)
        {tables.block_keys(spec, "number", "kempt_record join numbered using (record_id)")};
        create or replace temp table kempt_lying as
        with touched as (
            select rule, key from kempt_came
            union
            select rule, key from {kind}_full semi join kempt_old using (number)
        )
        select rule, key, number from {kind}_key semi join touched using (rule, key);
        create or replace temp table kempt_before as {_living(spec, "kempt_lying")};
        create or replace temp table kempt_member as
        from kempt_before anti join kempt_old using (number) union all from kempt_came;
        create or replace temp table kempt_block as
        with size_before as (select rule, key, count(*) as size from kempt_before group by rule, key),
        size_now as (select rule, key, count(*) as size from kempt_member group by rule, key)
        select rule, key, cap, coalesce(size_before.size, 0) as before, coalesce(size_now.size, 0) as now
        from size_before full join size_now using (rule, key) join {tables.block_caps(spec)} using (rule);
        create or replace temp table kempt_fresh as
        select number from kempt_change where number is not null
        union
        select number from kempt_member
        semi join (select rule, key from kempt_block where (before > cap) <> (now > cap)) using (rule, key);
        create or replace temp table kempt_reopened as
        select number from kempt_fresh anti join kempt_change using (number)
        """
    )
    if count(connection, "kempt_reopened"):
        _add_blocks_of_reopened(connection, spec)
    rows = connection.execute(
        """
        select rule, sum(if(now > cap, now * (now - 1) // 2, 0) - if(before > cap, before * (before - 1) // 2, 0))
        from kempt_block group by rule
        """
    ).fetchall()
    return {spec.blocking[rule].name: int(pairs) for rule, pairs in rows}


def _living(spec: MatchSpec, rows: str) -> str:
    """The rows whose number a record had when the last run ended."""
    return f"select rule, key, number from {rows} join (select number from {spec.entity_type}_seen) using (number)"


def _add_blocks_of_reopened(connection: duckdb.DuckDBPyConnection, spec: MatchSpec) -> None:
    """The other blocks of records that did not change themselves but whose block crossed its cap."""
    keys = f"{spec.entity_type}_key"
    connection.execute(
        f"""
        create or replace temp table kempt_lying as
        select rule, key, number from {keys} semi join (
            select distinct rule, key from {keys} semi join kempt_reopened using (number)
            anti join kempt_block using (rule, key)
        ) using (rule, key);
        insert into kempt_member from ({_living(spec, "kempt_lying")}) anti join kempt_old using (number)
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
        with moving as (from kempt_old union from kempt_fresh),
        direct as (
            from moving
            union select one as number from kempt_candidate
            union select other as number from kempt_candidate
        ),
        reached as (
            select component, bool_or(number in (from moving)) as seed
            from {seen} semi join direct using (number) group by component
        )
        select record_id, number, number in (from kempt_fresh) as fresh, seed
        from {seen} join reached using (component) where number not in (from kempt_old)
        union all
        select record_id, number, true, true from kempt_change where number is not null
        """
    )


def read_involved(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, relation: str) -> None:
    """The involved records as kempt_record; what changed ones say is at hand, the others are looked up."""
    values = f"record_id, {tables.values(spec)}"
    connection.execute(
        f"""
        create or replace temp table kempt_around as
        select record_id from kempt_involved anti join kempt_change using (number);
        create or replace temp table kempt_saying as
        select {values} from {quoted(relation)} semi join kempt_around using (record_id)
        union all select {values} from kempt_change where number is not null
        """
    )
    connection.execute(tables.usable_records(spec, "kempt_saying"))
