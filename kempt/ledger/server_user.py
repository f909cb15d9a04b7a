"""The operating-system user that PostgreSQL runs as.

PostgreSQL refuses to run as root. A plain user runs it as itself; for root a system user is made, and this user
alone is let through closed folders on the way to its data and to its programs (a POSIX access list entry: nobody
else gains anything, which opening the folder for all would not promise).
"""

import errno
import os
import pwd
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kempt.errors import StopRun

NAME = "pgserver"
ACCESS_LIST = "system.posix_acl_access"
OWNER, USER, GROUP, NAMED_GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY_IN_PARTICULAR = 0xFFFFFFFF
TRAVERSE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUser:
    """Who owns the data folder and runs the server; `switch` says that this is not who we are."""

    uid: int
    gid: int
    switch: bool

    def process_options(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this user."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def let_read(self, tree: Path) -> None:
        """Make sure that this user can run and read a folder of programs, which hold no secrets."""
        self.let_through(tree)
        for path in (tree, *tree.rglob("*")) if self.switch else ():
            mode = path.stat().st_mode
            shared = mode | (mode & 0o500) >> 6
            if shared != mode:
                path.chmod(shared)

    def let_through(self, folder: Path) -> None:
        """Make sure that this user can walk to a folder."""
        folder = folder.resolve()
        if not self.switch or self._can_enter(folder):
            return
        for step in (*reversed(folder.parents), folder):
            if not self._can_enter(step):
                _allow_traverse(step, self.uid)

    def _can_enter(self, folder: Path) -> bool:
        walk = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], cwd="/", stderr=subprocess.DEVNULL, **self.process_options()
        )
        return walk.returncode == 0


def server_user() -> ServerUser:
    """Ourselves, or for root the system user made for this."""
    if os.geteuid() != 0:
        return ServerUser(uid=os.geteuid(), gid=os.getegid(), switch=False)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(NAME)
    return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid, switch=True)


def _make_user() -> None:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        why = getattr(problem, "stderr", None) or str(problem)
        raise StopRun(
            f"PostgreSQL does not run as root, and the system user {NAME} could not be made ({why.strip()}). Run Kempt "
            "as a plain user, or set KEMPT_DATABASE_URL."
        ) from problem


def _allow_traverse(folder: Path, uid: int) -> None:
    try:
        entries = _access_list(folder)
        entries = {**entries, (USER, uid): entries.get((USER, uid), 0) | TRAVERSE}
        grouped = [allowed for (tag, _), allowed in entries.items() if tag in (USER, GROUP, NAMED_GROUP)]
        mask = entries.get((MASK, NOBODY_IN_PARTICULAR), 0)
        entries[MASK, NOBODY_IN_PARTICULAR] = mask | TRAVERSE if mask else _union(grouped)
        os.setxattr(folder, ACCESS_LIST, _packed(entries))
    except OSError as problem:
        raise StopRun(
            f"{folder}: PostgreSQL runs as the user {NAME}, who may not pass through, and that could not be changed "
            f"({os.strerror(problem.errno or 0)}). Run `chmod o+x` on it, or put KEMPT_HOME elsewhere, or run Kempt "
            "as a plain user."
        ) from problem


def _access_list(folder: Path) -> dict[tuple[int, int], int]:
    """Who may do what with a folder: (kind, id) -> permission bits."""
    try:
        packed = os.getxattr(folder, ACCESS_LIST)
    except OSError as problem:
        if problem.errno != errno.ENODATA:
            raise
        mode = folder.stat().st_mode
        plain = ((OWNER, mode >> 6 & 7), (GROUP, mode >> 3 & 7), (OTHER, mode & 7))
        return {(tag, NOBODY_IN_PARTICULAR): allowed for tag, allowed in plain}
    return {(tag, who): allowed for tag, allowed, who in struct.iter_unpack("<HHI", packed[4:])}


def _packed(entries: dict[tuple[int, int], int]) -> bytes:
    rows = (struct.pack("<HHI", tag, allowed, who) for (tag, who), allowed in sorted(entries.items()))
    return struct.pack("<I", 2) + b"".join(rows)


def _union(permissions: Sequence[int]) -> int:
    joined = 0
    for allowed in permissions:
        joined |= allowed
    return joined
