"""Which merge an unmerge takes back: where it stands in the ledger, and the records of each side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from kempt.errors import StopRun
from kempt.identity.unmerge import Side
from kempt.records.model import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A merge of entities that stand together now."""

    entity_id: str
    entity_type: EntityType
    merged_at: int | None
    after: int | None
    sides: tuple[Side, ...]
    """The side that stayed first; records that belong to the entity no longer are left out."""
    left_since: tuple[str, ...]
    members: tuple[str, ...]
    """All records of the entity as it is, those included that came after the merge."""


def find_merge(connection: Connection[Any], named: str, records: Sequence[str]) -> Merge:
    """The merge that an id stands for: of an id that redirects, its own; of one that lives, the last into it.

    Records part from the rest of their entity, whenever they came to it.
    """
    row = connection.execute("select entity_id, state from kempt.resolve(%s)", [named]).fetchone()
    entity, state = (str(row[0]), row[1]) if row else ("", "unknown")
    if state == "unknown":
        raise StopRun(f"{named}: no entity has or had this id. `kempt identity changes` lists them.")
    if state == "retired":
        raise StopRun(f"{named} is retired: none of its records is left, so there is nothing to part.")
    ((kind,),) = connection.execute("select entity_type from kempt.entity where entity_id = %s", [entity]).fetchall()
    members = _members(connection, entity, None)
    if records:
        return _by_records(entity, kind, members, records)
    if named != entity:
        found = connection.execute(
            "select from_id, to_id, from_seq from kempt.redirect where from_id = %s and to_seq is null", [named]
        ).fetchall()
    else:
        found = connection.execute(_LAST_INTO, {"entity": entity}).fetchall()
    if not found:
        raise StopRun(
            f"{named} was one entity from its first day: no merge to take back. Say which records are another one."
        )
    return _of_redirects(connection, entity, kind, members, found)


# All that one run made part of it: they were decided together.
_LAST_INTO = """
with into_it as (
    select from_id, to_id, from_seq, (body::jsonb ->> 'after')::bigint as after
    from kempt.redirect join ledger.event on event.tenant = redirect.tenant and event.seq = redirect.from_seq
    where to_id = %(entity)s and to_seq is null
)
select from_id, to_id, from_seq from into_it
where coalesce(after, -from_seq) = (select coalesce(after, -from_seq) from into_it order by from_seq desc limit 1)
order by from_id
"""


def _by_records(entity: str, kind: EntityType, members: frozenset[str], records: Sequence[str]) -> Merge:
    named = frozenset(records)
    if strangers := named - members:
        raise StopRun(f"{min(strangers)} is no record of {entity}. `kempt as-of {entity}` lists them.")
    if named == members:
        raise StopRun(f"these are all records of {entity}. Name those that are to part from the others.")
    rest = tuple(sorted(members - named))
    return Merge(
        entity_id=entity,
        entity_type=kind,
        merged_at=None,
        after=None,
        sides=(Side(entity_id=entity, records=rest), Side(entity_id=None, records=tuple(sorted(named)))),
        left_since=(),
        members=tuple(sorted(members)),
    )


def _of_redirects(
    connection: Connection[Any],
    entity: str,
    kind: EntityType,
    members: frozenset[str],
    found: Sequence[tuple[str, str, int]],
) -> Merge:
    target, merged_at = found[0][1], max(seq for _, _, seq in found)
    after = _worked_out_from(connection, merged_at)
    were = {from_id: _last_members(connection, from_id) for from_id, _, _ in found}
    gone_over = frozenset[str]().union(*were.values())
    # An id that was sent after its records meets an entity that was not there at the time: all others are its side.
    stayed = _members(connection, target, after)
    were = {target: stayed if stayed & members else members - gone_over, **were}
    sides = [Side(entity_id=name, records=tuple(sorted(records & members))) for name, records in were.items()]
    left = frozenset[str]().union(*were.values()) - members
    if empty := [side.entity_id for side in sides if not side.records]:
        raise StopRun(f"nothing of {empty[0]} is left in {entity}: there is nothing to part.")
    return Merge(
        entity_id=entity,
        entity_type=kind,
        merged_at=merged_at,
        after=after,
        sides=tuple(sides),
        left_since=tuple(sorted(left)),
        members=tuple(sorted(members)),
    )


def _worked_out_from(connection: Connection[Any], seq: int) -> int:
    """The position before a change of identity; events of the first version say it by their common moment."""
    ((after,),) = connection.execute(
        """
        select coalesce((told.body::jsonb ->> 'after')::bigint, (
            select coalesce(max(e.seq), 0) from ledger.event e where e.seq < told.seq and e.at <> told.at
        )) from ledger.event told where told.seq = %s
        """,
        [seq],
    ).fetchall()
    return int(after)


def _last_members(connection: Connection[Any], entity: str) -> frozenset[str]:
    """The records that an id of before had at its end."""
    rows = connection.execute(
        "select record_id::text from kempt.membership where entity_id = %(entity)s "
        "and to_seq = (select max(to_seq) from kempt.membership where entity_id = %(entity)s)",
        {"entity": entity},
    )
    return frozenset(record for (record,) in rows)


def _members(connection: Connection[Any], entity: str, at: int | None) -> frozenset[str]:
    """The records of an entity at a position, or now."""
    rows = connection.execute(
        "select record_id::text from kempt.membership where entity_id = %(entity)s and case "
        "when %(at)s::bigint is null then to_seq is null "
        "else from_seq <= %(at)s and (to_seq is null or to_seq > %(at)s) end",
        {"entity": entity, "at": at},
    )
    return frozenset(record for (record,) in rows)
