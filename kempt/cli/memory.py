"""How a command of its own process takes memory: what is given back goes to the next stage, whoever asks for it."""

import ctypes
import os

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
