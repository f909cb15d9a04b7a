"""The ledger as people read it: sentences, the newest first, filtered and paged; and as a file, the oldest first."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from psycopg import Connection

from kempt.errors import StopRun
from kempt.ledger.checkpoints import signing_key
from kempt.settings import Settings
from kempt.telling.exports import Line
from kempt.telling.sentences import KINDS, actor, sentence
from kempt.usecases.sign_checkpoint import shelves
from kempt.usecases.tenancy import Tenant

END = 2**62
MOST = 200
VERSIONS = range(1, 4)

LEDGER = (
    "select seq, event_id::text, type, at, body from ledger.event where tenant = (select kempt.tenant()) "
    "and seq >= %(first)s and seq < %(before)s and (%(types)s::text[] is null or type = any(%(types)s)) order by seq"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events: of these kinds, by this person, naming this record, entity or proposal, from and until a moment."""

    kinds: Sequence[str] = ()
    by: str | None = None
    about: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def types(self) -> list[str] | None:
        """Every version of the kinds."""
        unknown = sorted(set(self.kinds) - set(KINDS))
        if unknown:
            raise StopRun(f"{', '.join(unknown)}: no kind of event. Kinds are {', '.join(KINDS)}.")
        return [f"{kind}.v{version}" for kind in self.kinds for version in VERSIONS] or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event, readable."""

    seq: int
    at: datetime
    type: str
    by: str | None
    what: str
    event_id: str
    body: Mapping[str, Any]

    @property
    def day(self) -> date:
        """On which it happened, UTC."""
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Events, the newest first, and the position before which the next page begins; None on the last one."""

    events: Sequence[Told]
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerState:
    """How far the ledger goes, and how far it is signed outside the database."""

    events: int
    signed: int
    signed_at: datetime | None
    places: int
    """How many places keep checkpoints."""


def audit(tenant: Tenant, wanted: Wanted, *, before: int | None = None, limit: int = 50) -> Page:
    """A page of the ledger. `by` finds people: what runs did is found by its kind."""
    if not 1 <= limit <= MOST:
        raise StopRun(f"{limit} events on a page: ask for 1 to {MOST}.")
    with tenant.database.transaction(tenant.name) as connection:
        first, end = _bounds(connection, wanted)
        rows = connection.execute(
            "select seq, event_id::text, type, at, body from ledger.page(%s, %s, %s, %s, %s, %s)",
            [min(end, before or END), limit + 1, wanted.types, wanted.by, wanted.about, first],
        ).fetchall()
    events = [_told(row) for row in rows[:limit]]
    return Page(events=events, before=events[-1].seq if len(rows) > limit else None)


def export(tenant: Tenant, wanted: Wanted) -> Iterator[Line]:
    """Every wanted event, the oldest first, as it is read: one state of the ledger, however long it takes."""
    with tenant.database.transaction(tenant.name) as connection:
        first, before = _bounds(connection, wanted)
        with connection.cursor(name="audit_export") as cursor:
            cursor.itersize = 5_000
            cursor.execute(LEDGER, {"first": first, "before": before, "types": wanted.types})
            for seq, event_id, type, at, body in cursor:
                if wanted.about is not None and f'"{wanted.about}"' not in body:
                    continue
                if wanted.by is not None and actor(json.loads(body)) != wanted.by:
                    continue
                yield Line(seq=seq, event_id=event_id, type=type, at=at, body=body)


def ledger_state(tenant: Tenant, settings: Settings) -> LedgerState:
    """How many events there are, and what the newest checkpoint covers; whether it holds, verifying says."""
    with tenant.database.transaction(tenant.name) as connection:
        ((events,),) = connection.execute("select coalesce(max(seq), 0) from ledger.head").fetchall()
    places = shelves(settings)
    notes = list(places[0].notes(tenant.name))
    newest = places[0].newest(tenant.name, signing_key(settings.keys).public) if notes else None
    return LedgerState(
        events=events,
        signed=newest.size if newest else 0,
        signed_at=datetime.fromtimestamp(notes[-1].stat().st_mtime).astimezone() if notes else None,
        places=len(places),
    )


def _bounds(connection: Connection[Any], wanted: Wanted) -> tuple[int, int]:
    """The first position that is wanted, and the first after them that is not."""
    first = 1 if wanted.since is None else _first_at(connection, wanted.since)
    before = END if wanted.until is None else _first_at(connection, wanted.until)
    return first, before


def _first_at(connection: Connection[Any], moment: datetime) -> int:
    """The first event at a moment or later, by halving: time follows position, so that time needs no index."""
    ((low, high),) = connection.execute("select 1, coalesce(max(seq), 0) + 1 from ledger.head").fetchall()
    at = "select at from ledger.event where tenant = (select kempt.tenant()) and seq = %s"
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(at, [middle]).fetchone()
        if row is None or row[0] >= moment:
            high = middle
        else:
            low = middle + 1
    return int(low)


def _told(row: tuple[int, str, str, datetime, str]) -> Told:
    seq, event_id, type, at, text = row
    body = json.loads(text)
    return Told(seq=seq, at=at, type=type, by=actor(body), what=sentence(type, body), event_id=event_id, body=body)
