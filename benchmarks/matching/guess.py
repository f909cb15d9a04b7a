"""A plan for a table nobody has described: simple, from the names of its columns and how often their values repeat.

It stands in for a user who looks at the columns for a minute. It never reads the truth.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import duckdb

from benchmarks.matching.plans import Kind, Plan, Rule

KNOWN_BY_NAME: tuple[tuple[Kind, str], ...] = (
    ("email", r"e[-_ ]?mail"),
    ("phone", r"phone|mobile|fax|^tel"),
    ("date", r"birth.?date|date|dob$"),
    ("code", r"post.?code|zip|postal|number|(^|_)(id|no)$"),
    ("street", r"addr|street"),
    ("place", r"city|suburb|town|place|region"),
    ("company", r"company|employer|org"),
    ("name", r"name"),
)
BOOKKEEPING = re.compile(r"^(record_id|source|src_.*|created.*|updated.*|.*_type|column\d*)$", re.IGNORECASE)
GIVEN = re.compile(r"(given|first|fore)(.?name)?$", re.IGNORECASE)
FAMILY = re.compile(r"(?<!and_)(sur|last|family)(.?name)?$", re.IGNORECASE)
WHOLE = re.compile(r"^(full.?)?name$|_and_", re.IGNORECASE)
LEAST_GIVEN, MOST_COLUMNS, LONG = 0.1, 10, 40
FEW_VALUES, FEW_OF_ALL = 100, 0.05
"""A category has few values, and few for the number of its records."""
ALONE, TOGETHER, BLOCKS = 3, 15, 10
"""Candidate pairs a record that one column alone and two columns together may make, and how many rules there may be."""
AS_RARE_AS_DUPLICATES = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A blocking rule and the pairs it makes for each record."""

    rule: Rule
    pairs: float


def guess(records: Path) -> Plan:
    """A plan for the columns of a Parquet file; the file must hold `record_id`."""
    with duckdb.connect() as connection:
        connection.execute(f"create view record as from read_parquet('{records}')")
        columns = _columns(connection)
        seen = _seen(connection, columns)
    names = [name for name, kind in columns.items() if kind == "name"]
    given, family = ([name for name in names if each.search(name)] for each in (GIVEN, FAMILY))
    blocks = _chosen(seen, columns)
    rare = [each for each in seen if each.pairs <= AS_RARE_AS_DUPLICATES and not any(":" in key for key in each.rule)]
    return Plan(
        columns=columns,
        blocks=blocks,
        sure=[each.rule for each in sorted(rare, key=lambda each: -each.pairs)[:3]] or blocks[:1],
        training=_apart(blocks),
        full_name=(given[0], family[0]) if given and family else None,
    )


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, Kind]:
    """The columns that say most, at most ten, with what they seem to be; no whole name beside its parts."""
    found: list[tuple[float, str, Kind]] = []
    for name, *_ in connection.execute("describe record").fetchall():
        rows, given, distinct, length = connection.execute(
            f"""select count(*), count(value), count(distinct value), coalesce(avg(length(value)), 0)
            from (select nullif(trim(cast("{name}" as varchar)), '') as value from record)"""
        ).fetchall()[0]
        if given >= LEAST_GIVEN * rows and distinct > 1 and not BOOKKEEPING.match(name):
            few = distinct < FEW_VALUES and distinct < FEW_OF_ALL * given
            found.append((given * min(distinct, 30), name, _kind(name, few, length)))
    if any(GIVEN.search(name) for _, name, _ in found) and any(FAMILY.search(name) for _, name, _ in found):
        found = [each for each in found if not WHOLE.search(each[1])]
    said = {name for _, name, _ in sorted(found, reverse=True)[:MOST_COLUMNS]}
    return {name: kind for _, name, kind in found if name in said}


def _kind(name: str, few: bool, length: float) -> Kind:
    if few:
        return "category"
    for kind, pattern in KNOWN_BY_NAME:
        if re.search(pattern, name, re.IGNORECASE):
            return "text" if length > LONG and kind != "email" else kind
    return "text"


def _seen(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, Kind]) -> list[Seen]:
    """Every column alone, every two together, and with the start of one where both whole make too few."""
    rows = connection.execute("select count(*) from record").fetchall()[0][0]
    rules: list[Rule] = [(name,) for name, kind in columns.items() if kind != "category"]
    rules += [(f"{name}:6",) for name, kind in columns.items() if kind in ("text", "company", "street")]
    for one, other in combinations(columns, 2):
        rules += [(one, other), (one, f"{other}:3"), (f"{one}:3", other)]
    return [Seen(rule=rule, pairs=_pairs(connection, rule) / rows) for rule in rules]


def _chosen(seen: list[Seen], columns: Mapping[str, Kind]) -> list[Rule]:
    """Columns that can stand alone; for the others the two widest rules with different partners. Narrow ones first."""
    chosen = {each.rule: each.pairs for each in seen if len(each.rule) == 1 and 0 < each.pairs <= ALONE}
    alone = {key.split(":")[0] for (key,) in chosen}
    together = sorted((each for each in seen if len(each.rule) > 1 and 0 < each.pairs <= TOGETHER), key=_width)
    partners: dict[str, set[str]] = {name: set() for name in columns if name not in alone}
    for each in together:
        one, other = (key.split(":")[0] for key in each.rule)
        if one in partners and other in partners and max(len(partners[one]), len(partners[other])) < 2:
            if other not in partners[one]:
                chosen[each.rule] = each.pairs
            partners[one].add(other)
            partners[other].add(one)
    if not chosen:
        chosen = {each.rule: each.pairs for each in sorted(seen, key=lambda each: each.pairs)[:1]}
    return sorted(chosen, key=lambda rule: (chosen[rule], rule))[:BLOCKS]


def _width(seen: Seen) -> tuple[float, Rule]:
    return -seen.pairs, seen.rule


def _pairs(connection: duckdb.DuckDBPyConnection, rule: Rule) -> int:
    """How many pairs agree on all keys of a rule."""
    keys = [_sql(key) for key in rule]
    given = " and ".join(f"nullif({key}, '') is not null" for key in keys)
    found = connection.execute(
        f"select coalesce(sum(n * (n - 1) // 2), 0)::bigint from "
        f"(select count(*) as n from record where {given} group by {', '.join(keys)})"
    ).fetchall()
    return int(found[0][0])


def _sql(key: str) -> str:
    column, _, length = key.partition(":")
    value = f'lower(trim(cast("{column}" as varchar)))'
    return f"left({value}, {length})" if length else value


def _apart(blocks: list[Rule]) -> list[Rule]:
    """Two rules without a column in common, or the two narrowest."""
    for one, other in combinations(blocks, 2):
        if not {key.split(":")[0] for key in one} & {key.split(":")[0] for key in other}:
            return [one, other]
    return blocks[:2]
