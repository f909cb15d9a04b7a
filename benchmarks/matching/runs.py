"""One measured run of one process, with all that it starts."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
LOOKS_A_SECOND = 20
LOG, SAID = "log.txt", 300
ERROR = re.compile(r"[\w.]*(Error|Exception)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a process and its children used. `wall` and `cpu` are seconds, `memory` the peak in GiB.

    CPU seconds are those of all children that were waited for. Memory is looked at twenty times a second; what
    processes share counts once. `failure` is empty when all went well.
    """

    wall: float
    cpu: float
    memory: float
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run may take: seconds on the clock, and GiB."""

    seconds: float
    memory: float


def run(command: Sequence[str], folder: Path, limits: Limits) -> Run:
    """Runs to the end or to a limit; its words go to `folder`/log.txt.

    It gets a home folder of its own and no variables of ours, so that nothing is remembered between runs and no key
    opens a service.
    """
    home = folder / "home"
    home.mkdir(parents=True)
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    with (folder / LOG).open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
        watch = _Watch(process.pid, limits)
        watch.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            # Whoever ends the harness ends what it started.
            end_group(process.pid)
            raise
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        watch.end()
    return Run(
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        # Not the kernel's own peak: that of a child begins with what the harness held when it forked.
        memory=watch.peak / 2**30,
        failure=watch.failure or _failure(process.returncode, folder / LOG),
    )


def end_group(pid: int) -> None:
    """Ends a process that leads its group, and all that it started; nothing when it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _failure(code: int, log: Path) -> str:
    if code == 0:
        return ""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if ERROR.match(line)]
    said = (errors or lines or ["it said nothing"])[-1][:SAID]
    return f"ended by signal {-code}" if code < 0 else f"exit {code}: {said}"


class _Watch(threading.Thread):
    """Looks at the memory of a process and its children, and ends their group when it goes beyond a limit."""

    def __init__(self, pid: int, limits: Limits) -> None:
        super().__init__(daemon=True)
        self.pid, self.limits = pid, limits
        self.peak, self.failure = 0, ""
        self._over = threading.Event()

    def run(self) -> None:
        until = time.perf_counter() + self.limits.seconds
        while not self.failure and not self._over.wait(1 / LOOKS_A_SECOND):
            self.peak = max(self.peak, _memory(self.pid))
            if time.perf_counter() > until:
                self.failure = f"not done after {self.limits.seconds:,.0f} s"
            elif self.peak > self.limits.memory * 2**30:
                self.failure = f"wanted more than {self.limits.memory:g} GiB"
        if self.failure:
            end_group(self.pid)

    def end(self) -> None:
        """Stops looking."""
        self._over.set()
        self.join()


def _memory(pid: int) -> int:
    """Bytes that a process and its children hold; shared pages count once when there are several."""
    try:
        parent = psutil.Process(pid)
        children = parent.children(recursive=True)
        if not children:
            return int(parent.memory_info().rss)
    except psutil.Error:
        return 0
    return sum(map(_share, [parent, *children]))


def _share(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
