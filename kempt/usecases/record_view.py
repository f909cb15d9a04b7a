"""All that is known of one record, from Postgres alone: what it said over time, where it belonged, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.agents.actors import Unmasking
from kempt.errors import Unknown
from kempt.ledger.vault import Said, said_ever
from kempt.records.masking import shown_of, shown_whole
from kempt.usecases.about_records import (
    Constraint,
    Proposed,
    StaleFlag,
    Stay,
    constraints_on,
    proposals_on,
    stale_flags_on,
    stays_of,
)
from kempt.usecases.entity_view import Show
from kempt.usecases.id_starts import is_record_id
from kempt.usecases.tenancy import Tenant
from kempt.usecases.timeline import Moment, timeline
from kempt.usecases.values import tell_unmasked


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What the record said from a position of the ledger on, masked, and the fields that differ from before."""

    version: int
    since: int
    at: datetime
    observed_on: str
    fields: Mapping[str, str] = field(repr=False)
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A record from all sides; values masked, unless somebody said why not."""

    masked: bool
    record_id: str
    object_type: str | None
    source: str | None
    erased: bool
    entity_id: str | None
    """The entity that it belongs to now."""
    versions: tuple[Version, ...]
    """The newest first."""
    stays: tuple[Stay, ...]
    constraints: tuple[Constraint, ...]
    stale: tuple[StaleFlag, ...]
    proposals: tuple[Proposed, ...]
    timeline: tuple[Moment, ...]


def view_record(tenant: Tenant, record: str, *, now: datetime, unmask: Unmasking | None = None) -> RecordView:
    """The record of that id. Unknown when there never was one. An unmasked look goes on record."""
    if not is_record_id(record):
        raise Unknown(f"{record}: no record has or had this id.")
    with tenant.database.transaction(tenant.name) as connection:
        said = said_ever(connection, tenant.vault, [record])
        stays = stays_of(connection, record)
        erased = connection.execute("select from kempt.erasure where record_id = %s", [record]).fetchone() is not None
        if not said and not stays and not erased:
            raise Unknown(f"{record}: no record has or had this id.")
        if unmask is not None and said:
            fields = {name for each in said for name in each.values}
            tell_unmasked(connection, tenant, record, [record], fields, unmask, now)
        return RecordView(
            masked=unmask is None,
            record_id=record,
            object_type=said[-1].object_type if said else None,
            source=said[-1].values.get("source") if said else None,
            erased=erased,
            entity_id=next((stay.entity_id for stay in stays if stay.to_seq is None), None),
            versions=_versions(connection, said, shown_of if unmask is None else shown_whole),
            stays=tuple(stays),
            constraints=tuple(constraints_on(connection, [record], now=now)),
            stale=tuple(stale_flags_on(connection, [record])),
            proposals=tuple(proposals_on(connection, [record])),
            timeline=timeline(connection, [record]),
        )


def _versions(connection: Connection[Any], said: Sequence[Said], shown: Show) -> tuple[Version, ...]:
    moments = dict(
        connection.execute(
            "select seq, at from ledger.event where tenant = (select kempt.tenant()) and seq = any(%s)",
            [[each.seq for each in said]],
        ).fetchall()
    )
    before: Mapping[str, str] = {}
    found = []
    for each in said:
        differs = {name for name, _ in each.values.items() ^ before.items()}
        found.append(
            Version(
                version=each.version,
                since=each.seq,
                at=moments[each.seq],
                observed_on=each.observed_on.isoformat(),
                fields={name: shown(name, value) for name, value in sorted(each.values.items())},
                differs=tuple(sorted(differs)) if before else (),
            )
        )
        before = each.values
    return tuple(reversed(found))
