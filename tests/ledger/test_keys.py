"""Keys open what they sealed, and nothing else; a database keeps its master key."""

import dataclasses
import os
import stat
from pathlib import Path

import pytest

from kempt.errors import Retry, StopRun
from kempt.ledger.database import Database
from kempt.ledger.keys import MasterKey, TenantKeys, ensure_master_key
from kempt.ledger.server import connections
from kempt.ledger.tenants import tenant_keys
from kempt.settings import Settings

KEYS = TenantKeys(tenant="acme", secret=b"k" * 32)


def test_what_is_sealed_opens_in_its_place_alone() -> None:
    sealed = KEYS.seal(b"value", "claim 1")

    assert KEYS.open(sealed, "claim 1") == b"value"
    with pytest.raises(StopRun, match="claim 2"):
        KEYS.open(sealed, "claim 2")
    with pytest.raises(StopRun, match="globex"):
        dataclasses.replace(KEYS, tenant="globex").open(sealed, "claim 1")
    with pytest.raises(StopRun, match="changed"):
        KEYS.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "claim 1")
    with pytest.raises(StopRun, match="changed"):
        KEYS.open(b"", "claim 1")


def test_the_same_value_never_seals_alike() -> None:
    assert KEYS.seal(b"value", "x") != KEYS.seal(b"value", "x")


def test_every_purpose_and_tenant_has_its_own_key() -> None:
    other = TenantKeys(tenant="acme", secret=b"o" * 32)
    found = [keys.mint_key() for keys in (KEYS, other)] + [keys.digest_key() for keys in (KEYS, other)]

    assert len(set(found)) == 4


def test_the_parquet_key_is_one_that_duckdb_takes() -> None:
    import duckdb

    key = KEYS.raw_parquet_key()

    assert len(key) == 32
    assert set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    duckdb.connect().execute(f"pragma add_parquet_key('kempt', '{key}')")


def test_keys_do_not_print() -> None:
    for shown in (repr(KEYS), str(MasterKey(b"k" * 32))):
        assert "kkk" not in shown
        assert (b"k" * 32).hex() not in shown


def test_a_tenant_key_opens_with_its_master_key_alone() -> None:
    master = MasterKey(os.urandom(32))
    wrapped = master.new_tenant_key("acme")

    assert master.unwrap("acme", wrapped).tenant == "acme"
    with pytest.raises(StopRun, match="master key"):
        MasterKey(os.urandom(32)).unwrap("acme", wrapped)
    with pytest.raises(StopRun, match="globex"):
        master.unwrap("globex", wrapped)


def test_the_master_key_file_is_private(postgres_home: Settings) -> None:
    assert stat.S_IMODE(postgres_home.master_key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE((postgres_home.keys / "postgres.json").stat().st_mode) == 0o600


def test_a_database_refuses_another_master_key(postgres_home: Settings, database: Database, tenant: str) -> None:
    expected = MasterKey(bytes.fromhex(postgres_home.master_key_file.read_text().strip())).fingerprint
    other = dataclasses.replace(postgres_home, master_key="ab" * 32)

    with pytest.raises(StopRun, match=f"{expected}.*{MasterKey(bytes.fromhex('ab' * 32)).fingerprint}"):
        ensure_master_key(connections(postgres_home).migrate, other)
    with pytest.raises(StopRun, match=expected):
        tenant_keys(database, other, tenant)


def test_a_lost_master_key_is_not_replaced(postgres_home: Settings, tmp_path: Path) -> None:
    lost = dataclasses.replace(postgres_home, master_key_file=tmp_path / "master.key")

    with pytest.raises(StopRun, match="restore the file"):
        ensure_master_key(connections(postgres_home).migrate, lost)
    assert not lost.master_key_file.exists()


def test_the_master_key_may_come_from_the_environment(postgres_home: Settings, database: Database, tenant: str) -> None:
    given = dataclasses.replace(
        postgres_home, master_key=postgres_home.master_key_file.read_text(), master_key_file=Path("/nowhere")
    )

    assert tenant_keys(database, given, tenant) == tenant_keys(database, postgres_home, tenant)


def test_the_master_key_may_be_printed_by_a_command(
    postgres_home: Settings, database: Database, tenant: str, tmp_path: Path
) -> None:
    """A keeper of keys outside: asked once, asked again when it has another key, and told of what it says."""
    keeper, right = tmp_path / "keeper", postgres_home.master_key_file.read_text()
    asked = dataclasses.replace(postgres_home, master_key_command=f"sh {keeper}", master_key_file=tmp_path / "none")
    migrate = connections(postgres_home).migrate

    keeper.write_text(f"echo x >> {tmp_path}/asked; echo {'cd' * 32}")
    with pytest.raises(StopRun, match="found in KEMPT_MASTER_KEY_COMMAND") as caught:
        ensure_master_key(migrate, asked)
    assert "cdcd" not in str(caught.value)
    keeper.write_text(f"echo x >> {tmp_path}/asked; echo {right}")
    for _ in range(3):
        assert tenant_keys(database, asked, tenant) == tenant_keys(database, postgres_home, tenant)
    assert (tmp_path / "asked").read_text().count("x") == 3
    assert not (tmp_path / "none").exists()

    keeper.write_text("echo half-a-key; echo sealed since noon >&2; exit 4")
    other = dataclasses.replace(asked, master_key_command=f"sh  {keeper}")
    with pytest.raises(Retry, match=r"failed with 4: sealed since noon") as refused:
        ensure_master_key(migrate, other)
    assert "half-a-key" not in str(refused.value)
    with pytest.raises(StopRun, match="no program 'keep-no-keys'"):
        ensure_master_key(migrate, dataclasses.replace(asked, master_key_command="keep-no-keys"))


def test_a_malformed_master_key_is_refused_without_showing_it(postgres_home: Settings) -> None:
    with pytest.raises(StopRun, match="64 hexadecimal digits") as caught:
        ensure_master_key(connections(postgres_home).migrate, dataclasses.replace(postgres_home, master_key="hush"))
    assert "hush" not in str(caught.value)
