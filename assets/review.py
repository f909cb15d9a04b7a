"""The review table: proposals that wait for a steward."""

from datetime import UTC, datetime

import dagster as dg

from assets.captions import STEWARDS, key
from assets.partitions import tenants as by_tenant
from kempt.usecases.review import carry_to_review
from kempt.usecases.tenancy import Tenants


@dg.asset(
    key=key("review_queue"),
    deps=[key("proposals"), key("crosswalk")],
    partitions_def=by_tenant,
    group_name="proposals",
    owners=[STEWARDS],
    kinds={"postgres"},
)
def review_queue(context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants]) -> dg.MaterializeResult:
    """Proposals that policy sent to a steward, each once; `kempt review` decides them."""
    carried = carry_to_review(tenants.open(context.partition_key), now=datetime.now(UTC))
    return dg.MaterializeResult(metadata={"carried": carried})
