"""Files of a drop folder, opened so that nothing outside of it can be reached."""

import errno
import fnmatch
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from kempt.errors import SkipRecord
from kempt.extracts.port import Limits, NothingToRead

_WILD = re.compile(r"[*?\[]")


def find_files(drop: Path, pattern: str, day: date, limits: Limits) -> tuple[str, ...]:
    """The files that match, relative to the drop folder, page 2 before page 10. Links are refused."""
    parts = tuple(pattern.replace("{day}", day.isoformat()).split("/"))
    try:
        with _folder(os.fspath(drop)) as folder:
            found = sorted(_matches(folder, (), parts), key=_natural)
    except FileNotFoundError:
        found = []
    if not found:
        raise NothingToRead(f"{pattern}: no file for {day}. If the export failed, run it again; absent is not empty.")
    if len(found) > limits.files:
        raise SkipRecord(f"{pattern}: {len(found)} files for {day}; at most {limits.files} are read as one extract.")
    return tuple(found)


def read_file(drop: Path, name: str, limits: Limits) -> bytes:
    """The bytes of one file that `find_files` named."""
    *folders, last = name.split("/")
    with _folder(os.fspath(drop)) as top, _below(top, folders) as folder:
        # O_NONBLOCK: a named pipe must not make us wait for a writer.
        with _refusing_links(name):
            handle = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SkipRecord(f"{name}: not a regular file. Put the export itself into the drop folder.")
            content = b"" if status.st_size > limits.file_bytes else file.read(limits.file_bytes + 1)
            if max(status.st_size, len(content)) > limits.file_bytes:
                size = limits.file_bytes // 1024**2
                raise SkipRecord(f"{name}: larger than {size} MB. Export it in several files, or raise the limit.")
            return content


def _matches(folder: int, above: tuple[str, ...], parts: tuple[str, ...]) -> Iterator[str]:
    part, rest = parts[0], parts[1:]
    for name in sorted(os.listdir(folder)) if _WILD.search(part) else [part]:
        if _WILD.search(part) and (not fnmatch.fnmatchcase(name, part) or name.startswith((".", "~$"))):
            continue
        path = "/".join((*above, name))
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(kind):
            raise SkipRecord(f"{path}: a symbolic link. Put the file itself into the drop folder.")
        if not rest and not stat.S_ISDIR(kind):
            yield path
        elif rest and stat.S_ISDIR(kind):
            with _below(folder, [name]) as inner:
                yield from _matches(inner, (*above, name), rest)


@contextmanager
def _folder(path: str, parent: int | None = None) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (os.O_NOFOLLOW if parent is not None else 0)
    handle = os.open(path, flags, dir_fd=parent)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _below(folder: int, names: list[str]) -> Iterator[int]:
    """A folder reached step by step, so that no step can be a link."""
    if not names:
        yield folder
        return
    with _refusing_links(names[0]):
        inner = _folder(names[0], folder)
        handle = inner.__enter__()
    try:
        with _below(handle, names[1:]) as last:
            yield last
    finally:
        inner.__exit__(None, None, None)


@contextmanager
def _refusing_links(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise SkipRecord(f"{name}: a symbolic link. Put the file itself into the drop folder.") from None
        if error.errno == errno.ENOENT:
            raise SkipRecord(f"{name}: gone since it was found. Read the source again.") from None
        raise SkipRecord(f"{name}: cannot be opened ({error.strerror}). Check its permissions.") from None


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, int(part), part) if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", name))
