"""From files nobody described to clusters, with all that is needed to explain them, in one folder."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kempt.errors import StopRun
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.program import Program
from kempt.matching.profile.describe import Description, describe
from kempt.matching.profile.look import pairs_sharing
from kempt.matching.profile.roles import Role
from kempt.matching.report.clusters import ClusterMetrics, measure_clusters, probabilities
from kempt.matching.report.figures import figures_of
from kempt.matching.report.judged import Judged, judge
from kempt.matching.report.matched import KEPT_FROM, REVIEWED_FROM, Matched
from kempt.matching.report.page import page
from kempt.matching.training.pairs import Ground, random_pairs
from kempt.matching.training.train import MOST_ROUNDS, Labels, Learned, train
from kempt.matching.training.weighing import Explanation, as_json, explain, from_json
from kempt.matching.weights import bits_of
from kempt.usecases.match_input import ID, read_labels, read_tables
from kempt.usecases.match_progress import Watch, peak_memory_mb

RANDOM_PAIRS, SEED = 1_000_000, 1
TRIED = 50_000
"""Pairs from which the time of all is told."""
RECORDS, MODEL, REPORT, PAGE = "records.parquet", "model.json", "report.json", "report.html"
METRICS = "cluster_metrics.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user says of the files: what is in them, how sure a link must be, and which records are one."""

    id_column: str | None = None
    told: Mapping[str, Role] = field(default_factory=dict)
    threshold: float = 0.5
    labels: Path | None = None


def match_files(
    inputs: Sequence[Path],
    out: Path,
    asked: Asked | None = None,
    *,
    progress: Callable[[str], None] = lambda stage: None,
) -> Matched:
    """Reads, compares, trains, clusters and writes everything into `out`."""
    asked = asked or Asked()
    watch = Watch(progress, stages=8 if asked.labels else 7)
    connection = duckdb.connect()
    with watch("read"):
        table = read_tables(connection, inputs, asked.id_column)
        truth = read_labels(connection, asked.labels, table) if asked.labels else None
    names = tuple(path.name for path in inputs)
    matched = _matched(connection, table, names, asked, watch)
    judged = None
    if truth is not None and asked.labels is not None:
        with watch("judge by the labels"):
            step = partial(watch.step, what="thresholds")
            judged = judge(matched, truth, name=asked.labels.name, step=step)
    with watch("measure clusters"):
        bits = matched.ground.weigh_candidates(matched.learned)
        metrics = measure_clusters(matched)
    with watch("write"):
        _write(matched, table, bits, metrics, judged, out)
    return matched


def _matched(
    connection: duckdb.DuckDBPyConnection, table: pa.Table, inputs: tuple[str, ...], asked: Asked, watch: Watch
) -> Matched:
    """The clusters of a table with `record_id` and text columns."""
    columns = table.drop_columns([ID])
    with watch("describe"):
        description = describe(connection, columns, asked.told)
    if not description.comparisons:
        raise StopRun(
            "no column tells records apart: " + "; ".join(f"{r.column}: {r.why}" for r in description.readings)
        )
    with watch("look for pairs"):
        left, right = pairs_sharing(connection, description.keys)
    ground = ground_of(description, left, right)
    with watch("compare"):
        _expect(ground, watch)
        patterns, seen = ground.seen(*random_pairs(ground.records, RANDOM_PAIRS, SEED))
    with watch("train and cluster"):
        cluster = _counted(ground.cluster, watch)
        trained = train(ground.records, patterns, seen, ground.beliefs, cluster=cluster, inside=ground.inside)
        labels = trained.labels
        if asked.threshold != 0.5:
            labels = ground.cluster(trained.chances, bits_of(asked.threshold))
    return Matched(
        inputs=inputs, id_column=asked.id_column or ID, ids=table.column(ID).combine_chunks(),
        table=columns, description=description, ground=ground, trained=trained, labels=labels,
        threshold=asked.threshold, seconds=watch.seconds,
    )  # fmt: skip


def _expect(ground: Ground, watch: Watch) -> None:
    """How long comparing will take, from some of the pairs."""
    pairs, some = len(ground.left), slice(None, None, max(1, len(ground.left) // TRIED))
    if pairs > 20 * TRIED:
        began = time.perf_counter()
        tried = len(ground.levels(ground.left[some], ground.right[some]))
        watch.expect((time.perf_counter() - began) * pairs / tried, f"{pairs:,} pairs")


def _counted(cluster: Callable[[Learned, float], Labels], watch: Watch) -> Callable[[Learned, float], Labels]:
    """The same, each round told."""
    rounds = count()

    def told(learned: Learned, cut: float) -> Labels:
        watch.step(next(rounds), MOST_ROUNDS, what="rounds", most=True)
        return cluster(learned, cut)

    return told


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


def _write(
    matched: Matched,
    table: pa.Table,
    bits: NDArray[np.float64],
    metrics: ClusterMetrics,
    judged: Judged | None,
    out: Path,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    clusters = pa.table({ID: matched.ids, "cluster_id": matched.ids.take(pa.array(matched.labels))})
    pyarrow.csv.write_csv(clusters, out / "clusters.csv")
    pairs = pairs_table(matched, bits)
    pq.write_table(pairs, out / "pairs.parquet")
    pq.write_table(metrics.as_table(matched.ids), out / METRICS)
    pq.write_table(table, out / RECORDS)
    (out / MODEL).write_text(json.dumps(as_json(matched.learned, matched.description.comparisons)))
    bands = {each["values"]: each["counts"] for each in pc.value_counts(pairs.column("band")).to_pylist()}
    figures = figures_of(matched, bits, metrics, bands=bands, peak_memory_mb=peak_memory_mb(), judged=judged)
    (out / REPORT).write_text(json.dumps(figures, indent=1))
    (out / PAGE).write_text(page(matched, figures, bits, metrics), encoding="utf-8")


def pairs_table(matched: Matched, bits: NDArray[np.float64]) -> pa.Table:
    """The candidate pairs that are worth keeping: levels, weight, probability and band."""
    ground = matched.ground
    kept = bits > KEPT_FROM
    left, right, bits = ground.left[kept], ground.right[kept], np.round(bits[kept], 6)
    together = matched.labels[left] == matched.labels[right]
    band = np.where(together, "match", np.where(bits > matched.cut + REVIEWED_FROM, "review", "non-match"))
    levels = ground.candidate_levels[kept]
    offsets = pa.array(np.arange(0, levels.size + 1, levels.shape[1]), pa.int32())
    return pa.table(
        {
            "left_id": matched.ids.take(pa.array(left)),
            "right_id": matched.ids.take(pa.array(right)),
            "levels": pa.ListArray.from_arrays(offsets, pa.array(levels.ravel())),
            "match_weight": bits,
            "match_probability": np.round(probabilities(bits), 6),
            "band": band,
        }
    )
