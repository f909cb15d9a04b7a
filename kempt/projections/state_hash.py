"""One digest for the state of a tenant: a Merkle root over who belongs where, what redirects, what is golden, what
stewards said of records and of fields, and whose entities are.

    leaf   = sha256(0x00 || length(branch) branch || length(part) part ...)      lengths are 4 bytes, big-endian
    node   = sha256(0x01 || left || right)                                       the tree of RFC 6962, leaves sorted
    branch = sha256(0x02 || length(branch) branch || 8 bytes count || root of its tree)
    state  = sha256(0x03 || branch digests in their order)

Positions and moments are not in it: two ways to the same state have one digest.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kempt.projections.state import State

Rows = Iterable[Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateHash:
    """The digest of a tenant's state and of its branches, in hex.

    `who_is_who` is beside it: the same records together with the same golden record, whatever their entity is called.
    Ids remember what came first, who is who does not.
    """

    state: str
    branches: Mapping[str, str]
    who_is_who: str


def hash_of(folded: State) -> StateHash:
    """The digest of what was folded."""
    identity = folded.identity
    return state_hash(
        memberships=(
            (record, stays[-1].entity_id) for record, stays in identity.stays.items() if stays[-1].to_seq is None
        ),
        redirects=((name, led[-1].to_id) for name, led in identity.redirects.items() if led[-1].to_seq is None),
        golden=((name, row.digest) for name, row in identity.golden.items()),
        constraints=(
            (row.kind, row.left_record, row.right_record, row.expires_at or "")
            for row in identity.constraints.values()
            if row.superseded_by is None
        ),
        claims=(
            (row.record_id, row.attribute, row.kind, row.origin, row.author or "", row.value_digest,
             row.expires_at or "")
            for row in folded.claims.in_force()
        ),
        routing=((name, row.owner_digest, row.reason) for name, row in folded.routing.rows.items()),
    )  # fmt: skip


def state_hash(
    *, memberships: Rows, redirects: Rows, golden: Rows, constraints: Rows, claims: Rows, routing: Rows
) -> StateHash:
    """The digest of (record, entity), (from, to), (entity, digest), (kind, left, right, expiry), (record, attribute,
    kind, origin, author, digest, expiry) and (entity, owner's digest, reason), in any order.
    """
    members, told = list(memberships), list(golden)
    rows = {"memberships": members, "redirects": redirects, "golden": told, "constraints": constraints,
            "claims": claims, "routing": routing}  # fmt: skip
    branches = {name: _branch(name, each) for name, each in rows.items()}
    return StateHash(
        state=hashlib.sha256(b"\x03" + b"".join(branches.values())).hexdigest(),
        branches={name: each.hex() for name, each in branches.items()},
        who_is_who=_branch("who_is_who", _together(members, {row[0]: row[1] for row in told})).hex(),
    )


def _together(memberships: Rows, golden: Mapping[str, str]) -> Iterable[Sequence[str]]:
    found: dict[str, list[str]] = {}
    for record, entity in memberships:
        found.setdefault(entity, []).append(record)
    return ((golden.get(entity, ""), *sorted(records)) for entity, records in found.items())


def _branch(name: str, rows: Rows) -> bytes:
    # What was said twice holds once.
    leaves = sorted({hashlib.sha256(b"\x00" + b"".join(map(_sized, (name, *row)))).digest() for row in rows})
    return hashlib.sha256(b"\x02" + _sized(name) + len(leaves).to_bytes(8, "big") + _root(leaves)).digest()


def _sized(part: str) -> bytes:
    text = part.encode()
    return len(text).to_bytes(4, "big") + text


def _root(level: list[bytes]) -> bytes:
    """Level by level; the last one of an odd level goes up as it is, which is the tree of RFC 6962."""
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = level[-1:] if len(level) % 2 else []
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0] if level else hashlib.sha256(b"").digest()
