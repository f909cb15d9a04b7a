"""How a command of its own process takes memory: what is given back goes to the next stage, whoever asks for it."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ARENAS = -8
"""M_ARENA_MAX of glibc's mallopt."""


def share_memory() -> None:
    """From here on Arrow takes its memory where NumPy and the kernel do, and all threads from one place.

    Else each keeps what it no longer needs: a fifth of the peak of a million records. Arrow looks once, when it is
    loaded, so this comes before the imports of a command.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENAS, 1)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Arrow, asked to take a value, loads Pandas to see whether it is one of its own: a third of a second, 40 MB.

    Here it is told that there is none. For what needs no Pandas itself.
    """
    sys.meta_path.insert(0, _NoPandas)
    try:
        yield
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """Finds no Pandas, and leaves all else to the others."""

    @staticmethod
    def find_spec(name: str, *_: Any) -> None:
        """What the import system asks for a module that is not loaded yet."""
        if name == "pandas":
            raise ModuleNotFoundError(name)
