"""What a person calls a policy: a version's first characters, a folder of files, `files` or `active`."""

from pathlib import Path

from kempt.policy.load import Policies, load_policies
from kempt.usecases.policy_versions import FILES, find_version, kept_policies
from kempt.usecases.tenancy import Tenant, Tenants

ACTIVE = "active"


def policies_named(tenants: Tenants, tenant: Tenant, name: str) -> Policies:
    """The policies of that name, under the guard-rails of now."""
    if name == ACTIVE:
        return tenant.policies
    base = tenants.project / "policies"
    if name == FILES:
        return load_policies(base, tenants.own_policies(tenant.name))
    if Path(name).is_dir():
        return load_policies(base, Path(name))
    with tenant.database.transaction(tenant.name) as connection:
        return kept_policies(connection, find_version(connection, name), tenant.policies.protection)
