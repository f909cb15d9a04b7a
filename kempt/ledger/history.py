"""What the ledger says about one record or entity."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from kempt.ledger.append import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in its place."""

    seq: int
    event_id: str
    type: str
    at: datetime
    body: Mapping[str, Json]


def history(connection: psycopg.Connection, subject: str) -> tuple[Entry, ...]:
    """Every event of the tenant in context whose body mentions a record id or an entity id, oldest first."""
    query = "select seq, event_id::text, type, at, body from ledger.mentioning(%s)"
    return tuple(map(_entry, connection.execute(query, (subject,))))


def entries(connection: psycopg.Connection, *, after: int = 0, until: int | None = None) -> Iterator[Entry]:
    """Every event of the tenant in context behind a position and up to another one, oldest first, as it is read."""
    query = (
        "select seq, event_id::text, type, at, body from ledger.event "
        "where tenant = (select kempt.tenant()) and seq > %s and seq <= coalesce(%s, 9223372036854775807) order by seq"
    )
    with connection.cursor(name="ledger_entries") as cursor:
        cursor.itersize = 5_000
        yield from map(_entry, cursor.execute(query, (after, until)))


def _entry(row: tuple[int, str, str, datetime, str]) -> Entry:
    seq, event_id, kind, at, body = row
    return Entry(seq=seq, event_id=event_id, type=kind, at=at, body=json.loads(body))
