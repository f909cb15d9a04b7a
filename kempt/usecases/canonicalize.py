"""From standardized to canonical: what passed the gates, tested."""

from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import dbt_variables
from kempt.warehouse.dbt import NodeResult, build


def canonicalize(tenant: Tenant) -> tuple[NodeResult, ...]:
    """Builds and tests the canonical models and the features that matching compares."""
    return build(
        tenant.lake,
        project=tenant.dbt_project,
        folder=tenant.dbt_folder,
        select=("canonical", "features"),
        variables=dbt_variables(tenant.name, tenant.declarations, ()),
    )
