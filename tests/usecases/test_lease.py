"""Two runs of one tenant: one waits for the other, and one that was cut off commits nothing more."""

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from kempt.errors import StopRun
from kempt.ledger.database import Database
from kempt.ledger.keys import Keyring
from kempt.ledger.server import connections
from kempt.settings import Settings
from kempt.usecases.lease import lease
from tests.ledger.factory import append_some
from tests.postgres import settings_in

ROOT = Path(__file__).parents[2]
LOCKS = "select pid from pg_locks where locktype = 'advisory' and granted"


def test_a_run_that_lost_its_tenant_commits_nothing(
    database: Database, tenant: str, postgres_home: Settings, as_superuser: psycopg.Connection
) -> None:
    with lease(database, tenant):
        with database.transaction(tenant) as connection:
            append_some(connection, 1)
        # Its connection breaks, as when the server restarts, while it computes; another run takes the tenant.
        for (pid,) in as_superuser.execute(LOCKS).fetchall():
            as_superuser.execute("select pg_terminate_backend(%s)", [pid])
        other_run = [sys.executable, "-m", "tests.usecases.test_lease", str(postgres_home.home), tenant]
        subprocess.run(other_run, cwd=ROOT, check=True)

        with pytest.raises(StopRun, match="took over"), database.transaction(tenant) as connection:
            append_some(connection, 1, start=20)

    with database.transaction(tenant) as connection:
        found = connection.execute("select body::json->>'number' from ledger.event order by seq").fetchall()
    assert found == [("0",), ("10",)]


def test_who_holds_nothing_is_not_fenced(database: Database, tenant: str) -> None:
    for start in (0, 1):
        with lease(database, tenant), database.transaction(tenant) as connection:
            append_some(connection, 1, start=start)

    with database.transaction(tenant) as connection:
        append_some(connection, 1, start=2)
        assert connection.execute("select epoch from kempt.lease").fetchone() == (2,)


def _other_run(home: str, tenant: str) -> None:
    settings = settings_in(Path(home))
    database = Database(connections(settings).app, Keyring(settings))
    with lease(database, tenant), database.transaction(tenant) as connection:
        append_some(connection, 1, start=10)


if __name__ == "__main__":
    _other_run(*sys.argv[1:])
