"""The whole location as text, one line a fact, so that a reviewer sees in a diff what a change does to the graph.

`python -m tests.orchestration.graph` writes graph.txt anew.
"""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

SNAPSHOT = Path(__file__).with_name("graph.txt")


def as_text(location: dg.Definitions) -> str:
    """Assets by group, then jobs, schedules and sensors."""
    return "\n".join([*_assets(location), "", *_jobs(location), "", *_triggers(location)]) + "\n"


def _assets(location: dg.Definitions) -> Iterator[str]:
    graph = location.resolve_asset_graph()
    for group in sorted({graph.get(key).group_name for key in graph.get_all_asset_keys()}):
        yield f"group {group}"
        for key in sorted(graph.get_all_asset_keys()):
            node = graph.get(key)
            if node.group_name != group:
                continue
            cut = _partitions(node.partitions_def) if node.partitions_def else "none"
            kinds, owners = ",".join(sorted(node.kinds)), ",".join(node.owners)
            yield f"  {key.to_user_string()}  kinds={kinds}  by={cut}  owner={owners}"
            for dependency in sorted(node.parent_keys):
                yield f"    after {dependency.to_user_string()}"
            for check in sorted(graph.get_check_keys_for_assets({key})):
                yield f"    check {check.name}"


def _partitions(definition: dg.PartitionsDefinition) -> str:
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return "+".join(each.name for each in definition.partitions_defs)
    return str(getattr(definition, "name", None) or type(definition).__name__)


def _jobs(location: dg.Definitions) -> Iterator[str]:
    repository = location.get_repository_def()
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if job.name.startswith("__"):
            continue
        keys = sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
        yield f"job {job.name}: {', '.join(keys) or 'ops'}"


def _triggers(location: dg.Definitions) -> Iterator[str]:
    repository = location.get_repository_def()
    for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name):
        yield f"schedule {schedule.name}: {schedule.cron_schedule} {schedule.job_name} {schedule.default_status.value}"
    for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name):
        targets = ",".join(target.job_name for target in sensor.targets) or "-"
        yield f"sensor {sensor.name}: every {sensor.minimum_interval_seconds} s {targets} {sensor.default_status.value}"


if __name__ == "__main__":
    from orchestration.definitions import defs

    SNAPSHOT.write_text(as_text(defs))
