"""What the app's login cannot do, whatever SQL reaches it."""

import psycopg
import pytest
from psycopg import sql

from kempt.ledger.connect import connect
from kempt.ledger.database import Database
from kempt.ledger.server import connections
from kempt.settings import Settings
from tests.ledger.factory import append_some

WALLED = """
    select c.oid::regclass::text from pg_class c
    where c.relnamespace in ('kempt'::regnamespace, 'ledger'::regnamespace) and c.relkind = 'r'
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant')
        and c.oid <> 'kempt.tenant'::regclass
"""

FORBIDDEN = (
    "update ledger.event set body = '{}'",
    "delete from ledger.event",
    "truncate ledger.event",
    "insert into ledger.event values (kempt.tenant(), 2, gen_random_uuid(), 't', now(), '{}', '', '')",
    "insert into ledger.head values (kempt.tenant(), 1, '')",
    "insert into ledger.attestation values (kempt.tenant(), 1, sha256('x'))",
    "update ledger.attestation set mac = sha256('x')",
    "delete from ledger.attestation",
    "update ledger.head set seq = 0",
    "update kempt.decision set verdict = 'apply'",
    "delete from kempt.decision",
    "update kempt.proposal set confidence = 1",
    "update kempt.membership set entity_id = 'x'",
    "delete from kempt.membership",
    "delete from kempt.record_key",
    "delete from kempt.record_version",
    "update kempt.record_version set sealed = ''",
    "delete from kempt.erasure",
    "delete from kempt.search_record",
    "delete from kempt.provider_answer",
    "select kempt.forget(gen_random_uuid())",
    "update kempt.tenant_key set wrapped_key = ''",
    "update kempt.installation set master_key_fingerprint = ''",
    "update kempt.policy_version set body = ''",
    "set role kempt_owner",
    "set role kempt_writer",
    "set session_replication_role = replica",
    "alter table ledger.event disable trigger all",
    "alter table ledger.event no force row level security",
    "drop policy of_tenant on ledger.event",
    "create table kempt.mine (x int)",
    "create table public.mine (x int)",
    "create function ledger.mine() returns int language sql return 1",
    "select * from pg_authid",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_app_may_not(database: Database, tenant: str, statement: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 1)

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[call-overload]
        connection.rollback()


def test_no_row_of_another_tenant_is_seen_or_taken(database: Database, tenant: str, other_tenant: str) -> None:
    for name in (tenant, other_tenant):
        with database.transaction(name) as connection:
            append_some(connection, 3)
            _decide(connection, name)

    with database.transaction(tenant) as connection:
        for table in ("ledger.event", "ledger.head", "kempt.tenant_key", "kempt.proposal", "kempt.decision"):
            assert _tenants_seen(connection, table) == {tenant}
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            _decide(connection, other_tenant)
        connection.rollback()


def test_a_forgotten_tenant_sees_nothing_and_writes_nothing(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 3)

    with database.transaction(None) as connection:
        assert _tenants_seen(connection, "ledger.event") == set()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no tenant in context"):
            append_some(connection, 1, start=10)
        connection.rollback()


def test_the_context_ends_with_its_transaction(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 3)
        connection.commit()

        assert _tenants_seen(connection, "ledger.event") == set()


def test_a_reference_cannot_reach_into_another_tenant(database: Database, tenant: str, other_tenant: str) -> None:
    with database.transaction(other_tenant) as connection:
        _entity(connection, other_tenant)

    with pytest.raises(psycopg.errors.ForeignKeyViolation), database.transaction(tenant) as connection:
        connection.execute("insert into kempt.membership values (%s, gen_random_uuid(), 'per_a', 1)", (tenant,))


def test_a_caller_s_own_objects_do_not_fool_the_ledger(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        connection.execute("create function pg_temp.sha256(bytea) returns bytea language sql return ''::bytea")
        connection.execute("create temporary table head (tenant text, seq bigint, hash bytea)")
        connection.execute("set local search_path = pg_temp, ledger, kempt")

        assert append_some(connection, 2).last == 2
        (size,) = connection.execute("select min(octet_length(hash)) from ledger.event").fetchone() or (0,)
        assert size == 32


def test_every_table_of_tenants_has_a_forced_wall(as_superuser: psycopg.Connection) -> None:
    walled = {name for (name,) in as_superuser.execute(WALLED)}
    forced = {
        name
        for (name,) in as_superuser.execute(
            "select c.oid::regclass::text from pg_class c join pg_policy p on p.polrelid = c.oid "
            "where c.relrowsecurity and c.relforcerowsecurity and p.polname = 'of_tenant'"
        )
    }

    assert len(walled) > 15
    assert walled == forced


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger.event set body = '{}'",
        "delete from ledger.event",
        "truncate ledger.event",
        "delete from ledger.head",
    ],
)
def test_even_a_superuser_must_disable_the_triggers_first(as_superuser: psycopg.Connection, statement: str) -> None:
    with as_superuser.transaction(force_rollback=True):
        as_superuser.execute("set local session_replication_role = replica")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
            as_superuser.execute(statement)  # type: ignore[call-overload]


def test_every_definer_function_pins_its_search_path(as_superuser: psycopg.Connection) -> None:
    found = as_superuser.execute("select proname, proconfig from pg_proc where prosecdef").fetchall()

    assert {name for name, _ in found} == {
        "append",
        "mentioning",
        "page",
        "attest",
        "must_be_attested",
        "tenant",
        "forget",
        "review_moves",
        "having_tokens",
        "forget_tokens",
        "proposals_about",
    }
    assert all("search_path=pg_catalog, pg_temp" in config for _, config in found)


def test_each_login_reaches_its_own_database_alone(database: Database, postgres_home: Settings) -> None:
    logins = connections(postgres_home)
    for login in (logins.app, logins.lake, logins.dagster):
        for dbname in {"kempt", "kempt_lake", "dagster"} - {login.dbname}:
            with pytest.raises(Exception, match="PostgreSQL does not answer|refused"):
                connect(login.login(login.user, login.password, dbname))


def test_no_login_bypasses_the_walls(as_superuser: psycopg.Connection) -> None:
    query = "select rolname from pg_roles where rolname like 'kempt%' and (rolsuper or rolbypassrls or rolcreaterole)"

    assert as_superuser.execute(query).fetchall() == []


def _tenants_seen(connection: psycopg.Connection, table: str) -> set[str]:
    query = sql.SQL("select distinct tenant from {}").format(sql.Identifier(*table.split(".")))
    return {name for (name,) in connection.execute(query)}


def _entity(connection: psycopg.Connection, tenant: str) -> None:
    connection.execute(
        "insert into kempt.entity values (%s, 'per_a', 'person', gen_random_uuid(), 0, 1, 'active')", (tenant,)
    )


def _decide(connection: psycopg.Connection, tenant: str) -> None:
    row = connection.execute("select gen_random_uuid(), gen_random_uuid()").fetchone()
    assert row is not None
    proposal, decision = row
    connection.execute(
        "insert into kempt.proposal values (%s, %s, 'merge', 'person', '{}', null, '{}', 1, '', now(), 1)",
        (tenant, proposal),
    )
    connection.execute(
        "insert into kempt.decision values (%s, %s, %s, 'review', 'steward', 'ada', '{why}', 'v1', null, now())",
        (tenant, decision, proposal),
    )
