"""Every property at its full size: `python -m tests.prove [NAME ...] [--seed SEED]`.

Each target is a run of pytest over tests that `make test` runs small, or over a measurement in tests/prove_*.py. What
it came to is written to build/proof/<name>.json. A target that passed at this commit with this seed is not run again,
so an interrupted proof goes on where it stopped; with uncommitted changes nothing is known to be the same, and all run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "proof"
SEED = 7
HYPOTHESIS = ("-m", "hypothesis")
SPARK = ".venv/spark"
FIGURE = "kempt."  # Hypothesis records properties of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One property: how large, which tests, and after how many minutes it has failed."""

    name: str
    size: int
    minutes: float
    tests: tuple[str, ...]
    packages: str = ""
    """A folder of packages to be preferred to the environment's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a target came to. `figures` holds what its tests recorded, and how many there were of each outcome."""

    name: str
    commit: str
    seed: int
    size: int
    seconds: float
    passed: bool
    figures: Mapping[str, Any] = field(default_factory=dict)


def scale(test: str) -> tuple[str, ...]:
    return (f"tests/prove_scale.py::{test}",)


TARGETS = (
    Target(name="standardizers", size=2_000, minutes=2, tests=(
        "tests/records/test_standardizer_properties.py", "tests/records/test_contact_points.py",
        "tests/records/test_names.py", *HYPOTHESIS)),
    Target(name="sources", size=1_000, minutes=3, tests=("tests/extracts/test_fuzz.py", *HYPOTHESIS)),
    Target(name="clusters", size=1_000, minutes=1, tests=(
        "tests/matching/test_clusters.py", "tests/matching/test_evaluate.py", *HYPOTHESIS)),
    Target(name="identity", size=1_000, minutes=1, tests=("tests/identity/test_assign.py", *HYPOTHESIS)),
    Target(name="histories", size=100, minutes=5, tests=("tests/usecases/test_replay.py", *HYPOTHESIS)),
    Target(name="survivorship-and-policy", size=500, minutes=1, tests=(
        "tests/survivorship/test_compose.py", "tests/policy", "tests/hygiene", *HYPOTHESIS)),
    Target(name="order-of-arrival", size=1000, minutes=2, tests=(
        "tests/survivorship/test_compose.py", "-k", "every_order_of_arrival")),
    Target(name="recompose", size=100, minutes=3, tests=("tests/survivorship/test_recompose.py", *HYPOTHESIS)),
    Target(name="hub", size=100_000, minutes=2, tests=("tests/matching/test_hub.py",)),
    Target(name="incremental", size=40, minutes=3, tests=(
        "tests/matching/test_rescore.py", "tests/usecases/test_cluster.py", *HYPOTHESIS)),
    Target(name="matching", size=500, minutes=1, tests=(
        "tests/matching/kernel", "tests/matching/training", "tests/matching/profile", *HYPOTHESIS)),
    Target(name="engines", size=500, minutes=2, tests=("tests/contracts/test_match_engines_agree.py", *HYPOTHESIS)),
    Target(name="spark", size=50, minutes=3, packages=SPARK, tests=(
        "tests/contracts/test_match_engine_contract.py", "tests/contracts/test_match_engines_agree.py", "-k", "spark")),
    Target(name="spark-scale", size=1_000_000, minutes=2, packages=SPARK, tests=("tests/prove_spark.py",)),
    Target(name="ledger-chain", size=300, minutes=1, tests=("tests/ledger/test_append.py", *HYPOTHESIS)),
    Target(name="ledger-bulk", size=1_000_000, minutes=3, tests=scale("test_a_large_ledger_is_appended_and_verified")),
    Target(name="ledger-tampering", size=1_000, minutes=1, tests=(
        "tests/ledger/test_verify.py::test_random_tampering_is_always_found",)),
    Target(name="ledger-kills", size=300, minutes=6, tests=("tests/prove_ledger_kills.py",)),
    Target(name="deciders", size=1_000, minutes=8, tests=("tests/prove_deciders.py",)),
    Target(name="web-values", size=500, minutes=5, tests=("tests/web/test_hostile.py",)),
    Target(name="web-api", size=5_000, minutes=6, tests=("tests/web/test_api.py",)),
    Target(name="web-load", size=100_000, minutes=5, tests=("tests/prove_web.py",)),
    Target(name="sample", size=1_000_000, minutes=1, tests=scale("test_a_large_sample_is_complete")),
    Target(name="canonicalize", size=100_000, minutes=2, tests=scale("test_raw_is_canonical_or_set_aside")),
    Target(name="pipeline", size=100_000, minutes=4, tests=scale("test_the_whole_way_adds_up")),
    Target(name="accuracy", size=20_000, minutes=4, tests=scale("test_the_crosswalk_is_right")),
    Target(name="bad-input", size=1_000, minutes=2, tests=("tests/prove_bad_input.py",)),
    Target(name="crashes", size=10, minutes=7, tests=("tests/prove_crashes.py", "-k", "random")),
    Target(name="crash-points", size=3, minutes=9, tests=("tests/prove_crashes.py", "-k", "named")),
)  # fmt: skip


