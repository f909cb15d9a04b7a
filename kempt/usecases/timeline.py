"""What the ledger says about an entity and its records, event by event, in plain words and without values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.ledger.history import Entry, history
from kempt.projections.shapes import upcast


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event: its place, what kind it is of, what it says, who stands behind it, and which of the ids it names."""

    seq: int
    at: datetime
    kind: str
    says: str
    by: str | None
    proposal_id: str | None
    about: tuple[str, ...]


def timeline(connection: Connection[Any], names: Iterable[str]) -> tuple[Moment, ...]:
    """Every event that mentions one of these entities or records, the newest first, each once."""
    asked = sorted(set(names))
    entries: dict[int, Entry] = {}
    about: dict[int, list[str]] = {}
    for name in asked:
        for entry in history(connection, name):
            entries[entry.seq] = upcast(entry)
            about.setdefault(entry.seq, []).append(name)
    return tuple(_moment(entries[seq], tuple(about[seq])) for seq in sorted(entries, reverse=True))


def _moment(entry: Entry, about: tuple[str, ...]) -> Moment:
    body: Mapping[str, Any] = entry.body
    kind = entry.type.rpartition(".")[0]
    said = _SAYS.get(kind)
    by = next((body[name] for name in ("decider", "authority", "by", "agent") if body.get(name)), None)
    return Moment(
        seq=entry.seq,
        at=entry.at,
        kind=kind,
        says=said(body) if said is not None else kind.replace("_", " "),
        by=by,
        proposal_id=body.get("proposal_id"),
        about=about,
    )


def _members(body: Mapping[str, Any]) -> str:
    told = [
        (len(body["joined"]), "joined"),
        (len(body["left"]), "left for another entity"),
        (len(body["gone"]), "gone"),
    ]
    return ", ".join(f"{count} {'record' if count == 1 else 'records'} {what}" for count, what in told if count)


def _cells(body: Mapping[str, Any]) -> str:
    if body["cells"] is None:
        return "golden record composed"
    names = sorted(name for _, _, _, cells in body["cells"] for name in cells)
    told = [f"cells: {', '.join(names)}"] if names else []
    told += [f"no longer: {', '.join(sorted(body['removed']))}"] if body["removed"] else []
    return "golden record; " + "; ".join(told)


def _proposed(body: Mapping[str, Any]) -> str:
    what = body["kind"].replace("_", " ") + (f" of {body['attribute']}" if body.get("attribute") else "")
    return f"{what}: policy said {body['verdict']} ({', '.join(body['reasons'])})"


def _steward(word: str) -> Callable[[Mapping[str, Any]], str]:
    def says(body: Mapping[str, Any]) -> str:
        what = str(body.get("kind", "proposal")).replace("_", " ")
        return f"{what} {word}" + (f" for {body['attribute']}" if body.get("attribute") else "")

    return says


_SAYS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "entity_minted": lambda body: f"entity minted; {_members(body)}",
    "entity_members_changed": _members,
    "entity_revived": lambda body: f"entity revived; {_members(body)}",
    "entity_retired": lambda body: f"entity retired; {_members(body)}",
    "entity_redirected": lambda body: f"merged into {body['redirect_to']}",
    "golden_record_changed": _cells,
    "golden_record_removed": lambda _: "golden record removed",
    "constraint_added": lambda body: f"{body['kind'].replace('_', '-')} said of two records",
    "constraint_withdrawn": lambda _: "constraint withdrawn",
    "proposal_decided": _proposed,
    "proposal_approved": _steward("approved"),
    "proposal_approved_first": _steward("approved by a first person"),
    "proposal_rejected": _steward("rejected"),
    "proposal_deferred": _steward("deferred"),
    "decision_withdrawn": lambda _: "decision withdrawn",
    "claim_recorded": lambda body: f"{body['kind']} of {body['attribute']} from {body['origin']}",
    "claim_handed_over": lambda body: f"{body['kind']} of {body['attribute']} handed over to another record",
    "value_flagged_stale": lambda body: f"{body['attribute']} flagged as stale",
    "unmerge_decided": lambda body: f"unmerge into {len(body['sides'])}",
    "values_unmasked": lambda body: f"values unmasked: {', '.join(body['fields'])}",
    "record_erasure_requested": lambda _: "erasure requested",
    "record_erased": lambda _: "erased",
}
