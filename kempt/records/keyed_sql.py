"""Keyed digests in DuckDB's SQL: the same as kempt.ids.keyed_digest, computed on all cores.

HMAC-SHA-256 is two SHA-256 over a padded key.
"""

import hashlib

_BLOCK = 64


def keyed_digest_sql(text: str) -> str:
    """The expression for the keyed digest of a text expression; bind `pads` with it."""
    return f"sha256($outer::blob || unhex(sha256($inner::blob || encode({text}))))"


def pads(key: bytes) -> dict[str, bytes]:
    """The inner and outer key blocks of HMAC (RFC 2104)."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {"inner": bytes(byte ^ 0x36 for byte in block), "outer": bytes(byte ^ 0x5C for byte in block)}
