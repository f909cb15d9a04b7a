"""The SQL of a match spec: which records and values count, and the table of scored pairs.

Only column names from the closed list of COLUMNS and numbers from the spec reach the text; records' values never do.
"""

import math

from kempt.matching.columns import quoted
from kempt.matching.spec import Generic, MatchSpec
from kempt.matching.weights import MICRO


def usable_records(spec: MatchSpec, relation: str) -> str:
    """The records numbered from 0 by their id, with null for what does not count."""
    flags: dict[str, list[str]] = {}
    for unusable in spec.unusable:
        for column in unusable.columns:
            flags.setdefault(column, []).append(f"coalesce({quoted(unusable.when)}, false)")
    columns = [
        f"case when not ({' or '.join(flags[column])}) then {quoted(column)} end as {quoted(column)}"
        if column in flags
        else quoted(column)
        for column in spec.text_columns
    ]
    return (
        "create or replace temp table kempt_record as "
        "select cast(row_number() over (order by record_id) - 1 as integer) as n, record_id, "
        f"{', '.join(columns)} from {quoted(relation)}"
    )


def generic_values(generic: Generic, records: int) -> str:
    """The values of a column that too many names share."""
    limit = max(generic.more_than, math.ceil(generic.or_share * records))
    column, counting = quoted(generic.column), quoted(generic.counting)
    return (
        f"create or replace temp table kempt_generic as select {column} from kempt_record "
        f"where {column} is not null group by {column} having count(distinct {counting}) > {limit}"
    )


def without_generic(generic: Generic) -> str:
    """Forget the values that were found generic, and what goes with them."""
    columns = ", ".join(f"{quoted(column)} = null" for column in (generic.column, *generic.also))
    return f"update kempt_record set {columns} where {quoted(generic.column)} in (from kempt_generic)"


def scored_table(spec: MatchSpec, target: str) -> str:
    """An empty table of scored pairs."""
    names = [comparison.name for comparison in spec.comparisons]
    columns = [
        *("left_id varchar", "right_id varchar", "rules integer", "conflict varchar", "doubt varchar"),
        *(f"{quoted('level_' + name)} utinyint" for name in names),
        *(f"{quoted('bits_' + name)} decimal(9, 6)" for name in names),
        *("bits decimal(9, 6)", "probability double"),
    ]
    return f"create or replace temp table {quoted(target)} ({', '.join(columns)})"


def take_in(spec: MatchSpec, target: str, arriving: str) -> str:
    """Add pairs whose weights are in millionths of a bit."""
    levels = [f"level_{comparison.name}" for comparison in spec.comparisons]
    bits = [*(f"bits_{comparison.name}" for comparison in spec.comparisons), "bits"]
    exact = [f"cast({quoted(name)}::decimal(18, 6) / {MICRO} as decimal(9, 6)) as {quoted(name)}" for name in bits]
    total = f"{quoted('bits')} / {MICRO}.0"
    return f"""
        insert into {quoted(target)} by name
        select left_id, right_id, rules, conflict, doubt, {", ".join([*map(quoted, levels), *exact])},
            round(1 / (1 + pow(2, -({total})::double)), 6) as probability
        from {arriving}
    """
