"""From files nobody described to clusters, with all that is needed to explain them, in one folder."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kempt.errors import StopRun
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.program import Program
from kempt.matching.profile.describe import Description, describe
from kempt.matching.profile.look import pairs_sharing
from kempt.matching.profile.roles import Role
from kempt.matching.training.pairs import Ground, random_pairs
from kempt.matching.training.train import Labels, Learned, Trained, train
from kempt.matching.training.weighing import Explanation, as_json, explain, from_json
from kempt.matching.weights import bits_of
from kempt.usecases.match_input import ID, read_tables

RANDOM_PAIRS, SEED = 1_000_000, 1
REVIEWED_FROM = -5.0
"""Bits below the cut at which a pair is still worth a look."""
KEPT_FROM = -15.0
RECORDS, MODEL, REPORT = "records.parquet", "model.json", "report.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """What was read, learned and found."""

    ids: list[str]
    description: Description
    ground: Ground
    trained: Trained | None
    labels: Labels
    seconds: Mapping[str, float]


def match_files(
    inputs: Sequence[Path],
    out: Path,
    *,
    id_column: str | None = None,
    told: Mapping[str, Role] | None = None,
    threshold: float = 0.5,
    progress: Callable[[str], None] = lambda stage: None,
) -> Matched:
    """Reads, compares, trains, clusters and writes everything into `out`."""
    watch = _Watch(progress)
    connection = duckdb.connect()
    with watch("read"):
        table = read_tables(connection, inputs, id_column)
    matched = match_table(connection, table, told=told or {}, threshold=threshold, watch=watch)
    with watch("write"):
        _write(matched, table, inputs, out, threshold=threshold)
    return matched


def match_table(
    connection: duckdb.DuckDBPyConnection,
    table: pa.Table,
    *,
    told: Mapping[str, Role],
    threshold: float,
    watch: "_Watch",
) -> Matched:
    """The clusters of a table with `record_id` and text columns."""
    ids = table.column(ID).to_pylist()
    with watch("describe"):
        description = describe(connection, table.drop_columns([ID]), told)
    if not description.comparisons:
        raise StopRun(
            "no column tells records apart: " + "; ".join(f"{r.column}: {r.why}" for r in description.readings)
        )
    with watch("look for pairs"):
        left, right = pairs_sharing(connection, description.keys)
    with watch("compare"):
        ground = ground_of(description, left, right)
        patterns, seen = ground.seen(*random_pairs(len(ids), RANDOM_PAIRS, SEED))
    with watch("train and cluster"):
        trained = train(len(ids), patterns, seen, ground.beliefs, cluster=ground.cluster, inside=ground.inside)
    labels = trained.labels
    if threshold != 0.5:
        labels = ground.cluster(trained.chances, bits_of(threshold))
    return Matched(
        ids=ids, description=description, ground=ground, trained=trained, labels=labels, seconds=watch.seconds
    )


def ground_of(description: Description, left: NDArray[np.int32], right: NDArray[np.int32]) -> Ground:
    """The records and comparisons of a description, with candidate pairs."""
    program = Program.of(
        Columns.of(description.columns),
        [[outcome.when for outcome in each.outcomes] for each in description.comparisons],
    )
    return Ground(program=program, comparisons=description.comparisons, left=left, right=right)


def explain_pair(run: Path, one: str, other: str) -> Explanation:
    """Why two records of a run weigh what they weigh; everything is worked out again from what the run kept."""
    try:
        report = json.loads((run / REPORT).read_text())
        learned = from_json(json.loads((run / MODEL).read_text()))
        table = pq.read_table(run / RECORDS)
    except FileNotFoundError as missing:
        raise StopRun(f"{run} holds no run of `kempt match`: {missing.filename} is missing.") from None
    ids = table.column(ID).to_pylist()
    if unknown := [each for each in (one, other) if each not in ids]:
        raise StopRun(f"the run has no record {', '.join(unknown)}.")
    told = {each["column"]: each["role"] for each in report["columns"]}
    description = describe(duckdb.connect(), table.drop_columns([ID]), told)
    nothing = np.zeros(0, np.int32)
    ground = ground_of(description, nothing, nothing)
    return explain(ground, learned, ids.index(one), ids.index(other), cut=bits_of(report["threshold"]))


class _Watch:
    """Seconds per stage, each announced when it begins."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self.stage = ""
        self.began = 0.0

    def __call__(self, stage: str) -> "_Watch":
        self.stage = stage
        return self

    def __enter__(self) -> None:
        self.progress(self.stage)
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds[self.stage] = round(time.perf_counter() - self.began, 3)


