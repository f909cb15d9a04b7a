"""The kill switch: what policy applies on its own stops at its next decision, and goes on when somebody says so.

A run under way reads the switch before it decides and before it writes; what a steward approves is carried out.
"""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from kempt.errors import StopRun
from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event, append
from kempt.policy.budget import ALL
from kempt.usecases.policy_life import By
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """A tenant's switch and whether it was thrown, or would be; not when it stood so already."""

    tenant: str
    segment: str
    stopped: bool
    changed: bool
    dry: bool = False


def switch(tenant: Tenant, by: By, *, stop: bool, segment: str = ALL) -> Switched:
    """Stops a tenant, or one segment of its risk budget, or lets it go on."""
    with tenant.database.transaction(tenant.name) as connection:
        if segment != ALL and not _is_known(connection, segment):
            raise StopRun(f"{segment}: no such segment. `kempt policy list` shows those that have applied anything.")
        changed = throw(connection, tenant, segment, by, stop=stop)
    return Switched(tenant=tenant.name, segment=segment, stopped=stop, changed=changed, dry=by.dry)


def throw(connection: Connection[Any], tenant: Tenant, segment: str, by: By, *, stop: bool) -> bool:
    """The same within a transaction; whether the switch stood otherwise."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended('switch ' || %s, 0))", [tenant.name])
    row = connection.execute("select from kempt.policy_stopped where segment = %s", [segment]).fetchone()
    if (row is not None) == stop:
        return False
    if by.dry:
        return True
    event = Event(
        event_id=stable_id("event", "switch", tenant.name, segment, str(stop), by.author, by.now.isoformat()),
        type="policy_stopped.v1" if stop else "policy_resumed.v1",
        body={
            "segment": segment,
            "author": by.author,
            "reason_digest": keyed_digest(tenant.keys.digest_key(), by.reason),
        },
    )
    seq = append(connection, [event], at=by.now).first
    connection.execute(
        "insert into kempt.policy_switch (tenant, seq, segment, stopped, author, reason, at) "
        "values (%s, %s, %s, %s, %s, %s, %s)",
        [tenant.name, seq, segment, stop, by.author, by.reason, by.now],
    )
    return True


def _is_known(connection: Connection[Any], segment: str) -> bool:
    query = "select from kempt.budget_use where segment = %(name)s union all " \
        "select from kempt.policy_stopped where segment = %(name)s limit 1"  # fmt: skip
    return connection.execute(query, {"name": segment}).fetchone() is not None
