"""What runs by the clock: the nightly scan of every source and tenant, the weekly digest, the change feed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.partitions import source_key
from kempt.usecases.digest import queue_digests
from kempt.usecases.lease import lease
from kempt.usecases.outbox import deliver, is_due, sinks_of, tell_channels
from kempt.usecases.policy_drift import check_drift
from kempt.usecases.reconcile import reconcile
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import LakeOpener
from orchestration.jobs import hygiene_run, land_extracts

TENANT_TAG = "kempt/tenant"


@dg.schedule(cron_schedule="0 2 * * *", job=land_extracts, default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_scan(context: dg.ScheduleEvaluationContext, tenants: dg.ResourceParam[Tenants]) -> Iterator[dg.RunRequest]:
    """Reads every declared source for the day that ended; sources whose day is not there yet land nothing."""
    day = (context.scheduled_execution_time - timedelta(days=1)).date().isoformat()
    for name in tenants.names():
        for declaration in tenants.open(name).declarations:
            slot = dg.MultiPartitionKey({"day": day, "source": source_key(name, declaration.source)})
            yield dg.RunRequest(run_key=f"scan|{slot}", partition_key=slot, tags={TENANT_TAG: name})


@dg.schedule(cron_schedule="0 4 * * *", job=hygiene_run, default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_hygiene(
    context: dg.ScheduleEvaluationContext, tenants: dg.ResourceParam[Tenants]
) -> Iterator[dg.RunRequest]:
    """Works every tenant through, from what landed to what waits for review."""
    for name in tenants.names():
        yield dg.RunRequest(
            run_key=f"hygiene|{name}|{context.scheduled_execution_time:%Y-%m-%d}",
            partition_key=name,
            tags={TENANT_TAG: name},
        )


@dg.op(description="Puts this week's letters into the outbox, and sends them where a mail server is known.")
def send_digests(context: dg.OpExecutionContext, tenants: dg.ResourceParam[Tenants]) -> None:
    now = datetime.now(UTC)
    for name in tenants.names():
        sinks = sinks_of(tenants.settings, name)
        if "mail" in sinks:
            found = queue_digests(tenants.open(name), now=now)
            sent = deliver(tenants.open(name), sinks, now=now, web_url=tenants.settings.web_url)
            context.log.info("%s: %s letters queued; %s", name, len(found.queued), [each._asdict() for each in sent])


@dg.job(description="The weekly digest of every tenant, to whoever gets it.")
def weekly_digests() -> None:
    send_digests()


@dg.op(description="Sends what waits in the outbox: batches of changes to channels, and letters that did not leave.")
def send_messages(context: dg.OpExecutionContext, tenants: dg.ResourceParam[Tenants]) -> None:
    now = datetime.now(UTC)
    for name in tenants.names():
        sent = deliver(tenants.open(name), sinks_of(tenants.settings, name), now=now, web_url=tenants.settings.web_url)
        context.log.info("%s: %s", name, [each._asdict() for each in sent])


@dg.job(description="What waits in the outbox of every tenant.")
def outbox_delivery() -> None:
    send_messages()


@dg.schedule(cron_schedule="*/5 * * * *", job=outbox_delivery, default_status=dg.DefaultScheduleStatus.RUNNING)
def change_feed(
    context: dg.ScheduleEvaluationContext, tenants: dg.ResourceParam[Tenants]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Puts what happened into the outbox; starts a run where something is due, so that a quiet hour costs none."""
    now, due = datetime.now(UTC), []
    for name in tenants.names():
        if sinks := sinks_of(tenants.settings, name):
            tell_channels(tenants.open(name), sinks, now=now)
            due += [name] if is_due(tenants.open(name), list(sinks), now=now) else []
    if due:
        yield dg.RunRequest(run_key=f"outbox|{context.scheduled_execution_time:%Y-%m-%dT%H:%M}")
    else:
        yield dg.SkipReason("nothing to tell")


@dg.op(
    description="Decides the fixed cases with every tenant's policy; fails when one comes out otherwise than before."
)
def check_policy_drift(context: dg.OpExecutionContext, tenants: dg.ResourceParam[Tenants]) -> None:
    found = {name: check_drift(tenants, name, now=datetime.now(UTC)) for name in tenants.names()}
    for name, drift in found.items():
        context.log.info("%s: %s cases decided, %s otherwise than before", name, drift.cases, len(drift.changed))
    if drifted := {name: drift.changed for name, drift in found.items() if drift.changed}:
        raise dg.Failure(f"decided otherwise without a change of policy; applying is stopped: {drifted}")


@dg.job(description="Nightly: the fixed cases, decided by the policy in force of every tenant.")
def policy_drift() -> None:
    check_policy_drift()


nightly_policy_drift = dg.ScheduleDefinition(
    name="nightly_policy_drift",
    job=policy_drift,
    cron_schedule="30 1 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.op(description="Holds ledger, tables, lake and marts of every tenant side by side and repairs what differs.")
def bring_together(
    context: dg.OpExecutionContext, tenants: dg.ResourceParam[Tenants], lake: dg.ResourceParam[LakeOpener]
) -> None:
    left = {}
    for name in tenants.names():
        tenant = tenants.open(name)
        with lease(tenant.database, name), lake.open(tenant.lake) as connection:
            done = reconcile(tenant, connection, apply=True, now=datetime.now(UTC))
        context.log.info("%s: %s rounds, %s fields stopped", name, len(done.rounds), done.stopped)
        if not done.left.none:
            left[name] = sorted({*done.left.ledger, *done.left.golden, *done.left.marts})
    if left:
        raise dg.Failure(f"differs still after two rounds, so somebody went past the ledger: {left}")


@dg.job(description="Nightly: what should agree is brought together, and what two sources fight over is stopped.")
def reconciliation() -> None:
    bring_together()


nightly_reconciliation = dg.ScheduleDefinition(
    name="nightly_reconciliation",
    job=reconciliation,
    cron_schedule="0 7 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

weekly = dg.ScheduleDefinition(
    name="weekly_digest", job=weekly_digests, cron_schedule="0 6 * * 1", default_status=dg.DefaultScheduleStatus.RUNNING
)

ALL = (nightly_policy_drift, nightly_scan, nightly_hygiene, nightly_reconciliation, weekly, change_feed)
