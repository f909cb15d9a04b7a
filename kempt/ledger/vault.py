"""The vault: what each record said, a sealed row for each time it said something else."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kempt.errors import StopRun
from kempt.ledger.database import copy_in
from kempt.ledger.keys import NONCE_BYTES
from kempt.ledger.vault_keys import VaultKeys

COLUMNS = ("tenant", "record_id", "version", "object_type", "observed_on", "content_digest", "sealed", "seq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a record says now. `text` is a JSON object of its fields; `version` counts the times it changed."""

    record_id: str
    version: int
    object_type: str
    observed_on: date
    digest: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a record said from a position of the ledger on, opened."""

    record_id: str
    version: int
    object_type: str
    observed_on: date
    seq: int
    values: Mapping[str, str] = field(repr=False)


def stage_versions(connection: psycopg.Connection, keys: VaultKeys, contents: Sequence[Content]) -> None:
    """Seal contents, each under its record's key, into a temporary table; `keep_versions` takes them from there."""
    connection.execute("create temp table if not exists arriving_version (like kempt.record_version) on commit drop")
    found = keys.ensure(connection, (each.record_id for each in contents)).by_record
    nonces = iter(_nonces(len(contents)))
    rows = (
        (keys.tenant, each.record_id, each.version, each.object_type, each.observed_on, each.digest,
         _sealed(found[each.record_id], next(nonces), each, keys.tenant), 0)
        for each in contents if each.record_id in found
    )  # fmt: skip
    copy_in(connection, "arriving_version", COLUMNS, rows)


def keep_versions(connection: psycopg.Connection, seq: int) -> None:
    """Keep what was staged, as said from this position of the ledger on."""
    connection.execute("update arriving_version set seq = %s", [seq])
    connection.execute("insert into kempt.record_version select * from arriving_version")
    connection.execute("drop table arriving_version")


def newest_digests(connection: psycopg.Connection) -> list[tuple[str, int, str]]:
    """(record, version, digest) of what every record said last."""
    return connection.execute(
        "select distinct on (record_id) record_id::text, version, content_digest from kempt.record_version "
        "order by record_id, version desc"
    ).fetchall()


def said(
    connection: psycopg.Connection, keys: VaultKeys, records: Iterable[str], *, at: int | None = None
) -> dict[str, Said]:
    """What records say, or said at a position of the ledger; erased ones, and those not yet heard of, are left out."""
    wanted = sorted(set(records))
    rows = connection.execute(
        """
        select distinct on (record_id) record_id::text, version, object_type, observed_on, seq, sealed
        from kempt.record_version
        where record_id = any(%(records)s::uuid[]) and (%(at)s::bigint is null or seq <= %(at)s)
        order by record_id, version desc
        """,
        {"records": wanted, "at": at},
    ).fetchall()
    return {each.record_id: each for each in _open(connection, keys, wanted, rows)}


def said_ever(connection: psycopg.Connection, keys: VaultKeys, records: Iterable[str]) -> list[Said]:
    """Everything that records ever said, each record's versions in their order."""
    wanted = sorted(set(records))
    rows = connection.execute(
        "select record_id::text, version, object_type, observed_on, seq, sealed from kempt.record_version "
        "where record_id = any(%s::uuid[]) order by record_id, version",
        [wanted],
    ).fetchall()
    return list(_open(connection, keys, wanted, rows))


def _open(
    connection: psycopg.Connection, keys: VaultKeys, records: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> Iterator[Said]:
    found = keys.of(connection, records).by_record
    for record, version, kind, observed, seq, sealed in rows:
        if record in found:
            text = _opened(found[record], bytes(sealed), _place(keys.tenant, record, version))
            yield Said(record_id=record, version=version, object_type=kind, observed_on=observed, seq=seq,
                       values=json.loads(text))  # fmt: skip


def _sealed(key: bytes, nonce: bytes, content: Content, tenant: str) -> bytes:
    place = _place(tenant, content.record_id, content.version)
    return nonce + AESGCM(key).encrypt(nonce, content.text.encode(), place)


def _opened(key: bytes, sealed: bytes, place: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError) as problem:
        raise StopRun(
            f"{place.decode()}: the vault's row does not open: it was changed, or moved here from elsewhere. "
            "Restore it from a backup."
        ) from problem


def _place(tenant: str, record: str, version: int) -> bytes:
    """What a row is sealed for: put in another record's, version's or tenant's place it does not open."""
    return f"{tenant} record {record} version {version}".encode()


def _nonces(count: int) -> Iterator[bytes]:
    drawn = os.urandom(NONCE_BYTES * count)
    return (drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES))
