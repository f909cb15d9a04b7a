"""A new tenant, whole: row and keys, lake, drop folder."""

from kempt.ledger import tenants as registry
from kempt.ledger.server import ensure_server
from kempt.settings import Settings
from kempt.usecases.gate import QUARANTINE
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import open_lake


def add_tenant(settings: Settings, name: str) -> Tenant:
    """The tenant, ready to land extracts. Running it again repairs what is missing and changes nothing else."""
    ensure_server(settings)
    tenants = Tenants(settings)
    registry.add_tenant(tenants.database, settings, name)
    tenant = tenants.open(name)
    tenant.drop.mkdir(parents=True, exist_ok=True)
    tenant.raw.mkdir(parents=True, exist_ok=True)
    with open_lake(tenant.lake) as lake:
        lake.execute(QUARANTINE)
    return tenant
