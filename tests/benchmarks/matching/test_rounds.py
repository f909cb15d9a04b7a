"""The harness measures whatever runs as a process, and is silent about nothing."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.matching.report import as_json, markdown
from benchmarks.matching.rounds import Harness
from benchmarks.matching.runs import ROOT, Limits, run
from benchmarks.matching.sets import Set, sets
from benchmarks.matching.tools import Tool

SIZE = 200
AMPLE = Limits(seconds=60, memory=4)


def tool(name: str, *options: str, counts: bool = False) -> Tool:
    return Tool(name=name, means="a fake", module="tests.benchmarks.matching.fake_tool", options=options, counts=counts)


@pytest.fixture
def contacts(tmp_path: Path) -> Set:
    (one,) = sets(["contacts"], [SIZE], [], tmp_path / "sets", 7)
    return one


def harness(tmp_path: Path, *, rounds: int = 1, limits: Limits = AMPLE) -> Harness:
    return Harness(work=tmp_path, rounds=rounds, limits=limits, progress=lambda text: None)


def test_a_run_is_measured_and_scored(tmp_path: Path, contacts: Set) -> None:
    (found,) = harness(tmp_path, rounds=2).measure(contacts, [tool("fake", "--megabytes", "300", counts=True)])

    assert found.failure == ""
    assert len(found.runs) == 2
    assert found.median("wall") > 0
    assert found.median("cpu") > 0
    assert 0.3 < found.median("memory") < 0.6
    assert found.notes["pairs"] == 12
    assert found.scores
    assert found.scores.records == SIZE
    assert 0 < found.scores.pairwise.f1 < 1
    assert found.other_scores == 0


@pytest.mark.parametrize(
    ("does", "limits", "said"),
    [
        ("fail", AMPLE, "exit 1: ValueError: it cannot"),
        ("lose", AMPLE, "1 of 200 records are in no cluster"),
        ("sleep", Limits(seconds=3, memory=4), "not done after 3 s"),
        ("grow", Limits(seconds=60, memory=0.4), "wanted more than 0.4 GiB"),
    ],
)
def test_what_goes_wrong_stands_in_the_table(
    tmp_path: Path, contacts: Set, does: str, limits: Limits, said: str
) -> None:
    tools = [tool("good"), tool("bad", "--does", does)]

    good, bad = harness(tmp_path, rounds=2, limits=limits).measure(contacts, tools)

    assert (good.failure, bad.failure) == ("", said)
    table = markdown([good, bad], tools, rounds=2)
    assert f"| contacts 200 | bad | - | - | - | - | - | - | {said} |" in table
    assert as_json([good, bad], tools, {"rounds": 2})["results"][1]["failure"] == said


def test_requirements_that_cannot_be_installed_stand_in_the_table(
    tmp_path: Path, contacts: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.matching.tools.HERE", tmp_path)
    (tmp_path / "requirements-none.txt").write_text(f"{tmp_path}/not-there.whl\n")
    missing = Tool(name="missing", means="nothing", module="nothing", requirements="requirements-none.txt")

    (found,) = harness(tmp_path).measure(contacts, [missing])

    assert found.failure.startswith("cannot be installed")
    assert found.runs == []


def test_a_run_sees_no_variables_of_ours(tmp_path: Path, contacts: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    done = run(["sh", "-c", "echo home=$HOME key=$SOME_API_KEY"], tmp_path / "run", AMPLE)

    assert done.failure == ""
    assert (tmp_path / "run" / "log.txt").read_text() == f"home={tmp_path}/run/home key=\n"


def test_memory_is_that_of_the_run_alone(tmp_path: Path) -> None:
    held = bytearray(b"x" * (400 << 20))

    done = run([sys.executable, "-c", "import time; time.sleep(1)"], tmp_path / "run", AMPLE)

    assert len(held) > 0
    assert 0 < done.memory < 0.1


def test_whoever_ends_the_harness_ends_what_it_started(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.matching.__main__", "--work", str(tmp_path / "work"), "--rounds", "1"]
    asked = ["--tools", "kempt", "--sets", "contacts", "--records", "5000"]
    process = subprocess.Popen([*command, *asked], cwd=ROOT, stderr=subprocess.DEVNULL)
    children: list[psutil.Process] = []
    until = time.monotonic() + 60
    while not children and time.monotonic() < until:
        time.sleep(0.05)
        children = psutil.Process(process.pid).children()

    process.terminate()

    assert process.wait(20) == 143
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert gone
    assert not alive
