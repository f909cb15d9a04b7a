"""The gate between standardized and canonical records."""

from collections.abc import Iterator

import dagster as dg

from assets.captions import ENGINEERS, columns, key, table
from assets.partitions import tenants as by_tenant
from expectations.rows import evaluate_rows
from kempt.records.model import OBJECT_TYPES
from kempt.usecases.gate import gate
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("quarantine"),
    deps=[key(f"standardized_{kind}") for kind in OBJECT_TYPES],
    partitions_def=by_tenant,
    group_name="staging",
    owners=[ENGINEERS],
    kinds={"greatexpectations", "ducklake"},
    metadata=columns(
        record_id="The record, unless its row has no usable key.",
        source="Where it came from.",
        extract_id="The extract that held it.",
        row_number="Its row there.",
        stage="reading, when the row could not be read; gate, when it was judged.",
        rule="The rule it broke.",
        field="The field at fault.",
        reason="What is wrong, in words.",
    ),
    check_specs=[
        dg.AssetCheckSpec(
            f"{kind}_rows",
            asset=key("quarantine"),
            description=f"Every standardized {kind} was judged by every row expectation. "
            "Failing rows are quarantined, the rest goes on.",
        )
        for kind in OBJECT_TYPES
    ],
)
def quarantine(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Rows and records that failed a gate, each with rule, field and reason; a corrected one leaves by itself."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        gated = gate(tenant, connection, evaluate_rows)
    yield dg.MaterializeResult(
        metadata={"quarantined": sum(gated.quarantined_by_rule.values()), "by rule": table(gated.quarantined_by_rule)}
    )
    for kind, outcome in gated.outcomes.items():
        yield dg.AssetCheckResult(
            check_name=f"{kind}_rows",
            passed=not outcome.failures,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "judged": outcome.evaluated,
                "failing_records": len({each.record_id for each in outcome.failures}),
                "expectations": table({each.name: each.failed_count for each in outcome.expectations}),
                "record_ids": [each.record_id for each in outcome.failures][:20],
            },
        )
