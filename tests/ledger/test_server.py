"""The server comes up wherever it is put, and again after whatever happened to it."""

import multiprocessing
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from kempt.errors import StopRun
from kempt.ledger import bootstrap, embedded
from kempt.ledger.address import Address
from kempt.ledger.connect import connect
from kempt.ledger.database import Database
from kempt.ledger.embedded import EmbeddedServer
from kempt.ledger.keys import Keyring
from kempt.ledger.server import connections, ensure_server, stop_server
from kempt.ledger.server_user import ServerUser, server_user
from kempt.ledger.tenants import add_tenant
from kempt.ledger.verify import verify
from kempt.settings import Settings
from tests.ledger.factory import append_some
from tests.postgres import empty_home, settings_in, superuser


@pytest.fixture
def fresh() -> Iterator[Settings]:
    """An installation that was never started."""
    with empty_home() as settings:
        yield settings


@pytest.fixture(scope="module")
def _installed() -> Iterator[Settings]:
    """An installation at a long path with odd characters."""
    with empty_home() as settings:
        odd = settings_in(settings.home / f"a home $HOME with 'quotes' and {'length ' * 15}")
        yield odd
        stop_server(odd)


@pytest.fixture
def running(_installed: Settings) -> Settings:
    """The settings of an installation that runs, whatever the test before did to it."""
    ensure_server(_installed)
    return _installed


def test_an_installation_works_at_any_path(running: Settings) -> None:
    found = connections(running)

    assert len(os.fsencode(f"{found.app.host}/.s.PGSQL.5432")) < 104
    for login in (found.app, found.migrate, found.lake, found.dagster):
        with connect(login) as connection:
            assert connection.execute("select current_user").fetchone() == (login.user,)
    with connect(superuser(running)) as connection:
        assert connection.execute("show data_checksums").fetchone() == ("on",)
        assert connection.execute(
            "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"
        ).fetchone() == (0,)


def test_a_killed_server_recovers_what_was_committed(running: Settings) -> None:
    database = Database(connections(running).app, Keyring(running))
    add_tenant(database, running, "acme")
    with database.transaction("acme") as connection:
        append_some(connection, 50)
    os.kill(_pid(running), signal.SIGKILL)

    ensure_server(running)

    with database.transaction("acme") as connection:
        assert verify(connection, "acme").events == 50


def test_a_data_folder_that_was_deleted_under_a_running_server_is_made_anew(fresh: Settings) -> None:
    ensure_server(fresh)
    before = _pid(fresh)
    shutil.rmtree(fresh.home)

    ensure_server(fresh)

    assert not psutil.pid_exists(before) or psutil.Process(before).status() == psutil.STATUS_ZOMBIE


def test_stop_and_start_again(running: Settings) -> None:
    found, first = connections(running), _pid(running)

    assert ensure_server(running) == found
    assert _pid(running) == first
    assert stop_server(running) is True
    assert stop_server(running) is False
    assert not Path(found.app.host).exists()
    with pytest.raises(StopRun, match="not running: run `kempt up`"):
        connections(running)
    assert ensure_server(running) == found


def test_an_installation_that_was_never_started_is_not_running(fresh: Settings) -> None:
    assert stop_server(fresh) is False
    with pytest.raises(StopRun, match="not running: run `kempt up`"):
        connections(fresh)
    assert not fresh.home.exists()


def test_a_first_start_that_was_killed_is_done_again(fresh: Settings) -> None:
    unfinished = fresh.pg / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")

    ensure_server(fresh)

    assert not unfinished.exists()


def test_a_stale_pid_file_is_repaired(running: Settings) -> None:
    pid_file = running.pg / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    stop_server(running)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    ensure_server(running)

    assert _pid(running) != os.getpid()


def test_two_starters_make_one_installation(fresh: Settings) -> None:
    with ThreadPoolExecutor(2) as starters:
        first, second = starters.map(ensure_server, [fresh, fresh])

    assert first == second


def test_a_plain_user_runs_it_as_itself(fresh: Settings) -> None:
    user = server_user()
    fresh.home.mkdir()
    user.own(fresh.home)
    user.let_through(fresh.home)

    child = multiprocessing.get_context("fork").Process(target=_run_as, args=(user, fresh))
    child.start()
    child.join()

    assert child.exitcode == 0


def _run_as(user: ServerUser, settings: Settings) -> None:
    if user.switch:
        os.setgroups([])
        os.setgid(user.gid)
        os.setuid(user.uid)
    server = EmbeddedServer(settings)
    running = server.start("secret")
    login = Address(
        host=running.socket_folder, port=embedded.PORT, dbname="postgres", user="postgres", password="secret"
    )
    with connect(login) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert psutil.Process(running.pid).uids().real == os.getuid() == user.uid
    assert server.stop()


