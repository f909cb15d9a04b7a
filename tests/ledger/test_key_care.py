"""Backing up, restoring and rotating keys: nothing is lost on the way, whenever it is interrupted."""

import dataclasses
from pathlib import Path

import pytest

from kempt.errors import StopRun
from kempt.ledger import rotation
from kempt.ledger.database import Database
from kempt.ledger.key_backup import backup_keys, restore_keys
from kempt.ledger.keys import master_key, new_key_file
from kempt.ledger.rotation import rotate_master_key
from kempt.ledger.server import connections
from kempt.ledger.tenants import add_tenant, tenant_keys
from kempt.settings import Settings

PASSPHRASE = "correct horse battery"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    (folder / "retired").mkdir(parents=True)
    (folder / "master.key").write_text("one\n")
    (folder / "retired" / "old.key").write_text("two\n")
    return folder


def test_a_backup_brings_back_what_is_missing(keys: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.backup"
    assert backup_keys(keys, file, PASSPHRASE) == ["master.key", "retired/old.key"]
    (keys / "master.key").unlink()

    assert restore_keys(keys, file, PASSPHRASE) == ["master.key"]
    assert (keys / "master.key").read_text() == "one\n"
    assert restore_keys(tmp_path / "elsewhere", file, PASSPHRASE) == ["master.key", "retired/old.key"]
    assert b"one" not in file.read_bytes()


def test_a_key_that_is_there_is_never_replaced(keys: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.backup"
    backup_keys(keys, file, PASSPHRASE)
    (keys / "retired" / "old.key").write_text("another\n")
    (keys / "master.key").unlink()

    with pytest.raises(StopRun, match="another one"):
        restore_keys(keys, file, PASSPHRASE)
    assert not (keys / "master.key").exists()


def test_a_backup_opens_with_its_passphrase_alone(keys: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.backup"
    with pytest.raises(StopRun, match="too short"):
        backup_keys(keys, file, "short")
    backup_keys(keys, file, PASSPHRASE)

    with pytest.raises(StopRun, match="passphrase is wrong"):
        restore_keys(keys, file, PASSPHRASE + "!")
    with pytest.raises(StopRun, match="exists already"):
        backup_keys(keys, file, PASSPHRASE)
    file.write_bytes(b"else")
    with pytest.raises(StopRun, match="no backup"):
        restore_keys(keys, file, PASSPHRASE)


@pytest.fixture
def own_key(postgres_home: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings whose master key may change without touching other tests'; the next test rotates it back."""
    path = tmp_path / "master.key"
    path.write_text(postgres_home.master_key_file.read_text())
    return dataclasses.replace(postgres_home, master_key_file=path)


def test_a_rotated_key_opens_what_the_old_one_did(
    own_key: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate = connections(own_key).migrate
    names = [add_tenant(database, own_key, name).name for name in ("acme_keys", "globex_keys")]
    before = {name: tenant_keys(database, own_key, name) for name in names}

    old, new, kept = rotate_master_key(migrate, own_key)

    assert old != new
    assert {name: tenant_keys(database, own_key, name) for name in names} == before
    with pytest.raises(StopRun, match=f"{new}.*{old}"):
        tenant_keys(database, dataclasses.replace(own_key, master_key=kept.read_text()), "acme_keys")

    # Killed after the commit, before the new key is in its place.
    with monkeypatch.context() as patched:
        patched.setattr(rotation.Path, "rename", _killed)
        with pytest.raises(KeyboardInterrupt):
            rotate_master_key(migrate, own_key)
    assert new_key_file(own_key.master_key_file).exists()
    assert {name: tenant_keys(database, own_key, name) for name in names} == before
    third, fourth, _ = rotate_master_key(migrate, own_key)
    assert len({old, new, third, fourth}) == 4
    assert {name: tenant_keys(database, own_key, name) for name in names} == before
    with database.transaction(None) as connection:
        assert master_key(connection, own_key).fingerprint == fourth


def _killed(self: Path, target: Path) -> Path:
    if self.name == "master.key.next":
        raise KeyboardInterrupt
    return Path(__import__("os").rename(self, target) or target)


def test_a_key_from_the_environment_is_not_rotated(postgres_home: Settings) -> None:
    given = dataclasses.replace(postgres_home, master_key="ab" * 32)

    with pytest.raises(StopRun, match="KEMPT_MASTER_KEY_FILE"):
        rotate_master_key(connections(postgres_home).migrate, given)
