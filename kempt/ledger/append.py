"""Adding to what happened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import psycopg
import rfc8785

from kempt.errors import StopRun
from kempt.ids import canonical_json
from kempt.ledger.attestation import attest

# The tenant's ledger is locked until the transaction ends; a batch of this size holds it for less than a second.
BATCH = 10_000

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Ids, digests and counts only: a body never holds a person's data."""

    event_id: str
    type: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeqRange:
    """Where events lie in their tenant's ledger, ends included, and how many of them were new."""

    first: int
    last: int
    appended: int


def append(connection: psycopg.Connection, events: Sequence[Event], at: datetime) -> SeqRange:
    """Append events, in this order, to the ledger of the tenant in context.

    Repeating a call changes nothing and answers with the same range. The same event id with another type or body is
    refused. Without events the range is empty: it starts where the next event will lie.
    """
    if at.tzinfo is None:
        raise StopRun("An event's time needs a time zone: pass an aware datetime.")
    parts = [_append(connection, batch, at) for batch in _batches(events)]
    appended = sum(part.appended for part in parts)
    if appended:
        attest(connection, appended)
    return SeqRange(first=min(part.first for part in parts), last=max(part.last for part in parts), appended=appended)


def _append(connection: psycopg.Connection, events: Sequence[Event], at: datetime) -> SeqRange:
    columns = ([UUID(event.event_id) for event in events], [event.type for event in events], [*map(_body, events)])
    try:
        # %b: as text, ten thousand bodies take longer to parse than to chain.
        query = "select first_seq, last_seq, appended from ledger.append(%b::uuid[], %b::text[], %b::text[], %s)"
        first, last, appended = connection.execute(query, (*columns, at)).fetchone() or (0, 0, 0)
    except psycopg.errors.UniqueViolation as problem:
        raise StopRun(
            f"The ledger refused a batch: {problem.diag.message_primary}. An event id names one event for ever; a "
            "changed event needs an id of its own."
        ) from problem
    return SeqRange(first=first, last=last, appended=appended)


def _batches(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    for start in range(0, max(len(events), 1), BATCH):
        yield events[start : start + BATCH]


def _body(event: Event) -> str:
    try:
        return canonical_json(event.body).decode()
    except (rfc8785.CanonicalizationError, UnicodeError) as problem:
        raise StopRun(
            f"The body of event {event.event_id} ({event.type}) has no canonical JSON. Send large numbers and decimals "
            "as text, and leave out NaN and broken Unicode."
        ) from problem
