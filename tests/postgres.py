"""Installations for tests: settings on a folder, and the superuser that only tests use."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kempt.ledger.address import Address
from kempt.ledger.bootstrap import passwords
from kempt.ledger.server import connections, stop_server
from kempt.settings import Settings


def settings_in(home: Path, database_url: str | None = None) -> Settings:
    """Settings as a fresh installation in this folder has them."""
    return Settings(home=home, master_key_file=home / "keys" / "master.key", database_url=database_url)


@contextmanager
def empty_home() -> Iterator[Settings]:
    """Settings on an empty folder; what was started there is stopped at the end.

    Not one of pytest's: each session closes the folder above those for other users, the server's own among them.
    """
    with tempfile.TemporaryDirectory(prefix="kempt-test-") as folder:
        settings = settings_in(Path(folder) / "home")
        yield settings
        stop_server(settings)


def superuser(settings: Settings, dbname: str = "kempt") -> Address:
    """The login that no part of the product uses; tests set up and tamper with it."""
    return connections(settings).app.login("postgres", passwords(settings.keys)["postgres"], dbname)
