"""A whole installation, used as people use it: the console script, in a process of its own."""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kempt.settings import Settings
from tests.postgres import settings_in

ROOT = Path(__file__).parent.parent
KEMPT = Path(sys.executable).with_name("kempt")
DEMO = ("demo", "--records", "500")  # the smallest that leaves a row in each tenant's quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One KEMPT_HOME and the commands on it."""

    home: Path

    @property
    def settings(self) -> Settings:
        return settings_in(self.home)

    @property
    def environment(self) -> dict[str, str]:
        """What a shell has, without anything that is set for another installation."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("KEMPT_", "DAGSTER_"))}
        return {**kept, "KEMPT_HOME": str(self.home), "KEMPT_PROJECT": str(ROOT), "PYTHONPATH": str(ROOT)}

    def kempt(self, *arguments: str | Path, timeout: float = 280) -> subprocess.CompletedProcess[str]:
        """Runs one command to its end, whatever that is."""
        command = [str(each) for each in (KEMPT, *arguments)]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
        )

    def said(self, *arguments: str | Path) -> str:
        """The output of a command that must succeed."""
        done = self.kempt(*arguments)
        assert done.returncode == 0, f"kempt {' '.join(map(str, arguments))}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: str | Path) -> Any:
        """The same, read by a machine."""
        return json.loads(self.said(*arguments, "--json"))

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """A command that goes on until it is ended."""
        return subprocess.Popen(
            [str(each) for each in (KEMPT, *arguments)],
            env=self.environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def fresh_installation() -> Iterator[Installation]:
    """An installation on an empty folder; whatever runs in it is ended."""
    with tempfile.TemporaryDirectory(prefix="kempt-test-", ignore_cleanup_errors=True) as folder:
        installation = Installation(home=Path(folder) / "home")
        try:
            yield installation
        finally:
            installation.said("down")


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
