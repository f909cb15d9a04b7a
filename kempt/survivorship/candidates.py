"""SQL for the candidates: what each record, provider and person says about each unit of an entity."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import duckdb

from kempt.policy.survivorship import DomainRule
from kempt.survivorship.units import Unit

# A source cannot have changed a record after we saw it, so a clock that runs ahead wins nothing.
_OBSERVED_AT = """
least(coalesce(cast(try_cast(updated_at as timestamptz) at time zone 'UTC' as timestamp), observed_on),
    cast(observed_on + 1 as timestamp))
"""

_WHO_AND_WHEN = ("record_id", "source", "system", "observed_on", "updated_at")

EMPTY = "\x01"
"""Stands for "empty on purpose" until the cells are settled; no standardized value holds a control character."""

# A remark with the flag 'empty' is the source's word that nothing is there.
_EMPTIED = "list_transform(list_filter(remarks, lambda each: each.flag = 'empty'), lambda each: each.attribute)"
VOICES = f"""
select entity_id, record.*, {_OBSERVED_AT} as observed_at, {{emptied}} as emptied, {{filled}} as filled
from {{records}} as record
join {{members}} using (record_id)
"""
# How well a value meets a domain rule; 1 where nothing is known of it, as of what a provider says.
_PREFERENCE: dict[DomainRule, tuple[tuple[str, ...], str]] = {
    "work_mailbox": (("is_role", "is_free"), "case when is_role then 0 when is_free then 1 else 2 end"),
    "legal_name": (("legal_form",), "case when legal_form is not null then 2 else 0 end"),
}

_FROM_RECORDS = """
select entity_id, '{unit}' as unit, record_id, 'record' as origin, 1 as authority, source, system,
    cast(null as double) as stated, observed_at, [{parts}] as value, {core} as core, {quality} as quality,
    {preferred} as preferred, filled
from voice
where coalesce({parts}) is not null
"""

# An answer fills the parts of one unit that came together: the same provider, the same record, the same moment.
_FROM_PROVIDERS = """
select entity_id, unit, record_id, 'enrichment' as origin, 0 as authority, source, source as system,
    min(confidence) as stated, observed_at,
    list_slice([{slots}], 1, any_value(size)) as value, count(distinct core_group) as core, 1 as quality,
    1 as preferred, cast(count(*) as integer) as filled
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
    heard = {*_WHO_AND_WHEN, *parts, *(f"{part}_flag" for part in parts), "remarks"}
    heard |= {column for needed, _ in _PREFERENCE.values() for column in needed}
    return tuple(sorted(heard & columns))


def voices(columns: frozenset[str], *, units: Sequence[Unit], records: str, members: str) -> str:
    """SQL for the records of the members: what each says, when, what it says is empty, and how much it says at all."""
    parts = [part for unit in units for part in unit.parts]
    return VOICES.format(
        records=records,
        members=members,
        emptied=_EMPTIED if "remarks" in columns else "cast([] as varchar[])",
        filled=" + ".join(f"cast({_stated(part, columns)} is not null as integer)" for part in parts),
    )


def candidates(
    columns: frozenset[str], *, units: Sequence[Unit], prefers: Mapping[str, DomainRule | None] = MappingProxyType({})
) -> str:
    """SQL over the CTEs `voice`, `claim` and `part` with one row per entity, unit and who speaks.

    `prefers` is the domain rule of a unit, by its name.
    """
    slots = ", ".join(
        f"max(value) filter (position = {position})"
        for position in range(1, max(len(unit.parts) for unit in units) + 1)
    )
    said = [_from_records(unit, columns, prefers.get(unit.name)) for unit in units]
    return " union all ".join([*said, _FROM_PROVIDERS.format(slots=slots)])


def _from_records(unit: Unit, columns: frozenset[str], prefers: DomainRule | None) -> str:
    needed, preference = _PREFERENCE[prefers] if prefers is not None else ((), "1")
    parts = [_usable(part, columns) for part in unit.parts]
    return _FROM_RECORDS.format(
        unit=unit.name,
        parts=", ".join(parts),
        core=" + ".join(_fills(group, columns) for group in unit.core),
        quality=f"least({', '.join([*(_quality(part, columns) for part in unit.parts), '1'])})",
        preferred=preference if columns.issuperset(needed) else "1",
    )


def _fills(group: Sequence[str], columns: frozenset[str]) -> str:
    return f"cast(coalesce({', '.join(_usable(part, columns) for part in group)}) is not null as integer)"


def _usable(attribute: str, columns: frozenset[str]) -> str:
    """What a record says of an attribute: its value, or EMPTY where it says so; null when it says nothing usable."""
    stated = _stated(attribute, columns)
    return f"case when list_contains(emptied, '{attribute}') then chr(1) else {stated} end"


def _stated(attribute: str, columns: frozenset[str]) -> str:
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
