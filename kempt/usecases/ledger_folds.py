"""What was known of an entity, or of everything, at a position of the ledger: events gathered, and folded."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.errors import StopRun
from kempt.ledger.history import Entry, entries, history
from kempt.projections.identity import Identity
from kempt.projections.state import State
from kempt.usecases.identity_rows import ledger_head


def everything(connection: Connection[Any], tenant: str, *, until: int | None = None) -> State:
    """The state of a tenant from all its events."""
    return State(tenant).fold(entries(connection, until=until))


def around(connection: Connection[Any], tenant: str, names: Iterable[str], *, until: int) -> Identity:
    """The state of these entities, of where they redirect and of their records, from the events that name them.

    What it holds of other entities is not the whole of them.
    """
    found = _gathered(connection, names, until)
    return Identity(tenant=tenant).fold(found[seq] for seq in sorted(found))


def _gathered(connection: Connection[Any], names: Iterable[str], until: int) -> dict[int, Entry]:
    found: dict[int, Entry] = {}
    asked: set[str] = set()
    ours, waiting = set(names), sorted(set(names))
    while waiting:
        told = [entry for name in waiting for entry in history(connection, name) if entry.seq <= until]
        asked.update(waiting)
        found |= {entry.seq: entry for entry in told}
        further: set[str] = set()
        for entry in found.values():
            body: Any = entry.body
            if (entity := body.get("entity_id")) is None:
                continue
            # Whoever shared a record with ours is followed by its own events, but not to its other records.
            further.add(entity)
            if entity in ours:
                further.update(body.get("joined", ()))
                ours.update({body["redirect_to"]} if "redirect_to" in body else ())
        waiting = sorted((further | ours) - asked)
    return found


def position(connection: Connection[Any], at: str) -> int:
    """A position of the ledger from itself, or from a moment: the last event told by then."""
    if at.isdecimal():
        return min(int(at), ledger_head(connection))
    try:
        moment = datetime.fromisoformat(at).astimezone()
    except ValueError:
        raise StopRun(
            f"{at!r} is no position and no moment. Give 1250, 2025-03-03 or 2025-03-03T12:00+01:00."
        ) from None
    row = connection.execute("select max(seq) from ledger.event where at <= %s", [moment]).fetchone()
    return int(row[0]) if row and row[0] else 0
