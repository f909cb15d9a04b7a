"""A disk that fails: at one call of ours, or for every file beyond a size, as a full one does."""

import errno
import itertools
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

CALLS = ("fsync", "replace", "rename")
FAULTS = (errno.EIO, errno.ENOSPC)


@contextmanager
def fault_at(call: int, fault: int) -> Iterator[None]:
    """The call with this number that puts something on disk for good, or into its place, fails."""
    number = itertools.count(1)

    def faulty(real: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **more: Any) -> Any:
            if next(number) == call:
                raise OSError(fault, os.strerror(fault))
            return real(*args, **more)

        return called

    with ExitStack() as stack:
        for name in CALLS:
            stack.enter_context(patch.object(os, name, faulty(getattr(os, name))))
        yield


def faults_in(act: Callable[[], object], afterwards: Callable[[], object]) -> int:
    """Lets each call of `act` fail, one after the other, until none is left; looks `afterwards` each time."""
    for call in itertools.count(1):
        for fault in FAULTS:
            try:
                with fault_at(call, fault):
                    act()
            except OSError as failed:
                if failed.errno != fault:
                    raise
                afterwards()
            else:
                return call - 1
    raise AssertionError


@contextmanager
def full_disk(most: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: the kernel refuses it, whoever writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
