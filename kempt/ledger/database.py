"""Transactions of one tenant.

The tenant in context lasts as long as its transaction and decides, in the database, which rows there are. Code that
forgets it sees nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

import psycopg
from psycopg import sql
from psycopg_pool import PoolTimeout

from kempt.errors import Retry, StopRun
from kempt.ledger.address import Address
from kempt.ledger.connect import TenantConnection, connect
from kempt.ledger.context import put_in_context
from kempt.ledger.fence import refuse_when_taken_over
from kempt.ledger.keys import Keyring
from kempt.ledger.pool import Pool


@dataclass(frozen=True, slots=True)
class Database:
    """The database as one login sees it."""

    address: Address
    keyring: Keyring | None = None
    """Where the tenants' keys are found; without one nothing can be appended to a ledger."""
    pool: Pool | None = None
    """Connections that are kept open; without one each transaction opens its own."""

    @contextmanager
    def transaction(self, tenant: str | None) -> Iterator[psycopg.Connection]:
        """A transaction of one tenant, committed at the end of the block; None for what belongs to no tenant."""
        with _in_our_words(self.address.dbname), self._connection() as connection:
            enter(connection, tenant, self.address.context_key)
            connection.attestation_key = None
            if self.keyring is not None and tenant is not None:
                connection.attestation_key = partial(self.keyring.attestation_key, connection, tenant)
            yield connection
            if tenant is not None:
                refuse_when_taken_over(connection, tenant)

    def _connection(self) -> AbstractContextManager[TenantConnection]:
        return connect(self.address, autocommit=False) if self.pool is None else self.pool.connection()


def enter(connection: psycopg.Connection, tenant: str | None, key: bytes) -> None:
    """Put a tenant in context for the rest of the transaction; a connection that carries one already is refused."""
    (found,) = connection.execute("select current_setting('kempt.tenant', true)").fetchone() or (None,)
    if found:
        raise StopRun(
            "kempt.tenant is set on this connection before we set it. Unset it for the role and the database."
        )
    if tenant is not None:
        put_in_context(connection, tenant, key)


def copy_in(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Load rows by COPY. Tables behind a tenant's wall refuse it: load a temporary table and insert from there."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _in_our_words(dbname: str) -> Iterator[None]:
    """What the caller must do about the errors that any statement may meet."""
    try:
        yield
    except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected) as problem:
        raise Retry(f"{dbname}: another transaction was in the way. Try again.") from problem
    except psycopg.errors.DiskFull as problem:
        raise StopRun(f"{dbname}: the disk is full. Make room and try again.") from problem
    except (psycopg.errors.AdminShutdown, psycopg.errors.CrashShutdown) as problem:
        raise Retry(f"{dbname}: PostgreSQL is being stopped. Try again when it runs.") from problem
    except psycopg.errors.InvalidTextRepresentation as problem:
        raise StopRun(
            f"{dbname}: a text was given where an id, a number or a day is expected. Correct it."
        ) from problem
    except psycopg.DataError as problem:
        if problem.sqlstate is not None:
            raise
        raise StopRun(f"{dbname}: a text holds the character NUL, which no database keeps. Leave it out.") from problem
    except PoolTimeout as problem:
        raise Retry(f"{dbname}: too many ask at once, or PostgreSQL does not answer. Try again.") from problem
    except psycopg.OperationalError as problem:
        if problem.sqlstate is not None:
            raise
        raise Retry(f"{dbname}: the connection was lost. Try again.") from problem
