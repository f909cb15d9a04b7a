"""Transactions of one tenant."""

import dataclasses

import psycopg
import pytest

from kempt.errors import Retry, StopRun
from kempt.ledger.connect import connect
from kempt.ledger.database import Database, copy_in, enter
from tests.ledger.factory import append_some


def test_a_block_that_fails_leaves_nothing(database: Database, tenant: str) -> None:
    def fail() -> None:
        with database.transaction(tenant) as connection:
            append_some(connection, 2)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    with database.transaction(tenant) as connection:
        assert connection.execute("select count(*) from ledger.event").fetchone() == (0,)


def test_a_connection_that_carries_a_tenant_is_refused(database: Database, tenant: str) -> None:
    with connect(database.address) as connection:
        connection.execute("select set_config('kempt.tenant', 'somebody', false)")

        with pytest.raises(StopRun, match="before we set it"):
            enter(connection, tenant, database.address.context_key)


def test_rows_are_copied_into_a_temporary_table(database: Database, tenant: str) -> None:
    rows = [(1, "a\tb"), (2, None), (3, 'quote " and \\ slash\n')]
    with database.transaction(tenant) as connection:
        connection.execute("create temporary table staged (n int, word text) on commit drop")

        copy_in(connection, "staged", ("n", "word"), rows)

        assert connection.execute("select n, word from staged order by n").fetchall() == rows


def test_a_transaction_in_the_way_asks_for_a_retry(database: Database, tenant: str) -> None:
    with pytest.raises(Retry, match="in the way"), database.transaction(tenant):
        raise psycopg.errors.SerializationFailure


def test_a_lost_connection_asks_for_a_retry(database: Database, tenant: str, as_superuser: psycopg.Connection) -> None:
    def lose() -> None:
        with database.transaction(tenant) as connection:
            as_superuser.execute("select pg_terminate_backend(%s, 1000)", (connection.info.backend_pid,))
            append_some(connection, 1)

    with pytest.raises(Retry):
        lose()


def test_a_server_that_is_not_there_asks_for_a_retry(database: Database) -> None:
    nowhere = Database(dataclasses.replace(database.address, host="/nowhere"))

    with pytest.raises(Retry, match="kempt up"), nowhere.transaction(None):
        pass


@pytest.mark.parametrize(
    ("change", "message"), [({"password": "wrong"}, "wrong password"), ({"dbname": "gone"}, "missing")]
)
def test_a_login_that_cannot_work_says_why(database: Database, change: dict[str, str], message: str) -> None:
    wrong = Database(dataclasses.replace(database.address, **change))  # type: ignore[arg-type]

    with pytest.raises(StopRun, match=message), wrong.transaction(None):
        pass
