"""Connections that are kept open between transactions, for a process that answers many people."""

from psycopg_pool import ConnectionPool

from kempt.ledger.address import Address
from kempt.ledger.connect import TenantConnection

Pool = ConnectionPool[TenantConnection]
PATIENCE = 10.0


def open_pool(address: Address, *, size: int) -> Pool:
    """A pool of at most so many connections with this login; close it when the process ends.

    The tenant in context ends with its transaction, so that a connection comes back knowing nobody.
    """
    return ConnectionPool(
        address.conninfo(),
        connection_class=TenantConnection,
        min_size=min(2, size),
        max_size=size,
        timeout=PATIENCE,
        open=True,
        name="kempt",
    )
