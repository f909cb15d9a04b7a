"""Names that are computed: record ids, command ids, digests and minted entity ids.

The same input always gives the same id, so that a retried step meets its own work again.
"""

import base64
import hashlib
import hmac
import json
import uuid

import rfc8785

NAMESPACE = uuid.UUID("6f1c1f5e-0d57-5a53-9d3a-7b1f0c2e4a90")


_LARGEST = 2**53 - 1
"""The largest integer that every reader of JSON keeps as it is."""


def stable_id(*parts: str) -> str:
    """A UUIDv5 over length-prefixed parts, so that ("ab", "c") and ("a", "bc") differ."""
    return str(uuid.uuid5(NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts)))


def record_id(tenant: str, system: str, object_type: str, source_key: str) -> str:
    """The id of one source row, for as long as its source keeps its key."""
    return stable_id("record", tenant, system, object_type, source_key)


def digest(content: str | bytes) -> str:
    """SHA-256 in hex, of text (as UTF-8) or bytes."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def keyed_digest(key: bytes, text: str) -> str:
    """HMAC-SHA-256 in hex: equal values can be recognized, never guessed without the key."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def canonical_json(value: object) -> bytes:
    """RFC 8785 bytes: the one spelling of a JSON value, fit to be hashed."""
    # Without floats, whose spelling is JavaScript's, and with keys whose order is everybody's, the standard library's
    # compiled encoder writes the same bytes four times as fast.
    if _is_plain(value):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return -_LARGEST <= value <= _LARGEST  # type: ignore[operator]
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))  # type: ignore[call-overload]
    return kind is dict and all(
        type(name) is str and name.isascii() and _is_plain(each)
        for name, each in value.items()  # type: ignore[attr-defined]
    )


def mint(tenant_key: bytes, entity_type: str, anchor_record: str, incarnation: int) -> str:
    """A new entity id: the same under retry, unguessable, and free of personal data."""
    code = hmac.new(tenant_key, f"{entity_type}|{anchor_record}|{incarnation}".encode(), hashlib.sha256).digest()
    prefix = {"person": "per", "company": "com"}[entity_type]
    return f"{prefix}_{base64.b32encode(code[:15]).decode().lower()}"
