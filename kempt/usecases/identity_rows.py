"""Identity in Postgres: what is known of the touched entities, and an assignment written with its events."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.identity.model import Changes, Entity, Minted
from kempt.ids import stable_id
from kempt.ledger.append import Event, Json, append
from kempt.ledger.database import copy_in
from kempt.records.model import EntityType


def known_entities(
    connection: Connection[Any], kind: EntityType, owners: Sequence[str], records: Sequence[str]
) -> list[Entity]:
    """The touched entities with all their records, and the dormant ones that once held the touched records."""
    rows = connection.execute(
        """
        with touched as (
            select distinct entity_id from kempt.membership
            where record_id = any(%(records)s::uuid[]) or (to_seq is null and entity_id = any(%(owners)s))
        ),
        stay as (
            select entity_id, record_id, coalesce(to_seq, 'infinity'::float8) as ended,
                max(coalesce(to_seq, 'infinity'::float8)) over (partition by entity_id) as last
            from kempt.membership join touched using (entity_id)
        )
        select entity.entity_id, state, born_seq, anchor_record::text, array_agg(record_id::text),
            case state when 'redirected' then (select r.entity_id from kempt.resolve(entity.entity_id) r) end
        from stay join kempt.entity using (entity_id)
        where ended = last and entity_type = %(kind)s
        group by entity.entity_id, state, born_seq, anchor_record
        """,
        {"records": list(records), "owners": list(owners), "kind": kind},
    ).fetchall()
    return [
        Entity(
            entity_id=name,
            entity_type=kind,
            state=state,
            born_seq=born,
            anchor_record=anchor,
            members=frozenset(members),
            leads_to=leads_to,
        )
        for name, state, born, anchor, members, leads_to in rows
    ]


def incarnations(connection: Connection[Any], kind: EntityType, records: Sequence[str]) -> Mapping[str, int]:
    """How many ids each record anchored before."""
    rows = connection.execute(
        "select anchor_record::text, max(incarnation) + 1 from kempt.entity "
        "where entity_type = %s and anchor_record = any(%s::uuid[]) group by 1",
        [kind, list(records)],
    )
    return dict(rows.fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One entity's part in a change, as one event tells it."""

    entity_id: str
    type: str
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """Records that are from now on in another entity; that one's event says so too."""
    gone: tuple[str, ...] = ()
    """Records that are from now on in none."""
    redirect_to: str | None = None
    minted: Minted | None = None


def steps_of(changes: Changes) -> list[Step]:
    """A change entity by entity: who is new, back, gone, redirected, or has other records than before."""
    joined: dict[str, list[str]] = defaultdict(list)
    left: dict[str, list[str]] = defaultdict(list)
    gone: dict[str, list[str]] = defaultdict(list)
    for move in changes.moves:
        if move.to_id is not None:
            joined[move.to_id].append(move.record_id)
        if move.from_id is not None:
            (gone if move.to_id is None else left)[move.from_id].append(move.record_id)
    minted = {each.entity_id: each for each in changes.minted}
    type_of = dict.fromkeys(minted, "entity_minted.v2")
    type_of |= dict.fromkeys(changes.revived, "entity_revived.v2") | dict.fromkeys(changes.retired, "entity_retired.v2")
    target = {each.from_id: each.to_id for each in (*changes.merged, *changes.rerouted)}
    type_of |= dict.fromkeys(target, "entity_redirected.v2")
    return [
        Step(
            entity_id=name,
            type=type_of.get(name, "entity_members_changed.v2"),
            joined=tuple(joined[name]),
            left=tuple(left[name]),
            gone=tuple(gone[name]),
            redirect_to=target.get(name),
            minted=minted.get(name),
        )
        for name in sorted({*joined, *left, *gone, *type_of})
    ]


