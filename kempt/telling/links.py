"""Links of digests: each names one recipient and one item, until a day, under a key of the tenant.

    payload = version (1 byte) || expires (8 bytes, seconds since 1970) || proposal (16 bytes) || recipient (16 bytes)
    link    = base64url(payload || hmac-sha256(link key, "kempt link" || 0 || tenant || 0 || payload))

The recipient is there as a keyed digest: addresses end up in logs. A link is the same whenever the same letter is made
again, so a letter that arrives twice carries the same links, and each opens once.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

VERSION = 1
_PAYLOAD = struct.Struct(">BQ16s16s")
_MAC_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a sound link says."""

    proposal_id: str
    recipient: bytes
    expires_at: datetime
    digest: bytes
    """Names the link where its use is kept."""

    def is_for(self, key: bytes, name: str) -> bool:
        """Whether it was sent to this person."""
        return hmac.compare_digest(self.recipient, recipient_digest(key, name))


def recipient_digest(key: bytes, name: str) -> bytes:
    """A person in a link, 16 bytes: nobody without the key can tell who."""
    return hmac.digest(key, b"recipient\0" + name.encode(), "sha256")[:16]


def sign_link(key: bytes, tenant: str, *, proposal_id: str, name: str, expires_at: datetime) -> str:
    """A link to an item for one person, until a moment."""
    payload = _PAYLOAD.pack(VERSION, int(expires_at.timestamp()), UUID(proposal_id).bytes, recipient_digest(key, name))
    return base64.urlsafe_b64encode(payload + _mac(key, tenant, payload)).rstrip(b"=").decode()


def read_link(key: bytes, tenant: str, text: str) -> Link | None:
    """What a link says; None unless this tenant signed every bit of it."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    payload, mac = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
    if len(raw) != _PAYLOAD.size + _MAC_BYTES or not hmac.compare_digest(mac, _mac(key, tenant, payload)):
        return None
    version, expires, proposal, recipient = _PAYLOAD.unpack(payload)
    if version != VERSION:
        return None
    return Link(
        proposal_id=str(UUID(bytes=proposal)),
        recipient=recipient,
        expires_at=datetime.fromtimestamp(expires, UTC),
        digest=sha256(raw).digest(),
    )


def _mac(key: bytes, tenant: str, payload: bytes) -> bytes:
    return hmac.digest(key, b"kempt link\0" + tenant.encode() + b"\0" + payload, "sha256")
