"""The SQL of a match spec: which records and values count, and the table of scored pairs.

Only column names from the closed list of COLUMNS, and numbers and quoted values from the spec reach the text; records'
values never do.
"""

import math

from kempt.matching.columns import quoted
from kempt.matching.spec import Generic, MatchSpec, Unusable
from kempt.matching.weights import MICRO


def usable_records(spec: MatchSpec, relation: str, only: str | None = None) -> str:
    """The records numbered from 0 by their id, with null for what does not count; `only` those whose ids it lists.

    `said` is a digest of everything that has a part in the outcome, 64 bits wide.
    """
    flags: dict[str, list[str]] = {}
    for unusable in spec.unusable:
        for column in unusable.columns:
            flags.setdefault(column, []).append(_is_unusable(unusable, column))
    columns = [
        f"case when not ({' or '.join(flags[column])}) then {quoted(column)} end as {quoted(column)}"
        if column in flags
        else quoted(column)
        for column in spec.text_columns
    ]
    listed = "" if only is None else f" semi join {quoted(only)} using (record_id)"
    return (
        "create or replace temp table kempt_record as "
        "select cast(row_number() over (order by record_id) - 1 as integer) as n, record_id, "
        f"object_type as of_type, source as of_source, {said(spec)} as said, "
        f"{', '.join(columns)} from {quoted(relation)}{listed}"
    )


def _is_unusable(unusable: Unusable, column: str) -> str:
    if unusable.when is not None:
        return f"coalesce({quoted(unusable.when)}, false)"
    listed = ", ".join("'" + value.replace("'", "''") + "'" for value in unusable.values)
    return f"coalesce({quoted(column)} in ({listed}), false)"


def said(spec: MatchSpec) -> str:
    """A digest of everything of a record that has a part in the outcome."""
    return f"hash({values(spec)})"


def values(spec: MatchSpec) -> str:
    """Everything of a record that has a part in the outcome."""
    return ", ".join(map(quoted, sorted({*spec.columns_read, "object_type", "source"})))


def block_keys(spec: MatchSpec, number: str, source: str) -> str:
    """A row (rule, key, number) for each rule whose key a record has; a key is a digest, 64 bits wide."""

    def part(column: str, letters: int | None) -> str:
        return quoted(column) if letters is None else f"left({quoted(column)}, {letters})"

    return " union all ".join(
        f"select {at}::utinyint as rule, hash({', '.join(part(*key) for key in rule.keys)}) as key, "
        f"{number} as number from {source} "
        f"where {' and '.join(f'{quoted(column)} is not null' for column, _ in rule.keys)}"
        for at, rule in enumerate(spec.blocking)
    )


def block_caps(spec: MatchSpec) -> str:
    """A row (rule, cap) for each rule."""
    rows = ", ".join(f"({at}::utinyint, {rule.max_block or spec.max_block})" for at, rule in enumerate(spec.blocking))
    return f"(values {rows}) as caps (rule, cap)"


def generic_values(generic: Generic, records: int, target: str) -> str:
    """Add the values of a column that too many names share."""
    limit = max(generic.more_than, math.ceil(generic.or_share * records))
    column, counting = quoted(generic.column), quoted(generic.counting)
    return (
        f"insert into {quoted(target)} select '{generic.column}', {column} from kempt_record "
        f"where {column} is not null group by {column} having count(distinct {counting}) > {limit}"
    )


def without_generic(generic: Generic, known: str) -> str:
    """Forget the values that are known as generic, and what goes with them."""
    columns = ", ".join(f"{quoted(column)} = null" for column in (generic.column, *generic.also))
    return (
        f"update kempt_record set {columns} where {quoted(generic.column)} in "
        f"(select value from {quoted(known)} where of_column = '{generic.column}')"
    )


def value_counts(spec: MatchSpec, target: str) -> str:
    """How many records have each value of the columns whose frequencies count."""
    counted = [
        f"select '{each.column}' as of_column, {quoted(each.column)} as value, count(*) as records from kempt_record "
        f"where {quoted(each.column)} is not null group by {quoted(each.column)}"
        for each in spec.frequencies
    ]
    nothing = "select '' as of_column, '' as value, 0::bigint as records where false"
    return f"create or replace temp table {quoted(target)} as {' union all '.join([nothing, *counted])}"


def scored_table(spec: MatchSpec, target: str) -> str:
    """An empty table of scored pairs."""
    names = [comparison.name for comparison in spec.comparisons]
    columns = [
        *(
            "left_id varchar",
            "right_id varchar",
            "left_n integer",
            "right_n integer",
            "rules integer",
            "conflict varchar",
            "doubt varchar",
        ),
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
        select left_id, right_id, left_n, right_n, rules, conflict, doubt, {", ".join([*map(quoted, levels), *exact])},
            round(1 / (1 + pow(2, -({total})::double)), 6) as probability
        from {arriving}
    """
