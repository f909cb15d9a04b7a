"""From landed extracts to standardized records: dbt on the extracts that wait."""

from dataclasses import dataclass

from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import WaitingExtract, dbt_variables, waiting_extracts
from kempt.warehouse.dbt import NodeResult, build


@dataclass(frozen=True, slots=True, kw_only=True)
class Standardized:
    """What was built from which extracts."""

    extracts: tuple[WaitingExtract, ...]
    nodes: tuple[NodeResult, ...]


def standardize(tenant: Tenant) -> Standardized:
    """Maps and standardizes the rows of the waiting extracts whose content is new; the rest is not touched."""
    waiting = waiting_of(tenant)
    nodes = build(
        tenant.lake,
        project=tenant.dbt_project,
        folder=tenant.dbt_folder,
        select=("staging", "standardized"),
        variables=dbt_variables(tenant.name, tenant.declarations, waiting),
    )
    return Standardized(extracts=waiting, nodes=nodes)


def waiting_of(tenant: Tenant) -> tuple[WaitingExtract, ...]:
    """The extracts of this tenant that no canonical record has seen."""
    with tenant.database.transaction(tenant.name) as connection:
        return waiting_extracts(connection, tenant.raw)
