"""One row for each attribute that a record could have: the shape that issues and health are computed from."""

from collections.abc import Mapping, Sequence

import duckdb

# Of every attribute: record_id, source, attribute, value, flag, seen_on.
_ATTRIBUTE = """
select record_id, source, '{name}' as attribute, cast({value} as varchar) as value,
    {flag} as flag, {seen_on} as seen_on
from {records}
"""
# A source cannot have changed a record after we saw it, so a clock that runs ahead does not keep a value young.
_SEEN_ON = "least(coalesce(try_cast(left(updated_at, 10) as date), observed_on), observed_on)"

NO_EVIDENCE = """
select null::varchar as record_id, null::varchar as attribute, null::varchar as kind, null::timestamp as "at"
where false
"""

# Of a web site the canonical records keep the domain, so it ages as the site does.
_AGES_AS = {"website": "domain"}


def ageing(half_lives: Mapping[str, float]) -> dict[str, list[object]]:
    """The parameters that say how fast each canonical attribute ages."""
    return {
        "attributes": [_AGES_AS.get(name, name) for name in half_lives],
        "half_lives": [float(days) for days in half_lives.values()],
    }


def quoted(name: str) -> str:
    """An identifier, or a dotted path of them, fit for SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> frozenset[str]:
    """The columns that a table or view has."""
    return frozenset(row[0] for row in connection.execute(f"describe {quoted(relation)}").fetchall())


def observations(connection: duckdb.DuckDBPyConnection, *, records: str, attributes: Sequence[str]) -> str:
    """SQL with one row per record and attribute; attributes that the records do not have are left out."""
    columns = columns_of(connection, records)
    return " union all ".join(
        _ATTRIBUTE.format(
            name=name,
            value=quoted(name),
            flag=_flag(name, columns),
            seen_on=_SEEN_ON,
            records=quoted(records),
        )
        for name in attributes
        if name in columns
    )


def _flag(name: str, columns: frozenset[str]) -> str:
    by_value = f"if({quoted(name)} is null, 'missing', 'valid')"
    return f"coalesce({quoted(name + '_flag')}, {by_value})" if f"{name}_flag" in columns else by_value
