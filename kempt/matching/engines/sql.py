"""A match spec as DuckDB SQL: conditions, levels, weights and blocks.

Only column names from the closed list of COLUMNS and numbers from the spec reach the text; records' values never do.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from kempt.matching.columns import quoted
from kempt.matching.conditions import Comparator, Condition
from kempt.matching.spec import BlockingRule, Comparison, Generic, Level, MatchSpec


class _Template(Protocol):
    def __call__(self, left: str, right: str, condition: Condition) -> str: ...


def _contains(left: str, right: str, condition: Condition) -> str:
    padded_left, padded_right = f"' ' || {left} || ' '", f"' ' || {right} || ' '"
    return f"(contains({padded_left}, {padded_right}) or contains({padded_right}, {padded_left}))"


def _initial(left: str, right: str, condition: Condition) -> str:
    return f"(least(length({left}), length({right})) = 1 and {left}[1] = {right}[1])"


def _swapped(left: str, right: str, condition: Condition) -> str:
    other_left, other_right = f"l.{quoted(condition.other)}", f"r.{quoted(condition.other)}"
    return f"({left} = {other_right} and {other_left} = {right})"


def _token_overlap(left: str, right: str, condition: Condition) -> str:
    words_left, words_right = f"string_split({left}, ' ')", f"string_split({right}, ' ')"
    shared = f"len(list_distinct(list_intersect({words_left}, {words_right})))"
    both = f"len(list_distinct(list_concat({words_left}, {words_right})))"
    return f"{shared} / {both} {condition.operator} {condition.limit!r}"


TEMPLATES: Mapping[Comparator, _Template] = {
    "exact": lambda left, right, condition: f"{left} = {right}",
    "differs": lambda left, right, condition: f"{left} <> {right}",
    "missing": lambda left, right, condition: f"({left} is null or {right} is null)",
    "unshared": lambda left, right, condition: f"({left} = {right}) is not true",
    "initial": _initial,
    "contains": _contains,
    "swapped": _swapped,
    "token_overlap": _token_overlap,
    "jaro_winkler": lambda left, right, condition: (
        f"jaro_winkler_similarity({left}, {right}) {condition.operator} {condition.limit!r}"
    ),
    "levenshtein": lambda left, right, condition: (
        f"levenshtein({left}, {right}) {condition.operator} {int(condition.limit)}"
    ),
}


def holds(conditions: Sequence[Condition]) -> str:
    """Whether all conditions hold between records l and r."""
    parts = [
        TEMPLATES[each.comparator](f"l.{quoted(each.column)}", f"r.{quoted(each.column)}", each) for each in conditions
    ]
    return " and ".join(parts) or "true"


def level_of(comparison: Comparison) -> str:
    """The position of the first level whose conditions hold."""
    cases = [f"when {holds(level.conditions)} then {at}" for at, level in enumerate(comparison.levels)]
    return f"cast(case {' '.join(cases)} end as utinyint)"


def bits_of(comparison: Comparison) -> str:
    """The bits of the level that was found, with the frequency of the values where it counts."""
    cases = [f"when {at} then {_level_bits(level)}" for at, level in enumerate(comparison.levels)]
    return f"cast(case {quoted('level_' + comparison.name)} {' '.join(cases)} end as decimal(9, 6))"


def _level_bits(level: Level) -> str:
    if not level.frequency_of:
        return repr(level.weight)
    bits = " - ".join([repr(level.weight), *(share_column(column) for column in level.frequency_of)])
    return f"round({bits if level.at_most is None else f'least({level.at_most!r}, {bits})'}, 6)"


def share_column(column: str) -> str:
    """Where a record keeps the logarithm of the share of its value."""
    return quoted(f"log2_share_{column}")


_TIES: tuple[tuple[Literal["apart", "ask"], str], ...] = (("apart", "conflict"), ("ask", "doubt"))


def broken(spec: MatchSpec, then: Literal["apart", "ask"]) -> str:
    """The id of the first constraint of a kind that a pair breaks, or null."""
    cases = [f"when {holds(each.conditions)} then '{each.id}'" for each in spec.constraints if each.then == then]
    return f"case {' '.join(cases)} end" if cases else "null::varchar"


def usable_records(spec: MatchSpec, relation: str) -> str:
    """The records numbered by their id, with null for what does not count."""
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
        "select cast(row_number() over (order by record_id) as integer) as n, record_id, "
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


def shares(spec: MatchSpec) -> str:
    """The records with the share of each value whose frequency counts.

    A share is estimated from the records and from prior knowledge worth a number of records, so that a small
    tenant's every name is not taken for common.
    """
    columns = []
    for each in spec.frequencies:
        column, prior = quoted(each.column), f"{each.typical * each.worth_records!r}"
        total = f"(count({column}) over () + {each.worth_records})"
        count = f"(count({column}) over (partition by {column}) + {prior})"
        columns.append(f"log2({count} / {total}) as {share_column(each.column)}")
    return f"create or replace temp table kempt_compared as select {', '.join(['*', *columns])} from kempt_record"


def _key(rule: BlockingRule) -> list[str]:
    return [quoted(column) if letters is None else f"{quoted(column)}[1:{letters}]" for column, letters in rule.keys]


def blocks(rule: BlockingRule) -> str:
    """The records of each key that at least two of them have."""
    given = " and ".join(f"{quoted(column)} is not null" for column, _ in rule.keys)
    return (
        "create or replace temp table kempt_block as select list(n order by n) as members "
        f"from kempt_record where {given} group by {', '.join(_key(rule))} having count(*) > 1"
    )


def pairs_of_block(position: int, max_block: int) -> str:
    """Each pair of a block that is not too large, once."""
    return (
        "insert into kempt_candidate "
        f"select l, unnest(list_filter(members, lambda other: other > l)) as r, cast({1 << position} as integer) "
        f"from (select members, unnest(members) as l from kempt_block where len(members) <= {max_block})"
    )


def scored(spec: MatchSpec, target: str) -> str:
    """Give the target every pair of kempt_pair with its levels, its bits and its probability."""
    names = [comparison.name for comparison in spec.comparisons]
    found = [f"{broken(spec, then)} as {column}" for then, column in _TIES]
    columns = [share_column(each.column) for each in spec.frequencies]
    shares_of_pair = [f"greatest(l.{column}, r.{column}) as {column}" for column in columns]
    levels = [f"{level_of(each)} as {quoted('level_' + each.name)}" for each in spec.comparisons]
    bits = [f"{bits_of(each)} as {quoted('bits_' + each.name)}" for each in spec.comparisons]
    total = " + ".join([f"{spec.prior_bits!r}::decimal(9, 6)", *(quoted(f"bits_{name}") for name in names)])
    return f"""
        insert into {quoted(target)}
        with leveled as (
            select l.record_id as left_id, r.record_id as right_id, rules,
                {", ".join([*found, *shares_of_pair, *levels])}
            from kempt_pair as pair
            join kempt_compared as l on l.n = pair.l
            join kempt_compared as r on r.n = pair.r
        ),
        weighed as (select *, {", ".join(bits)} from leveled)
        select left_id, right_id, rules, conflict, doubt, {", ".join(quoted(f"level_{name}") for name in names)},
            {", ".join(quoted(f"bits_{name}") for name in names)},
            cast({total} as decimal(9, 6)) as bits, round(1 / (1 + pow(2, -({total})::double)), 6) as probability
        from weighed
    """


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
