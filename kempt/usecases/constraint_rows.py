"""Constraints on records as rows, each with the event that says it or takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg import Connection

from kempt.errors import StopRun
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.tenancy import Tenant

Kind = Literal["must_link", "cannot_link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A steward's word on two records of one entity type."""

    kind: Kind
    left: str
    right: str
    authority: str
    reason: str
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.left == self.right:
            raise StopRun("a constraint is on two records, and these are one.")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise StopRun("until when? Give the moment with its time zone.")

    @property
    def pair(self) -> tuple[str, str]:
        """The records in the order in which they are kept."""
        return min(self.left, self.right), max(self.left, self.right)


def write_constraints(
    connection: Connection[Any], tenant: Tenant, said: Sequence[Said], *, now: datetime
) -> tuple[str, ...]:
    """Adds constraints with an event each; a reason is kept beside it and stands in the event as a keyed digest."""
    head = ledger_head(connection)
    names = tuple(
        stable_id("constraint", tenant.name, each.kind, *each.pair, each.authority, str(head)) for each in said
    )
    events = [
        Event(
            event_id=stable_id("event", name),
            type="constraint_added.v1",
            body={
                "constraint_id": name,
                "kind": each.kind,
                "left_record": each.pair[0],
                "right_record": each.pair[1],
                "authority": each.authority,
                "reason_digest": keyed_digest(tenant.keys.digest_key(), each.reason),
                "expires_at": None if each.expires_at is None else each.expires_at.astimezone(UTC).isoformat(),
            },
        )
        for name, each in zip(names, said, strict=True)
    ]
    first = append(connection, events, at=now).first if events else 0
    connection.cursor().executemany(
        """
        insert into kempt.record_constraint
            (tenant, constraint_id, kind, left_record, right_record, reason, authority, created_seq, expires_at)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            (tenant.name, name, each.kind, *each.pair, each.reason, each.authority, first + at, each.expires_at)
            for at, (name, each) in enumerate(zip(names, said, strict=True))
        ],
    )
    return names


def end_constraints(
    connection: Connection[Any], tenant: Tenant, names: Sequence[str], *, authority: str, reason: str, now: datetime
) -> None:
    """Withdraws constraints with an event each, which the constraint names from then on."""
    rows = connection.execute(
        "select constraint_id::text, left_record::text, right_record::text from kempt.record_constraint "
        "where constraint_id = any(%s::uuid[]) and superseded_by is null order by constraint_id",
        [list(names)],
    ).fetchall()
    if len(rows) != len(set(names)):
        raise StopRun(f"{min(set(names) - {row[0] for row in rows})} is withdrawn already.")
    events = [
        Event(
            event_id=stable_id("event", "withdrawn", name),
            type="constraint_withdrawn.v1",
            body={
                "constraint_id": name,
                "left_record": left,
                "right_record": right,
                "authority": authority,
                "reason_digest": keyed_digest(tenant.keys.digest_key(), reason),
            },
        )
        for name, left, right in rows
    ]
    if events:
        append(connection, events, at=now)
        connection.cursor().executemany(
            "update kempt.record_constraint set superseded_by = %s where constraint_id = %s",
            [(event.event_id, row[0]) for event, row in zip(events, rows, strict=True)],
        )
