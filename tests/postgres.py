"""Installations for tests: settings on a folder, and the superuser that only tests use."""

from pathlib import Path

from kempt.ledger.address import Address
from kempt.ledger.bootstrap import passwords
from kempt.ledger.server import connections
from kempt.settings import Settings


def settings_in(home: Path, database_url: str | None = None) -> Settings:
    """Settings as a fresh installation in this folder has them."""
    return Settings(home=home, master_key_file=home / "keys" / "master.key", database_url=database_url)


def superuser(settings: Settings, dbname: str = "kempt") -> Address:
    """The login that no part of the product uses; tests set up and tamper with it."""
    return connections(settings).app.login("postgres", passwords(settings.keys)["postgres"], dbname)
