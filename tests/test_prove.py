"""The proof itself: a target is run once per commit, seed and size, and a failure is kept as one."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.prove import ROOT, TARGETS, Proof, Target, keep, prove, pytest_on, python_path, read_figures

TARGET = Target(name="something", size=30, minutes=1, tests=("tests/prove_something.py",))
TEST = """
import os
from tests.prove import keep

def test_it(record_property):
    keep(record_property, asked=int(os.environ["KEMPT_TEST_SIZE"]), seed=int(os.environ["KEMPT_TEST_SEED"]))

def test_that_fails():
    assert False
"""


class Runner:
    """Stands in for pytest; remembers how often it was asked."""

    def __init__(self, passes: bool = True) -> None:
        self.passes, self.runs = passes, 0

    def __call__(self, target: Target, *, commit: str, seed: int) -> Proof:
        self.runs += 1
        return Proof(name=target.name, commit=commit, seed=seed, size=target.size, seconds=1.0, passed=self.passes)


def proved(folder: Path, run: Runner, target: Target = TARGET, commit: str | None = "abc", seed: int = 11) -> Proof:
    (proof,) = prove([target], folder=folder, commit=commit, seed=seed, tell=lambda line: None, run=run)
    return proof


def test_the_packages_of_a_target_come_before_all_others(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")

    assert python_path(TARGET) == {}
    assert python_path(replace(TARGET, packages="own")) == {"PYTHONPATH": f"{ROOT / 'own'}{os.pathsep}elsewhere"}


def test_what_was_proved_is_not_run_again(tmp_path):
    run = Runner()

    first, second = proved(tmp_path, run), proved(tmp_path, run)

    assert first == second
    assert run.runs == 1
    kept = json.loads((tmp_path / "something.json").read_text())
    assert set(kept) == {"name", "commit", "seed", "size", "seconds", "figures", "passed"}


@pytest.mark.parametrize(
    "other",
    [
        {"commit": "def"},
        {"commit": None},
        {"seed": 12},
        {"target": replace(TARGET, size=40)},
    ],
)
def test_another_commit_seed_or_size_is_proved_anew(tmp_path, other):
    run = Runner()

    proved(tmp_path, run)
    proved(tmp_path, run, **other)

    assert run.runs == 2


def test_a_failure_is_kept_and_tried_again(tmp_path):
    run = Runner(passes=False)

    for _ in range(2):
        assert not proved(tmp_path, run).passed

    assert run.runs == 2
    assert json.loads((tmp_path / "something.json").read_text())["passed"] is False


def test_a_run_tells_its_tests_their_size_and_keeps_their_figures(tmp_path):
    file = tmp_path / "prove_something.py"
    file.write_text(TEST)

    proof = pytest_on(Target(name="something", size=30, minutes=1, tests=(str(file),)), commit="abc", seed=11)

    assert not proof.passed
    assert proof.figures == {"tests": 2, "failures": 1, "asked": 30, "seed": 11}


def test_figures_go_through_a_report_unchanged(tmp_path):
    figures = {"scores": {"precision": 0.5, "none": None}, "rows": [1, 2]}
    lines = ["<property name='of somebody else' value='not JSON'/>"]
    keep(lambda name, value: lines.append(f"<property name='{name}' value='{value}'/>"), **figures)
    (tmp_path / "report.xml").write_text(f"<testsuite tests='3'>{''.join(lines)}</testsuite>")

    assert read_figures(tmp_path / "report.xml") == {"tests": 3} | figures
    assert read_figures(tmp_path / "none.xml") == {}


def test_every_target_has_its_tests_and_all_take_95_minutes_at_most():
    named = [word.split("::") for target in TARGETS for word in target.tests if word.startswith("tests/")]

    for path, *test in named:
        assert (ROOT / path).exists()
        assert all(f"def {name}(" in (ROOT / path).read_text() for name in test)
    assert len({target.name for target in TARGETS}) == len(TARGETS)
    assert sum(target.minutes for target in TARGETS) <= 95
