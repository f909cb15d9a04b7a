"""SQL for the candidates: what each record, provider and person says about each unit of an entity."""

from collections.abc import Sequence

import duckdb

from kempt.survivorship.units import Unit

# A source cannot have changed a record after we saw it, so a clock that runs ahead wins nothing.
_OBSERVED_AT = """
least(coalesce(cast(try_cast(updated_at as timestamptz) at time zone 'UTC' as timestamp), observed_on),
    cast(observed_on + 1 as timestamp))
"""

_WHO_AND_WHEN = ("record_id", "source", "system", "observed_on", "updated_at")

VOICES = f"""
select entity_id, record.*, {_OBSERVED_AT} as observed_at
from {{records}} as record
join {{members}} using (record_id)
"""

_FROM_RECORDS = """
select entity_id, '{unit}' as unit, record_id, 'record' as origin, 1 as authority, source, system,
    cast(null as double) as stated, observed_at, [{parts}] as value, {core} as core, {quality} as quality
from voice
where coalesce({parts}) is not null
"""

# An answer fills the parts of one unit that came together: the same provider, the same record, the same moment.
_FROM_PROVIDERS = """
select entity_id, unit, record_id, 'enrichment' as origin, 0 as authority, source, source as system,
    min(confidence) as stated, observed_at,
    list_slice([{slots}], 1, any_value(size)) as value, count(distinct core_group) as core, 1 as quality
from claim join part using (attribute)
where origin = 'enrichment'
group by entity_id, unit, record_id, source, observed_at
"""


def quoted(name: str) -> str:
    """An identifier, or a dotted path of them, fit for SQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> frozenset[str]:
    """The names of a table's columns."""
    return frozenset(row[0] for row in connection.execute(f"describe {quoted(table)}").fetchall())


def columns_heard(columns: frozenset[str], *, units: Sequence[Unit]) -> tuple[str, ...]:
    """What is read of a record, among the columns that there are."""
    parts = [part for unit in units for part in unit.parts]
    heard = {*_WHO_AND_WHEN, *parts, *(f"{part}_flag" for part in parts)}
    return tuple(sorted(heard & columns))


def candidates(columns: frozenset[str], *, units: Sequence[Unit]) -> str:
    """SQL over the CTEs `voice`, `claim` and `part` with one row per entity, unit and who speaks."""
    slots = ", ".join(
        f"max(value) filter (position = {position})"
        for position in range(1, max(len(unit.parts) for unit in units) + 1)
    )
    return " union all ".join([*(_from_records(unit, columns) for unit in units), _FROM_PROVIDERS.format(slots=slots)])


def _from_records(unit: Unit, columns: frozenset[str]) -> str:
    parts = [_usable(part, columns) for part in unit.parts]
    return _FROM_RECORDS.format(
        unit=unit.name,
        parts=", ".join(parts),
        core=" + ".join(_fills(group, columns) for group in unit.core),
        quality=f"least({', '.join([*(_quality(part, columns) for part in unit.parts), '1'])})",
    )


def _fills(group: Sequence[str], columns: frozenset[str]) -> str:
    return f"cast(coalesce({', '.join(_usable(part, columns) for part in group)}) is not null as integer)"


def _usable(attribute: str, columns: frozenset[str]) -> str:
    """The value of an attribute, or null when it is missing, empty or flagged as invalid."""
    if attribute not in columns:
        return "cast(null as varchar)"
    value = f"nullif(cast({quoted(attribute)} as varchar), '')"
    if f"{attribute}_flag" not in columns:
        return value
    return f"case when {quoted(attribute + '_flag')} in ('invalid', 'missing') then null else {value} end"


def _quality(attribute: str, columns: frozenset[str]) -> str:
    """0 for a suspicious value. A corrected one is as good as a valid one: its source only writes in another way."""
    if f"{attribute}_flag" not in columns:
        return "null"
    return f"case {quoted(attribute + '_flag')} when 'suspicious' then 0 end"
