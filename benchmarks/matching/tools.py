"""The tools, and the environment of each: nothing that one needs can change another."""

import hashlib
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A way to run a tool: a module of peers/, its options, and the pinned requirements it is installed from.

    Without requirements it runs where the harness runs. `counts` says that `--count` makes it count its candidate pairs
    and no more, outside the measured runs. `is_told` says that it learns from answers taken from the truth.
    """

    name: str
    means: str
    module: str
    options: tuple[str, ...] = ()
    requirements: str = ""
    counts: bool = False
    is_told: bool = False

    def command(self, python: Path, records: Path, plan: Path, out: Path, *, truth: Path) -> list[str]:
        """What runs it on a set."""
        told = ["--truth", str(truth)] if self.is_told else []
        told += ["--records", str(records), "--plan", str(plan), "--out", str(out), *self.options]
        return [str(python), "-m", self.module, *told]


TOOLS = (
    Tool(name="kempt", means="`kempt match`, no configuration", module="benchmarks.matching.peers.kempt_match"),
    Tool(
        name="splink",
        means="Splink, configured by hand, documented settings",
        module="benchmarks.matching.peers.splink_linker",
        requirements="requirements-splink.txt",
        counts=True,
    ),
    Tool(
        name="splink-tuned",
        means="Splink, the same with its own sampling for speed",
        module="benchmarks.matching.peers.splink_linker",
        options=("--tuned",),
        requirements="requirements-splink.txt",
        counts=True,
    ),
    Tool(
        name="goldenmatch",
        means="GoldenMatch, no configuration",
        module="benchmarks.matching.peers.goldenmatch_auto",
        requirements="requirements-goldenmatch.txt",
    ),
    Tool(
        name="dedupe",
        means="dedupe, configured by hand, 100 questions answered from the truth",
        module="benchmarks.matching.peers.dedupe_active",
        requirements="requirements-dedupe.txt",
        is_told=True,
    ),
    Tool(
        name="recordlinkage",
        means="recordlinkage, configured by hand, its ECM classifier",
        module="benchmarks.matching.peers.recordlinkage_ecm",
        requirements="requirements-recordlinkage.txt",
    ),
)


def python_of(tool: Tool, environments: Path, progress: Callable[[str], None]) -> Path:
    """The interpreter of a tool; its environment is made when there is none of these requirements yet.

    Raises CalledProcessError when the requirements cannot be installed.
    """
    if not tool.requirements:
        return Path(sys.executable)
    pinned = HERE / tool.requirements
    digest = hashlib.sha256(pinned.read_bytes()).hexdigest()[:12]
    home = environments / f"{pinned.stem.removeprefix('requirements-')}-{digest}"
    python, made = home / "bin" / "python", home / "made"
    if not made.exists():
        progress(f"making the environment of {tool.name} from {pinned.name}")
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "-r", str(pinned)], check=True, capture_output=True, text=True)
        made.touch()
    return python
