"""Events for the ledger's tests."""

from datetime import UTC, datetime

import psycopg

from kempt.ids import stable_id
from kempt.ledger.append import Event, SeqRange, append

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def make_event(number: int, note: str = "as it was") -> Event:
    """The same number gives the same event id; the note decides its body."""
    body = {"number": number, "note": note}
    return Event(event_id=stable_id("event", str(number)), type="record_landed.v1", body=body)


def append_some(connection: psycopg.Connection, count: int, start: int = 0) -> SeqRange:
    """Append `count` events from number `start` on."""
    return append(connection, [make_event(number) for number in range(start, start + count)], NOW)
