"""Signs what a tenant's ledger is, outside the database, so that nobody can rewrite it afterwards unseen."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kempt.errors import StopRun
from kempt.ledger.checkpoints import Checkpoint, Shelf, SigningKey, signing_key
from kempt.ledger.database import Database
from kempt.ledger.keys import Keyring
from kempt.ledger.merkle import Frontier
from kempt.ledger.verify import Signed, Start, Verification, verify
from kempt.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNow:
    """The newest checkpoint, and how many events it covers that the one before did not."""

    checkpoint: Checkpoint
    new: int


def shelves(settings: Settings) -> list[Shelf]:
    """Where checkpoints are kept: our own folder, and a second place if one is named."""
    return [Shelf(folder) for folder in (settings.checkpoints, settings.checkpoint_copy) if folder is not None]


def sign_checkpoint(database: Database, settings: Settings, tenant: str) -> SignedNow | None:
    """Sign the ledger of a tenant as it is now; None when it holds no event.

    The signer goes on from what it signed last and verifies what came since: what does not follow is never signed.
    """
    key = signing_key(settings.keys)
    first, *others = shelves(settings)
    with _one_at_a_time(first.folder / tenant):
        last = first.newest(tenant, key.public)
        tree = first.frontier(last) if last else Frontier()
        found = _since(database, settings, tenant, first, tree)
        if not found.ok:
            raise StopRun(f"{tenant}: nothing was signed. {found.problem}. `kempt ledger verify` says more.")
        hashes = found.hashes
        tree = tree.extended(hashes[at : at + 32] for at in range(0, len(hashes), 32))
        if not tree.size:
            return None
        checkpoint = Checkpoint(tenant=tenant, size=tree.size, root=tree.root)
        if hashes:
            _keep([first], key, checkpoint, tree, hashes)
        _keep([other for other in others if _behind(other, key, checkpoint)], key, checkpoint, tree,
              first.hashes(tenant, tree.size))  # fmt: skip
        return SignedNow(checkpoint=checkpoint, new=len(hashes) // 32)


def verify_ledger(database: Database, settings: Settings, tenant: str) -> Verification:
    """Verify a tenant's ledger with everything there is to hold against it: chain, attestations, checkpoints."""
    signed = [each for shelf in shelves(settings) for each in _signed(shelf, settings, tenant)]
    with database.transaction(tenant) as connection:
        key = Keyring(settings).attestation_key(connection, tenant)
        return verify(connection, tenant, key=key, signed=sorted(signed, key=lambda each: each.size))


def _since(database: Database, settings: Settings, tenant: str, shelf: Shelf, tree: Frontier) -> Verification:
    after = Start(tree.size, shelf.hashes(tenant, tree.size)[-32:]) if tree.size else Start()
    with database.transaction(tenant) as connection:
        key = Keyring(settings).attestation_key(connection, tenant)
        return verify(connection, tenant, key=key, after=after)


def _signed(shelf: Shelf, settings: Settings, tenant: str) -> list[Signed]:
    found = shelf.read(tenant, signing_key(settings.keys).public) if any(shelf.notes(tenant)) else []
    # The hashes of the largest state hold those of all others.
    kept = shelf.hashes(tenant, found[-1].size) if found else b""
    return [Signed(size=each.size, root=each.root, hashes=kept) for each in found]


def _behind(shelf: Shelf, key: SigningKey, checkpoint: Checkpoint) -> bool:
    newest = shelf.newest(checkpoint.tenant, key.public)
    return newest is None or newest.size < checkpoint.size


def _keep(places: list[Shelf], key: SigningKey, checkpoint: Checkpoint, tree: Frontier, hashes: bytes) -> None:
    for place in places:
        place.keep(key.sign(checkpoint), checkpoint, tree, hashes, key.public)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two signers at once could sign two states of one size."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
