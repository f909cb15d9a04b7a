"""A new master key, on record in the ledger of every tenant whose key it wraps."""

from datetime import UTC, datetime
from pathlib import Path

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.rotation import rotate_master_key
from kempt.ledger.server import connections
from kempt.settings import Settings
from kempt.usecases.tenancy import Tenants


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
