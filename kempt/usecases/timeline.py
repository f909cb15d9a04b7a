"""What the ledger says about an entity and its records: every event that mentions one of them, as a sentence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.ledger.history import Entry, history
from kempt.telling.sentences import actor, sentence, stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event: its place, what kind it is of, what it says without values, and who stands behind it, if a person."""

    seq: int
    at: datetime
    kind: str
    says: str
    by: str | None
    proposal_id: str | None


def timeline(connection: Connection[Any], names: Iterable[str]) -> tuple[Moment, ...]:
    """Every event that mentions one of these entities or records, the newest first, each once."""
    told = {entry.seq: entry for name in sorted(set(names)) for entry in history(connection, name)}
    return tuple(_moment(told[seq]) for seq in sorted(told, reverse=True))


def _moment(entry: Entry) -> Moment:
    body: Any = entry.body
    return Moment(
        seq=entry.seq,
        at=entry.at,
        kind=stem(entry.type),
        says=sentence(entry.type, body),
        by=actor(body),
        proposal_id=body.get("proposal_id"),
    )
