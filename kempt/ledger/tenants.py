"""Who uses this installation, and each tenant's keys."""

import re
from dataclasses import dataclass

from kempt.errors import StopRun
from kempt.ledger.attestation import attest_unattested
from kempt.ledger.database import Database
from kempt.ledger.keys import Keyring, TenantKeys, master_key
from kempt.settings import Settings

NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant and where its warehouse keeps its catalog."""

    name: str

    @property
    def lake_schema(self) -> str:
        """The schema of its DuckLake catalog in the database kempt_lake."""
        return f"lake_{self.name}"


def add_tenant(database: Database, settings: Settings, name: str) -> Tenant:
    """The tenant, registered with a key of its own; one that is there already stays as it is."""
    if not NAME.fullmatch(name):
        raise StopRun(
            f"{name!r} is no tenant name: a small letter, then at most 30 small letters, digits or underscores."
        )
    with database.transaction(name) as connection:
        master = master_key(connection, settings)
        connection.execute("insert into kempt.tenant (tenant) values (%s) on conflict do nothing", (name,))
        wrapped = master.new_tenant_key(name)
        connection.execute(
            "insert into kempt.tenant_key (tenant, wrapped_key, key_fingerprint) values (%s, %s, %s) "
            "on conflict do nothing",
            (name, wrapped, master.unwrap(name, wrapped).fingerprint),
        )
    return Tenant(name=name)


def list_tenants(database: Database) -> tuple[Tenant, ...]:
    """Every tenant, by name."""
    with database.transaction(None) as connection:
        rows = connection.execute("select tenant from kempt.tenant order by tenant").fetchall()
    return tuple(Tenant(name=name) for (name,) in rows)


def attest_what_is_there(database: Database) -> None:
    """Attest every ledger that was begun before there were attestations."""
    for tenant in list_tenants(database):
        with database.transaction(tenant.name) as connection:
            attest_unattested(connection, tenant.name)


def tenant_keys(database: Database, settings: Settings, tenant: str) -> TenantKeys:
    """The keys of a tenant."""
    with database.transaction(tenant) as connection:
        return Keyring(settings).of(connection, tenant)
