"""One data key per source record: whoever deletes it makes everything that it sealed unreadable, wherever copies lie.

Data keys are in the database, wrapped by a version of the tenant's vault key. The vault key itself is a file beside the
database, sealed with the tenant's key: a backup of the database alone opens nothing once that file is gone.
"""

import hmac
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kempt.errors import SkipRecord, StopRun
from kempt.ids import keyed_digest
from kempt.ledger.database import copy_in
from kempt.ledger.keys import KEY_BYTES, NONCE_BYTES, TenantKeys
from kempt.ledger.secret_file import write_secret


@dataclass(frozen=True, slots=True, repr=False)
class RecordKeys:
    """Data keys of some records of one tenant."""

    tenant: str
    by_record: Mapping[str, bytes]

    def seal(self, records: Iterable[str], plaintext: bytes, place: str) -> bytes:
        """Encrypted under the keys of all these records together: without one of them it stays closed for ever."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._together(records)).encrypt(nonce, plaintext, self._aad(place))

    def open(self, records: Iterable[str], sealed: bytes, place: str) -> bytes:
        """What was sealed for these records in this place. SkipRecord when one of them was erased."""
        together = self._together(records)
        try:
            return AESGCM(together).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._aad(place))
        except (InvalidTag, ValueError) as problem:
            raise StopRun(
                f"{self.tenant}: a sealed value does not open at {place}: it was changed, or sealed for another place "
                "or record. Restore the row from a backup."
            ) from problem

    def digest(self, record: str, text: str) -> str:
        """Equal values of one record can be recognized as long as its key lives."""
        return keyed_digest(self._together([record]), text)

    def _together(self, records: Iterable[str]) -> bytes:
        ordered = sorted(set(records))
        missing = [record for record in ordered if record not in self.by_record]
        if missing or not ordered:
            raise SkipRecord(f"{self.tenant}: record {', '.join(missing)} has no key: its values were erased.")
        joined = b"".join(self.by_record[record] for record in ordered)
        return hmac.new(b"kempt 1: sealed for records", joined, sha256).digest()

    def _aad(self, place: str) -> bytes:
        return f"{self.tenant} {place}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultKeys:
    """The vault keys of one tenant and the data keys below them; each call works in the caller's transaction."""

    keys: TenantKeys = field(repr=False)
    folder: Path
    """Where the vault keys lie, a file a version; $KEMPT_HOME/keys/vault/TENANT."""

    @property
    def tenant(self) -> str:
        """Whose they are."""
        return self.keys.tenant

    def of(self, connection: psycopg.Connection, records: Iterable[str]) -> RecordKeys:
        """The data keys of these records; one that was erased, or never had a value sealed, has none."""
        rows = connection.execute(
            "select record_id::text, key_version, wrapped_key from kempt.record_key where record_id = any(%s::uuid[])",
            [sorted(set(records))],
        ).fetchall()
        wrapping = {version: AESGCM(self.vault_key(version)) for version in {row[1] for row in rows}}
        return RecordKeys(
            self.tenant,
            {record: self.unwrap(wrapping[version], record, bytes(sealed)) for record, version, sealed in rows},
        )

    def ensure(self, connection: psycopg.Connection, records: Iterable[str]) -> RecordKeys:
        """The same, with a new key for every record that has none. An erased record is given none."""
        wanted = sorted(set(records))
        known = self.of(connection, wanted).by_record
        erased = connection.execute(
            "select record_id::text from kempt.erasure where record_id = any(%s::uuid[])", [wanted]
        )
        new = sorted(set(wanted) - known.keys() - {record for (record,) in erased})
        return RecordKeys(self.tenant, {**known, **self._make(connection, new)})

    def _make(self, connection: psycopg.Connection, records: Sequence[str]) -> dict[str, bytes]:
        if not records:
            return {}
        version = self.newest(connection)
        wrapping, made = AESGCM(self.vault_key(version)), dict(zip(records, _secrets(len(records)), strict=True))
        connection.execute("create temp table if not exists arriving_key (like kempt.record_key) on commit drop")
        rows = ((self.tenant, record, version, self.wrap(wrapping, record, secret)) for record, secret in made.items())
        copy_in(connection, "arriving_key", ("tenant", "record_id", "key_version", "wrapped_key"), rows)
        connection.execute("insert into kempt.record_key select * from arriving_key")
        connection.execute("truncate arriving_key")
        return made

    def newest(self, connection: psycopg.Connection) -> int:
        """The version of the vault key that wraps new data keys; it stays so until this transaction ends."""
        connection.execute(
            "select pg_advisory_xact_lock_shared(hashtextextended('vault key of ' || %s, 0))", [self.tenant]
        )
        row = connection.execute("select version from kempt.vault_key where destroyed_at is null").fetchone()
        return int(row[0]) if row else self._first(connection)

    def _first(self, connection: psycopg.Connection) -> int:
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended('first vault key of ' || %s, 0))", [self.tenant]
        )
        row = connection.execute("select version from kempt.vault_key where destroyed_at is null").fetchone()
        return int(row[0]) if row else self.add_version(connection, 1)

    def add_version(self, connection: psycopg.Connection, version: int) -> int:
        """A new vault key: on disk first, so that nothing is ever wrapped by a key that is not kept."""
        secret = os.urandom(KEY_BYTES)
        write_secret(self.file(version), self.keys.seal(secret, aad=f"vault key {version}").hex() + "\n")
        connection.execute(
            "insert into kempt.vault_key (tenant, version, fingerprint, created_at) values (%s, %s, %s, %s)",
            [self.tenant, version, keyed_digest(secret, "fingerprint")[:16], datetime.now(UTC)],
        )
        return version

    def file(self, version: int) -> Path:
        """Where a version of the vault key lies."""
        return self.folder / f"{version}.key"

    def vault_key(self, version: int) -> bytes:
        """A version of the vault key."""
        try:
            sealed = bytes.fromhex(self.file(version).read_text())
        except FileNotFoundError:
            raise StopRun(
                f"{self.file(version)} is missing: version {version} of the vault key of {self.tenant}. If it was "
                "destroyed by a rotation, what it opened is gone for good; else restore it with `kempt keys restore`."
            ) from None
        return self.keys.open(sealed, aad=f"vault key {version}")

    def wrap(self, wrapping: AESGCM, record: str, secret: bytes) -> bytes:
        """A data key, closed for its record."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + wrapping.encrypt(nonce, secret, self._aad(record))

    def unwrap(self, wrapping: AESGCM, record: str, wrapped: bytes) -> bytes:
        """A data key, opened."""
        try:
            return wrapping.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], self._aad(record))
        except (InvalidTag, ValueError) as problem:
            raise StopRun(
                f"{self.tenant}: the key of record {record} does not open: it was changed, or belongs to another "
                "record or vault key. Restore the row, and keys/vault, from one backup."
            ) from problem

    def _aad(self, record: str) -> bytes:
        return f"{self.tenant} key of record {record}".encode()


def _secrets(count: int) -> list[bytes]:
    drawn = os.urandom(KEY_BYTES * count)
    return [drawn[at : at + KEY_BYTES] for at in range(0, len(drawn), KEY_BYTES)]
