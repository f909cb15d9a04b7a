"""Changes we would make, each with policy's verdict, and those that took effect."""

from datetime import UTC, datetime

import dagster as dg

from assets.captions import STEWARDS, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.usecases.apply_decided import apply_decided
from kempt.usecases.propose import propose
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("proposals"),
    deps=[key("hygiene_issues"), key("enrichment_answers")],
    partitions_def=by_tenant,
    group_name="proposals",
    owners=[STEWARDS],
    kinds={"postgres"},
)
def proposals(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """Values for gaps and flags on what is stale; policy says apply, review or reject, with reasons."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        proposed = propose(tenant, connection, now=datetime.now(UTC), run_id=context.run_id)
    return dg.MaterializeResult(metadata=numbers(proposed))


@dg.asset(
    key=key("applied_changes"),
    deps=[key("proposals")],
    partitions_def=by_tenant,
    group_name="proposals",
    owners=[STEWARDS],
    kinds={"postgres"},
)
def applied_changes(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """What was decided and took effect: by policy on its own, or because a steward approved it."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        applied = apply_decided(tenant, connection, now=datetime.now(UTC))
    return dg.MaterializeResult(metadata=numbers(applied))
