"""The tables that matching keeps, written whole or brought up to date, inside the caller's transaction."""

from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa

from kempt.matching import tables
from kempt.matching.columns import quoted
from kempt.matching.model import count
from kempt.matching.scoring import ScoredPairs
from kempt.matching.spec import MatchSpec
from kempt.matching.state import Report

_NUMBERS = "left_n as left_number, right_n as right_number"


def write_all(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, scored: ScoredPairs, *, learned: bool, revision: int
) -> Report:
    """Writes all tables anew; with a model that was learned just now its tables too."""
    kind = spec.entity_type
    in_component = pa.table({"n": np.arange(scored.records), "component": scored.component})  # noqa: F841, read below
    connection.execute(
        f"create or replace table {kind}_pair as select * rename ({_NUMBERS}) from {quoted(scored.relation)}"
    )
    if learned:
        connection.execute(f"create or replace table {kind}_generic as from {scored.model.generic}")
        connection.execute(f"create or replace table {kind}_frequency as from {scored.model.frequency}")
    connection.execute(f"create or replace table {kind}_key as {tables.block_keys(spec, 'n', 'kempt_record')}")
    over = [at for at, rule in enumerate(scored.rules) if rule.blocks_left_out]
    connection.execute(
        f"""
        create or replace table {kind}_full as
        with wide as (from {kind}_key where rule in ({", ".join(map(str, over)) or "null"}))
        select rule, key, number from wide semi join (
            select rule, key from wide join {tables.block_caps(spec)} using (rule)
            group by rule, key, cap having count(*) > cap
        ) using (rule, key)
        """
    )
    connection.execute(
        f"create or replace table {kind}_seen as select record_id, n as number, said, of_type as object_type, "
        f"of_source as source, component, {revision} as revision from kempt_record join in_component using (n)"
    )
    connection.execute(f"create or replace table {kind}_gone (record_id varchar, revision integer)")
    return Report(
        records=scored.records,
        pairs=scored.pairs,
        pairs_by_rule={rule.rule: rule.pairs for rule in scored.rules},
        pairs_not_made={rule.rule: rule.pairs_not_made for rule in scored.rules if rule.pairs_not_made},
        generic_values=scored.generic_values,
        components_left_out=scored.components_left_out,
    )


def write_change(
    connection: duckdb.DuckDBPyConnection,
    spec: MatchSpec,
    before: Report,
    not_made: Mapping[str, int],
    *,
    revision: int,
) -> Report:
    """Brings the tables to what was found, touching no other row; `not_made` is how the pairs not made changed."""
    kind = spec.entity_type
    connection.execute(
        f"""
        create or replace temp table kempt_stale as
        from kempt_old union select number from kempt_place where fresh;
        create or replace temp table kempt_dropped as
        select left_number, right_number, rules from {kind}_pair
        where left_number in (from kempt_stale) or right_number in (from kempt_stale)
        union all
        select left_number, right_number, rules from {kind}_pair join kempt_outdated using (left_number, right_number);
        create or replace temp table kempt_now as
        select record_id, number, said, of_type as object_type, of_source as source, kempt_resettled.component,
            {revision} as revision
        from kempt_resettled join kempt_record using (n) join kempt_place using (n, record_id);
        create or replace temp table kempt_moved as from kempt_old union select number from kempt_now
        """
    )
    report = _brought_up_to_date(connection, spec, before, not_made)
    connection.execute(
        f"""
        delete from {kind}_pair
        where (left_number, right_number) in (select (left_number, right_number) from kempt_dropped);
        insert into {kind}_pair by name
        select pair.* exclude (left_n, right_n), one.number as left_number, other.number as right_number
        from kempt_scored_{kind} as pair
        join kempt_place as one on one.n = left_n join kempt_place as other on other.n = right_n;
        insert into {kind}_key by name select rule, key, number from kempt_came;
        delete from {kind}_seen where number in (from kempt_moved);
        insert into {kind}_seen by name from kempt_now
        """
    )
    if count(connection, f"{kind}_full") or report.pairs_not_made:
        connection.execute(
            f"""
            delete from {kind}_full where (rule, key) in (select (rule, key) from kempt_block);
            insert into {kind}_full by name
            select rule, key, number from kempt_member
            semi join (select rule, key from kempt_block where now > cap) using (rule, key)
            """
        )
    connection.execute(
        f"insert into {kind}_gone select record_id, {revision} as revision from kempt_change where number is null"
    )
    return report


def _brought_up_to_date(
    connection: duckdb.DuckDBPyConnection, spec: MatchSpec, before: Report, not_made: Mapping[str, int]
) -> Report:
    """The report, from the last one and from what is about to change."""
    kind, limit = spec.entity_type, spec.gates.complete_up_to
    dropped, dropped_by_rule = _counted(connection, spec, "kempt_dropped")
    added, added_by_rule = _counted(connection, spec, f"kempt_scored_{kind}")
    ((came, went),) = connection.execute(
        "select count(*) filter (old_number is null), count(*) filter (number is null) from kempt_change"
    ).fetchall()
    ((too_large, were_too_large),) = connection.execute(
        f"""
        with moved as (select component from {kind}_seen semi join kempt_moved using (number)),
        was as (select component from moved group by component having count(*) > {limit}),
        is_now as (select component from kempt_now group by component having count(*) > {limit})
        select (select count(*) from is_now), (select count(*) from was)
        """
    ).fetchall()
    names = [rule.name for rule in spec.blocking]
    left_out = {name: before.pairs_not_made.get(name, 0) + not_made.get(name, 0) for name in names}
    return Report(
        records=before.records + came - went,
        pairs=before.pairs - dropped + added,
        pairs_by_rule={
            name: before.pairs_by_rule[name] - dropped_by_rule[name] + added_by_rule[name] for name in names
        },
        pairs_not_made={name: pairs for name, pairs in left_out.items() if pairs},
        generic_values=before.generic_values,
        components_left_out=before.components_left_out - were_too_large + too_large,
    )


def _counted(connection: duckdb.DuckDBPyConnection, spec: MatchSpec, pairs: str) -> tuple[int, dict[str, int]]:
    """How many pairs there are, and how many each rule makes."""
    by_rule = ", ".join(f"count(*) filter ((rules >> {at}) & 1 = 1)" for at in range(len(spec.blocking)))
    ((total, *made),) = connection.execute(f"select count(*), {by_rule} from {quoted(pairs)}").fetchall()
    return total, dict(zip((rule.name for rule in spec.blocking), made, strict=True))
