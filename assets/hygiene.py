"""Issues a steward should look at, and the health score."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from assets.captions import STEWARDS, columns, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.usecases.check_hygiene import check_hygiene
from kempt.usecases.consistency import bounds_passed
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("hygiene_issues"),
    deps=[key("golden_records"), key("enrichment_answers")],
    partitions_def=by_tenant,
    group_name="hygiene",
    owners=[STEWARDS],
    kinds={"duckdb"},
    # Values grow old without anybody touching them.
    automation_condition=dg.AutomationCondition.on_cron("0 5 * * 0"),
    metadata=columns(
        issue_id="The same as long as the issue stands.",
        record_id="The record.",
        rule="What is wrong.",
        severity="error, warning or info.",
        attribute="The attribute at fault.",
        reason="The same in words.",
    ),
    check_specs=[
        dg.AssetCheckSpec(
            "bought_values_are_within_their_bound",
            asset=key("hygiene_issues"),
            description="What providers said is no older than survivorship policy allows (consistency: bounded).",
        )
    ],
)
def hygiene_issues(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What is wrong, old or incomplete, record by record, and how healthy the sources and the golden records are."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        found = check_hygiene(tenant, connection, now=datetime.now(UTC))
        beyond = bounds_passed(tenant, connection)
    yield dg.MaterializeResult(metadata={**numbers(found), "dagster/row_count": found.issues})
    yield dg.AssetCheckResult(
        check_name="bought_values_are_within_their_bound",
        passed=not beyond,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={name: each["oldest_days"] for name, each in beyond.items()},
    )
