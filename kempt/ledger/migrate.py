"""Bring the database `kempt` to the schema that this version of the code expects."""

from typing import Literal

from kempt.ledger.address import Address
from kempt.ledger.connect import connect

HEAD = "0013"


def migrate(address: Address) -> None:
    """Upgrade to the newest schema; quick when it is there already."""
    if revision(address) != HEAD:
        upgrade(address)


def revision(address: Address) -> str | None:
    """The schema version a database is at; None for an empty one."""
    with connect(address) as connection:
        if connection.execute("select to_regclass('kempt.alembic_version')").fetchone() == (None,):
            return None
        found = connection.execute("select version_num from kempt.alembic_version").fetchone()
        return str(found[0]) if found else None


def upgrade(address: Address, to: str = "head") -> None:
    """Run the migrations up to a version."""
    _alembic("upgrade", address, to)


def downgrade(address: Address, to: str) -> None:
    """Run the migrations back to a version; "base" is empty."""
    _alembic("downgrade", address, to)


def _alembic(verb: Literal["upgrade", "downgrade"], address: Address, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "kempt.ledger:migrations")
    config.attributes["url"] = address.url()
    getattr(command, verb)(config, to)
