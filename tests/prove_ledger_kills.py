"""Writers, their backends and the server killed at random while they append: run by tests/prove.py alone."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kempt.errors import KemptError
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.connect import connect
from kempt.ledger.database import Database
from kempt.ledger.embedded import EmbeddedServer
from kempt.ledger.keys import Keyring
from kempt.ledger.server import connections, ensure_server
from kempt.ledger.tenants import add_tenant
from kempt.settings import Settings
from kempt.usecases.sign_checkpoint import sign_checkpoint, verify_ledger
from tests.ledger.factory import NOW
from tests.postgres import empty_home, settings_in, superuser
from tests.prove import keep
from tests.sizes import seed, size

pytestmark = pytest.mark.prove

TENANTS, WRITERS = ("acme", "globex", "initech"), 6
KINDS = ("writer", "writer", "writer", "backend", "server")


def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(
    record_property: Callable[[str, object], None], tmp_path: Path
) -> None:
    chance, killed = random.Random(seed()), Counter[str]()
    with empty_home() as settings:
        ensure_server(settings)
        database = Database(connections(settings).app, Keyring(settings))
        for name in TENANTS:
            add_tenant(database, settings, name)
        writers = {n: started(settings, n, tmp_path) for n in range(WRITERS)}
        try:
            for _ in range(size(10)):
                time.sleep(chance.uniform(0.05, 0.4))
                kind = chance.choice(KINDS)
                killed[kind] += kill(kind, settings, writers, chance, tmp_path)
        finally:
            for child in writers.values():
                child.kill()
                child.wait()
        ensure_server(settings)
        acknowledged = [line for path in tmp_path.glob("*.acknowledged") for line in path.read_text().split()]
        there = events(settings)
        sound = {}
        for name in TENANTS:
            sound[name] = verify_ledger(database, settings, name).ok
            sign_checkpoint(database, settings, name)

    lost = set(acknowledged) - set(there)
    twice = len(there) - len(set(there))
    keep(
        record_property, killed=dict(killed), acknowledged=len(acknowledged), lost=len(lost), twice=twice,
        not_acknowledged=len(set(there) - set(acknowledged)),
    )  # fmt: skip
    assert (lost, twice, set(sound.values())) == (set(), 0, {True})
    assert len(acknowledged) > 10 * size(10)


def kill(
    kind: str, settings: Settings, writers: dict[int, subprocess.Popen[bytes]], chance: random.Random, folder: Path
) -> int:
    """Kill -9 one of a kind, and bring back what was killed; 1 when there was one."""
    if kind == "writer":
        n = chance.randrange(WRITERS)
        writers[n].kill()
        writers[n].wait()
        writers[n] = started(settings, n, folder)
        return 1
    running = EmbeddedServer(settings).status()
    if running is None:
        ensure_server(settings)
        return 0
    if kind == "server":
        children = psutil.Process(running.pid).children()
        os.kill(running.pid, signal.SIGKILL)
        for child in children:
            if child.is_running():
                child.kill()
    else:
        try:
            with connect(superuser(settings)) as connection:
                rows = connection.execute(
                    "select pid from pg_stat_activity where usename = 'kempt_app' and state <> 'idle'"
                ).fetchall()
        except KemptError:
            return 0
        if not rows:
            return 0
        try:
            os.kill(chance.choice(rows)[0], signal.SIGKILL)
        except ProcessLookupError:
            return 0
    # One backend that is killed takes all connections with it; the server comes back by itself, or by us.
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            ensure_server(settings)
            return 1
        except KemptError:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")


def started(settings: Settings, number: int, folder: Path) -> subprocess.Popen[bytes]:
    """A process that appends for as long as it lives."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.prove_ledger_kills", str(settings.home), str(number), str(folder)]
    )


def events(settings: Settings) -> list[str]:
    with connect(superuser(settings)) as connection:
        return [row[0] for row in connection.execute("select event_id::text from ledger.event")]


def write_for_ever(home: Path, number: int, folder: Path) -> None:
    """Appends batches and puts on disk what was acknowledged; what failed is tried again with the same ids."""
    settings, tenant = settings_in(home), TENANTS[number % len(TENANTS)]
    chance = random.Random(f"{number} {time.time_ns()}")
    batch = 0
    with (folder / f"{number}.acknowledged").open("a") as acknowledged:
        while True:
            batch += 1
            some = [
                Event(event_id=stable_id(f"{number} {os.getpid()} {batch} {n}"), type="tried.v1", body={"n": n})
                for n in range(chance.choice((1, 3, 100)))
            ]
            while not tried(settings, tenant, some):
                time.sleep(0.05)
            acknowledged.write("".join(f"{each.event_id}\n" for each in some))
            acknowledged.flush()
            os.fsync(acknowledged.fileno())


def tried(settings: Settings, tenant: str, some: list[Event]) -> bool:
    try:
        database = Database(connections(settings).app, Keyring(settings))
        with database.transaction(tenant) as connection:
            append(connection, some, NOW)
    except KemptError:
        return False
    return True


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
