"""Who gets the weekly digest: people with a role and an address. Addresses are sealed under the tenant's key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from psycopg import Connection

from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.telling.addresses import mailbox
from kempt.usecases.members import is_open
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person who gets the digest, or would: a team lead without an address is listed too."""

    name: str
    roles: tuple[str, ...]
    address: str | None = field(repr=False)


def subscribe(tenant: Tenant, name: str, address: str, *, by: str, now: datetime) -> Recipient:
    """Writes to this person from now on. Where members are registered, she must be one of them."""
    spelled = mailbox(address)
    with tenant.database.transaction(tenant.name) as connection:
        known = {each.name: each for each in _people(connection, now.date())}
        if name not in known and not is_open(connection):
            raise StopRun(f"{name} has no role in {tenant.name}. `kempt member add` gives one.")
        connection.execute(
            """
            insert into kempt.mailbox (tenant, name, address_cipher, changed_at, changed_by)
            values (kempt.tenant(), %s, %s, %s, %s)
            on conflict (tenant, name) do update set address_cipher = excluded.address_cipher,
                changed_at = excluded.changed_at, changed_by = excluded.changed_by
            """,
            [name, tenant.keys.seal(spelled.encode(), _place(name)), now, by],
        )
        _tell(connection, tenant.name, name, by=by, now=now, subscribed=True)
    roles = known[name].roles if name in known else ()
    return Recipient(name=name, roles=roles, address=spelled)


def unsubscribe(tenant: Tenant, name: str, *, by: str, now: datetime) -> None:
    """Forgets a person's address; letters on their way to her are dropped."""
    with tenant.database.transaction(tenant.name) as connection:
        gone = connection.execute("delete from kempt.mailbox where name = %s", [name])
        if not gone.rowcount:
            raise StopRun(f"{name} gets no digest of {tenant.name}. `kempt digest status` shows who does.")
        _tell(connection, tenant.name, name, by=by, now=now, subscribed=False)


def recipients(connection: Connection[Any], tenant: Tenant, today: date) -> Sequence[Recipient]:
    """Everybody who is written to today, by name, and the team leads who cannot be."""
    sealed = dict(connection.execute("select name, address_cipher from kempt.mailbox").fetchall())
    people = {each.name: each.roles for each in _people(connection, today)}
    if is_open(connection):
        people = dict.fromkeys(sealed, ())
    return tuple(
        Recipient(
            name=name,
            roles=roles,
            address=tenant.keys.open(bytes(sealed[name]), _place(name)).decode() if name in sealed else None,
        )
        for name, roles in sorted(people.items())
        if name in sealed or "team_lead" in roles
    )


def _people(connection: Connection[Any], today: date) -> Sequence[Recipient]:
    rows = connection.execute(
        "select name, roles from kempt.member where roles <> '{}' and (until is null or until >= %s)", [today]
    )
    return tuple(Recipient(name=name, roles=tuple(roles), address=None) for name, roles in rows)


def _tell(connection: Connection[Any], tenant: str, name: str, *, by: str, now: datetime, subscribed: bool) -> None:
    event = Event(
        event_id=stable_id("event", "digest", tenant, name, by, str(subscribed), now.isoformat()),
        type="digest_subscription_changed.v1",
        body={"member": name, "subscribed": subscribed, "by": by},
    )
    append(connection, [event], at=now)


def _place(name: str) -> str:
    return f"mailbox of {name}"
