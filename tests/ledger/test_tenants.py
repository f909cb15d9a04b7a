"""Registering tenants."""

import pytest

from kempt.errors import StopRun
from kempt.ledger.database import Database
from kempt.ledger.tenants import Tenant, add_tenant, list_tenants, tenant_keys
from kempt.settings import Settings


def test_a_tenant_is_added_once_and_keeps_its_keys(database: Database, postgres_home: Settings) -> None:
    first = add_tenant(database, postgres_home, "acme")
    keys = tenant_keys(database, postgres_home, "acme")

    assert add_tenant(database, postgres_home, "acme") == first
    assert tenant_keys(database, postgres_home, "acme") == keys
    assert Tenant(name="acme") in list_tenants(database)
    assert first.lake_schema == "lake_acme"


def test_two_tenants_have_different_keys(database: Database, postgres_home: Settings) -> None:
    fingerprints = set()
    for name in ("globex", "initech"):
        add_tenant(database, postgres_home, name)
        fingerprints.add(tenant_keys(database, postgres_home, name).fingerprint)

    assert len(fingerprints) == 2


@pytest.mark.parametrize("name", ["", "Acme", "1st", "a-b", "a b", "a" * 32, "acme\n", "ä", 'x"; drop table', "../up"])
def test_an_unusable_name_is_refused(database: Database, postgres_home: Settings, name: str) -> None:
    with pytest.raises(StopRun, match="no tenant name"):
        add_tenant(database, postgres_home, name)


def test_an_unknown_tenant_has_no_keys(database: Database, postgres_home: Settings) -> None:
    with pytest.raises(StopRun, match="no such tenant"):
        tenant_keys(database, postgres_home, "nobody")
