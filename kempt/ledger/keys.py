"""The keys of an installation and of its tenants.

One master key, kept outside the database, wraps one key per tenant, kept inside it. Every purpose has a key of its own,
derived from the tenant's: what one of them opens, no other does.
"""

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kempt.errors import StopRun
from kempt.ledger.address import Address
from kempt.ledger.connect import connect
from kempt.ledger.key_command import printed_key
from kempt.ledger.secret_file import write_secret
from kempt.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """Wraps tenant keys, and does nothing else."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """Names the key without giving it away."""
        return _fingerprint(self.secret)

    def new_tenant_key(self, tenant: str) -> bytes:
        """A fresh tenant key, wrapped."""
        return self.wrap(tenant, os.urandom(KEY_BYTES))

    def wrap(self, tenant: str, secret: bytes) -> bytes:
        """A tenant's key, closed with this one."""
        return _seal(self._wrapping, secret, f"tenant key of {tenant}")

    def unwrap(self, tenant: str, wrapped: bytes) -> "TenantKeys":
        """The keys of a tenant."""
        try:
            secret = _open(self._wrapping, wrapped, f"tenant key of {tenant}")
        except InvalidTag as problem:
            raise StopRun(
                f"{tenant}: its key does not open with the master key {self.fingerprint}. Use the one it was made with."
            ) from problem
        return TenantKeys(tenant=tenant, secret=secret)

    @property
    def _wrapping(self) -> bytes:
        return _derived(self.secret, "wrap tenant keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantKeys:
    """Every key of one tenant."""

    tenant: str
    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Names the key without giving it away."""
        return _fingerprint(self.secret)

    def raw_parquet_key(self) -> str:
        """For DuckDB's add_parquet_key: 32 characters that need no quoting."""
        return base64.urlsafe_b64encode(_derived(self.secret, "raw parquet")[:24]).decode()

    def mint_key(self) -> bytes:
        """For new entity ids."""
        return _derived(self.secret, "mint entity ids")

    def digest_key(self) -> bytes:
        """For digests that only this tenant can compute."""
        return _derived(self.secret, "digest values")

    def suppression_key(self) -> bytes:
        """For recognizing a source key that was erased, when it comes again."""
        return _derived(self.secret, "suppress erased records")

    def attestation_key(self) -> bytes:
        """For the proof that Kempt wrote the end of the tenant's ledger."""
        return _derived(self.secret, "attest ledger")

    def link_key(self) -> bytes:
        """For the links of digests."""
        return _derived(self.secret, "sign digest links")

    def agent_key(self, agent: str, generation: int) -> bytes:
        """The private half of an agent's key, 32 bytes; each generation has another one."""
        return _derived(self.secret, f"agent {generation} {agent}")

    def seal(self, plaintext: bytes, aad: str) -> bytes:
        """Encrypted for one place: `aad` names the row and column, and must be the same to open it."""
        return _seal(self._sealing, plaintext, f"{self.tenant} {aad}")

    def open(self, sealed: bytes, aad: str) -> bytes:
        """What was sealed in this place."""
        try:
            return _open(self._sealing, sealed, f"{self.tenant} {aad}")
        except InvalidTag as problem:
            raise StopRun(
                f"{self.tenant}: a sealed value does not open at {aad}: it was changed, or sealed for another place or "
                "tenant. Restore the row from a backup."
            ) from problem

    @property
    def _sealing(self) -> bytes:
        return _derived(self.secret, "seal values")


@dataclass(frozen=True, slots=True)
class Keyring:
    """Finds the keys of whichever tenant a connection works for."""

    settings: Settings

    def attestation_key(self, connection: psycopg.Connection, tenant: str) -> bytes:
        """The key that attests the ledger of the tenant in context; read each time, so that no stale one is used."""
        return self.of(connection, tenant).attestation_key()

    def of(self, connection: psycopg.Connection, tenant: str) -> TenantKeys:
        """Every key of the tenant in context."""
        row = connection.execute("select wrapped_key from kempt.tenant_key where tenant = %s", (tenant,)).fetchone()
        if row is None:
            raise StopRun(f"{tenant}: there is no such tenant. `kempt tenant list` shows them.")
        return master_key(connection, self.settings).unwrap(tenant, row[0])


def ensure_master_key(migrate: Address, settings: Settings) -> None:
    """Tie an empty database to our master key, made now if there is none; refuse a database of another key."""
    with connect(migrate) as connection:
        if _known_fingerprint(connection) is None:
            try:
                master = _stored_master_key(settings)
            except FileNotFoundError:
                master = _make_master_key(settings.master_key_file)
            connection.execute(
                "insert into kempt.installation (master_key_fingerprint) values (%s) on conflict do nothing",
                (master.fingerprint,),
            )
        master_key(connection, settings)


def master_key(connection: psycopg.Connection, settings: Settings) -> MasterKey:
    """The master key that this database was set up with."""
    expected = _known_fingerprint(connection)
    try:
        master = _stored_master_key(settings)
    except FileNotFoundError:
        raise StopRun(
            f"{settings.master_key_file} is missing. This database was set up with the master key {expected}: restore "
            "the file, or set KEMPT_MASTER_KEY, KEMPT_MASTER_KEY_COMMAND or KEMPT_MASTER_KEY_FILE."
        ) from None
    if master.fingerprint != expected and settings.master_key_command and not settings.master_key:
        printed_key.cache_clear()  # the keeper of keys may have another one by now
        master = _stored_master_key(settings)
    if master.fingerprint != expected and settings.owns_master_key:
        # A rotation that did not come to its last line left the new key beside the old one.
        waiting = new_key_file(settings.master_key_file)
        if waiting.exists() and (new := _parsed(waiting.read_text(), waiting)).fingerprint == expected:
            return new
    if master.fingerprint != expected:
        raise StopRun(
            f"This database was set up with the master key {expected}, and {master.fingerprint} was found in "
            f"{settings.master_key_source}. Use the first one."
        )
    return master


def _known_fingerprint(connection: psycopg.Connection) -> str | None:
    row = connection.execute("select master_key_fingerprint from kempt.installation").fetchone()
    return str(row[0]) if row else None


def _stored_master_key(settings: Settings) -> MasterKey:
    if settings.master_key:
        return _parsed(settings.master_key, settings.master_key_source)
    if settings.master_key_command:
        return _parsed(printed_key(settings.master_key_command), settings.master_key_source)
    return _parsed(settings.master_key_file.read_text(), settings.master_key_source)


def _parsed(text: str, where: object) -> MasterKey:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise StopRun(f"{where}: a master key is 64 hexadecimal digits (`openssl rand -hex 32` makes one).")
    return MasterKey(bytes.fromhex(text.strip()))


def new_key_file(path: Path) -> Path:
    """Where a master key waits while every tenant's key is wrapped anew."""
    return path.with_name(path.name + ".next")


def _make_master_key(path: Path) -> MasterKey:
    secret = os.urandom(KEY_BYTES)
    write_secret(path, secret.hex() + "\n")
    return MasterKey(secret)


def _fingerprint(secret: bytes) -> str:
    return _derived(secret, "fingerprint")[:8].hex()


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"kempt 1: {purpose}".encode()).derive(secret)


def _seal(key: bytes, plaintext: bytes, aad: str) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad.encode())


def _open(key: bytes, sealed: bytes, aad: str) -> bytes:
    if len(sealed) < NONCE_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad.encode())
