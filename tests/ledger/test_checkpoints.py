"""Checkpoints: a tree that grows from its frontier, notes that only their key signs, folders that survive a crash."""

import dataclasses
import os
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.ledger.checkpoints import Checkpoint, PublicKey, Shelf, SigningKey, signing_key
from kempt.ledger.database import Database
from kempt.ledger.merkle import Frontier
from kempt.ledger.verify import _root
from kempt.settings import Settings
from kempt.usecases.sign_checkpoint import sign_checkpoint, verify_ledger
from tests.disk_faults import faults_in
from tests.ledger.factory import append_some

KEY = SigningKey("kempt-0a0b0c0d", b"s" * 32)
NOTE = Checkpoint(tenant="acme", size=3, root=sha256(b"root").digest())


def hashes(count: int) -> bytes:
    return b"".join(sha256(bytes([n])).digest() for n in range(count))


@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_tree_grown_in_steps_is_the_tree_of_all_leaves(steps: list[int]) -> None:
    leaves, tree = hashes(sum(steps)), Frontier()
    for step in steps:
        tree = tree.extended(leaves[32 * n : 32 * n + 32] for n in range(tree.size, tree.size + step))

    assert tree.root == _root(leaves)  # the verifier's own, level by level
    assert len(tree.nodes) == tree.size.bit_count()


def test_the_root_is_that_of_the_standard() -> None:
    # The test vectors of Certificate Transparency for one empty leaf and for none.
    assert Frontier().root.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().extended([b""]).root.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_a_note_is_what_its_key_signed() -> None:
    note = KEY.sign(NOTE)
    other = SigningKey(KEY.name, b"o" * 32)

    assert note.startswith(f"{KEY.name}/acme\n3\n")
    assert PublicKey.parse(KEY.public.text).verify(note, "acme") == NOTE
    for wrong in (note.replace("\n3\n", "\n4\n"), other.sign(NOTE), note.partition("\n\n")[0], ""):
        with pytest.raises(StopRun):
            KEY.public.verify(wrong, "acme")
    with pytest.raises(StopRun, match="globex"):
        KEY.public.verify(note, "globex")


def test_a_public_key_with_a_slip_is_refused() -> None:
    with pytest.raises(StopRun, match="public key"):
        PublicKey.parse(KEY.public.text[:-3] + "AA=")


def test_a_signing_key_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(StopRun, match="missing"):
        signing_key(tmp_path)

    made = signing_key(tmp_path, made_anew=True)

    assert signing_key(tmp_path) == made
    assert made.secret.hex() not in repr(made)


def test_signing_goes_on_where_it_stopped(
    database: Database, tenant: str, postgres_home: Settings, tmp_path: Path
) -> None:
    copied = dataclasses.replace(postgres_home, checkpoint_copy=tmp_path / "copy")
    for start in (0, 3, 6):
        with database.transaction(tenant) as connection:
            append_some(connection, 3, start=start)
        # The second place was not there the first time: it catches up.
        signed = sign_checkpoint(database, copied if start else postgres_home, tenant)
        assert signed is not None
        assert (signed.checkpoint.size, signed.new) == (start + 3, 3)

    kept = [[path.name for path in Shelf(place).notes(tenant)] for place in (copied.checkpoints, tmp_path / "copy")]
    assert kept == [
        ["000000000003.txt", "000000000006.txt", "000000000009.txt"],
        ["000000000006.txt", "000000000009.txt"],
    ]
    assert (tmp_path / "copy" / tenant / "hashes").read_bytes() == Shelf(copied.checkpoints).hashes(tenant, 99)
    assert verify_ledger(database, copied, tenant).signed == 9


def test_a_signer_killed_between_its_writes_signs_again(
    database: Database, tenant: str, postgres_home: Settings
) -> None:
    folder = postgres_home.checkpoints / tenant
    for start in (0, 3):
        with database.transaction(tenant) as connection:
            append_some(connection, 3, start=start)
        sign_checkpoint(database, postgres_home, tenant)
    (folder / "000000000006.txt").unlink()  # the hashes and the frontier are ahead of the notes

    signed = sign_checkpoint(database, postgres_home, tenant)

    assert signed is not None
    assert (signed.checkpoint.size, signed.new) == (6, 3)
    assert verify_ledger(database, postgres_home, tenant).ok


def test_hashes_that_were_not_signed_are_refused(database: Database, tenant: str, postgres_home: Settings) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 5)
    sign_checkpoint(database, postgres_home, tenant)
    folder = postgres_home.checkpoints / tenant
    (folder / "frontier").unlink()
    (folder / "hashes").write_bytes(os.urandom(160))

    with pytest.raises(StopRun, match="not what was signed"):
        sign_checkpoint(database, postgres_home, tenant)
    assert verify_ledger(database, postgres_home, tenant).ok


def test_a_note_that_was_changed_is_named(database: Database, tenant: str, postgres_home: Settings) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 5)
    sign_checkpoint(database, postgres_home, tenant)
    note = postgres_home.checkpoints / tenant / "000000000005.txt"
    note.write_text(note.read_text().replace("\n5\n", "\n4\n"))

    with pytest.raises(StopRun, match=r"000000000005\.txt: not what was signed"):
        verify_ledger(database, postgres_home, tenant)


def test_whatever_fails_while_a_checkpoint_is_kept_the_ledger_verifies_and_the_next_one_is_signed(
    database: Database, tenant: str, postgres_home: Settings
) -> None:
    start = 0

    def sign() -> None:
        nonlocal start
        with database.transaction(tenant) as connection:
            append_some(connection, 2, start=start)
        start += 2
        sign_checkpoint(database, postgres_home, tenant)

    def afterwards() -> None:
        assert verify_ledger(database, postgres_home, tenant).ok
        assert not list((postgres_home.checkpoints / tenant).glob(".*"))
        signed = sign_checkpoint(database, postgres_home, tenant)
        assert signed is not None
        assert signed.checkpoint.size == start
        assert verify_ledger(database, postgres_home, tenant).signed == start

    # The hashes; content, name and folder of the frontier and of the note. The public key is there from the start.
    sign()
    assert faults_in(sign, afterwards) == 7