def write_changes(
    connection: Connection[Any], tenant: str, kind: EntityType, changes: Changes, *, now: datetime
) -> None:
    """Events first, because their positions are the time in which memberships and redirects are told."""
    steps = steps_of(changes)
    if not steps:
        return
    head = ledger_head(connection)
    events = [_event(tenant, kind, step, head) for step in steps]
    first = append(connection, events, at=now).first
    at = {step.entity_id: first + n for n, step in enumerate(steps)}
    _load(
        connection,
        "entity",
        ("tenant", "entity_id", "entity_type", "anchor_record", "incarnation", "born_seq", "state"),
        (
            (tenant, each.entity_id, kind, each.anchor_record, each.incarnation, at[each.entity_id], "active")
            for each in changes.minted
        ),
    )
    # A stay ends where the next one begins, so that no two of a record overlap.
    _close(
        connection,
        [(move.record_id, move.from_id, at[move.to_id or move.from_id]) for move in changes.moves if move.from_id],
    )
    _load(
        connection,
        "membership",
        ("tenant", "record_id", "entity_id", "from_seq"),
        ((tenant, move.record_id, move.to_id, at[move.to_id]) for move in changes.moves if move.to_id),
    )
    _wake(connection, [(name, at[name]) for name in changes.revived])
    _retire(connection, "retired", list(changes.retired))
    _retire(connection, "redirected", [each.from_id for each in changes.merged])
    _end_redirects(connection, [(each.from_id, at[each.from_id]) for each in changes.rerouted])
    ways = (*changes.merged, *changes.rerouted)
    redirects = [(tenant, each.from_id, each.to_id, at[each.from_id]) for each in ways]
    _load(connection, "redirect", ("tenant", "from_id", "to_id", "from_seq"), redirects)
    # An entity without records has no golden record. Those that live get theirs when golden records are composed.
    ended = [*changes.retired, *(each.from_id for each in changes.merged)]
    connection.execute("delete from kempt.golden_record where entity_id = any(%s)", [ended])


def ledger_head(connection: Connection[Any]) -> int:
    """Where the ledger stands: it tells two equal changes at different times apart, and what each was made from."""
    row = connection.execute("select coalesce(max(seq), 0) from ledger.head").fetchone()
    return int(row[0]) if row else 0


def _event(tenant: str, kind: EntityType, step: Step, head: int) -> Event:
    body: dict[str, Json] = {
        "entity_id": step.entity_id,
        "entity_type": kind,
        "joined": list(step.joined),
        "left": list(step.left),
        "gone": list(step.gone),
        "after": head,
    }
    if step.minted is not None:
        body |= {"anchor_record": step.minted.anchor_record, "incarnation": step.minted.incarnation}
    if step.redirect_to is not None:
        body["redirect_to"] = step.redirect_to
    return Event(
        event_id=stable_id("identity", tenant, step.type, step.entity_id, str(head)), type=step.type, body=body
    )


def _retire(connection: Connection[Any], state: str, names: list[str]) -> None:
    connection.execute("update kempt.entity set state = %s where entity_id = any(%s)", [state, names])


def _close(connection: Connection[Any], rows: Sequence[tuple[str, str, int]]) -> None:
    if not rows:
        return
    connection.execute("create temp table leaving (record_id uuid, entity_id text, seq bigint) on commit drop")
    copy_in(connection, "leaving", ("record_id", "entity_id", "seq"), rows)
    connection.execute(
        """
        update kempt.membership set to_seq = leaving.seq from leaving
        where membership.record_id = leaving.record_id and membership.entity_id = leaving.entity_id
            and membership.to_seq is null
        """
    )
    connection.execute("drop table leaving")


def _wake(connection: Connection[Any], rows: Sequence[tuple[str, int]]) -> None:
    names = [name for name, _ in rows]
    connection.execute("update kempt.entity set state = 'active' where entity_id = any(%s)", [names])
    _end_redirects(connection, rows)


def _end_redirects(connection: Connection[Any], rows: Sequence[tuple[str, int]]) -> None:
    """The open redirects of these ids end, each at its position."""
    connection.cursor().executemany(
        "update kempt.redirect set to_seq = %s where from_id = %s and to_seq is null",
        [(seq, name) for name, seq in rows],
    )


def _load(connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    names = ", ".join(columns)
    connection.execute(
        f"create temp table arriving_{table} on commit drop as select {names} from kempt.{table} with no data"
    )
    copy_in(connection, f"arriving_{table}", columns, rows)
    connection.execute(f"insert into kempt.{table} ({names}) select {names} from arriving_{table}")
    connection.execute(f"drop table arriving_{table}")