def test_the_server_s_user_may_pass_through_a_closed_folder_and_nobody_gains_more(fresh: Settings) -> None:
    user = server_user()
    closed = fresh.home / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)

    user.let_through(closed / "inner")

    enter_inner = ["/bin/sh", "-c", 'cd "$1"', "sh", closed / "inner"]
    assert subprocess.run(enter_inner, cwd="/", **user.process_options()).returncode == 0
    if user.switch:
        listing = subprocess.run(["ls", closed], cwd="/", capture_output=True, **user.process_options())
        stranger = subprocess.run(enter_inner, cwd="/", capture_output=True, user=user.uid + 1, group=user.gid + 1)
        assert listing.returncode != 0
        assert stranger.returncode != 0
        assert closed.stat().st_mode & 0o007 == 0


def test_a_data_folder_of_another_version_is_left_alone(fresh: Settings) -> None:
    data = fresh.pg / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("14\n")

    with pytest.raises(StopRun, match=r"made by PostgreSQL 14.*KEMPT_DATABASE_URL"):
        ensure_server(fresh)


def test_a_socket_folder_of_somebody_else_is_refused(running: Settings) -> None:
    socket_folder = Path(connections(running).app.host)
    stop_server(running)
    socket_folder.symlink_to("/")

    with pytest.raises(StopRun, match="belongs to somebody else"):
        ensure_server(running)
    socket_folder.unlink()


def test_a_server_that_cannot_start_says_why(running: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    socket_folder = Path(connections(running).app.host)
    stop_server(running)
    monkeypatch.setitem(embedded.SERVER_SETTINGS, "shared_buffers", "much")

    with pytest.raises(StopRun, match=r"did not start\..*shared_buffers"):
        ensure_server(running)
    assert not socket_folder.exists()


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("FATAL: could not write to file: No space left on device", "disk is full"),
        ('FATAL: lock file "/tmp/x/.s.PGSQL.5432.lock" already exists', "still uses its socket"),
        ("", "It said nothing"),
    ],
)
def test_what_the_server_said_becomes_advice(output: str, message: str) -> None:
    assert message in embedded._advice(output)


def test_lost_passwords_are_named(running: Settings) -> None:
    path = running.keys / "postgres.json"
    kept = path.read_text()
    path.unlink()

    with pytest.raises(StopRun, match=r"postgres\.json is missing"):
        connections(running)
    with pytest.raises(StopRun, match="wrong password"):
        ensure_server(running)
    path.write_text(kept)


@pytest.fixture(scope="module")
def foreign() -> Iterator[Address]:
    """A login that may make roles and databases, on a server that is somebody else's."""
    with empty_home() as theirs:
        found = EmbeddedServer(theirs).start("root")
        root = Address(
            host=found.socket_folder, port=embedded.PORT, dbname="postgres", user="postgres", password="root"
        )
        with connect(root) as connection:
            connection.execute("create role dba login createrole createdb password 'dba'")
            connection.execute("create role humble login password 'humble'")
        yield root.login("dba", "dba", "postgres")


def test_a_login_without_rights_is_told_so(foreign: Address, tmp_path: Path) -> None:
    humble = foreign.login("humble", "humble", "postgres")

    with pytest.raises(StopRun, match="may not make roles"):
        ensure_server(settings_in(tmp_path, humble.psycopg2_url()))


def test_an_old_server_is_refused(foreign: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST_VERSION", 99)

    with pytest.raises(StopRun, match="needs 99 or newer"):
        ensure_server(settings_in(tmp_path, foreign.psycopg2_url()))


def test_any_postgres_will_do(foreign: Address, tmp_path: Path) -> None:
    ours = settings_in(tmp_path, foreign.psycopg2_url())
    found = ensure_server(ours)
    database = Database(found.app, Keyring(ours))
    add_tenant(database, ours, "acme")
    with database.transaction("acme") as connection:
        append_some(connection, 3)
        assert verify(connection, "acme").ok

    assert connections(ours) == found
    assert stop_server(ours) is False
    assert not ours.pg.exists()
    humble = settings_in(tmp_path, foreign.login("humble", "humble", "postgres").psycopg2_url())
    assert ensure_server(humble) == found


def _pid(settings: Settings) -> int:
    running = EmbeddedServer(settings).status()
    assert running is not None
    return running.pid
