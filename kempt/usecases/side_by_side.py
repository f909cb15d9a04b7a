"""The records of a question beside each other: those it is about and those of their cluster, field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.errors import Unknown
from kempt.ledger.vault import Said
from kempt.records.masking import shown_of
from kempt.survivorship.units import UNITS
from kempt.usecases.inbox import Item, find_items
from kempt.usecases.review import full_id
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import values_of

MOST_RECORDS = 8
"""Records of the cluster that are shown beside each other; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One record among those shown side by side."""

    number: int
    record_id: str
    entity_id: str | None
    source: str | None
    object_type: str | None
    updated_at: str | None
    subject: bool
    """Whether the question is about it, and not only about its cluster."""
    link: str | None
    """Where its own system shows it; its key is a value, so none while values are masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of all records; `same` is None where fewer than two records say anything."""

    attribute: str
    values: tuple[str | None, ...] = field(repr=False)
    same: bool | None
    marks: tuple[str, ...]
    """Of each value: same, differs or empty, against the first record that says anything."""


_CLUSTER = """
select member.record_id::text, member.entity_id, member.record_id = any(%(records)s::uuid[]) as subject
from kempt.membership member
-- As an array, so that the few entities are found first, whatever the planner knows of the table.
where member.to_seq is null and member.entity_id = any(array(
    select entity_id from kempt.membership where record_id = any(%(records)s::uuid[]) and to_seq is null
))
order by subject desc, member.entity_id, member.record_id
"""


def columns_of(
    connection: Connection[Any], tenant: Tenant, item: Item, *, plain: bool = False
) -> tuple[tuple[Column, ...], dict[str, Said], int]:
    """The records of the question first, then those that stand with them today."""
    found = {record: entity for record, entity, _ in connection.execute(_CLUSTER, {"records": list(item.records)})}
    order = [*item.records, *(record for record in found if record not in item.records)]
    shown = order[:MOST_RECORDS]
    versions = values_of(connection, tenant, shown)
    columns = []
    for number, record in enumerate((each for each in shown if each in versions), start=1):
        said = versions[record]
        columns.append(
            Column(
                number=number, record_id=record, entity_id=found.get(record), source=said.values.get("source"),
                object_type=said.object_type, updated_at=said.values.get("updated_at") or said.observed_on.isoformat(),
                subject=record in item.records, link=_link(tenant, said) if plain else None,
            )
        )  # fmt: skip
    return tuple(columns), versions, len(order) - len(shown)


def _link(tenant: Tenant, said: Said) -> str | None:
    source, key = said.values.get("source"), said.values.get("source_key")
    declared = next((each for each in tenant.declarations if each.source == source), None)
    return None if declared is None or key is None else declared.link_to(key)


def taken_from(tenant: Tenant, proposal: str, record: str, *, now: datetime) -> dict[str, str | None]:
    """What one record of a question says where the others say something else: its values as overrides, plain."""
    with tenant.database.transaction(tenant.name) as connection:
        items = find_items(connection, tenant, [full_id(connection, proposal)], now=now)
        if not items:
            raise Unknown("Only a question has records to choose from.")
        columns, versions, _ = columns_of(connection, tenant, items[0])
        chosen = next((column for column in columns if column.record_id == record), None)
        if chosen is None:
            raise Unknown("That record does not stand in this question.")
        parts = {part for unit in UNITS[items[0].entity_type] for part in unit.parts}
        said = versions[record].values
        return {
            row.attribute: said[row.attribute]
            for row in rows_of(columns, versions, masked=True)
            if row.same is False and row.attribute in parts and said.get(row.attribute)
        }


def rows_of(columns: Sequence[Column], versions: Mapping[str, Said], *, masked: bool) -> tuple[Row, ...]:
    said = [versions[column.record_id].values for column in columns]
    names = dict.fromkeys(name for values in said for name in values)
    rows = []
    for name in sorted(names, key=_place):
        if name in ("source", "source_key"):
            continue
        plain = [values.get(name) for values in said]
        first = next((each for each in plain if each), None)
        marks = tuple("empty" if not each else "same" if _alike(each, first) else "differs" for each in plain)
        heard = [mark for mark in marks if mark != "empty"]
        shown = [each and (shown_of(name, each) if masked else each) for each in plain]
        same = None if len(heard) < 2 else "differs" not in heard
        rows.append(Row(attribute=name, values=tuple(shown), same=same, marks=marks))
    return tuple(rows)


_ORDER = (
    "full_name", "given_name", "family_name", "company_name", "legal_form", "email", "phone", "domain", "website",
    "job_title", "birth_date", "registry_id", "street", "postal_code", "city", "region", "country",
)  # fmt: skip


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def _alike(one: str, other: str | None) -> bool:
    return other is not None and one.casefold().split() == other.casefold().split()
