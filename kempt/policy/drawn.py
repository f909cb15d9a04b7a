"""Chance that can be repeated: which entities a canary sees, and which decisions are drawn for audit."""

from kempt.ids import keyed_digest

_PARTS = 2**64


def drawn(key: bytes, purpose: str, subject: str, share: float) -> bool:
    """Whether a subject is among a share of all, by its keyed hash: the same at every time, foreseeable to nobody."""
    return int(keyed_digest(key, f"{purpose}|{subject}")[:16], 16) < share * _PARTS