def _write(matched: Matched, table: pa.Table, inputs: Sequence[Path], out: Path, *, threshold: float) -> None:
    assert matched.trained is not None
    out.mkdir(parents=True, exist_ok=True)
    learned = matched.trained.chances
    ids = pa.array(matched.ids)
    clusters = pa.table({ID: ids, "cluster_id": ids.take(pa.array(matched.labels))})
    pyarrow.csv.write_csv(clusters, out / "clusters.csv")
    pairs = pairs_table(matched, learned, cut=bits_of(threshold))
    pq.write_table(pairs, out / "pairs.parquet")
    pq.write_table(table, out / RECORDS)
    model = as_json(learned, matched.description.comparisons)
    (out / MODEL).write_text(json.dumps(model))
    (out / REPORT).write_text(json.dumps(report_of(matched, pairs, model, inputs, threshold), indent=1))


def pairs_table(matched: Matched, learned: Learned, *, cut: float) -> pa.Table:
    """The candidate pairs that are worth keeping: levels, weight, probability and band."""
    ground = matched.ground
    bits = ground.weigh_candidates(learned)
    kept = bits > KEPT_FROM
    left, right, bits = ground.left[kept], ground.right[kept], np.round(bits[kept], 6)
    together = matched.labels[left] == matched.labels[right]
    likely = bits > cut + REVIEWED_FROM
    band = np.where(together, "match", np.where(likely, "review", "non-match"))
    levels = ground.candidate_levels[kept]
    offsets = pa.array(np.arange(0, levels.size + 1, levels.shape[1]), pa.int32())
    ids = pa.array(matched.ids)
    return pa.table(
        {
            "left_id": ids.take(pa.array(left)),
            "right_id": ids.take(pa.array(right)),
            "levels": pa.ListArray.from_arrays(offsets, pa.array(levels.ravel())),
            "match_weight": bits,
            "match_probability": np.round(1 / (1 + np.exp2(-np.clip(bits, -60, 60))), 6),
            "band": band,
        }
    )


def report_of(
    matched: Matched, pairs: pa.Table, model: Mapping[str, Any], inputs: Sequence[Path], threshold: float
) -> dict[str, Any]:
    """Counts, choices and seconds, for machines."""
    sizes = np.bincount(matched.labels)
    sizes = sizes[sizes > 0]
    trained = matched.trained
    bands, counts = np.unique(pairs.column("band").to_numpy(zero_copy_only=False), return_counts=True)
    return {
        "inputs": [path.name for path in inputs],
        "engine": "duckdb",
        "model": model["version"],
        "threshold": threshold,
        "records": len(matched.ids),
        "clusters": len(sizes),
        "clusters_of_two_or_more": int((sizes > 1).sum()),
        "duplicates": int(len(matched.ids) - len(sizes)),
        "largest_cluster": int(sizes.max()),
        "candidate_pairs": len(matched.ground.left),
        "pairs": dict(zip(bands.tolist(), counts.tolist(), strict=True)),
        "rounds": trained.rounds if trained else 0,
        "settled": bool(trained and trained.settled),
        "columns": [{"column": r.column, "role": r.role, "why": r.why} for r in matched.description.readings],
        "comparisons": [each.name for each in matched.description.comparisons],
        "seconds": dict(matched.seconds),
    }
