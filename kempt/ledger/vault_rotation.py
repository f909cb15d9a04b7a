"""A new vault key for a tenant: the data keys that live are wrapped anew, and the old vault key is destroyed.

Data keys that were deleted before are in older backups only, wrapped by a key that is nowhere any more.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kempt.ids import stable_id
from kempt.ledger.address import Address
from kempt.ledger.append import Event, append
from kempt.ledger.connect import connect
from kempt.ledger.database import Database, copy_in
from kempt.ledger.vault_keys import VaultKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The versions before (None: there was none) and after, and how many data keys were wrapped anew."""

    old: int | None
    new: int
    keys: int


def rotate_vault_key(
    database: Database,
    migrate: Address,
    keys: VaultKeys,
    *,
    made_from_it: Callable[[psycopg.Connection], object] = lambda _: None,
) -> Rotated:
    """Replace a tenant's vault key. The old one is destroyed last: if that fails, by the next rotation.

    `made_from_it` makes what hangs on the key anew, in the same transaction.
    """
    with database.transaction(keys.tenant) as connection:
        # Whoever seals for a new record waits, so that no data key is missed.
        connection.execute("select pg_advisory_xact_lock(hashtextextended('vault key of ' || %s, 0))", [keys.tenant])
        row = connection.execute("select version from kempt.vault_key where destroyed_at is null").fetchone()
        old = int(row[0]) if row else None
        now = datetime.now(UTC)
        connection.execute("update kempt.vault_key set destroyed_at = %s where destroyed_at is null", [now])
        new = keys.add_version(connection, (old or 0) + 1)
        count = _rewrap(connection, keys, old, new) if old else 0
        made_from_it(connection)
        event = Event(
            event_id=stable_id("vault key", keys.tenant, str(new)),
            type="vault_key_rotated.v1",
            body={"from": old, "to": new, "keys": count},
        )
        append(connection, [event], at=now)
    for version in range(1, new):
        _destroy(keys.file(version))
    vacuum_keys(migrate)
    return Rotated(old=old, new=new, keys=count)


def _rewrap(connection: psycopg.Connection, keys: VaultKeys, old: int, new: int) -> int:
    before, after = AESGCM(keys.vault_key(old)), AESGCM(keys.vault_key(new))
    rows = connection.execute("select record_id::text, wrapped_key from kempt.record_key").fetchall()
    connection.execute("create temp table rewrapped (record_id uuid, wrapped_key bytea) on commit drop")
    anew = ((record, keys.wrap(after, record, keys.unwrap(before, record, bytes(sealed)))) for record, sealed in rows)
    copy_in(connection, "rewrapped", ("record_id", "wrapped_key"), anew)
    connection.execute(
        "update kempt.record_key k set wrapped_key = r.wrapped_key, key_version = %s from rewrapped r "
        "where k.record_id = r.record_id",
        [new],
    )
    return len(rows)


def vacuum_keys(migrate: Address) -> None:
    """Take data keys that were deleted or replaced off the disk: the table's file is written anew.

    A plain VACUUM leaves their bytes in the free space of their page.
    """
    with connect(migrate) as connection:
        connection.execute("set role kempt_owner")
        connection.execute("vacuum full kempt.record_key")


def _destroy(path: Path) -> None:
    """Overwritten, then removed. A disk may keep what was overwritten: the key in it is sealed by the tenant's key."""
    if path.exists():
        with path.open("r+b") as file:
            file.write(b"0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
