"""Signed states of a ledger, kept outside the database.

A checkpoint is a signed note (C2SP signed-note and tlog-checkpoint): origin, number of events and Merkle root as text,
and an Ed25519 signature. Beside them lie the hashes of all events so far, 32 bytes each, so that an audit can say which
event was rewritten and not only that one was.
"""

import base64
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kempt.errors import StopRun
from kempt.ledger.merkle import Frontier
from kempt.ledger.secret_file import write_secret
from kempt.whole_file import write_whole

ED25519 = b"\x01"
KEY_FILE = "checkpoint.key"
PUBLIC_FILE = "checkpoint.pub"
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a ledger was when it was signed."""

    tenant: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Tells whether a checkpoint is ours; its text is what an auditor keeps."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """Four bytes that say which key signed."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    @property
    def text(self) -> str:
        """As signed-note writes it: name, id and key."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"

    @classmethod
    def parse(cls, text: str) -> "PublicKey":
        """A key from its text."""
        parts = text.strip().split("+", 2)
        try:
            found = cls(parts[0], base64.b64decode(parts[2], validate=True)[1:])
            if found.text == text.strip():
                return found
        except (IndexError, ValueError):
            pass
        raise StopRun("That is no public key of checkpoints: NAME+ID+KEY, as checkpoint.pub holds it.")

    def verify(self, note: str, tenant: str) -> Checkpoint:
        """The checkpoint that a note states; refused unless this key signed it for this tenant."""
        text, _, tail = note.partition("\n\n")
        text += "\n"
        lines = text.split("\n")
        origin = f"{self.name}/{tenant}"
        if len(lines) != 4 or lines[0] != origin or not lines[1].isdecimal():
            raise StopRun(f"expected a checkpoint of {origin}.")
        for name, value in _SIGNATURE.findall(tail):
            blob = base64.b64decode(value)
            if name == self.name and blob[:4] == self.id:
                try:
                    Ed25519PublicKey.from_public_bytes(self.key).verify(blob[4:], text.encode())
                except InvalidSignature:
                    break
                return Checkpoint(tenant=tenant, size=int(lines[1]), root=base64.b64decode(lines[2]))
        raise StopRun(f"the signature of {self.name} is missing or wrong.")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Signs checkpoints, and does nothing else."""

    name: str
    secret: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The key that others check with."""
        key = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return PublicKey(self.name, key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        root = base64.b64encode(checkpoint.root).decode()
        text = f"{self.name}/{checkpoint.tenant}\n{checkpoint.size}\n{root}\n"
        signature = Ed25519PrivateKey.from_private_bytes(self.secret).sign(text.encode())
        return f"{text}\n— {self.name} {base64.b64encode(self.public.id + signature).decode()}\n"


def signing_key(keys: Path, *, made_anew: bool = False) -> SigningKey:
    """The installation's key for checkpoints; made when it is missing, if that is allowed."""
    path = keys / KEY_FILE
    if not path.exists():
        if not made_anew:
            raise StopRun(
                f"{path} is missing. Restore it with `kempt keys restore`; checkpoints that another key signs prove "
                "nothing to those who hold the first one's public key."
            )
        write_secret(path, f"kempt-{os.urandom(4).hex()} {os.urandom(32).hex()}\n")
    name, _, secret = path.read_text().strip().partition(" ")
    if not re.fullmatch(r"kempt-[0-9a-f]{8} [0-9a-f]{64}", f"{name} {secret}"):
        raise StopRun(f"{path}: expected a name and 64 hexadecimal digits. Restore it with `kempt keys restore`.")
    return SigningKey(name, bytes.fromhex(secret))


@dataclass(frozen=True, slots=True)
class Shelf:
    """One folder of checkpoints: the notes of each tenant, the hashes that they sign, and the public key."""

    folder: Path

    def public_key(self) -> PublicKey | None:
        """The key that this folder's checkpoints say they were signed with."""
        path = self.folder / PUBLIC_FILE
        return PublicKey.parse(path.read_text()) if path.exists() else None

    def notes(self, tenant: str) -> Iterator[Path]:
        """The notes of a tenant, the smallest state first."""
        yield from sorted((self.folder / tenant).glob("[0-9]*.txt"))

    def read(self, tenant: str, key: PublicKey) -> Sequence[Checkpoint]:
        """Every checkpoint of a tenant; refused when one is not what was signed."""
        found = []
        for path in self.notes(tenant):
            try:
                found.append(key.verify(path.read_text(), tenant))
            except (StopRun, ValueError) as problem:
                raise StopRun(f"{path}: not what was signed: {problem}") from problem
        return found

    def hashes(self, tenant: str, count: int) -> bytes:
        """The hashes of the first events, 32 bytes each; as many as there are."""
        path = self.folder / tenant / "hashes"
        if not path.exists():
            return b""
        with path.open("rb") as file:
            return file.read(32 * count)

    def newest(self, tenant: str, key: PublicKey) -> Checkpoint | None:
        """The largest state that was signed; None before the first."""
        notes = list(self.notes(tenant))
        return key.verify(notes[-1].read_text(), tenant) if notes else None

    def frontier(self, checkpoint: Checkpoint) -> Frontier:
        """The tree that a checkpoint signs, ready to grow."""
        path = self.folder / checkpoint.tenant / "frontier"
        nodes = path.read_bytes() if path.exists() else b""
        found = Frontier(checkpoint.size, tuple(nodes[at : at + 32] for at in range(0, len(nodes), 32)))
        if found.root != checkpoint.root:
            hashes = self.hashes(checkpoint.tenant, checkpoint.size)
            found = Frontier().extended(hashes[at : at + 32] for at in range(0, len(hashes), 32))
        if (found.size, found.root) != (checkpoint.size, checkpoint.root):
            raise StopRun(
                f"{path.with_name('hashes')} is not what was signed. Copy it from the other place; without one, "
                "`kempt ledger verify` still proves what the notes sign."
            )
        return found

    def keep(self, note: str, checkpoint: Checkpoint, frontier: Frontier, hashes: bytes, key: PublicKey) -> None:
        """Put a checkpoint beside the others; `hashes` are those of all its events, or of the newest of them.

        First the hashes, then the note that vouches for them: whoever dies in between leaves a tail that is written
        again.
        """
        folder = self.folder / checkpoint.tenant
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.public_key() != key:
            write_whole(self.folder / PUBLIC_FILE, f"{key.text}\n".encode())
        start = 32 * checkpoint.size - len(hashes)
        with os.fdopen(os.open(folder / "hashes", os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            if file.seek(0, os.SEEK_END) < start:
                raise StopRun(f"{folder / 'hashes'} is shorter than what was signed. Copy it from the other place.")
            file.seek(start)
            file.write(hashes)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        write_whole(folder / "frontier", b"".join(frontier.nodes))
        write_whole(folder / f"{checkpoint.size:012}.txt", note.encode())
