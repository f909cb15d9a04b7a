"""Raw extracts: what each source said on each day, landed once and never changed."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from assets.batch_gate import GreatExpectationsBatchGate
from assets.captions import ENGINEERS, columns, key, numbers
from assets.partitions import day_by_source, split_source_key
from kempt.usecases.land import land_extracts
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener


@dg.asset(
    key=key("raw_extracts"),
    partitions_def=day_by_source,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="extracts",
    owners=[ENGINEERS],
    kinds={"parquet", "python"},
    # Sources speak daily: a day and a half without a word is worth a look, three are a failure.
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(hours=36)),
    metadata=columns(
        _source_key="Key of the row in its source.",
        _row_number="Its row in the extract.",
        _row_digest="SHA-256 over what the source said.",
        _payload="Every column as the source wrote it.",
        _deleted="Whether the source itself marks it as deleted.",
    ),
    check_specs=[
        dg.AssetCheckSpec(
            "every_source_goes_on",
            asset=key("raw_extracts"),
            description="Each source could be read, with the columns that were approved and a batch like those before. "
            "One that fails stops alone; `kempt source list` shows it.",
        )
    ],
)
def raw_extracts(
    context: dg.AssetExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """What every source said on every day, as immutable encrypted Parquet with a manifest.

    A source that cannot be read, or whose columns or volume changed without approval, stops alone and says why.
    """
    slots = [dg.MultiPartitionKey(part.keys_by_dimension) for part in context.partition_keys]
    wanted = [(*split_source_key(slot.keys_by_dimension["source"]), slot.keys_by_dimension["day"]) for slot in slots]
    landed = land_extracts(tenants, lake, wanted, GreatExpectationsBatchGate())
    yield dg.MaterializeResult(metadata=numbers(landed))
    yield dg.AssetCheckResult(
        check_name="every_source_goes_on",
        passed=not landed.stopped,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"stopped": len(landed.stopped)},
    )
