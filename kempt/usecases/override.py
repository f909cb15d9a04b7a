"""A person sets a field, or says that it is empty: above every source, until it expires or is ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.records.masking import shown_of
from kempt.usecases.claim_values import claim_place
from kempt.usecases.compose import compose_entities
from kempt.usecases.consistency import consistency_of, hold
from kempt.usecases.override_rows import (
    Override,
    Place,
    checked,
    end_overrides,
    place_of,
    reason_place,
    refuse_stranger,
    seen_of,
    write_override,
)
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import cells_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in a field, masked, and the name that an override is bound to. Nothing stands: all else is None."""

    entity_id: str
    attribute: str
    seen: str
    value: str | None = field(default=None, repr=False)
    """Empty where somebody said that nothing is there."""
    origin: str | None = None
    record_id: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """An override that was said or ended, and what stood before and stands since."""

    override_id: str
    before: Standing
    after: Standing


def foresee_override(tenant: Tenant, word: Override, *, now: datetime) -> Standing:
    """What stands now; refused as the override itself would be. Writes nothing."""
    with tenant.database.transaction(tenant.name) as connection:
        place = place_of(connection, word.entity)
        checked(place, word, now)
        refuse_stranger(connection, tenant, place, word.attribute, by=word.by, now=now)
        return _standing(connection, tenant, place, word.attribute)


def override_field(tenant: Tenant, lake: duckdb.DuckDBPyConnection, word: Override, *, now: datetime) -> Overridden:
    """Says it and composes the golden record of the entity at once, in one transaction.

    A conflict when `word.seen` is no longer what stands. Refused for whoever may not decide changes of this field.
    """
    with tenant.database.transaction(tenant.name) as connection:
        hold(connection, tenant, place_of(connection, word.entity).entity_type, word.attribute)
        place = place_of(connection, word.entity)
        word = checked(place, word, now)
        if word.seen is None and consistency_of(tenant, place.entity_type, word.attribute) == "serializable":
            raise StopRun(f"{word.attribute} is changed as it was seen alone. Look at it, and say --seen.")
        refuse_stranger(connection, tenant, place, word.attribute, by=word.by, now=now)
        before = _standing(connection, tenant, place, word.attribute)
        name = write_override(connection, tenant, place, word, now=now)
        return _composed(connection, tenant, lake, place, name, before, now)


def end_override(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, override: str, *, by: str, reason: str, now: datetime
) -> Overridden:
    """Ends an override before its time; what sources say, or an older override, stands again at once."""
    if not reason.strip():
        raise StopRun("why? An override is ended with a reason.")
    with tenant.database.transaction(tenant.name) as connection:
        name, record, attribute = _in_force(connection, override)
        hold(connection, tenant, _place_of_record(connection, record).entity_type, attribute)
        name, record, attribute = _in_force(connection, override)
        place = _place_of_record(connection, record)
        refuse_stranger(connection, tenant, place, attribute, by=by, now=now)
        before = _standing(connection, tenant, place, attribute)
        end_overrides(connection, tenant, [name], by=by, reason=reason, now=now)
        return _composed(connection, tenant, lake, place, name, before, now)


LIST = """
select claim_id::text as override_id, membership.entity_id, record_id::text, attribute, author, is_empty,
    value_cipher, reason_cipher, expires_at, observed_at as said_at, created_seq, ended_by,
    case when withdrawn_seq is not null then 'ended' when expires_at <= %(now)s then 'expired'
        when row_number() over (
            partition by membership.entity_id, attribute,
                withdrawn_seq is null and (expires_at is null or expires_at > %(now)s)
            order by created_seq desc, claim_id
        ) > 1 then 'covered' else 'in force' end as state
from kempt.claim left join kempt.membership using (tenant, record_id)
where kind = 'override' and to_seq is null and (%(entity)s::text is null or membership.entity_id = %(entity)s)
order by created_seq, claim_id
"""


def list_overrides(
    tenant: Tenant, entity: str | None = None, *, every: bool = False, now: datetime
) -> list[dict[str, Any]]:
    """Overrides in force, of one entity or of all; with `every` also those that ended, expired or are covered.

    Values are masked. Those without an author were approved as proposals.
    """
    with tenant.database.transaction(tenant.name) as connection:
        named = None if entity is None else place_of(connection, entity).entity_id
        rows = connection.cursor(row_factory=dict_row).execute(LIST, {"now": now, "entity": named}).fetchall()
        keys = tenant.vault.of(connection, {row["record_id"] for row in rows})
        told = []
        for row in rows:
            value, reason = row.pop("value_cipher"), row.pop("reason_cipher")
            if not every and row["state"] != "in force":
                continue
            record, name, empty = row["record_id"], row["override_id"], row.pop("is_empty")
            held = record in keys.by_record
            plain = keys.open([record], bytes(value), claim_place(name)).decode() if held else None
            row["value"] = plain if plain is None or empty else shown_of(row["attribute"], plain)
            row["reason"] = (
                keys.open([record], bytes(reason), reason_place(name)).decode() if held and reason is not None else None
            )
            told.append(row)
    return told


def _composed(
    connection: Connection[Any],
    tenant: Tenant,
    lake: duckdb.DuckDBPyConnection,
    place: Place,
    name: str,
    before: Standing,
    now: datetime,
) -> Overridden:
    compose_entities(connection, tenant, lake, place.entity_type, [place.entity_id], now=now)
    after = _standing(connection, tenant, place_of(connection, place.entity_id), before.attribute)
    return Overridden(override_id=name, before=before, after=after)


def _standing(connection: Connection[Any], tenant: Tenant, place: Place, attribute: str) -> Standing:
    cell = place.cells.get(attribute)
    if cell is None:
        return Standing(entity_id=place.entity_id, attribute=attribute, seen=seen_of(None))
    (opened,) = cells_of(connection, tenant, _alone(place, attribute))
    return Standing(
        entity_id=place.entity_id,
        attribute=attribute,
        seen=seen_of(cell),
        value=opened.value and shown_of(attribute, opened.value),
        origin=cell[1],
        record_id=cell[0],
        rule=cell[2],
    )


def _alone(place: Place, attribute: str) -> Mapping[str, Any]:
    return {attribute: place.cells[attribute]}


def _in_force(connection: Connection[Any], prefix: str) -> tuple[str, str, str]:
    rows = connection.execute(
        "select claim_id::text, record_id::text, attribute from kempt.claim where kind = 'override' "
        "and withdrawn_seq is null and starts_with(claim_id::text, %s) limit 2",
        [prefix.lower()],
    ).fetchall()
    if len(rows) != 1:
        raise StopRun(
            f"{prefix}: {'no override in force' if not rows else 'more than one override'} starts so. "
            "`kempt override list` shows them."
        )
    name, record, attribute = rows[0]
    return name, record, attribute


def _place_of_record(connection: Connection[Any], record: str) -> Place:
    row = connection.execute(
        "select entity_id from kempt.membership where record_id = %s and to_seq is null", [record]
    ).fetchone()
    if row is None:
        raise StopRun(f"record {record} belongs to no entity any more, so its override shows nowhere.")
    return place_of(connection, row[0])
