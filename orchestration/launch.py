"""Runs jobs in this process and reports each step as a line of JSON: what `kempt run` and `kempt demo` start.

Usage: python -m orchestration.launch land TENANT DAY | hygiene TENANT [DAY] | settle TENANT [DAY] | sensors
Several may follow each other, separated by commas; all run in one process, because Dagster's and dbt's imports
cost more than a small run.
"""

import json
import sys
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from assets.partitions import FIRST_DAY, days, source_key, sources
from assets.partitions import tenants as by_tenant
from kempt.errors import KemptError, StopRun
from kempt.settings import load_settings
from kempt.usecases.outstanding import extracts_to_settle
from kempt.usecases.tenancy import Tenants
from orchestration.definitions import defs
from orchestration.resources import TenantsResource
from orchestration.sensors import BY_REQUEST, TENANT_TAG

STEPS = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}


def report(**fact: Any) -> None:
    """One line of JSON on standard output; everything else goes to the log."""
    print(json.dumps(fact, default=str), flush=True)


class Launcher:
    """Runs jobs one after the other on one instance."""

    def __init__(self, instance: dg.DagsterInstance, tenants: Tenants) -> None:
        self.instance = instance
        self.tenants = tenants
        self.failed: set[str] = set()

    def register(self) -> None:
        """Tenants and their declared sources as partitions; those that are there stay."""
        names = self.tenants.names()
        keys = [source_key(name, each.source) for name in names for each in self.tenants.open(name).declarations]
        self.instance.add_dynamic_partitions(str(by_tenant.name), list(names))
        self.instance.add_dynamic_partitions(str(sources.name), keys)

    def land(self, tenant: str, day: str) -> None:
        """Every source of a tenant for one day: a single run for each stretch of neighbouring partitions."""
        if day not in days.get_partition_keys():
            raise StopRun(f"{day} is no day to land: expected one from {FIRST_DAY} to today.")
        order = self.instance.get_dynamic_partitions(str(sources.name))
        ours = {source_key(tenant, each.source) for each in self.tenants.open(tenant).declarations}
        for first, last in stretches([key in ours for key in order]):
            begin, end = (dg.MultiPartitionKey({"day": day, "source": order[at]}) for at in (first, last))
            tags = {"dagster/asset_partition_range_start": begin, "dagster/asset_partition_range_end": end}
            self.run("land_extracts", tenant=tenant, day=day, tags=tags)

    def hygiene(self, tenant: str, day: str = "") -> None:
        """A tenant from landed extracts to applied changes."""
        self.run("hygiene_run", tenant=tenant, day=day, partition_key=tenant)

    def settle(self, tenant: str, day: str = "") -> None:
        """The same when extracts wait; otherwise there is nothing new to work on."""
        if tenant in dict(extracts_to_settle(self.tenants)):
            self.hygiene(tenant, day)
        else:
            report(event="nothing_new", tenant=tenant, day=day)

    def sensors(self) -> None:
        """What the sensors would ask for now, evaluated once and run at once."""
        for sensor in BY_REQUEST:
            with dg.build_sensor_context(instance=self.instance, resources={"tenants": TenantsResource()}) as context:
                requests = list(sensor(context))
            for request in requests:
                self.run(
                    sensor.job_name,
                    tenant=request.tags[TENANT_TAG],
                    day="",
                    partition_key=request.partition_key,
                    tags={**request.tags, "dagster/run_key": str(request.run_key), "dagster/sensor_name": sensor.name},
                )

    def run(
        self,
        job: str,
        *,
        tenant: str,
        day: str,
        partition_key: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        """One run in this process, its steps reported while it works. After a failure its tenant is left alone."""
        if tenant in self.failed:
            return
        run_id, began = str(uuid.uuid4()), time.monotonic()
        report(event="run_started", job=job, tenant=tenant, day=day, run_id=run_id)
        with steps_reported(self.instance, run_id, tenant):
            result = defs.resolve_job_def(job).execute_in_process(
                instance=self.instance,
                partition_key=partition_key,
                run_id=run_id,
                raise_on_error=False,
                tags={TENANT_TAG: tenant, **(tags or {})},
            )
        for source in stopped_sources(result):
            report(event="source_stopped", tenant=tenant, day=day, problem=source)
        report(
            event="run_ended", job=job, tenant=tenant, day=day, run_id=run_id, ok=result.success,
            seconds=round(time.monotonic() - began, 2), problem=None if result.success else problem(result),
        )  # fmt: skip
        if not result.success:
            self.failed.add(tenant)


def stopped_sources(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """What a landing said about sources that could not go on."""
    for event in result.get_asset_materialization_events():
        stopped = event.materialization.metadata.get("stopped")
        if stopped is not None and event.asset_key is not None and event.asset_key.path[-1] == "raw_extracts":
            yield from stopped.value
            return


def stretches(marks: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and last position of every run of True."""
    start: int | None = None
    for at, mark in enumerate([*marks, False]):
        if mark and start is None:
            start = at
        elif not mark and start is not None:
            yield start, at - 1
            start = None


def problem(result: dg.ExecuteInProcessResult) -> str:
    """Why a run failed, in the innermost error's words."""
    for event in result.all_events:
        if event.event_type is dg.DagsterEventType.STEP_FAILURE and event.step_failure_data.error is not None:
            error = event.step_failure_data.error
            while error.cause is not None:
                error = error.cause
            return f"{event.step_key}: {error.message.strip()}"
    return "the run failed before a step began"


@contextmanager
def steps_reported(instance: dg.DagsterInstance, run_id: str, tenant: str) -> Iterator[None]:
    """Reports the steps of a run from a second thread, because an in-process run answers only at its end."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(instance, run_id, tenant, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(timeout=10)


def _watch(instance: dg.DagsterInstance, run_id: str, tenant: str, over: threading.Event) -> None:
    cursor: str | None = None
    last = False
    while not last:
        last = over.wait(0.5)
        found = instance.get_records_for_run(run_id, cursor=cursor, of_type=STEPS)
        cursor = found.cursor
        for record in found.records:
            event = record.event_log_entry.dagster_event
            if event is not None:
                report(event=event.event_type_value.lower(), step=event.step_key, tenant=tenant)


def main(words: Iterable[str]) -> None:
    """Runs the commands in their order; ends with status 1 when a run failed."""
    instance = dg.DagsterInstance.get()
    # Dagster's storage connects anew for every query unless told to keep its connections: a quarter of a small run.
    instance.optimize_for_webserver(statement_timeout=60_000, pool_recycle=3600, max_overflow=20)
    launcher = Launcher(instance, Tenants(load_settings()))
    launcher.register()
    try:
        for command in " ".join(words).split(","):
            verb, *arguments = command.split()
            {name: getattr(launcher, name) for name in ("land", "hygiene", "settle", "sensors")}[verb](*arguments)
    except KemptError as refused:
        report(event="refused", problem=str(refused))
        sys.exit(1)
    sys.exit(1 if launcher.failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
