"""One golden cell over time: every value it had, from which record, by which rule, since when; values are masked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kempt.agents.actors import Unmasking
from kempt.ledger.history import Entry, history
from kempt.projections.cells import unpack
from kempt.projections.shapes import upcast
from kempt.records.masking import shown_of, shown_whole
from kempt.usecases.entity_view import resolved
from kempt.usecases.past_values import past_values
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import tell_unmasked


@dataclass(frozen=True, slots=True, kw_only=True)
class CellThen:
    """What a cell was from a position on; without a record, that there was none. None as value: it was erased."""

    since: int
    at: datetime
    value: str | None
    record_id: str | None
    origin: str | None
    rule: str | None
    confidence: float | None
    observed_at: str | None


def cell_history(
    tenant: Tenant, entity: str, attribute: str, *, now: datetime, unmask: Unmasking | None = None
) -> tuple[CellThen, ...]:
    """Every state of a cell of an entity, the newest first; none when it never had one.

    An unmasked look goes on record.
    """
    shown = shown_of if unmask is None else shown_whole
    with tenant.database.transaction(tenant.name) as connection:
        name, _ = resolved(connection, entity)
        states = [*_states(map(upcast, history(connection, name)), name, attribute)]
        values = past_values(connection, tenant, ((attribute, cell) for _, cell in states if cell is not None))
        if unmask is not None and values:
            tell_unmasked(connection, tenant, name, {record for record, _, _ in values}, [attribute], unmask, now)
    return tuple(
        CellThen(
            since=entry.seq,
            at=entry.at,
            value=shown(attribute, value)
            if (value := values.get((cell[0], attribute, cell[5]))) is not None
            else None,
            record_id=cell[0],
            origin=cell[1],
            rule=cell[2],
            confidence=cell[3],
            observed_at=cell[4],
        )
        if cell is not None
        else CellThen(since=entry.seq, at=entry.at, value=None, record_id=None, origin=None, rule=None,
                      confidence=None, observed_at=None)
        for entry, cell in reversed(states)
    )  # fmt: skip


def _states(entries: Iterator[Entry], entity: str, attribute: str) -> Iterator[tuple[Entry, Sequence[Any] | None]]:
    """Each event after which the cell is another one, with the cell; None where it went."""
    stands: Sequence[Any] | None = None
    for entry in entries:
        body: Any = entry.body
        if body.get("entity_id") != entity:
            continue
        after = stands
        if entry.type == "golden_record_changed.v2" and body["cells"] is not None:
            after = None if attribute in body["removed"] else unpack(body["cells"]).get(attribute, stands)
        elif entry.type in ("golden_record_removed.v1", "entity_redirected.v2", "entity_retired.v2"):
            after = None
        if after != stands:
            yield entry, after
        stands = after
