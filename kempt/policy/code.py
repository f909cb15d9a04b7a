"""Which code decides, by what it says: a decision that changes without its policy has changed by the code."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from kempt.ids import digest

_ROOMS = ("policy", "proposals", "matching", "agents")


@cache
def code_version() -> str:
    """The release, and a digest of the Python that makes and decides proposals: `0.1.0+3fa9c1d20b7e`."""
    root = Path(__file__).parents[1]
    files = sorted(path for room in _ROOMS for path in (root / room).rglob("*.py"))
    told = digest("".join(f"{path.relative_to(root).as_posix()}\0{digest(path.read_bytes())}\n" for path in files))
    return f"{version('kempt')}+{told[:12]}"
