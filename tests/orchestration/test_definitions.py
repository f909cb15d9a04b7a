"""The code location: it loads from anywhere without a secret, and its graph is the one that was reviewed."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from tests.installation import ROOT
from tests.orchestration.graph import SNAPSHOT, as_text


def bare(home: Path) -> dict[str, str]:
    """An environment that knows nothing: no secret, no address."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "KEMPT_HOME": str(home / "kempt")}


def test_the_location_loads_without_secret_or_server_and_warns_of_nothing(tmp_path: Path) -> None:
    """Deprecations that our own files cause; those between libraries are theirs."""
    ours = "|".join(("assets", "orchestration", "kempt", "expectations"))
    code = f"""
import re, sys, warnings
sys.path.insert(0, {str(ROOT)!r})
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import orchestration.definitions
ours = [each for each in caught if re.match(re.escape({str(ROOT)!r}) + "/({ours})/", each.filename)]
print("\\n".join(f"{{each.filename}}:{{each.lineno}}: {{each.message}}" for each in ours))
"""

    done = subprocess.run(
        [sys.executable, "-c", code], env=bare(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
    # Nothing but the parsed dbt project was written: no key, no database.
    assert [path.name for path in (tmp_path / "kempt").iterdir()] == ["dbt"]


def test_dagster_finds_the_location_from_another_folder(tmp_path: Path) -> None:
    dagster = Path(sys.executable).with_name("dagster")

    done = subprocess.run(
        [dagster, "definitions", "validate", "-w", str(ROOT / "workspace.yaml")],
        env=bare(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=180,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_graph_is_the_reviewed_one(location: dg.Definitions) -> None:
    """After a wanted change: `python -m tests.orchestration.graph`, and read the diff."""
    assert as_text(location).splitlines() == SNAPSHOT.read_text().splitlines()


def test_every_asset_says_what_it_is_and_whose(location: dg.Definitions) -> None:
    graph = location.resolve_asset_graph()

    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        said = {"owner": node.owners, "kinds": node.kinds, "description": node.description, "group": node.group_name}

        assert [name for name, value in said.items() if not value] == [], key
        assert key.path[0] == "kempt"
        assert len(key.path) == 2


def test_every_job_resolves(location: dg.Definitions) -> None:
    for job in location.get_repository_def().get_all_jobs():
        assert location.resolve_job_def(job.name).name == job.name


def test_raw_extracts_are_cut_by_day_and_source_and_filled_in_one_run(location: dg.Definitions) -> None:
    node = location.resolve_asset_graph().get(dg.AssetKey(["kempt", "raw_extracts"]))

    assert isinstance(node.partitions_def, dg.MultiPartitionsDefinition)
    assert [part.name for part in node.partitions_def.partitions_defs] == ["day", "source"]
    assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_no_table_in_pyproject_hides_the_workspace() -> None:
    """A [tool.dagster] or [tool.dg] table would make `dagster dev` ignore workspace.yaml without a word."""
    text = (ROOT / "pyproject.toml").read_text()

    assert "[tool.dagster" not in text
    assert "[tool.dg" not in text
