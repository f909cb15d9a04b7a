"""The keys of an installation in one encrypted file: without them its database is noise."""

import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kempt.errors import StopRun
from kempt.ledger.secret_file import write_secret

MAGIC = b"kempt keys 1\n"
SALT_BYTES, NONCE_BYTES = 16, 12
SHORTEST = 12
"""Characters of a passphrase; a backup may lie where others can try many."""


def backup_keys(keys: Path, file: Path, passphrase: str) -> list[str]:
    """Write every key file below `keys` into one file that only the passphrase opens; their names."""
    if len(passphrase) < SHORTEST:
        raise StopRun(f"The passphrase is too short: {SHORTEST} characters at least.")
    if file.exists():
        raise StopRun(f"{file} exists already. Name another file.")
    # What begins with a dot is half-written: whoever wrote it died.
    files = (path for path in sorted(keys.rglob("[!.]*")) if path.is_file())
    found = {str(path.relative_to(keys)): path.read_text() for path in files}
    if not found:
        raise StopRun(f"{keys} holds no keys. Run `kempt up` first.")
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, json.dumps(found).encode(), MAGIC)
    write_secret(file, MAGIC + salt + nonce + sealed)
    return list(found)


def restore_keys(keys: Path, file: Path, passphrase: str) -> list[str]:
    """Bring back the key files that are missing; one that is there with other content is refused, none is replaced."""
    content = file.read_bytes() if file.exists() else b""
    if not content.startswith(MAGIC):
        raise StopRun(f"{file}: no backup of keys.")
    salt, nonce, sealed = _cut(content[len(MAGIC) :], SALT_BYTES, NONCE_BYTES)
    try:
        found = json.loads(AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, MAGIC))
    except InvalidTag:
        raise StopRun(f"{file}: the passphrase is wrong, or the file is damaged.") from None
    if other := sorted(
        name for name, text in found.items() if (keys / name).exists() and (keys / name).read_text() != text
    ):
        raise StopRun(
            f"{keys / other[0]} is there and is another one. Move it away first, if this installation is not in use."
        )
    missing = sorted(name for name in found if not (keys / name).exists())
    for name in missing:
        write_secret(keys / name, found[name])
    return missing


def _cut(content: bytes, *lengths: int) -> tuple[bytes, ...]:
    parts = []
    for length in lengths:
        parts.append(content[:length])
        content = content[length:]
    return (*parts, content)


def _key(passphrase: str, salt: bytes) -> bytes:
    """RFC 7914, at the cost that OWASP names for passwords."""
    return Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(passphrase.encode())