def prove(
    targets: Sequence[Target],
    *,
    folder: Path,
    commit: str | None,
    seed: int,
    tell: Callable[[str], None],
    run: Callable[..., Proof],
) -> tuple[Proof, ...]:
    """The proof of every target; without a commit none of an earlier run counts."""
    folder.mkdir(parents=True, exist_ok=True)
    proofs = []
    for target in targets:
        file = folder / f"{target.name}.json"
        proof = known(file, target, commit, seed)
        tell(f"{target.name} at {target.size:,} {'passed before' if proof else '...'}")
        if proof is None:
            proof = run(target, commit=commit or "uncommitted", seed=seed)
            file.write_text(json.dumps(asdict(proof), indent=2) + "\n")
            tell(f"    {'passed' if proof.passed else 'FAILED'} in {proof.seconds:.0f} s")
        for name, value in proof.figures.items():
            tell(f"    {name}: {value}")
        proofs.append(proof)
    return tuple(proofs)


def known(file: Path, target: Target, commit: str | None, seed: int) -> Proof | None:
    """The proof that an earlier run left, when it passed on the same code, seed and size."""
    if commit is None or not file.exists():
        return None
    proof = Proof(**json.loads(file.read_text()))
    same = (proof.commit, proof.seed, proof.size, proof.passed) == (commit, seed, target.size, True)
    return proof if same else None


def pytest_on(target: Target, *, commit: str, seed: int) -> Proof:
    """Runs the tests of a target in a process of their own; what takes too long has failed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kempt-proof-") as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable, "-m", "pytest", *target.tests, "-p", "no:cacheprovider", f"--hypothesis-seed={seed}",
            f"--timeout={target.minutes * 60:.0f}", f"--session-timeout={target.minutes * 60:.0f}",
            f"--junit-xml={report}", "-o", "junit_family=xunit1",
        ]  # fmt: skip
        sizes = {"KEMPT_TEST_SIZE": str(target.size), "KEMPT_TEST_SEED": str(seed)}
        variables = os.environ | sizes | python_path(target)
        ended = subprocess.run(command, cwd=ROOT, env=variables, stdout=sys.stderr, check=False)
        figures = read_figures(report)
    return Proof(
        name=target.name, commit=commit, seed=seed, size=target.size, seconds=round(time.monotonic() - began, 1),
        passed=ended.returncode == 0, figures=figures,
    )  # fmt: skip


def python_path(target: Target) -> dict[str, str]:
    """What makes Python look into the packages of a target first."""
    if not target.packages:
        return {}
    folders = (str(ROOT / target.packages), os.environ.get("PYTHONPATH", ""))
    return {"PYTHONPATH": os.pathsep.join(filter(None, folders))}


def keep(record_property: Callable[[str, object], None], **figures: object) -> None:
    """Called by a test: these figures belong to the proof of its target."""
    for name, value in figures.items():
        record_property(FIGURE + name, json.dumps(value))


def read_figures(report: Path) -> dict[str, Any]:
    """The number of tests, and what they recorded as properties."""
    if not report.exists():
        return {}
    tree = ElementTree.parse(report).getroot()
    counts = {
        name: sum(int(suite.get(name, "0")) for suite in tree.iter("testsuite"))
        for name in ("tests", "failures", "errors", "skipped")
    }
    recorded = {each.get("name", ""): each.get("value", "") for each in tree.iter("property")}
    figures = {
        name.removeprefix(FIGURE): json.loads(text) for name, text in recorded.items() if name.startswith(FIGURE)
    }
    return {name: count for name, count in counts.items() if count or name == "tests"} | figures


def commit_of(root: Path) -> str | None:
    """The commit of a checkout; None when the files are not exactly those of a commit."""
    try:
        changes, commit = (
            subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
            for words in (("status", "--porcelain"), ("rev-parse", "HEAD"))
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return None if changes else commit


def main() -> int:
    """Proves what was named, or everything; the exit status says whether all passed."""
    names = [target.name for target in TARGETS]
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or several of: {', '.join(names)}")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"no target is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    chosen = [target for target in TARGETS if not options.names or target.name in options.names]
    commit = commit_of(ROOT)
    print(f"seed {options.seed}, commit {commit or 'none: there are uncommitted changes, so everything runs'}")
    tell = partial(print, flush=True)
    proofs = prove(chosen, folder=FOLDER, commit=commit, seed=options.seed, tell=tell, run=pytest_on)
    failed = [proof.name for proof in proofs if not proof.passed]
    print(f"{len(proofs) - len(failed)} of {len(proofs)} passed; {FOLDER} holds the figures")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
