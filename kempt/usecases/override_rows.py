"""What people say of fields, as claims, each with the event that says it or ends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from kempt.agents.registry import AGENTS, STEWARD
from kempt.errors import Conflict, StopRun
from kempt.ids import canonical_json, digest, keyed_digest, stable_id
from kempt.ledger.append import Event, Json, append
from kempt.policy.authority import refusal
from kempt.proposals.model import Features
from kempt.records.model import EntityType
from kempt.survivorship.units import UNITS
from kempt.usecases.claim_values import claim_place
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.members import roles_of
from kempt.usecases.standardize_value import standardize_value
from kempt.usecases.tenancy import Tenant

Cells = Mapping[str, Sequence[Any]]
"""Golden cells by attribute, as Postgres holds them."""
NAMES: dict[EntityType, str] = {"person": "full_name", "company": "company_name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a person says of a field of an entity. Without a value: that nothing is there, on purpose."""

    entity: str
    attribute: str
    value: str | None = field(repr=False)
    by: str
    reason: str = field(repr=False)
    expires_at: datetime | None = None
    record: str | None = None
    """The record that she corrects; when left out, the one whose value stands."""
    seen: str | None = None
    """`seen_of` the cell that she looked at: with it, whatever moved since is a conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a word goes: the live entity, its golden cells, and its records."""

    entity_id: str
    entity_type: EntityType
    cells: Cells
    records: tuple[str, ...]


def place_of(connection: Connection[Any], entity: str) -> Place:
    """The live entity that an id leads to, with what stands there."""
    row = connection.execute(
        """
        select entity_id, entity_type, coalesce(cells, '{}'), array(
            select record_id::text from kempt.membership m
            where m.entity_id = resolved.entity_id and to_seq is null order by 1
        )
        from kempt.resolve(%s) as resolved
        join kempt.entity using (entity_id)
        left join kempt.golden_record using (entity_id, entity_type)
        """,
        [entity],
    ).fetchone()
    if row is None or not row[3]:
        raise StopRun(f"{entity} is no entity with records. `kempt identity changes` lists what became of ids.")
    return Place(entity_id=row[0], entity_type=row[1], cells=row[2], records=tuple(row[3]))


def seen_of(cell: Sequence[Any] | None) -> str:
    """A short name for what stands in a golden cell, and for an empty one: it changes when anything about it does."""
    return "nothing" if cell is None else digest(canonical_json(list(cell)))[:16]


def checked(place: Place, word: Override, now: datetime) -> Override:
    """The word with its value as records hold it; refused when it cannot be said of this field or is about the past."""
    known = sorted(part for unit in UNITS[place.entity_type] for part in unit.parts)
    if word.attribute not in known:
        raise StopRun(f"a {place.entity_type} has no field {word.attribute!r}. It has: {', '.join(known)}.")
    if not word.reason.strip():
        raise StopRun("why? An override is kept with its reason.")
    if word.expires_at is not None and (word.expires_at.tzinfo is None or word.expires_at <= now):
        raise StopRun("until when? Give a moment to come, with its time zone.")
    if word.record is not None and word.record not in place.records:
        raise StopRun(f"{word.record} is no record of {place.entity_id}. `kempt as-of {place.entity_id}` lists them.")
    if word.seen is not None and word.seen != seen_of(place.cells.get(word.attribute)):
        raise Conflict(f"{word.attribute} of {place.entity_id} moved since you looked. Nothing was said; look again.")
    value = word.value if word.value is None else standardize_value(word.attribute, word.value)
    if word.value is not None and value is None:
        raise StopRun(f"this is no {word.attribute} that could exist. Correct it, or say that the field is empty.")
    return Override(
        entity=place.entity_id, attribute=word.attribute, value=value, by=word.by, reason=word.reason.strip(),
        expires_at=word.expires_at, record=word.record, seen=word.seen,
    )  # fmt: skip


def refuse_stranger(
    connection: Connection[Any], tenant: Tenant, place: Place, attribute: str, *, by: str, now: datetime
) -> None:
    """Refused for whoever may not change this field; her own earlier word counts as nobody else's."""
    roles = roles_of(connection, by, now.date())
    if roles is None:
        return
    cell = place.cells.get(attribute)
    authority = tenant.policies.authority.over(
        Features(
            kind="field_change",
            entity_type=place.entity_type,
            agent=STEWARD,
            confidence=1.0,
            attribute=attribute,
            fills_empty=cell is None,
            overrides_human=cell is not None and cell[1] == "override" and not _hers(connection, cell, attribute, by),
        ),
        tenant.name,
    )
    why_not = refusal(authority, name=by, roles=roles, proposer="", today=now.date(), approving=True)
    if why_not is None and authority.people == 2:
        why_not = f"takes two people ({', '.join(authority.rules)}), and nobody says it alone"
    if why_not is not None:
        raise StopRun(f"{by} may not set {attribute} here: it {why_not}. `kempt member list` shows the roles.")


