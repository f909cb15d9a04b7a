"""What records said is kept sealed, opens in its place alone, and goes with the record's key."""

from datetime import date
from pathlib import Path

import psycopg
import pytest

from kempt.errors import SkipRecord, StopRun
from kempt.ids import stable_id
from kempt.ledger.database import Database
from kempt.ledger.reseal import OF_NEW_DECISIONS, reseal_what_is_there
from kempt.ledger.server import connections
from kempt.ledger.tenants import tenant_keys
from kempt.ledger.vault import Content, keep_versions, newest_digests, said, stage_versions
from kempt.ledger.vault_keys import VaultKeys
from kempt.ledger.vault_rotation import rotate_vault_key, vacuum_keys
from kempt.ledger.verify import verify
from kempt.settings import Settings

ADARA, BELMO = stable_id("record", "adara"), stable_id("record", "belmo")


@pytest.fixture
def vault(database: Database, postgres_home: Settings, tenant: str, tmp_path: Path) -> VaultKeys:
    """The vault keys of a tenant that has said nothing yet."""
    return VaultKeys(keys=tenant_keys(database, postgres_home, tenant), folder=tmp_path / "vault")


def content(record: str, text: str, version: int = 1) -> Content:
    return Content(
        record_id=record, version=version, object_type="contact", observed_on=date(2025, 3, 3), digest=text, text=text
    )


def keep(connection: psycopg.Connection, vault: VaultKeys, *contents: Content, seq: int) -> None:
    stage_versions(connection, vault, contents)
    keep_versions(connection, seq)


def erase(connection: psycopg.Connection, tenant: str, record: str) -> None:
    connection.execute(
        "insert into kempt.erasure (tenant, record_id, key_digest, requested_by, reason_cipher, requested_seq) "
        "values (%s, %s, 'd', 'ines', 'x', 1)",
        [tenant, record],
    )
    connection.execute("select kempt.forget(%s)", [record])


