"""Golden records: the best value of every attribute, with where it came from."""

from datetime import UTC, datetime

import dagster as dg

from assets.captions import STEWARDS, columns, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.usecases.compose import compose_golden
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("golden_records"),
    deps=[key("crosswalk")],
    partitions_def=by_tenant,
    group_name="golden",
    owners=[STEWARDS],
    kinds={"duckdb", "postgres"},
    metadata=columns(
        entity_id="The person or company.",
        attribute="The attribute.",
        value="The value that won.",
        record_id="The record it came from, or that the claim was made on.",
        origin="record, override or enrichment.",
        confidence="How sure we are, 0 to 1.",
        observed_at="When it was last seen so.",
        rule="The survivorship rule that decided.",
        losers="How many other values there were.",
    ),
)
def golden_records(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """One record for every person and company; each cell has its value's source, confidence, time and rule."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        composed = compose_golden(tenant, connection, now=datetime.now(UTC))
    return dg.MaterializeResult(metadata={**numbers(composed), "dagster/row_count": composed.golden_records})
