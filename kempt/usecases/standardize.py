"""From landed extracts to standardized records: dbt on the extracts that wait."""

from kempt.usecases.settle import remember_extracts
from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import WaitingExtract, dbt_variables, waiting_extracts
from kempt.warehouse.dbt import NodeResult, build


def standardize(tenant: Tenant) -> tuple[NodeResult, ...]:
    """Maps and standardizes the rows of the waiting extracts whose content is new; the rest is not touched."""
    waiting = waiting_of(tenant)
    nodes = build(
        tenant.lake,
        project=tenant.dbt_project,
        folder=tenant.dbt_folder,
        select=("staging", "standardized"),
        variables=dbt_variables(tenant.name, tenant.declarations, waiting),
    )
    remember_extracts(tenant, waiting)
    return nodes


def waiting_of(tenant: Tenant) -> tuple[WaitingExtract, ...]:
    """The extracts of this tenant that no run has carried to its end."""
    with tenant.database.transaction(tenant.name) as connection:
        return waiting_extracts(connection, tenant.raw)
