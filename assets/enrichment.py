"""What providers answered to the gaps of golden records."""

import dagster as dg

from assets.captions import ENGINEERS, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.usecases.ask_providers import ask_providers
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("enrichment_answers"),
    deps=[key("golden_records")],
    partitions_def=by_tenant,
    group_name="enrichment",
    owners=[ENGINEERS],
    kinds={"python", "ducklake"},
)
def enrichment_answers(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """Values and confirmations from the tenant's providers, asked in policy's order within its budget."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        enriched = ask_providers(tenant, connection)
    return dg.MaterializeResult(metadata={**numbers(enriched), "dagster/row_count": enriched.proposed_values})
