"""A new master key, on record in the ledger of every tenant whose key it wraps; a new vault key for one tenant."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.rotation import rotate_master_key
from kempt.ledger.server import connections
from kempt.ledger.vault_rotation import Rotated, rotate_vault_key
from kempt.settings import Settings
from kempt.usecases.index_records import index_anew
from kempt.usecases.tenancy import Tenant, Tenants


def rotate_keys(settings: Settings) -> tuple[str, str, Path]:
    """The fingerprints of the old and the new master key, and where the old one is kept."""
    old, new, kept = rotate_master_key(connections(settings).migrate, settings)
    tenants = Tenants(settings)
    for name in tenants.names():
        event = Event(
            event_id=stable_id("master key", name, old, new),
            type="master_key_rotated.v1",
            body={"from": old, "to": new},
        )
        with tenants.database.transaction(name) as connection:
            append(connection, [event], at=datetime.now(UTC))
    return old, new, kept


def rotate_vault(settings: Settings, tenant: Tenant) -> Rotated:
    """A new vault key for a tenant; its records' keys are wrapped with it, and what finds them is made anew."""
    migrate = connections(settings).migrate
    return rotate_vault_key(tenant.database, migrate, tenant.vault, made_from_it=partial(index_anew, tenant=tenant))
