"""Compared pairs, and the clusters that follow from them."""

import dagster as dg

from assets.captions import ENGINEERS, STEWARDS, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.usecases.cluster import cluster_records
from kempt.usecases.match import score_pairs
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("scored_pairs"),
    deps=[key("person_features"), key("company_features")],
    partitions_def=by_tenant,
    group_name="matching",
    owners=[ENGINEERS],
    kinds={"duckdb"},
)
def scored_pairs(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """Pairs of records that may be one person or company, with what speaks for and against each, in bits."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        matched = score_pairs(tenant, connection)
    return dg.MaterializeResult(metadata={**numbers(matched), "dagster/row_count": sum(matched.pairs.values())})


@dg.asset(
    key=key("clusters"),
    deps=[key("scored_pairs")],
    partitions_def=by_tenant,
    group_name="matching",
    owners=[STEWARDS],
    kinds={"python", "ducklake"},
)
def clusters(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """Records grouped by the person or company they describe; what is likely but not certain becomes a question."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        clustered = cluster_records(tenant, connection)
    return dg.MaterializeResult(metadata={**numbers(clustered), "dagster/row_count": clustered.records})
