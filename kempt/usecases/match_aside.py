"""The rows as they were read, set aside: most stages do without them, and they are a fifth of what a run would hold.

They are written as the run leaves them, while other stages work, and mapped from a file without a name, so that memory
holds what was looked at lately and no more.
"""

import mmap
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kempt.usecases.match_progress import give_back

REPEATS = 8
"""Parquet numbers the values of a column that are there so many times on average."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aside:
    """A table on disk that reads like any other, and the file that is being made of it."""

    table: pa.Table
    mapped: mmap.mmap
    file: Path
    written: Future[None]

    def leave(self) -> None:
        """Gives back the memory of what was read of it; what is read again comes back."""
        give_back()
        if hasattr(mmap, "MADV_DONTNEED"):
            self.mapped.madvise(mmap.MADV_DONTNEED)

    def keep(self, path: Path) -> None:
        """Leaves the table as Parquet."""
        self.written.result()
        os.replace(self.file, path)


@contextmanager
def set_aside(table: pa.Table, folder: Path, name: str) -> Iterator[Aside]:
    """The table for as long as it is needed; nothing is left in the folder unless it is kept."""
    with tempfile.TemporaryFile(dir=folder) as file:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    del table
    aside = pa.ipc.open_file(pa.py_buffer(mapped)).read_all()
    path = folder / f"{name}.new"
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write_table, aside, path, repeating=_repeating(aside))
        made = Aside(table=aside, mapped=mapped, file=path, written=written)
        written.add_done_callback(lambda _: made.leave())
        try:
            yield made
        finally:
            pool.shutdown()
            path.unlink(missing_ok=True)


def write_table(table: pa.Table, path: Path, *, repeating: list[str]) -> None:
    """LZ4 takes a third less time than what is usual, and the same room; so does numbering only what repeats."""
    pq.write_table(table, path, compression="lz4", write_statistics=False, use_dictionary=repeating)


def _repeating(table: pa.Table) -> list[str]:
    coded = [name for name in table.column_names if pa.types.is_dictionary(table.schema.field(name).type)]
    return [each for each in coded if len(table.column(each).chunk(0).dictionary) * REPEATS <= table.num_rows]
