"""What people and providers said of fields, as a fold over events: said, handed over, ended.

Every row is the row of `kempt.claim` as far as events tell it. Values and reasons are sealed beside the ledger; how
sure a provider was, and when it looked, is told with the golden cell that its value won.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kempt.ledger.history import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One value of one field of a record that no source said, [created_seq, withdrawn_seq)."""

    record_id: str
    attribute: str
    value_digest: str
    kind: str
    origin: str
    decision_id: str | None
    created_seq: int
    author: str | None = None
    expires_at: str | None = None
    is_empty: bool = False
    basis: tuple[str, ...] = ()
    withdrawn_seq: int | None = None
    ended_by: str | None = None


@dataclass(slots=True)
class Claims:
    """All claims after the events that were taken in, by id; what is over stays in it."""

    rows: dict[str, ClaimRow] = field(default_factory=dict)
    _open: dict[str, set[str]] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Takes one event in, in the order of positions."""
        if (take := _TAKES.get(entry.type)) is not None:
            take(self, entry)

    def in_force(self) -> list[ClaimRow]:
        """What nobody ended; what expired is among it, because no event tells that a moment has passed."""
        return [self.rows[name] for names in self._open.values() for name in names]

    def _say(self, name: str, row: ClaimRow) -> None:
        self.rows[name] = row
        self._open.setdefault(row.record_id, set()).add(name)

    def _end(self, name: str, seq: int, by: str | None = None) -> None:
        row = self.rows[name]
        self.rows[name] = replace(row, withdrawn_seq=seq, ended_by=by if by is not None else row.ended_by)
        self._open.get(row.record_id, set()).discard(name)

    def _of(self, record: str) -> list[tuple[str, ClaimRow]]:
        return [(name, self.rows[name]) for name in sorted(self._open.get(record, ()))]


def _override(claims: Claims, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    for name, row in claims._of(body["record_id"]):
        # Her word takes the place of an older one on the same record, not of what was approved as it was proposed.
        if row.kind == "override" and row.author is not None and row.attribute == body["attribute"]:
            claims._end(name, entry.seq, body["author"])
    claims._say(
        body["claim_id"],
        ClaimRow(
            record_id=body["record_id"],
            attribute=body["attribute"],
            value_digest=body["value_digest"],
            kind="override",
            origin="steward",
            decision_id=body["decision_id"],
            created_seq=entry.seq,
            author=body["author"],
            expires_at=body["expires_at"],
            is_empty=body["empty"],
            basis=tuple(body["basis"]),
        ),
    )


def _record(claims: Claims, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    told = ("record_id", "attribute", "value_digest", "kind", "origin", "decision_id")
    claims._say(body["claim_id"], ClaimRow(**{name: body[name] for name in told}, created_seq=entry.seq))


def _hand_over(claims: Claims, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    claims._end(body["from_claim"], entry.seq)
    claims._say(
        body["claim_id"],
        replace(
            claims.rows[body["from_claim"]],
            record_id=body["record_id"],
            value_digest=body["value_digest"],
            basis=(body["record_id"],),
            created_seq=entry.seq,
            withdrawn_seq=None,
            ended_by=None,
        ),
    )


def _end(claims: Claims, entry: Entry) -> None:
    claims._end(str(entry.body["claim_id"]), entry.seq, str(entry.body["by"]))


def _erase(claims: Claims, entry: Entry) -> None:
    for name, _ in claims._of(str(entry.body["record_id"])):
        claims._end(name, entry.seq)


_TAKES: dict[str, Callable[[Claims, Entry], None]] = {
    "claim_recorded.v1": _record,
    "field_overridden.v1": _override,
    "claim_handed_over.v1": _hand_over,
    "override_ended.v1": _end,
    "record_erased.v1": _erase,
}
