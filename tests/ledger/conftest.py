"""A second tenant, for what must not cross."""

import pytest

from kempt.ledger.database import Database
from kempt.ledger.tenants import add_tenant
from kempt.settings import Settings


@pytest.fixture
def other_tenant(database: Database, postgres_home: Settings, tenant: str) -> str:
    """A registered tenant beside `tenant`."""
    return add_tenant(database, postgres_home, f"other_{tenant}").name
