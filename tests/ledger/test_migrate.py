"""The schema goes up, down and up again, with rows in it."""

from collections.abc import Iterator

import psycopg
import pytest

from kempt.ledger.connect import connect
from kempt.ledger.context import ensure_context_key
from kempt.ledger.database import Database
from kempt.ledger.keys import ensure_master_key
from kempt.ledger.migrate import HEAD, downgrade, migrate, revision, upgrade
from kempt.ledger.server import connections
from kempt.ledger.tenants import add_tenant
from kempt.ledger.verify import verify
from kempt.settings import Settings
from tests.ledger.factory import append_some
from tests.postgres import superuser

CATALOGUE = """
    select c.relname, c.relkind::text, c.relacl::text, c.relowner::regrole::text,
        (select array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) order by a.attnum)
         from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)
    from pg_class c where c.relnamespace in (select oid from pg_namespace where nspname in ('kempt', 'ledger'))
    order by 1
"""


@pytest.fixture
def migrated(postgres_home: Settings, database: Database) -> Iterator[Settings]:
    yield postgres_home
    migrate(connections(postgres_home).migrate)
    ensure_context_key(connections(postgres_home).migrate)
    ensure_master_key(connections(postgres_home).migrate, postgres_home)


def test_a_populated_database_goes_down_and_up_again(migrated: Settings, database: Database, tenant: str) -> None:
    login = connections(migrated).migrate
    with database.transaction(tenant) as connection:
        append_some(connection, 5)
        connection.execute(
            "insert into kempt.entity values (%s, 'per_a', 'person', gen_random_uuid(), 0, 1, 'active')", (tenant,)
        )
        connection.execute("insert into kempt.membership values (%s, gen_random_uuid(), 'per_a', 1)", (tenant,))
        connection.execute("insert into kempt.vault_key values (%s, 1, 'f', now())", (tenant,))
        connection.execute("insert into kempt.record_key values (%s, gen_random_uuid(), 1, '')", (tenant,))
    before = _catalogue(migrated)

    downgrade(login, "base")
    assert revision(login) is None
    assert [row[0] for row in _catalogue(migrated) if row[1] == "r"] == ["alembic_version"]

    upgrade(login)
    assert revision(login) == HEAD
    assert _catalogue(migrated) == before
    ensure_context_key(login)
    ensure_master_key(login, migrated)
    add_tenant(database, migrated, tenant)
    with database.transaction(tenant) as connection:
        append_some(connection, 5)
        assert verify(connection, tenant).events == 5


def test_what_is_known_of_identity_survives_the_way_down_to_the_first_schema_and_up(
    migrated: Settings, database: Database, tenant: str
) -> None:
    login, rows = connections(migrated).migrate, "select record_id, entity_id, from_seq, to_seq from kempt.membership"
    with database.transaction(tenant) as connection:
        append_some(connection, 5)
        connection.execute(
            "insert into kempt.entity values (%s, 'per_a', 'person', gen_random_uuid(), 0, 1, 'active')", (tenant,)
        )
        connection.execute("insert into kempt.membership values (%s, gen_random_uuid(), 'per_a', 1, 3)", (tenant,))
        before = connection.execute(rows).fetchall()

    downgrade(login, "0001")
    upgrade(login)
    ensure_context_key(login)

    with database.transaction(tenant) as connection:
        assert connection.execute(rows).fetchall() == before
        with pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute(
                "insert into kempt.membership select tenant, record_id, entity_id, 2, 4 from kempt.membership"
            )
        connection.rollback()


def test_a_schema_is_not_taken_back_from_under_what_only_its_keys_open(
    migrated: Settings, database: Database, tenant: str, as_superuser: psycopg.Connection
) -> None:
    with database.transaction(tenant) as connection:
        connection.execute(
            "insert into kempt.proposal values (%s, gen_random_uuid(), 'merge', 'person', '{}', null, '{}', 1, '', "
            "now(), 1)",
            (tenant,),
        )

    with pytest.raises(psycopg.errors.RaiseException, match="sealed under record keys"):
        downgrade(connections(migrated).migrate, "0006")

    assert revision(connections(migrated).migrate) == HEAD
    as_superuser.execute("delete from kempt.proposal")


def test_migrating_what_is_migrated_changes_nothing(migrated: Settings) -> None:
    before = _catalogue(migrated)

    migrate(connections(migrated).migrate)
    upgrade(connections(migrated).migrate)

    assert _catalogue(migrated) == before


def _catalogue(settings: Settings) -> list[tuple[object, ...]]:
    with connect(superuser(settings)) as connection:
        return connection.execute(CATALOGUE).fetchall()