def _hers(connection: Connection[Any], cell: Sequence[Any], attribute: str, by: str) -> bool:
    """Whether what stands in a cell that holds an override is this person's own word, or no person's."""
    row = connection.execute(
        "select author from kempt.claim where kind = 'override' and withdrawn_seq is null and record_id = %s "
        "and attribute = %s order by created_seq desc limit 1",
        [cell[0], attribute],
    ).fetchone()
    return row is not None and (row[0] == by or row[0] in AGENTS)


def write_override(
    connection: Connection[Any],
    tenant: Tenant,
    place: Place,
    word: Override,
    *,
    now: datetime,
    decision: str | None = None,
    basis: Sequence[str] | None = None,
) -> str:
    """Says it, as a claim on one record with its event; an older word on the same record ends with it. Its id.

    The claim stands on the record that it corrects, and goes where that one goes. `basis` are the records that she
    looked at, when it was not that one alone.
    """
    cell = place.cells.get(word.attribute)
    carrier, found = _carrier(place, word)
    rests_on = sorted(found if basis is None else basis)
    name = stable_id("override", tenant.name, carrier, word.attribute, word.by, str(ledger_head(connection)))
    keys = tenant.vault.ensure(connection, [carrier])
    value = word.value or ""
    body: dict[str, Json] = {
        "claim_id": name,
        "entity_id": place.entity_id,
        "record_id": carrier,
        "basis": list(rests_on),
        "attribute": word.attribute,
        "value_digest": keys.digest(carrier, value),
        "empty": word.value is None,
        "author": word.by,
        "reason_digest": keyed_digest(tenant.keys.digest_key(), word.reason),
        "expires_at": None if word.expires_at is None else word.expires_at.astimezone(UTC).isoformat(),
        "seen": seen_of(cell),
        "decision_id": decision,
    }
    seq = append(connection, [Event(event_id=stable_id("event", name), type="field_overridden.v1", body=body)], at=now)
    connection.execute(
        "update kempt.claim set withdrawn_seq = %s, ended_by = %s where withdrawn_seq is null and author is not null "
        "and kind = 'override' and record_id = %s and attribute = %s",
        [seq.first, word.by, carrier, word.attribute],
    )
    connection.execute(
        """
        insert into kempt.claim (tenant, claim_id, record_id, attribute, value_cipher, value_digest, kind, origin,
            confidence, observed_at, decision_id, created_seq, author, reason_cipher, expires_at, is_empty, basis)
        values (%s, %s, %s, %s, %s, %s, 'override', %s, 1.0, %s, %s, %s, %s, %s, %s, %s, %s::uuid[])
        """,
        [tenant.name, name, carrier, word.attribute, keys.seal([carrier], value.encode(), claim_place(name)),
         keys.digest(carrier, value), STEWARD, now, decision, seq.first, word.by,
         keys.seal([carrier], word.reason.encode(), reason_place(name)), word.expires_at, word.value is None, rests_on],
    )  # fmt: skip
    return name


def end_overrides(
    connection: Connection[Any], tenant: Tenant, claims: Sequence[str], *, by: str, reason: str, now: datetime
) -> None:
    """Ends overrides in force with an event each; what sources say counts again."""
    rows = connection.execute(
        """
        select claim_id::text, record_id::text, attribute, entity_id
        from kempt.claim left join (select * from kempt.membership where to_seq is null) as now
            using (tenant, record_id)
        where claim_id = any(%s::uuid[]) and withdrawn_seq is null order by claim_id
        """,
        [list(claims)],
    ).fetchall()
    events = [
        Event(
            event_id=stable_id("event", "override ended", name),
            type="override_ended.v1",
            body={
                "claim_id": name,
                "entity_id": entity,
                "record_id": record,
                "attribute": attribute,
                "by": by,
                "reason_digest": keyed_digest(tenant.keys.digest_key(), reason),
            },
        )
        for name, record, attribute, entity in rows
    ]
    if not events:
        return
    first = append(connection, events, at=now).first
    connection.cursor().executemany(
        "update kempt.claim set withdrawn_seq = %s, ended_by = %s where claim_id = %s",
        [(first + at, by, row[0]) for at, row in enumerate(rows)],
    )


def reason_place(claim_id: str) -> str:
    """What the reason of an override is sealed for."""
    return f"reason of {claim_id}"


def _carrier(place: Place, word: Override) -> tuple[str, tuple[str, ...]]:
    """The record that a word is about, and on what it rests: nothing, where no value stood and none was named."""
    if word.record is not None:
        return word.record, (word.record,)
    for attribute in (word.attribute, NAMES[place.entity_type]):
        cell = place.cells.get(attribute)
        if cell is not None and cell[0] in place.records:
            return cell[0], (cell[0],) if attribute == word.attribute else ()
    return place.records[0], ()
