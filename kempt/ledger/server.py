"""The door to the database: make sure it is there, say how to reach it, stop it.

Without KEMPT_DATABASE_URL this is a PostgreSQL of our own in $KEMPT_HOME/pg; with it, any PostgreSQL from 15 on. What
lies inside is the same.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from kempt.errors import Retry, StopRun
from kempt.ledger.address import Address, Connections, parse_address
from kempt.ledger.bootstrap import ensure_passwords, ensure_roles_and_databases, logins, passwords
from kempt.ledger.checkpoints import signing_key
from kempt.ledger.connect import connect
from kempt.ledger.context import ensure_context_key
from kempt.ledger.database import Database
from kempt.ledger.embedded import PORT, EmbeddedServer, Running
from kempt.ledger.keys import Keyring, ensure_master_key
from kempt.ledger.migrate import migrate, revision
from kempt.ledger.reseal import reseal_what_is_there
from kempt.ledger.tenants import attest_what_is_there
from kempt.settings import Settings


def ensure_server(settings: Settings) -> Connections:
    """The four logins of a database that runs, has every role and table, and belongs to our master key."""
    with _one_at_a_time(settings):
        known = ensure_passwords(settings.keys)
        url = settings.database_url
        admin = parse_address(url) if url else _started(settings, known["postgres"])
        ensure_roles_and_databases(admin, known)
        found = logins(admin, known)
        before = revision(found.migrate)
        migrate(found.migrate)
        ensure_context_key(found.migrate)
        ensure_master_key(found.migrate, settings)
        signing_key(settings.keys, made_anew=not settings.checkpoints.exists())
        if before == "0001":
            attest_what_is_there(Database(found.app, Keyring(settings)))
        if before is not None and before < "0007":
            reseal_what_is_there(found.migrate, settings)
        return found


def connections(settings: Settings) -> Connections:
    """The four logins of a database that runs already; nothing is started or made."""
    if settings.database_url:
        return logins(parse_address(settings.database_url), passwords(settings.keys))
    running = EmbeddedServer(settings).status()
    if running is None:
        raise StopRun(f"{settings.home}: the database is not running: run `kempt up` or `make demo`.")
    known = passwords(settings.keys)
    return logins(_embedded_address(running, known["postgres"]), known)


def stop_server(settings: Settings) -> bool:
    """Stop our own PostgreSQL; False when none was running or it is somebody else's."""
    if settings.database_url or not settings.home.is_dir():
        return False
    with _one_at_a_time(settings):
        return EmbeddedServer(settings).stop()


def _started(settings: Settings, password: str) -> Address:
    """Our own server, seen to answer. Asked twice: one that is being killed right now still looks alive."""
    admin = _embedded_address(EmbeddedServer(settings).start(password), password)
    try:
        connect(admin).close()
    except Retry:
        admin = _embedded_address(EmbeddedServer(settings).start(password), password)
    return admin


def _embedded_address(running: Running, password: str) -> Address:
    return Address(host=running.socket_folder, port=PORT, dbname="postgres", user="postgres", password=password)


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Two starters at once would make two data folders, two sets of passwords, two master keys."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
