"""How far `kempt match` is: seconds per stage, what is left where that can be known, and the most memory it took."""

import ctypes
import resource
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE = 5.0
"""Seconds after which a person wants to hear something again."""


class Watch:
    """Seconds per stage, each announced when it begins; long ones say what is left."""

    def __init__(self, progress: Callable[[str], None], stages: int) -> None:
        self.progress = progress
        self.stages = stages
        self.seconds: dict[str, float] = {}
        self.stage = ""
        self.began = self.spoke = 0.0

    def __call__(self, stage: str) -> "Watch":
        self.stage = stage
        return self

    def __enter__(self) -> None:
        self.began = self.spoke = time.perf_counter()
        self._say("")

    def __exit__(self, *_: object) -> None:
        self.seconds[self.stage] = round(time.perf_counter() - self.began, 3)

    def step(self, done: int, of: int, *, what: str, most: bool = False) -> None:
        """So much of the stage is done; `most` says that it may end before all of it."""
        now = time.perf_counter()
        if not done or now - self.spoke < PATIENCE:
            return
        self.spoke = now
        left = (now - self.began) / done * (of - done)
        bound, about = ("at most ", "at most") if most else ("", "about")
        self._say(f": {done:,} of {bound}{of:,} {what}, {about} {told(left)} left")

    def expect(self, seconds: float, what: str) -> None:
        """How long the stage will take, where that is long."""
        if seconds >= PATIENCE:
            self._say(f": {what}, about {told(seconds)}")

    def _say(self, more: str) -> None:
        self.progress(f"{len(self.seconds) + 1}/{self.stages} {self.stage}{more}")


def give_back() -> None:
    """What no stage needs any more goes back to the system, where the C library can; it would keep a sixth of all."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def told(seconds: float) -> str:
    """A span of time for a person."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def peak_memory_mb() -> int:
    """The most memory that this process ever held."""
    try:
        # What getrusage says may be the peak of whoever started this process.
        lines = Path("/proc/self/status").read_text().splitlines()
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / 1024)