def test_each_version_is_what_was_said_from_its_position_on(database: Database, vault: VaultKeys, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        keep(connection, vault, content(ADARA, '{"email":"a@one.example"}'), content(BELMO, "{}"), seq=3)
        keep(connection, vault, content(ADARA, '{"email":"a@two.example"}', version=2), seq=7)

        now, before = said(connection, vault, [ADARA, BELMO]), said(connection, vault, [ADARA, BELMO], at=6)
        earliest = said(connection, vault, [ADARA], at=2)

        assert {record: dict(each.values) for record, each in now.items()} == {
            ADARA: {"email": "a@two.example"}, BELMO: {},
        }  # fmt: skip
        assert (before[ADARA].version, dict(before[ADARA].values)) == (1, {"email": "a@one.example"})
        assert earliest == {}
        assert sorted(newest_digests(connection)) == sorted([(ADARA, 2, '{"email":"a@two.example"}'), (BELMO, 1, "{}")])


@pytest.mark.parametrize(
    "moved",
    [
        "update kempt.record_version set sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) "
        "where record_id = %(a)s and tenant = %(tenant)s",
        "update kempt.record_version set version = 9 where record_id = %(a)s and tenant = %(tenant)s",
        "update kempt.record_version v set sealed = o.sealed from kempt.record_version o "
        "where v.record_id = %(a)s and o.record_id = %(b)s and o.tenant = v.tenant and v.tenant = %(tenant)s",
        "update kempt.record_key k set wrapped_key = o.wrapped_key from kempt.record_key o "
        "where k.record_id = %(a)s and o.record_id = %(b)s and o.tenant = k.tenant and k.tenant = %(tenant)s",
        "update kempt.record_version set sealed = '' where record_id = %(a)s and tenant = %(tenant)s",
    ],
)
def test_a_row_that_was_changed_or_moved_does_not_open(
    database: Database, vault: VaultKeys, tenant: str, as_superuser: psycopg.Connection, moved: str
) -> None:
    with database.transaction(tenant) as connection:
        keep(connection, vault, content(ADARA, '{"a":"1"}'), content(BELMO, '{"b":"2"}'), seq=1)

    as_superuser.execute(moved, {"a": ADARA, "b": BELMO, "tenant": tenant})  # type: ignore[call-overload]

    with database.transaction(tenant) as connection, pytest.raises(StopRun, match="does not open"):
        said(connection, vault, [ADARA])


def test_what_is_sealed_for_two_records_goes_with_either(database: Database, vault: VaultKeys, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        sealed = vault.ensure(connection, [ADARA, BELMO]).seal([BELMO, ADARA], b"both", "evidence 1")
        keys = vault.of(connection, [ADARA, BELMO])
        assert keys.open([ADARA, BELMO], sealed, "evidence 1") == b"both"
        with pytest.raises(StopRun, match="does not open"):
            keys.open([ADARA, BELMO], sealed, "evidence 2")
        with pytest.raises(StopRun, match="does not open"):
            keys.open([ADARA], sealed, "evidence 1")

        erase(connection, tenant, BELMO)

        with pytest.raises(SkipRecord, match="erased"):
            vault.of(connection, [ADARA, BELMO]).open([ADARA, BELMO], sealed, "evidence 1")
        assert BELMO not in vault.ensure(connection, [ADARA, BELMO]).by_record


def test_nothing_is_forgotten_that_is_not_on_record(database: Database, vault: VaultKeys, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        keep(connection, vault, content(ADARA, "{}"), seq=1)
    with database.transaction(tenant) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not to be erased"):
            connection.execute("select kempt.forget(%s)", [ADARA])
        connection.rollback()
    with database.transaction(tenant) as connection:
        erase(connection, tenant, BELMO)
        assert said(connection, vault, [ADARA]).keys() == {ADARA}


def test_a_rotated_key_opens_what_lives_and_no_backup_of_what_was_erased(
    database: Database, vault: VaultKeys, tenant: str, postgres_home: Settings, as_superuser: psycopg.Connection
) -> None:
    migrate = connections(postgres_home).migrate
    with database.transaction(tenant) as connection:
        keep(connection, vault, content(ADARA, '{"a":"1"}'), content(BELMO, '{"b":"2"}'), seq=1)
    backup = {
        table: as_superuser.execute(f"select * from {table} where tenant = %s", [tenant]).fetchall()
        for table in ("kempt.vault_key", "kempt.record_key", "kempt.record_version")
    }
    with database.transaction(tenant) as connection:
        erase(connection, tenant, BELMO)

    # Whoever has a backup reads on, as long as the vault key lives.
    _bring_back(as_superuser, backup, BELMO)
    with database.transaction(tenant) as connection:
        assert said(connection, vault, [BELMO])[BELMO].values == {"b": "2"}
        connection.execute("select kempt.forget(%s)", [BELMO])

    done = rotate_vault_key(database, migrate, vault)

    assert (done.old, done.new, done.keys) == (1, 2, 1)
    assert [path.name for path in vault.folder.iterdir()] == ["2.key"]
    with database.transaction(tenant) as connection:
        assert said(connection, vault, [ADARA])[ADARA].values == {"a": "1"}
        assert verify(connection, tenant).ok
    _bring_back(as_superuser, backup, BELMO)
    with database.transaction(tenant) as connection, pytest.raises(StopRun, match=r"1\.key is missing"):
        said(connection, vault, [BELMO])


def _bring_back(connection: psycopg.Connection, backup: dict[str, list[tuple[object, ...]]], record: str) -> None:
    """What somebody does who restores the rows of a record from a backup, the whole of it at hand."""
    for table in ("kempt.record_key", "kempt.record_version"):
        for row in backup[table]:
            if str(row[1]) == record:
                connection.execute(f"insert into {table} values ({', '.join(['%s'] * len(row))})", row)


def test_a_rotation_that_was_killed_is_finished_by_the_next(
    database: Database, vault: VaultKeys, tenant: str, postgres_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate = connections(postgres_home).migrate
    with database.transaction(tenant) as connection:
        keep(connection, vault, content(ADARA, '{"a":"1"}'), seq=1)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("append", "_destroy"):  # before the commit, and after it
        with monkeypatch.context() as patched:
            patched.setattr(f"kempt.ledger.vault_rotation.{step}", die)
            with pytest.raises(KeyboardInterrupt):
                rotate_vault_key(database, migrate, vault)
        with database.transaction(tenant) as connection:
            assert said(connection, vault, [ADARA])[ADARA].values == {"a": "1"}

    newest = rotate_vault_key(database, migrate, vault).new
    assert [path.name for path in vault.folder.iterdir()] == [f"{newest}.key"]
    with database.transaction(tenant) as connection:
        assert said(connection, vault, [ADARA])[ADARA].values == {"a": "1"}


def test_a_deleted_key_is_out_of_the_table_s_file(
    database: Database, vault: VaultKeys, tenant: str, postgres_home: Settings, as_superuser: psycopg.Connection
) -> None:
    with database.transaction(tenant) as connection:
        keep(connection, vault, content(ADARA, "{}"), content(BELMO, "{}"), seq=1)
    query = "select wrapped_key from kempt.record_key where record_id = %s and tenant = %s"
    ((key,),) = as_superuser.execute(query, (BELMO, tenant)).fetchall()
    assert bytes(key) in _file(as_superuser)

    with database.transaction(tenant) as connection:
        erase(connection, tenant, BELMO)
    vacuum_keys(connections(postgres_home).migrate)

    assert bytes(key) not in _file(as_superuser)


def _file(connection: psycopg.Connection) -> bytes:
    """The table's file, read by the server: it may belong to another user."""
    connection.execute("checkpoint")
    ((held,),) = connection.execute("select pg_read_binary_file(pg_relation_filepath('kempt.record_key'))").fetchall()
    return bytes(held)


def test_what_was_sealed_before_records_had_keys_is_sealed_anew(
    database: Database, tenant: str, postgres_home: Settings, as_superuser: psycopg.Connection
) -> None:
    keys = tenant_keys(database, postgres_home, tenant)
    vault = VaultKeys(keys=keys, folder=postgres_home.keys / "vault" / tenant)
    # A decision from before decisions named what they were made from.
    ((constraint,),) = as_superuser.execute(OF_NEW_DECISIONS).fetchall()
    as_superuser.execute("alter table kempt.decision drop constraint policy_says_from_what")
    proposal, decision, claim = (stable_id(what, tenant) for what in ("proposal", "decision", "claim"))
    evidence = keys.seal(b"evidence", aad=f"evidence of {proposal}")
    with database.transaction(tenant) as connection:
        connection.execute(
            "insert into kempt.proposal (tenant, proposal_id, kind, entity_type, subjects, features, confidence, "
            "evidence_cipher, created_at, created_seq) "
            "values (%s, %s, 'merge', 'person', %s::uuid[], '{}', 1, %s, now(), 1)",
            [tenant, proposal, [ADARA, BELMO], evidence],
        )
        connection.execute(
            "insert into kempt.decision (tenant, decision_id, proposal_id, verdict, decider_type, decider, reasons, "
            "policy_version, decided_at, evidence_cipher) "
            "values (%s, %s, %s, 'review', 'policy', 'p', '{r}', 'v', now(), %s)",
            [tenant, decision, proposal, evidence],
        )
        connection.execute(
            "insert into kempt.claim (tenant, claim_id, record_id, attribute, value_cipher, value_digest, kind, "
            "origin, confidence, observed_at, decision_id, created_seq) "
            "values (%s, %s, %s, 'phone', %s, 'd', 'override', 'o', 1, now(), %s, 1)",
            [tenant, claim, ADARA, keys.seal(b"1", aad=f"claim {claim}"), decision],
        )

    as_superuser.execute(f"alter table kempt.decision add constraint policy_says_from_what {constraint}")
    reseal_what_is_there(connections(postgres_home).migrate, postgres_home)

    with database.transaction(tenant) as connection:
        opened = vault.of(connection, [ADARA, BELMO])
        for table in ("proposal", "decision"):
            ((sealed,),) = connection.execute(f"select evidence_cipher from kempt.{table}").fetchall()
            assert opened.open([ADARA, BELMO], sealed, f"evidence of {proposal}") == b"evidence"
        ((sealed,),) = connection.execute("select value_cipher from kempt.claim").fetchall()
        assert opened.open([ADARA], sealed, f"claim {claim}") == b"1"
    with database.transaction(tenant) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update kempt.decision set verdict = 'apply'")
