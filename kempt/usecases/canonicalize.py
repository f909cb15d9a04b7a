"""From standardized to canonical: what passed the gates, tested, and the extracts marked as seen."""

from kempt.usecases.standardize import waiting_of
from kempt.usecases.tenancy import Tenant
from kempt.usecases.waiting import dbt_variables
from kempt.warehouse.dbt import NodeResult, build


def canonicalize(tenant: Tenant) -> tuple[NodeResult, ...]:
    """Builds and tests the canonical models and the features that matching compares.

    The extracts are marked last: a run that dies before finds them waiting and does the same work again.
    """
    waiting = waiting_of(tenant)
    nodes = build(
        tenant.lake,
        project=tenant.dbt_project,
        folder=tenant.dbt_folder,
        select=("canonical", "features"),
        variables=dbt_variables(tenant.name, tenant.declarations, ()),
    )
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute(
            "update kempt.extract set canonicalized_at = now() where extract_id = any(%s::uuid[]) and canonicalized_at is null",
            [[extract.extract_id for extract in waiting]],
        )
    return nodes
