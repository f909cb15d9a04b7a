"""Proof that Kempt wrote the end of a ledger.

A hash chain shows that events fit together, and whoever owns the database can make others that fit. So each append
leaves an HMAC (RFC 2104) over the new head, made with a key that the database does not hold, and first looks at the one
over the head it finds: a rewritten end is met by the next append, not by the next audit.
"""

import hmac
from hashlib import sha256

import psycopg

from kempt.errors import StopRun
from kempt.ledger.connect import TenantConnection

# The head with the newest attestation and the hash of the event that it is about.
STANDING = """
    select h.tenant, h.seq, h.hash, a.seq, a.mac, e.hash
    from ledger.head h
    left join lateral (
        select seq, mac from ledger.attestation a where a.tenant = h.tenant order by seq desc limit 1
    ) a on true
    left join ledger.event e on e.tenant = h.tenant and e.seq = a.seq
    where h.tenant = kempt.tenant()
"""


def attest(connection: psycopg.Connection, appended: int) -> None:
    """Attest the head of the tenant in context, to which so many events were just appended.

    The head before them must be one that was attested; otherwise somebody else wrote it, and nothing is appended.
    """
    key = _key(connection)
    tenant, seq, hash_, attested, mac, attested_hash = connection.execute(STANDING).fetchone() or (None,) * 6
    before = seq - appended
    if before and not (
        attested == before and attested_hash and hmac.compare_digest(mac, _mac(key, tenant, before, attested_hash))
    ):
        raise StopRun(
            f"{tenant}: the ledger's last event before this one, {before}, was not written by Kempt. Nothing was "
            "appended. `kempt ledger verify` says what was changed; docs/runbook.md says how to restore it."
        )
    connection.execute("select ledger.attest(%s)", (_mac(key, tenant, seq, hash_),))


def attest_unattested(connection: psycopg.Connection, tenant: str) -> None:
    """Attest a head from before attestations, once, while the schema is brought up to date."""
    key = _key(connection)
    found = connection.execute(STANDING).fetchone()
    if found is not None and found[1] and found[3] is None:
        connection.execute("select ledger.attest(%s)", (_mac(key, tenant, found[1], found[2]),))


def _key(connection: psycopg.Connection) -> bytes:
    if not isinstance(connection, TenantConnection) or connection.attestation_key is None:
        raise StopRun(
            "Nothing can be appended to a ledger without its tenant's keys: open the database with a keyring."
        )
    return connection.attestation_key()


def _mac(key: bytes, tenant: str, seq: int, hash_: bytes) -> bytes:
    name = tenant.encode()
    about = b"\x03" + len(name).to_bytes(4, "big") + name + seq.to_bytes(8, "big") + hash_
    return hmac.new(key, about, sha256).digest()
