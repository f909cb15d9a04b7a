"""Whether a tenant's ledger is what was appended.

The chain is computed here a second time, from its definition and in another language than the writer's, so that a
mistake there is found too. Somebody who rewrites the whole chain and its head is not found here: that is what signed
checkpoints outside the database are for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import psycopg

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ROWS_AT_ONCE = 5_000

# One statement, so that events and head are seen at one moment.
EVENTS = """
    select
        (select seq from ledger.head where tenant = %(tenant)s) as head_seq,
        (select hash from ledger.head where tenant = %(tenant)s) as head_hash,
        seq, event_id, type, at, body, prev, hash
    from ledger.event where tenant = %(tenant)s order by seq
"""
HEAD_WITHOUT_EVENTS = """
    select seq, hash from ledger.head
    where tenant = %(tenant)s and not exists (select from ledger.event where tenant = %(tenant)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found: how many events are sound, and what is wrong with the first that is not."""

    ok: bool
    events: int
    first_bad_seq: int | None = None
    problem: str | None = None


class _Row(NamedTuple):
    head_seq: int | None
    head_hash: bytes | None
    seq: int
    event_id: UUID
    type: str
    at: datetime
    body: str
    prev: bytes
    hash: bytes


def verify(connection: psycopg.Connection, tenant: str) -> Verification:
    """Recompute the chain of the tenant in context from its first event to its head."""
    sound, tip = 0, sha256(b"\x02" + tenant.encode()).digest()
    row = None
    for row in _rows(connection, tenant):
        problem = _problem(row, sound, tip, tenant)
        if problem:
            return Verification(ok=False, events=sound, first_bad_seq=sound + 1, problem=problem)
        sound, tip = sound + 1, row.hash
    head = row[:2] if row else connection.execute(HEAD_WITHOUT_EVENTS, {"tenant": tenant}).fetchone()
    head_seq, head_hash = head or (None, None)
    problem = _problem_at_the_end(head_seq or 0, head_hash, sound, tip)
    return Verification(ok=not problem, events=sound, first_bad_seq=sound + 1 if problem else None, problem=problem)


def _problem(row: _Row, sound: int, tip: bytes, tenant: str) -> str | None:
    """What is wrong with the row that comes after the sound ones."""
    if row.seq != sound + 1:
        return f"gap: after event {sound} comes event {row.seq}; what lay between them was deleted"
    if row.prev != tip:
        return f"out of place: event {row.seq} does not follow event {sound}; events were reordered or rewritten"
    if row.hash != sha256(b"\x01" + tip + _leaf(tenant, row)).digest():
        return f"edited: event {row.seq} is not what was appended"
    return None


def _problem_at_the_end(head_seq: int, head_hash: bytes | None, sound: int, tip: bytes) -> str | None:
    """What is wrong between the last event and the head."""
    if head_seq > sound:
        return f"truncated: the head stands at event {head_seq}, the last one that is there is {sound}"
    if head_seq < sound:
        return f"head: it stands at event {head_seq}, but {sound} events are there"
    if head_hash is not None and head_hash != tip:
        return f"head: its hash is not that of event {sound}"
    return None


def _leaf(tenant: str, row: _Row) -> bytes:
    name, kind = tenant.encode(), row.type.encode()
    return sha256(
        b"\x00"
        + len(name).to_bytes(4, "big") + name
        + row.seq.to_bytes(8, "big")
        + row.event_id.bytes
        + len(kind).to_bytes(4, "big") + kind
        + ((row.at - EPOCH) // MICROSECOND).to_bytes(8, "big", signed=True)
        + row.body.encode()
    ).digest()  # fmt: skip


def _rows(connection: psycopg.Connection, tenant: str) -> Iterator[_Row]:
    with connection.cursor("ledger_verify", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        for values in cursor.execute(EVENTS, {"tenant": tenant}):
            yield _Row(*values)
