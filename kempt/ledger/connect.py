"""Opening a connection, and what to do when that fails."""

from collections.abc import Callable
from typing import Any

import psycopg

from kempt.errors import Retry, StopRun
from kempt.ledger.address import Address

SECONDS = 10


class TenantConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that may carry the key with which its tenant's appends are attested."""

    attestation_key: Callable[[], bytes] | None = None


def connect(address: Address, *, autocommit: bool = True) -> TenantConnection:
    """A connection with this login, or an error that says what to do."""
    try:
        return TenantConnection.connect(address.conninfo(), autocommit=autocommit, connect_timeout=SECONDS)
    except psycopg.OperationalError as problem:
        said, where = str(problem), f"{address.user}@{address.host}:{address.port}/{address.dbname}"
    if "password authentication failed" in said:
        raise StopRun(f"{where}: wrong password. Kempt's own are in keys/postgres.json under KEMPT_HOME.")
    if "does not exist" in said:
        raise StopRun(f"{where}: the database or the role is missing. Run `kempt up`.")
    if "No space left" in said:
        raise StopRun(f"{where}: the disk is full. Make room and start again.")
    raise Retry(f"{where}: PostgreSQL does not answer. Run `kempt up`, or check KEMPT_DATABASE_URL.")
