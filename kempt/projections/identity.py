"""Who is who, with what is known of them, as a fold over events: entities, stays, redirects, constraints, golden cells.

Every row is the row of the table of the same name, so that what was folded and what stands can be held side by side.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kempt.ids import stable_id
from kempt.ledger.history import Entry
from kempt.projections.cells import unpack
from kempt.projections.shapes import upcast

Cell = list[Any]
"""[record, origin, rule, confidence, observed at, keyed digest of the value]."""


@dataclass(slots=True, kw_only=True)
class EntityRow:
    """An id that was minted."""

    entity_type: str
    anchor_record: str
    incarnation: int
    born_seq: int
    state: str = "active"


@dataclass(slots=True, kw_only=True)
class Stay:
    """A record's time in an entity, [from_seq, to_seq)."""

    entity_id: str
    from_seq: int
    to_seq: int | None = None
    ended_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Led:
    """The time in which an id led to another one, [from_seq, to_seq)."""

    to_id: str
    from_seq: int
    to_seq: int | None = None


@dataclass(slots=True, kw_only=True)
class ConstraintRow:
    """What a steward said of two records."""

    kind: str
    left_record: str
    right_record: str
    authority: str
    created_seq: int
    expires_at: str | None = None
    superseded_by: str | None = None


@dataclass(slots=True, kw_only=True)
class GoldenRow:
    """A golden record's cells; None where an event of the first version told their digest alone."""

    entity_type: str
    digest: str
    policy_version: str
    seq: int
    cells: dict[str, Cell] | None


@dataclass(slots=True)
class Identity:
    """What is so after the events that were folded in. Hand them over in the order of their positions, each once."""

    tenant: str
    seq: int = 0
    entities: dict[str, EntityRow] = field(default_factory=dict)
    stays: dict[str, list[Stay]] = field(default_factory=dict)
    redirects: dict[str, list[Led]] = field(default_factory=dict)
    constraints: dict[str, ConstraintRow] = field(default_factory=dict)
    golden: dict[str, GoldenRow] = field(default_factory=dict)
    _minted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fold(self, entries: Iterable[Entry]) -> "Identity":
        """Takes events in and answers itself."""
        for entry in entries:
            self.take(entry)
        return self

    def take(self, entry: Entry) -> None:
        """Takes one event in."""
        told = upcast(entry)
        if (take := _TAKES.get(told.type)) is not None:
            take(self, told)
        self.seq = entry.seq

    def members(self) -> dict[str, set[str]]:
        """The records of every entity that has any."""
        found: dict[str, set[str]] = {}
        for record, stays in self.stays.items():
            if stays[-1].to_seq is None:
                found.setdefault(stays[-1].entity_id, set()).add(record)
        return found

    def leads_to(self, entity_id: str) -> str:
        """The id at the end of the redirects."""
        while (led := self.redirects.get(entity_id, [None])[-1]) is not None and led.to_seq is None:
            entity_id = led.to_id
        return entity_id


def _mint(state: Identity, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    key = (body["entity_type"], body["anchor_record"])
    incarnation = state._minted[key] if body["incarnation"] is None else body["incarnation"]
    state._minted[key] = incarnation + 1
    state.entities[body["entity_id"]] = EntityRow(
        entity_type=body["entity_type"],
        anchor_record=body["anchor_record"],
        incarnation=incarnation,
        born_seq=entry.seq,
    )
    _move(state, entry)


def _move(state: Identity, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    entity_id = body["entity_id"]
    for record in body["joined"]:
        stays = state.stays.setdefault(record, [])
        if stays and (stays[-1].to_seq is None or (body["after"] is None and stays[-1].ended_at == entry.at)):
            # Events of the first version said "left" before "joined": the two are one move.
            stays[-1].to_seq = entry.seq
        stays.append(Stay(entity_id=entity_id, from_seq=entry.seq))
    for record in body["gone"]:
        last = state.stays.get(record, [None])[-1]
        if last is not None and last.to_seq is None and last.entity_id == entity_id:
            last.to_seq, last.ended_at = entry.seq, entry.at


def _revive(state: Identity, entry: Entry) -> None:
    entity_id = str(entry.body["entity_id"])
    state.entities[entity_id].state = "active"
    _end_redirect(state, entity_id, entry.seq)
    _move(state, entry)


def _redirect(state: Identity, entry: Entry) -> None:
    entity_id = str(entry.body["entity_id"])
    _end_redirect(state, entity_id, entry.seq)
    _end(state, entry, "redirected")
    state.redirects.setdefault(entity_id, []).append(Led(to_id=str(entry.body["redirect_to"]), from_seq=entry.seq))


def _end_redirect(state: Identity, entity_id: str, seq: int) -> None:
    for led in state.redirects.get(entity_id, [])[-1:]:
        led.to_seq = seq if led.to_seq is None else led.to_seq


def _retire(state: Identity, entry: Entry) -> None:
    _end(state, entry, "retired")


def _end(state: Identity, entry: Entry, word: str) -> None:
    entity_id = str(entry.body["entity_id"])
    state.entities[entity_id].state = word
    # An entity without records has no golden record.
    state.golden.pop(entity_id, None)
    _move(state, entry)


def _compose(state: Identity, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    known = state.golden.get(body["entity_id"])
    before = {} if known is None else known.cells
    cells = None
    if body["cells"] is not None and before is not None:
        cells = {name: cell for name, cell in before.items() if name not in body["removed"]}
        cells |= unpack(body["cells"])
    state.golden[body["entity_id"]] = GoldenRow(
        entity_type=body["entity_type"],
        digest=body["digest"],
        policy_version=body["policy_version"],
        seq=entry.seq,
        cells=cells,
    )


def _decompose(state: Identity, entry: Entry) -> None:
    state.golden.pop(str(entry.body["entity_id"]), None)


def _constrain(state: Identity, entry: Entry) -> None:
    body: Mapping[str, Any] = entry.body
    state.constraints[body["constraint_id"]] = ConstraintRow(
        kind=body["kind"],
        left_record=body["left_record"],
        right_record=body["right_record"],
        authority=body["authority"],
        created_seq=entry.seq,
        expires_at=body["expires_at"],
    )


def _decided(kind: str) -> Callable[[Identity, Entry], None]:
    """A steward's word on a merge is a constraint on its two records."""

    def take(state: Identity, entry: Entry) -> None:
        body: Mapping[str, Any] = entry.body
        if body["kind"] == "merge":
            left, right = sorted(body["subjects"])
            name = stable_id("constraint", state.tenant, kind, left, right, body["decision_id"])
            state.constraints[name] = ConstraintRow(
                kind=kind, left_record=left, right_record=right, authority=body["decider"], created_seq=entry.seq
            )

    return take


def _withdraw(state: Identity, entry: Entry) -> None:
    state.constraints[str(entry.body["constraint_id"])].superseded_by = entry.event_id


_TAKES: dict[str, Callable[[Identity, Entry], None]] = {
    "entity_minted.v2": _mint,
    "entity_members_changed.v2": _move,
    "entity_revived.v2": _revive,
    "entity_redirected.v2": _redirect,
    "entity_retired.v2": _retire,
    "golden_record_changed.v2": _compose,
    "golden_record_removed.v1": _decompose,
    "constraint_added.v1": _constrain,
    "constraint_withdrawn.v1": _withdraw,
    "proposal_approved.v1": _decided("must_link"),
    "proposal_rejected.v1": _decided("cannot_link"),
}
