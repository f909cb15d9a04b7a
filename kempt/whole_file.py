"""Files that are whole or not there: neither a full disk nor a power cut leaves half of one."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO


def write_whole(path: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """In place of what was there, and on disk when we return."""
    told = content.encode() if isinstance(content, str) else content
    _beside(path, lambda file: file.write(told), mode)


def copy_whole(source: Path, path: Path) -> None:
    """A copy in place of what was there, and on disk when we return."""
    with source.open("rb") as read:
        _beside(path, lambda file: shutil.copyfileobj(read, file), 0o644)


def sync(path: Path) -> None:
    """Waits until a file's content, or a folder's names, would outlive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _beside(path: Path, write: Callable[[IO[bytes]], object], mode: int) -> None:
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync(path.parent)
