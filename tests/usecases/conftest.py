"""A desk of its own for each module: what its tests look at happened once."""

from collections.abc import Callable

import pytest

from kempt.ledger.database import Database
from kempt.settings import Settings
from tests.conftest import NUMBERS
from tests.factory import Desk, new_desk


@pytest.fixture(scope="module")
def open_desk(database: Database, postgres_home: Settings) -> Callable[[], Desk]:
    """Opens desks for tenants that no other test uses."""
    return lambda: new_desk(postgres_home, f"desk_{next(NUMBERS)}")
