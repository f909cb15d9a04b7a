"""The marts: golden records as people query them."""

from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import dbt_variables
from kempt.warehouse.dbt import NodeResult, build


def publish_marts(tenant: Tenant) -> tuple[NodeResult, ...]:
    """Builds and tests the marts on what golden records hold now."""
    return build(
        tenant.lake,
        project=tenant.dbt_project,
        folder=tenant.dbt_folder,
        select=("marts",),
        variables=dbt_variables(tenant.name, tenant.declarations, ()),
    )
