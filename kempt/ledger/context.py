"""Who a transaction works for, signed so that no SQL but ours can say so.

The tenant's name lies in a variable that any statement may set; the database believes it only with an HMAC over name
and backend, whose key the application holds and its login cannot read.
"""

import hmac

import psycopg

from kempt.ledger.address import Address
from kempt.ledger.connect import connect

BLOCK = 64


def put_in_context(connection: psycopg.Connection, tenant: str, key: bytes) -> None:
    """Put a tenant in context for the rest of the transaction."""
    about = f"{tenant}|{connection.info.backend_pid}"
    signed = f"{about}|{hmac.digest(key, about.encode(), 'sha256').hex()}"
    connection.execute("select set_config('kempt.tenant', %s, true)", (signed,))


def ensure_context_key(migrate: Address) -> None:
    """Let the database know the key with which contexts are signed."""
    key = migrate.context_key.ljust(BLOCK, b"\0")
    pads = [bytes(byte ^ mask for byte in key) for mask in (0x36, 0x5C)]
    with connect(migrate, autocommit=False) as connection:
        connection.execute("set local role kempt_owner")
        connection.execute(
            "insert into kempt.context_key (inner_pad, outer_pad) values (%s, %s) on conflict (one_row) "
            "do update set inner_pad = excluded.inner_pad, outer_pad = excluded.outer_pad",
            pads,
        )
