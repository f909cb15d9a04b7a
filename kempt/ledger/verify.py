"""Whether a tenant's ledger is what was appended.

Everything is computed here a second time, from its definition and in another language than the writer's, so that a
mistake there is found too. Three things must hold: each event follows from the one before it; whoever appended held the
tenant's key (the attestations); and the first events are those that were signed outside the database (the
checkpoints). The first finds whoever edits, deletes or reorders; the other two whoever then rewrites the chain.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple

import psycopg

ROWS_AT_ONCE = 5_000

Tampering = Literal["edit", "deletion", "reorder", "truncation", "rewrite", "head"]

# One statement, so that events and head are seen at one moment.
EVENTS = """
    select
        (select seq from ledger.head where tenant = %(tenant)s) as head_seq,
        (select hash from ledger.head where tenant = %(tenant)s) as head_hash,
        seq, uuid_send(event_id), convert_to(type, 'UTF8'), (extract(epoch from at) * 1000000)::bigint,
        convert_to(body, 'UTF8'), prev, hash
    from ledger.event where tenant = %(tenant)s and seq > %(after)s order by seq
"""
HEAD = "select seq, hash from ledger.head where tenant = %(tenant)s"
ATTESTATIONS = "select seq, mac from ledger.attestation where tenant = %(tenant)s and seq > %(after)s order by seq"
HASH_AT = "select hash from ledger.event where tenant = %(tenant)s and seq = %(after)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A state that was signed outside the database, with the hashes of its events if they were kept."""

    size: int
    root: bytes
    hashes: bytes = b""


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin: after so many events, the last of which has this hash. They were verified before."""

    seq: int = 0
    hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found: how many events are sound, and what is wrong with the first that is not."""

    ok: bool
    events: int
    first_bad_seq: int | None = None
    tampering: Tampering | None = None
    problem: str | None = None
    attested: bool = False
    """Whether the attestations were checked; that takes the tenant's key."""
    signed: int = 0
    """How many events the newest checkpoint covers."""
    hashes: bytes = field(default=b"", repr=False)
    """Of the sound events after the start, 32 bytes each."""


class _Row(NamedTuple):
    head_seq: int | None
    head_hash: bytes | None
    seq: int
    event_id: bytes
    type: bytes
    microseconds: int
    body: bytes
    prev: bytes
    hash: bytes


class _Wrong(Exception):
    """The first thing that is wrong."""

    def __init__(self, seq: int, tampering: Tampering, problem: str) -> None:
        super().__init__(problem)
        self.seq, self.tampering, self.problem = seq, tampering, problem


def verify(
    connection: psycopg.Connection,
    tenant: str,
    *,
    key: bytes | None = None,
    signed: Sequence[Signed] = (),
    after: Start = Start(),
) -> Verification:
    """Verify the ledger of the tenant in context from `after` to its head.

    `key` is the tenant's attestation key; without it the attestations are left out. `signed` are its checkpoints, the
    smallest first; they are compared when the verification begins at the first event.
    """
    hashes = bytearray()
    wrong: _Wrong | None = None
    try:
        _check(connection, tenant, key, after, hashes)
    except _Wrong as found:
        wrong = found
    sound = after.seq + len(hashes) // 32
    if after.seq == 0 and (wrong is None or wrong.tampering in ("truncation", "rewrite", "head")):
        wrong = _against_signed(bytes(hashes), signed) or wrong
    return Verification(
        ok=wrong is None,
        events=sound if wrong is None else wrong.seq - 1,
        first_bad_seq=wrong.seq if wrong else None,
        tampering=wrong.tampering if wrong else None,
        problem=wrong.problem if wrong else None,
        attested=key is not None,
        signed=max((each.size for each in signed), default=0),
        hashes=bytes(hashes) if wrong is None else b"",
    )


def _check(connection: psycopg.Connection, tenant: str, key: bytes | None, after: Start, hashes: bytearray) -> None:
    """The chain and its attestations; adds the hash of each sound event, and raises at the first that is not."""
    where = {"tenant": tenant, "after": after.seq}
    macs: dict[int, bytes] = dict(connection.execute(ATTESTATIONS, where).fetchall())
    tip = after.hash if after.hash is not None else sha256(b"\x02" + tenant.encode()).digest()
    if after.seq and connection.execute(HASH_AT, where).fetchone() != (tip,):
        raise _Wrong(after.seq, "rewrite", f"rewritten: event {after.seq} is not the one that was signed")
    sound, trusted, row = after.seq, after.seq, None
    for row in _rows(connection, where):
        _follows(row, sound, tip, tenant)
        sound, tip = sound + 1, row.hash
        hashes += tip
        if key is not None and sound in macs:
            if not hmac.compare_digest(macs[sound], _mac(key, tenant, sound, tip)):
                raise _rewritten(trusted, sound)
            trusted = sound
    head_seq, head_hash = (row[:2] if row else connection.execute(HEAD, where).fetchone()) or (None, None)
    _ends(head_seq, head_hash, sound, tip)
    if key is not None:
        _attested_to_the_end(macs, trusted, sound)


