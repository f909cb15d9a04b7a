"""What runs because something happened. Sensors hold no state: each tick asks the database what is not done yet."""

from collections.abc import Iterator

import dagster as dg

from assets.partitions import source_key, sources
from assets.partitions import tenants as by_tenant
from kempt.usecases.outstanding import (
    approved_not_applied,
    extracts_to_settle,
    files_not_landed,
    proposals_not_carried,
)
from kempt.usecases.sign_checkpoint import sign_checkpoint
from kempt.usecases.tenancy import Tenants
from orchestration.jobs import apply_approved, carry_proposals, hygiene_run, land_extracts
from orchestration.schedules import TENANT_TAG

RUNNING = dg.DefaultSensorStatus.RUNNING
COMMAND_TAG = "kempt/command"
MOST = 50  # run requests of one tick
ATTEMPTS = 3  # then somebody has to look: the run-failure sensor has said so each time


def asked(context: dg.SensorEvaluationContext, command: str, tenant: str, partition: str) -> Iterator[dg.RunRequest]:
    """One run request for a piece of work: none while a run is at it, a new attempt when the last one failed."""
    runs = context.instance.get_runs(dg.RunsFilter(tags={COMMAND_TAG: command}))
    if all(run.is_finished for run in runs) and len(runs) < ATTEMPTS:
        yield dg.RunRequest(
            run_key=f"{command}|{len(runs) + 1}",
            partition_key=partition,
            tags={TENANT_TAG: tenant, COMMAND_TAG: command},
        )


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=RUNNING,
    description="Registers tenants and declared sources as partitions.",
)
def declared_partitions(context: dg.SensorEvaluationContext, tenants: dg.ResourceParam[Tenants]) -> dg.SensorResult:
    """New tenants and sources become partitions without a restart."""
    names = tenants.names()
    keys = [source_key(name, each.source) for name in names for each in tenants.open(name).declarations]
    known = {kind.name: set(context.instance.get_dynamic_partitions(str(kind.name))) for kind in (by_tenant, sources)}
    requests = [
        kind.build_add_request([key for key in wanted if key not in known[kind.name]])
        for kind, wanted in ((by_tenant, names), (sources, keys))
    ]
    return dg.SensorResult(dynamic_partitions_requests=[each for each in requests if each.partition_keys])


@dg.sensor(job=land_extracts, minimum_interval_seconds=30, default_status=RUNNING)
def new_files(context: dg.SensorEvaluationContext, tenants: dg.ResourceParam[Tenants]) -> Iterator[dg.RunRequest]:
    """Files in a tenant's drop folder that no landed extract has read."""
    for name, source, day, command in list(files_not_landed(tenants))[:MOST]:
        slot = dg.MultiPartitionKey({"day": day, "source": source_key(name, source)})
        yield from asked(context, command, name, slot)


@dg.sensor(job=hygiene_run, minimum_interval_seconds=30, default_status=RUNNING)
def new_extracts(context: dg.SensorEvaluationContext, tenants: dg.ResourceParam[Tenants]) -> Iterator[dg.RunRequest]:
    """Landed extracts that are not canonical yet."""
    for name, command in extracts_to_settle(tenants):
        yield from asked(context, command, name, name)


@dg.sensor(job=carry_proposals, minimum_interval_seconds=30, default_status=RUNNING)
def proposals_for_review(
    context: dg.SensorEvaluationContext, tenants: dg.ResourceParam[Tenants]
) -> Iterator[dg.RunRequest]:
    """Proposals that policy sent to a steward and the review table does not hold yet."""
    for name, command in proposals_not_carried(tenants):
        yield from asked(context, command, name, name)


@dg.sensor(job=apply_approved, minimum_interval_seconds=15, default_status=RUNNING)
def approvals(context: dg.SensorEvaluationContext, tenants: dg.ResourceParam[Tenants]) -> Iterator[dg.RunRequest]:
    """What stewards approved and no run has applied."""
    for name, command in approved_not_applied(tenants):
        yield from asked(context, command, name, name)


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=RUNNING,
    description="Signs every ledger that grew, outside the database.",
)
def ledger_checkpoints(context: dg.SensorEvaluationContext, tenants: dg.ResourceParam[Tenants]) -> dg.SkipReason:
    """The signer itself: it needs no run, and a ledger that does not follow from what was signed fails the tick."""
    signed = {name: sign_checkpoint(tenants.database, tenants.settings, name) for name in tenants.names()}
    new = ", ".join(f"{name} {each.new}" for name, each in signed.items() if each and each.new)
    return dg.SkipReason(f"signed new events: {new}" if new else "no ledger grew")


@dg.run_failure_sensor(
    default_status=RUNNING, description="Says which run failed, for whoever watches the log or adds a channel."
)
def run_failures(context: dg.RunFailureSensorContext) -> None:
    run = context.dagster_run
    context.log.error(
        "run %s of %s failed (partition %s)", run.run_id, run.job_name, run.tags.get("dagster/partition", "-")
    )


BY_REQUEST = (new_files, new_extracts, proposals_for_review, approvals)
ALL = (declared_partitions, *BY_REQUEST, ledger_checkpoints, run_failures)
