"""What a run of `kempt match` leaves in its folder."""

import json
import mmap
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kempt.matching.bands import BANDS
from kempt.matching.kernel.runs import CORES
from kempt.matching.report.clusters import ClusterMetrics
from kempt.matching.report.figures import figures_of
from kempt.matching.report.judged import Judged
from kempt.matching.report.matched import Matched
from kempt.matching.report.page import page
from kempt.matching.report.reliability import Labelled, reliability
from kempt.matching.training.filemodel import FileModel
from kempt.usecases.match_ids import ID
from kempt.usecases.match_input import Records
from kempt.usecases.match_notes import REFUSED, write_refused
from kempt.usecases.match_progress import give_back, peak_memory_mb

RECORDS, MODEL, REPORT, PAGE = "records.parquet", "model.json", "report.json", "report.html"
VALUES, CANDIDATE, CANDIDATE_VALUES = "model.parquet", "candidate.json", "candidate.parquet"
METRICS, CLUSTERS, PAIRS = "cluster_metrics.parquet", "clusters.csv", "pairs.parquet"
WRITTEN = (CLUSTERS, PAIRS, METRICS, RECORDS, MODEL, VALUES, CANDIDATE, CANDIDATE_VALUES, REPORT, PAGE, REFUSED)
REPEATS = 8
"""Parquet numbers the values of a column that are there so many times on average."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aside:
    """The rows as they were read, set aside: most stages do without them, and they are a fifth of what a run holds.

    A table on disk that reads like any other, so that memory holds what was looked at lately and no more; and the file
    that is being made of it, while other stages work.
    """

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


def write_run(
    matched: Matched,
    records: Records,
    aside: Aside,
    metrics: ClusterMetrics,
    known: Labelled | None,
    judged: Judged | None,
    out: Path,
) -> None:
    """Writes all of a run but what labels taught."""
    bands = matched.bands(metrics.passing(matched.labels))
    give_back()
    with ThreadPoolExecutor(CORES) as pool:
        # What takes longest first.
        writing = [
            pool.submit(aside.keep, out / RECORDS),
            pool.submit(_write_pairs, matched, bands, out),
            pool.submit(matched.artifact.write, out / MODEL),
            pool.submit(_write_clusters, matched, out),
            pool.submit(lambda: write_table(metrics.as_table(matched.ids), out / METRICS, repeating=["fails"])),
            pool.submit(write_refused, records.refused, out),
        ]
        for each in writing:
            each.result()
    aside.leave()
    trust = reliability(matched, bands, known)
    figures = figures_of(
        matched, metrics, reliability=trust, peak_memory_mb=peak_memory_mb(), counts=records.counts, judged=judged
    )
    (out / REPORT).write_text(json.dumps(figures, indent=1))
    (out / PAGE).write_text(page(matched, figures, metrics), encoding="utf-8")


def _write_clusters(matched: Matched, out: Path) -> None:
    clusters = pa.table({ID: matched.ids, "cluster_id": matched.ids.take(pa.array(matched.labels))})
    pyarrow.csv.write_csv(clusters, out / CLUSTERS)


def _write_pairs(matched: Matched, bands: NDArray[np.int8], out: Path) -> None:
    write_table(pairs_table(matched, bands), out / PAIRS, repeating=["levels.list.element", "band"])


def offer(candidate: FileModel | None, taught: dict[str, Any] | None, out: Path) -> None:
    """What labels taught, beside the model that was used; nothing is left of an earlier run's."""
    for name in (CANDIDATE, CANDIDATE_VALUES):
        (out / name).unlink(missing_ok=True)
    if candidate is not None:
        candidate.as_artifact().write(out / CANDIDATE)
    if taught is not None:
        report = json.loads((out / REPORT).read_text())
        (out / REPORT).write_text(json.dumps({**report, "candidate": taught}, indent=1))


def pairs_table(matched: Matched, bands: NDArray[np.int8]) -> pa.Table:
    """The kept pairs: levels, weight, probability and band, by its place in BANDS."""
    pairs, bits = matched.pairs, matched.bits
    levels = matched.ground.program.levels_of(pairs.pattern)
    offsets = pa.array(np.arange(0, levels.size + 1, levels.shape[1]), pa.int32())
    return pa.table(
        {
            "left_id": matched.ids.take(pa.array(pairs.left)),
            "right_id": matched.ids.take(pa.array(pairs.right)),
            "levels": pa.ListArray.from_arrays(offsets, pa.array(levels.ravel())),
            "match_weight": np.round(bits, 6),
            "match_probability": np.round(matched.calibration.probabilities(bits), 6),
            "band": pa.array(BANDS).take(pa.array(bands)),
        }
    )
