"""What was known of an entity at a position of the ledger, from the events up to there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.agents.actors import Unmasking
from kempt.projections.identity import Identity
from kempt.records.masking import shown_of, shown_whole
from kempt.usecases.ledger_folds import around, position
from kempt.usecases.past_values import past_values
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import tell_unmasked


@dataclass(frozen=True, slots=True, kw_only=True)
class CellThen:
    """A golden cell as it was, its value masked; None when the record was erased that said so."""

    attribute: str
    record_id: str
    origin: str
    rule: str
    confidence: float
    observed_at: str
    digest: str
    value: str | None
    """Empty where somebody said that nothing is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """An entity as it was known at a position."""

    asked: str
    seq: int
    state: str
    """active, redirected, retired, or unknown: nobody had this id yet, or ever."""
    entity_id: str
    """Where the id led."""
    entity_type: str | None
    members: tuple[str, ...]
    redirected_here: tuple[str, ...]
    digest: str | None
    policy_version: str | None
    cells: tuple[CellThen, ...] | None
    """None where the event told the digest alone, as those of the first version did."""
    constraints: tuple[Mapping[str, Any], ...]


def as_of(
    tenant: Tenant, entity: str, *, at: str | None = None, now: datetime | None = None, unmask: Unmasking | None = None
) -> AsOf:
    """The entity at a position or moment; without one, as known now. An id that nobody had is answered too.

    Values are masked, unless somebody says why not; that goes on record at `now`.
    """
    with tenant.database.transaction(tenant.name) as connection:
        seq = position(connection, at if at is not None else str(2**62))
        then = around(connection, tenant.name, [entity], until=seq)
        found = then.leads_to(entity)
        # Others may have come to redirect to where this one led.
        then = then if found == entity else around(connection, tenant.name, [entity, found], until=seq)
        told = _told(connection, tenant, entity, found, seq, then, shown_of if unmask is None else shown_whole)
        if unmask is not None and now is not None and told.cells:
            fields = [cell.attribute for cell in told.cells]
            tell_unmasked(connection, tenant, found, {cell.record_id for cell in told.cells}, fields, unmask, now)
        return told


def _told(
    connection: Connection[Any],
    tenant: Tenant,
    asked: str,
    found: str,
    seq: int,
    then: Identity,
    shown: Callable[[str, str], str],
) -> AsOf:
    known = then.entities.get(found)
    members = tuple(sorted(then.members().get(found, ())))
    golden = then.golden.get(found)
    state = "unknown" if known is None else "redirected" if found != asked else known.state
    cells = None if golden is None or golden.cells is None else _cells(connection, tenant, golden.cells, shown)
    return AsOf(
        asked=asked,
        seq=seq,
        state=state,
        entity_id=found,
        entity_type=known.entity_type if known is not None else None,
        members=members,
        redirected_here=tuple(sorted(
            name for name, ways in then.redirects.items() if ways[-1].to_seq is None and then.leads_to(name) == found
        )),
        digest=golden.digest if golden is not None else None,
        policy_version=golden.policy_version if golden is not None else None,
        cells=cells,
        constraints=tuple(
            {"constraint_id": name, "kind": row.kind, "records": [row.left_record, row.right_record],
             "authority": row.authority, "since": row.created_seq, "expires_at": row.expires_at}
            for name, row in sorted(then.constraints.items())
            if row.superseded_by is None and not {row.left_record, row.right_record}.isdisjoint(members)
        ),
    )  # fmt: skip


def _cells(
    connection: Connection[Any], tenant: Tenant, cells: Mapping[str, Any], shown: Callable[[str, str], str]
) -> tuple[CellThen, ...]:
    values = past_values(connection, tenant, cells.items())
    return tuple(
        CellThen(
            attribute=name,
            record_id=cell[0],
            origin=cell[1],
            rule=cell[2],
            confidence=cell[3],
            observed_at=cell[4],
            digest=cell[5],
            value=shown(name, value) if (value := values.get((cell[0], name, cell[5]))) is not None else None,
        )
        for name, cell in sorted(cells.items())
    )
