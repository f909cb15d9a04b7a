"""Identity: which record belongs to which entity, over time."""

from datetime import UTC, datetime

import dagster as dg

from assets.captions import STEWARDS, columns, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.usecases.assign_identity import assign_identity
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("crosswalk"),
    deps=[key("clusters")],
    partitions_def=by_tenant,
    group_name="identity",
    owners=[STEWARDS],
    kinds={"postgres"},
    metadata=columns(
        record_id="The source record.",
        entity_id="The person or company it belongs to.",
        from_seq="Ledger position from which it belongs there.",
        to_seq="Ledger position until which; empty while it does.",
    ),
)
def crosswalk(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """Which source record belongs to which person or company.

    Ids outlive clusters: losers redirect, nothing is reused.
    """
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        identified = assign_identity(tenant, connection, now=datetime.now(UTC), run_id=context.run_id)
    return dg.MaterializeResult(metadata=numbers(identified))
