"""A new master key: every tenant's key wrapped anew, in one transaction, while others work."""

import os
from pathlib import Path

import psycopg

from kempt.errors import StopRun
from kempt.ledger.address import Address
from kempt.ledger.connect import connect
from kempt.ledger.context import put_in_context
from kempt.ledger.keys import KEY_BYTES, MasterKey, master_key, new_key_file
from kempt.ledger.secret_file import write_secret
from kempt.settings import Settings


def rotate_master_key(migrate: Address, settings: Settings) -> tuple[str, str, Path]:
    """Replace the master key; the fingerprints of the old and the new one, and where the old one is kept.

    The new key is on disk before the database knows of it, and in its place after: whoever reads keys in between
    finds it by its fingerprint, and so does the next start after a crash.
    """
    if not settings.owns_master_key:
        raise StopRun(
            f"{settings.master_key_source} holds the master key, which Kempt cannot change. Put the key into a file "
            "and name it with KEMPT_MASTER_KEY_FILE; rotate; then give the new key to whoever keeps it."
        )
    path = settings.master_key_file
    with connect(migrate, autocommit=False) as connection:
        old = master_key(connection, settings)
        if new_key_file(path).exists() and old.secret.hex() in new_key_file(path).read_text():
            new_key_file(path).rename(path)  # where an interrupted rotation left off
        new = MasterKey(os.urandom(KEY_BYTES))
        kept = path.parent / "retired" / f"{old.fingerprint}.key"
        write_secret(kept, old.secret.hex() + "\n")
        write_secret(new_key_file(path), new.secret.hex() + "\n")
        connection.execute("set local role kempt_owner")
        for (tenant,) in connection.execute("select tenant from kempt.tenant order by tenant").fetchall():
            _rewrap(connection, tenant, old, new, migrate.context_key)
        connection.execute("update kempt.installation set master_key_fingerprint = %s", [new.fingerprint])
    new_key_file(path).rename(path)
    return old.fingerprint, new.fingerprint, kept


def _rewrap(connection: psycopg.Connection, tenant: str, old: MasterKey, new: MasterKey, context_key: bytes) -> None:
    put_in_context(connection, tenant, context_key)
    row = connection.execute("select wrapped_key from kempt.tenant_key where tenant = %s", [tenant]).fetchone()
    if row is not None:
        wrapped = new.wrap(tenant, old.unwrap(tenant, row[0]).secret)
        connection.execute("update kempt.tenant_key set wrapped_key = %s where tenant = %s", [wrapped, tenant])
