"""Processes that standardize beside this one: Python works one thread at a time, and DuckDB asks from all of its own.

Both sides are here. The child is `python -m kempt.records.workers`: it answers chunk by chunk until its parent hangs up
or is gone. What a child cannot answer is done in the parent, which comes to the same.
"""

import atexit
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock

import pyarrow as pa

from kempt.records.sql_functions import SQL_FUNCTIONS, SqlFunction, standardize_columns

ENOUGH = 50_000
"""Rows before the first child: they take a second, and children half as long to start. The demo has fewer."""
MOST = 8

log = logging.getLogger(__name__)


class Worker:
    """One child. It starts where the parent's code lies and with no environment, where a tenant's keys may stand."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        with theirs:
            # Its output goes nowhere: the parent's may be a protocol, and a traceback may hold a value.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kempt.records.workers"],
                cwd=Path(__file__).parents[2],
                env={},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def ask(self, function: SqlFunction, columns: Sequence[pa.ChunkedArray]) -> pa.Array:
        """What the child makes of a chunk; EOFError or OSError when it is gone."""
        self.connection.send((function.name, columns))
        return self.connection.recv()

    def end(self) -> int:
        """Ends the child, which has nothing to lose, and says how it ended."""
        self.connection.close()
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(timeout=1)
        self.process.kill()
        return self.process.wait()


class Workers:
    """The children of one process: none before `enough` rows were standardized, then one for each thread that asks."""

    def __init__(self, *, most: int, enough: int = ENOUGH) -> None:
        self._lock = Lock()
        self._idle: list[Worker] = []
        self._to_start = most
        self._rows_to_go = enough

    def standardize(self, function: SqlFunction, columns: Sequence[pa.ChunkedArray]) -> pa.Array:
        """One result a row, from a child if there is one to ask."""
        worker = self._take(len(columns[0]))
        if worker is None:
            return standardize_columns(function, columns)
        try:
            answer = worker.ask(function, columns)
        except (EOFError, OSError):
            # A value that no standardizer survives ends here too; done again in this process, it raises its error.
            log.warning("a standardizing process ended with status %s; its work is done here", worker.end())
            return standardize_columns(function, columns)
        with self._lock:
            self._idle.append(worker)
        return answer

    def _take(self, rows: int) -> Worker | None:
        with self._lock:
            self._rows_to_go -= rows
            if self._idle:
                return self._idle.pop()
            if self._rows_to_go > 0 or not self._to_start:
                return None
            self._to_start -= 1  # for good: one that died is not replaced, lest every chunk waits for another to die
            try:
                return Worker()
            except OSError as refused:
                log.warning("no standardizing process could be started (%s); its work is done here", refused.strerror)
                return None

    def end(self) -> None:
        """Ends the children that are idle; they are not started again."""
        with self._lock:
            idle, self._idle, self._to_start = self._idle, [], 0
        for worker in idle:
            worker.end()


@cache
def workers_of_this_process() -> Workers:
    """As many as this process may use cores; none on a single one."""
    cores = min(os.cpu_count() or 1, MOST)
    workers = Workers(most=cores if cores > 1 else 0)
    atexit.register(workers.end)
    os.register_at_fork(after_in_child=workers_of_this_process.cache_clear)  # the children answer to the original
    return workers


def main() -> None:
    """Answers chunks until the other end of standard input is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    functions = {function.name: function for function in SQL_FUNCTIONS}
    parent = Connection(sys.stdin.fileno())
    with suppress(EOFError, OSError):
        while True:
            name, columns = parent.recv()
            parent.send(standardize_columns(functions[name], columns))


if __name__ == "__main__":
    main()