def _follows(row: _Row, sound: int, tip: bytes, tenant: str) -> None:
    """Whether this is the row that comes after the sound ones."""
    here = sound + 1
    if row.seq != here:
        problem = f"deleted: after event {sound} comes event {row.seq}"
        raise _Wrong(here, "deletion", problem)
    if row.prev != tip:
        problem = f"out of place: event {here} does not follow event {sound}; events were reordered"
        raise _Wrong(here, "reorder", problem)
    if row.hash != sha256(b"\x01" + tip + _leaf(tenant, row)).digest():
        raise _Wrong(here, "edit", f"edited: event {here} is not what was appended")


def _ends(head_seq: int | None, head_hash: bytes | None, sound: int, tip: bytes) -> None:
    """Whether the ledger ends where its head says."""
    if (head_seq or 0) > sound:
        problem = f"truncated: the head stands at event {head_seq}, the last one that is there is {sound}"
        raise _Wrong(sound + 1, "truncation", problem)
    if (head_seq or 0) < sound:
        raise _Wrong(sound + 1, "head", f"head: it stands at event {head_seq or 0}, but {sound} events are there")
    if head_hash is not None and head_hash != tip:
        raise _Wrong(sound + 1, "head", f"head: its hash is not that of event {sound}")


def _attested_to_the_end(macs: Mapping[int, bytes], trusted: int, sound: int) -> None:
    beyond = max(macs, default=0)
    if beyond > sound:
        problem = f"truncated: event {beyond} was attested, the last one that is there is {sound}"
        raise _Wrong(sound + 1, "truncation", problem)
    if trusted < sound:
        raise _rewritten(trusted, sound)


def _rewritten(trusted: int, sound: int) -> _Wrong:
    problem = f"rewritten: events from {trusted + 1} to {sound} fit together, and Kempt did not write all of them"
    return _Wrong(trusted + 1, "rewrite", problem)


def _against_signed(hashes: bytes, signed: Sequence[Signed]) -> _Wrong | None:
    """The first difference to what was signed outside the database."""
    if not signed or _covers(hashes, signed[-1]):
        return None
    count, agreed = len(hashes) // 32, 0
    for each in signed:
        if _covers(hashes, each):
            agreed = each.size
            continue
        if (first := _first_difference(hashes, each)) is not None:
            if first == count:
                break
            problem = f"rewritten: event {first + 1} is not the one that was signed"
            return _Wrong(first + 1, "rewrite", problem)
        if each.size <= count:
            problem = f"rewritten: among events {agreed + 1} to {each.size} are some that were not signed"
            return _Wrong(agreed + 1, "rewrite", problem)
    problem = f"truncated: {signed[-1].size} events were signed, the last one that is there is {count}"
    return _Wrong(count + 1, "truncation", problem)


def _covers(hashes: bytes, signed: Signed) -> bool:
    return 32 * signed.size <= len(hashes) and _root(hashes[: 32 * signed.size]) == signed.root


def _first_difference(hashes: bytes, signed: Signed) -> int | None:
    """How many events are as they were signed, if the hashes that were kept are those that were signed."""
    if len(signed.hashes) < 32 * signed.size or _root(signed.hashes[: 32 * signed.size]) != signed.root:
        return None
    kept = signed.hashes[: 32 * signed.size]
    count = min(len(kept), len(hashes)) // 32
    low, high = 0, count
    # Byte strings compare at memory speed: halving finds the first difference among millions at once.
    while low < high:
        middle = (low + high) // 2
        if kept[32 * low : 32 * (middle + 1)] == hashes[32 * low : 32 * (middle + 1)]:
            low = middle + 1
        else:
            high = middle
    return low


def _root(hashes: bytes) -> bytes:
    """The Merkle root of RFC 6962, level by level: an odd last node moves up as it is."""
    level = [sha256(b"\x00" + hashes[at : at + 32]).digest() for at in range(0, len(hashes), 32)]
    while len(level) > 1:
        pairs = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0] if level else sha256().digest()


def _mac(key: bytes, tenant: str, seq: int, tip: bytes) -> bytes:
    name = tenant.encode()
    return hmac.digest(key, b"\x03" + len(name).to_bytes(4, "big") + name + seq.to_bytes(8, "big") + tip, "sha256")


def _leaf(tenant: str, row: _Row) -> bytes:
    name = tenant.encode()
    return sha256(
        b"\x00"
        + len(name).to_bytes(4, "big") + name
        + row.seq.to_bytes(8, "big")
        + row.event_id
        + len(row.type).to_bytes(4, "big") + row.type
        + row.microseconds.to_bytes(8, "big", signed=True)
        + row.body
    ).digest()  # fmt: skip


def _rows(connection: psycopg.Connection, where: Mapping[str, object]) -> Iterator[_Row]:
    with connection.cursor("ledger_verify", binary=True) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        yield from map(_Row._make, cursor.execute(EVENTS, where))
