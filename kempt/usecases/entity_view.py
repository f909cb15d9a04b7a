"""All that is known of one entity, from Postgres alone: golden cells, records, identity over time, what waits, and why.

Who works for a company is not among it: a person's record names its employer, and no table leads the other way.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.agents.actors import Unmasking
from kempt.errors import Unknown
from kempt.ids import record_id
from kempt.ledger.vault import Said
from kempt.records.masking import shown_of, shown_whole
from kempt.records.model import EntityType
from kempt.usecases.about_records import (
    Constraint,
    Proposed,
    StaleFlag,
    Stay,
    constraints_on,
    proposals_on,
    stale_flags_on,
    stays_in,
)
from kempt.usecases.tenancy import Tenant
from kempt.usecases.timeline import Moment, timeline
from kempt.usecases.values import Cell, cells_of_all, tell_unmasked, values_of

MOST_RECORDS = 100
Show = Callable[[str, str], str]
"""How a value of an attribute is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCell:
    """A golden cell with its value masked; None when it was erased or changed since the last run."""

    attribute: str
    value: str | None
    record_id: str
    origin: str
    rule: str
    confidence: float
    observed_at: str
    stale: bool
    others: Mapping[str, str] = field(repr=False)
    """What other records of the entity say instead, masked, by record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRecord:
    """A record of the entity with its fields masked. None as source: its values were erased."""

    record_id: str
    source: str | None
    object_type: str | None
    version: int | None
    observed_on: str | None
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Employer:
    """The company whose key a record of the person carries."""

    record_id: str
    entity_id: str | None
    name: str | None
    named_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityView:
    """An entity from all sides; values masked, unless somebody said why not."""

    masked: bool
    asked: str
    entity_id: str
    entity_type: EntityType
    state: str
    """active, redirected (the id that was asked led here) or retired."""
    born_seq: int
    policy_version: str | None
    digest: str | None
    cells: tuple[ShownCell, ...]
    records: tuple[ShownRecord, ...]
    further: int
    """Records that are not listed because there are very many."""
    stays: tuple[Stay, ...]
    redirects: tuple[tuple[str, str, int, int | None], ...]
    """Ids that led to it or that it led to: from, to, since, until."""
    constraints: tuple[Constraint, ...]
    stale: tuple[StaleFlag, ...]
    proposals: tuple[Proposed, ...]
    employers: tuple[Employer, ...]
    timeline: tuple[Moment, ...]


def view_entity(tenant: Tenant, entity: str, *, now: datetime, unmask: Unmasking | None = None) -> EntityView:
    """The entity that an id leads to. Unknown for an id that nobody had. An unmasked look goes on record."""
    shown = shown_of if unmask is None else shown_whole
    with tenant.database.transaction(tenant.name) as connection:
        name, state = resolved(connection, entity)
        ((kind, born, golden, digest, policy),) = connection.execute(
            "select entity.entity_type, born_seq, coalesce(cells, '{}'), digest, policy_version from kempt.entity "
            "left join kempt.golden_record using (tenant, entity_id) where entity_id = %s",
            [name],
        ).fetchall()
        stays = stays_in(connection, name)
        members = sorted(stay.record_id for stay in stays if stay.to_seq is None)
        listed = members[:MOST_RECORDS]
        said = values_of(connection, tenant, listed)
        flags = stale_flags_on(connection, members)
        if unmask is not None:
            fields = {*golden, *(field for each in said.values() for field in each.values)}
            tell_unmasked(connection, tenant, name, listed, fields, unmask, now)
        return EntityView(
            masked=unmask is None,
            asked=entity,
            entity_id=name,
            entity_type=kind,
            state=state,
            born_seq=born,
            policy_version=policy,
            digest=digest,
            cells=_cells(cells_of_all(connection, tenant, {name: golden})[name], golden, said, flags, shown),
            records=tuple(_record(record, said.get(record), shown) for record in listed),
            further=len(members) - len(listed),
            stays=tuple(stays),
            redirects=_redirects(connection, name),
            constraints=tuple(constraints_on(connection, members, now=now)),
            stale=tuple(flags),
            proposals=tuple(proposals_on(connection, members)),
            employers=_employers(connection, tenant, said, shown),
            timeline=timeline(connection, [name, *listed]),
        )


def resolved(connection: Connection[Any], entity: str) -> tuple[str, str]:
    """Where an id leads now, and its state. Unknown for one that nobody had."""
    ((name, state),) = connection.execute("select entity_id, state from kempt.resolve(%s)", [entity]).fetchall()
    if name is None:
        raise Unknown(f"{entity}: no entity has or had this id.")
    return name, state


def _cells(
    cells: Sequence[Cell],
    golden: Mapping[str, Any],
    said: Mapping[str, Said],
    flags: Sequence[StaleFlag],
    shown: Show,
) -> tuple[ShownCell, ...]:
    stale = {(flag.record_id, flag.attribute) for flag in flags}
    return tuple(
        ShownCell(
            attribute=cell.attribute,
            value=None if cell.value is None else shown(cell.attribute, cell.value),
            record_id=cell.record_id,
            origin=cell.origin,
            rule=cell.rule,
            confidence=cell.confidence,
            observed_at=golden[cell.attribute][4],
            stale=(cell.record_id, cell.attribute) in stale,
            others={
                record: shown(cell.attribute, value)
                for record, each in sorted(said.items())
                if (value := each.values.get(cell.attribute)) and value != cell.value
            },
        )
        for cell in cells
    )


def _record(name: str, said: Said | None, shown: Show) -> ShownRecord:
    return ShownRecord(
        record_id=name,
        source=said.values.get("source") if said else None,
        object_type=said.object_type if said else None,
        version=said.version if said else None,
        observed_on=said.observed_on.isoformat() if said else None,
        fields={field: shown(field, value) for field, value in sorted(said.values.items())} if said else {},
    )


def _redirects(connection: Connection[Any], entity: str) -> tuple[tuple[str, str, int, int | None], ...]:
    rows = connection.execute(
        """
        select from_id, to_id, from_seq, to_seq from kempt.redirect where from_id = %(entity)s
        union select from_id, to_id, from_seq, to_seq from kempt.redirect where to_id = %(entity)s
        order by from_seq, from_id
        """,
        {"entity": entity},
    )
    return tuple(rows.fetchall())


def _employers(
    connection: Connection[Any], tenant: Tenant, said: Mapping[str, Said], shown: Show
) -> tuple[Employer, ...]:
    """By the key that a person's record carries of a company in the same system."""
    systems = {each.source: each.system for each in tenant.declarations}
    named = {
        record: record_id(tenant.name, systems[each.values["source"]], "company", each.values["company_key"])
        for record, each in said.items()
        if each.values.get("company_key") and each.values.get("source") in systems
    }
    member_of = dict(
        connection.execute(
            "select record_id::text, entity_id from kempt.membership "
            "where to_seq is null and record_id = any(%s::uuid[])",
            [sorted(set(named.values()))],
        ).fetchall()
    )
    companies = values_of(connection, tenant, named.values())
    return tuple(
        Employer(
            record_id=company,
            entity_id=member_of.get(company),
            name=shown("company_name", name) if (name := _name(companies.get(company))) else None,
            named_by=record,
        )
        for record, company in sorted(named.items())
        if company in companies
    )


def _name(said: Said | None) -> str | None:
    return said.values.get("company_name") if said else None
