"""A desk of its own for each module: what its tests look at happened once."""

import dataclasses
from collections.abc import Callable

import pytest

from kempt.ledger.database import Database
from kempt.ledger.tenants import add_tenant
from kempt.settings import Settings
from tests.conftest import NUMBERS
from tests.factory import Desk, new_desk
from tests.installation import ROOT


@pytest.fixture(scope="module")
def open_desk(database: Database, postgres_home: Settings) -> Callable[[], Desk]:
    """Opens desks for tenants that no other test uses."""
    return lambda: new_desk(postgres_home, f"desk_{next(NUMBERS)}")


@pytest.fixture(scope="module")
def open_register(database: Database, postgres_home: Settings) -> Callable[[], Desk]:
    """Opens desks without sources and lake, where nothing is landed: a lake takes longer than most decisions."""

    def opened() -> Desk:
        name = add_tenant(database, postgres_home, f"register_{next(NUMBERS)}").name
        return Desk(dataclasses.replace(postgres_home, project=ROOT), name)

    return opened
