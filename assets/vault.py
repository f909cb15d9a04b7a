"""What records said, kept sealed for those who may see it and for the past."""

from datetime import UTC, datetime

import dagster as dg

from assets.captions import ENGINEERS, columns, key, numbers
from assets.partitions import tenants as by_tenant
from kempt.records.model import OBJECT_TYPES
from kempt.usecases.fill_vault import fill_vault
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("vault"),
    deps=[key(kind) for kind in OBJECT_TYPES],
    partitions_def=by_tenant,
    group_name="canonical",
    owners=[ENGINEERS],
    kinds={"postgres"},
    metadata=columns(
        record_id="The record.",
        version="Counts what it said, from 1.",
        sealed="Its canonical fields as one ciphertext, under the record's own key.",
        seq="Ledger position from which it said so.",
    ),
)
def vault(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> dg.MaterializeResult:
    """What every canonical record says, a sealed row for each time it said something else."""
    tenant = tenants.open(context.partition_key)
    with lake.open(tenant.lake) as connection:
        filled = fill_vault(tenant, connection, now=datetime.now(UTC))
    return dg.MaterializeResult(metadata={**numbers(filled), "dagster/row_count": filled.records})
