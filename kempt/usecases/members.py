"""Who decides for a tenant, and in which roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from kempt.agents.registry import AGENTS
from kempt.agents.roles import ROLES, Role
from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person and her roles; with `until`, as a substitute to the end of that day."""

    name: str
    roles: tuple[Role, ...]
    until: date | None = None


def add_member(
    tenant: Tenant, name: str, roles: Sequence[str], *, by: str, now: datetime, until: date | None = None
) -> Member:
    """Registers a person, or gives a registered one other roles. From the first one on, only members decide."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        raise StopRun(f"{', '.join(unknown) or 'no role'}: roles are {', '.join(ROLES)}. Name at least one of them.")
    if not name.strip() or name in AGENTS:
        raise StopRun(f"{name!r} is no person's name{': it is an agent' if name in AGENTS else ''}. Choose another.")
    if until is not None and until < now.date():
        raise StopRun(f"until {until} is past. Give a day to come.")
    known = tuple(role for role in ROLES if role in roles)
    _write(tenant, name, known, until, by=by, now=now)
    return Member(name=name, roles=known, until=until)


def remove_member(tenant: Tenant, name: str, *, by: str, now: datetime) -> None:
    """Takes every role from a person; what she decided stands. Afterwards there may be nobody who can decide."""
    if name not in {member.name for member in members(tenant)}:
        raise StopRun(f"{name} is no member of {tenant.name}. `kempt member list` shows who is.")
    _write(tenant, name, (), None, by=by, now=now)


def members(tenant: Tenant) -> tuple[Member, ...]:
    """Everybody who has a role, by name; also whose time as a substitute is over."""
    with tenant.database.transaction(tenant.name) as connection:
        rows = connection.execute("select name, roles, until from kempt.member where roles <> '{}' order by name")
        return tuple(Member(name=name, roles=tuple(roles), until=until) for name, roles, until in rows)


def is_open(connection: Connection[Any]) -> bool:
    """Whether nobody was ever registered, so that whoever has a terminal here decides."""
    return connection.execute("select from kempt.member limit 1").fetchone() is None


def roles_of(connection: Connection[Any], name: str, today: date) -> tuple[Role, ...] | None:
    """The roles of a person today, none for a stranger; None where nobody was ever registered."""
    ((registered, roles),) = connection.execute(
        "select exists (select from kempt.member), "
        "(select roles from kempt.member where name = %s and (until is null or until >= %s))",
        [name, today],
    ).fetchall()
    return tuple(roles or ()) if registered else None


def _write(tenant: Tenant, name: str, roles: Sequence[str], until: date | None, *, by: str, now: datetime) -> None:
    event = Event(
        event_id=stable_id("event", "member", tenant.name, name, by, now.isoformat()),
        type="member_changed.v1",
        body={"member": name, "roles": list(roles), "until": None if until is None else until.isoformat(), "by": by},
    )
    with tenant.database.transaction(tenant.name) as connection:
        append(connection, [event], at=now)
        connection.execute(
            """
            insert into kempt.member (tenant, name, roles, until, changed_at, changed_by)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (tenant, name) do update
                set roles = excluded.roles, until = excluded.until,
                    changed_at = excluded.changed_at, changed_by = excluded.changed_by
            """,
            [tenant.name, name, list(roles), until, now, by],
        )
