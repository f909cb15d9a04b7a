"""What the ledger says about one record or entity."""

import json
from collections.abc import Mapping
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
    return tuple(
        Entry(seq=seq, event_id=event_id, type=kind, at=at, body=json.loads(body))
        for seq, event_id, kind, at, body in connection.execute(query, (subject,))
    )
