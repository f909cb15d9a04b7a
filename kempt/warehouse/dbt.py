"""Runs dbt on one tenant's lake, in this process: the imports and the parsed project are paid for once."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kempt.errors import StopRun
from kempt.warehouse.connection import Lake

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeResult:
    """How one model or test of a build ended; `failures` counts the rows a test found, never shows them."""

    unique_id: str
    status: str
    seconds: float
    failures: int
    message: str

    @property
    def ok(self) -> bool:
        return self.status in ("success", "pass", "warn", "no-op")

    @property
    def name(self) -> str:
        return self.unique_id.split(".")[2]


def build(
    lake: Lake,
    *,
    project: Path,
    folder: Path,
    select: Sequence[str],
    variables: Mapping[str, Any],
    full_refresh: bool = False,
) -> tuple[NodeResult, ...]:
    """Builds and tests the selected models; raises StopRun when a model fails or a test finds rows.

    `folder` takes dbt's artifacts; they hold names, counts and times, no values. With `full_refresh` models that are
    built row by row are built anew.
    """
    from dbt.cli.main import dbtRunner

    arguments = [
        "build",
        *_common(project, folder),
        "--no-write-json",
        "--exclude-resource-type",  # tests/warehouse/ runs them
        "unit_test",
        *(["--full-refresh"] if full_refresh else []),
        "--select",
        *select,
        "--vars",
        json.dumps(variables, default=str),
    ]
    with _environment(lake):
        outcome = dbtRunner(manifest=manifest(project, folder.parent)).invoke(arguments)
    if outcome.exception is not None:
        raise StopRun(f"dbt build of {', '.join(select)}: {outcome.exception}")
    results = tuple(_node(result) for result in outcome.result.results)  # type: ignore[union-attr]
    broken = [node for node in results if not node.ok]
    if broken:
        listed = "\n".join(f"  {node.name}: {node.status}, {node.message}" for node in broken)
        raise StopRun(f"dbt build of {', '.join(select)} failed:\n{listed}\nThe compiled SQL is in {folder}/target.")
    return results


@cache
def manifest(project: Path, folder: Path) -> "Manifest":
    """The parsed project; once per process, because it does not depend on the tenant."""
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner().invoke(["parse", *_common(project, folder / "parse")])
    if outcome.exception is not None or not outcome.success:
        raise StopRun(f"{project}: dbt cannot parse the project: {outcome.exception}")
    parsed: Manifest = outcome.result  # type: ignore[assignment]
    return parsed


def manifest_file(project: Path, folder: Path) -> Path:
    """Where the parsed project lies as JSON, written by `manifest` when it is not there yet or older than a model."""
    file = folder / "parse" / "target" / "manifest.json"
    newest = max(path.stat().st_mtime for path in project.rglob("*") if path.suffix in (".sql", ".yml"))
    if not file.exists() or file.stat().st_mtime < newest:
        manifest(project, folder)
    return file


def _common(project: Path, folder: Path) -> list[str]:
    return [
        "--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(folder / "target"),
        "--log-path", str(folder / "logs"), "--log-level", "none", "--log-level-file", "warn", "--no-version-check",
    ]  # fmt: skip


@contextmanager
def _environment(lake: Lake) -> Iterator[None]:
    """profiles.yml reads the tenant's lake from the environment, and only there may a secret stand."""
    ours = {
        "KEMPT_DUCKDB_EXTENSIONS": str(lake.extensions),
        "KEMPT_LAKE_DATA": str(lake.data_path),
        "KEMPT_LAKE_SCHEMA": lake.schema,
        "DBT_ENV_SECRET_KEMPT_CATALOG": lake.catalog,
        "DBT_ENV_SECRET_KEMPT_RAW_KEY": lake.raw_key,
    }
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _node(result: Any) -> NodeResult:
    return NodeResult(
        unique_id=result.node.unique_id,
        status=str(result.status),
        seconds=float(result.execution_time),
        failures=int(result.failures or 0),
        message=" ".join(str(result.message or "").split())[:300],
    )
