"""One run of a tenant at a time, whoever started it: the terminal, a sensor or Dagster's page."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kempt.errors import Retry
from kempt.ledger.database import Database
from kempt.ledger.fence import fenced, next_epoch

PATIENCE = "15min"


@contextmanager
def lease(database: Database, tenant: str, *, patience: str = PATIENCE) -> Iterator[None]:
    """Holds a tenant until the end of the block; waits for whoever holds it. It ends with the process that took it.

    Whoever has no `patience` (PostgreSQL's spelling of a duration) gets a Retry.

    The lock goes when its connection does; what this process then still tries to commit is refused as soon as another
    one holds the tenant.
    """
    with psycopg.connect(database.address.conninfo(), autocommit=True) as connection:
        try:
            connection.execute(f"set lock_timeout = '{patience}'")
            connection.execute("select pg_advisory_lock(hashtextextended('run of ' || %s, 0))", [tenant])
        except psycopg.errors.LockNotAvailable:
            raise Retry(f"{tenant}: another run has been at work for {patience}. Try again when it is done.") from None
        with database.transaction(tenant) as other:
            epoch = next_epoch(other, tenant)
        with fenced(tenant, epoch):
            yield
