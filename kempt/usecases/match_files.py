"""From files nobody described to clusters, with all that is needed to explain them, in one folder."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kempt.errors import StopRun
from kempt.matching.ambiguous import settle
from kempt.matching.bands import BANDS, bands_of
from kempt.matching.calibration import Calibration
from kempt.matching.engine import MatchEngine
from kempt.matching.engines.named import engine_named
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.runs import Scored
from kempt.matching.profile.describe import describe
from kempt.matching.profile.look import look
from kempt.matching.profile.roles import Role, nothing_tells
from kempt.matching.profile.rules import choose_rules
from kempt.matching.report.clusters import ClusterMetrics, measure_clusters
from kempt.matching.report.figures import figures_of
from kempt.matching.report.judged import Judged, judge
from kempt.matching.report.matched import KEPT_FROM, Matched
from kempt.matching.report.page import page
from kempt.matching.report.reliability import Labelled, labelled, learn_calibration, reliability
from kempt.matching.training.ground import Ground
from kempt.matching.training.sample import Sample, seeds_of
from kempt.matching.training.train import MOST_ROUNDS, Labels, Learned, Trained, train
from kempt.matching.training.weighing import Explanation, as_json, explain, from_json
from kempt.matching.weights import MICRO, bits_of
from kempt.usecases.match_input import ID, REFUSED, Records, prepare_out, read_labels, read_tables, write_refused
from kempt.usecases.match_progress import Watch, peak_memory_mb

TRIED = 50_000
"""Pairs from which the time of all is told."""
RECORDS, MODEL, REPORT, PAGE = "records.parquet", "model.json", "report.json", "report.html"
METRICS, CLUSTERS, PAIRS = "cluster_metrics.parquet", "clusters.csv", "pairs.parquet"
WRITTEN = (CLUSTERS, PAIRS, METRICS, RECORDS, MODEL, REPORT, PAGE, REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the user says of the files: what is in them, how sure a link must be, and which records are one."""

    id_column: str | None = None
    told: Mapping[str, Role] = field(default_factory=dict)
    threshold: float = 0.5
    labels: Path | None = None
    engine: Literal["duckdb", "recordlinkage"] = "duckdb"


def match_files(
    inputs: Sequence[Path],
    out: Path,
    asked: Asked | None = None,
    *,
    progress: Callable[[str], None] = lambda stage: None,
) -> Matched:
    """Reads, compares, trains, clusters and writes everything into `out`."""
    asked = asked or Asked()
    watch = Watch(progress, stages=10 if asked.labels else 9)
    prepare_out(out, [*inputs, *([asked.labels] if asked.labels else [])], WRITTEN)
    connection = duckdb.connect()
    with watch("read"):
        records = read_tables(connection, inputs, asked.id_column)
        truth = read_labels(connection, asked.labels, records.table) if asked.labels else None
    names = tuple(path.name for path in inputs)
    matched = _matched(connection, records, names, asked, watch)
    judged = known = None
    if truth is not None and asked.labels is not None:
        with watch("judge by the labels"):
            known = labelled(matched, truth)
            matched = replace(matched, calibration=learn_calibration(matched, known))
            step = partial(watch.step, what="thresholds")
            judged = judge(matched, truth, name=asked.labels.name, step=step)
    with watch("measure clusters"):
        metrics = measure_clusters(matched)
    with watch("write"):
        _write(matched, records, metrics, known, judged, out)
    return matched


def _matched(
    connection: duckdb.DuckDBPyConnection, records: Records, inputs: tuple[str, ...], asked: Asked, watch: Watch
) -> Matched:
    """The clusters of a table with `record_id` and text columns."""
    table, columns = records.table, records.table.drop_columns([ID])
    with watch("describe"):
        description = describe(connection, columns, asked.told)
    if not description.comparisons:
        raise StopRun(nothing_tells(description.readings))
    ground = Ground(columns=Columns.of(description.columns), comparisons=description.comparisons)
    with watch("look for pairs"):
        sample = Sample(ground=ground, looked=look(description.keys, ground.records, seeds_of(ground.records)))
    with watch("compare"):
        seen = sample.seen()
    with watch("train"):
        trained = train(seen, ground.beliefs, cluster=_counted(sample.clustering(), watch), inside=sample.inside)
    with watch("weigh"):
        weighed = _weighed(sample, trained, engine_named(asked.engine), watch)
        kept = weighed.at_least(round(KEPT_FROM * MICRO))
    with watch("cluster"):
        cut = bits_of(asked.threshold)
        found = settle(ground, trained.chances, kept.left, kept.right, kept.bits, cut)
    return Matched(
        inputs=inputs, id_column=asked.id_column or ID, ids=table.column(ID).combine_chunks(), table=columns,
        description=description, ground=ground, trained=trained, compared=weighed.met.pairs, pairs=kept,
        labels=found.labels, ambiguous=found.ambiguous, engine=asked.engine, threshold=asked.threshold,
        seconds=watch.seconds, refused=len(records.refused), notes=records.notes,
    )  # fmt: skip


def _weighed(sample: Sample, trained: Trained, engine: MatchEngine, watch: Watch) -> Scored:
    """The candidates of all records: what those that looked found, or, where not all did, what their rules find."""
    ground, looked, learned = sample.ground, sample.looked, trained.chances
    if looked.seeds is None:
        return engine.score_pairs(ground.plan(learned), looked.left, looked.right)
    together = trained.labels[looked.left] == trained.labels[looked.right]
    chosen = choose_rules(looked, together)
    plan = ground.plan(learned, chosen.rules, chosen.keys)
    _expect(sample, trained, sum(int(each.pairs.sum()) for each in plan.blocks.rules), watch)
    return engine.score(plan, round(KEPT_FROM * MICRO))


def _expect(sample: Sample, trained: Trained, pairs: int, watch: Watch) -> None:
    """How long weighing will take, from some of the pairs."""
    began, looked = time.perf_counter(), sample.looked
    tried = len(sample.ground.weigh(trained.chances, looked.left[:TRIED], looked.right[:TRIED]))
    watch.expect((time.perf_counter() - began) * pairs / max(1, tried), f"up to {pairs:,} pairs")


def _counted(cluster: Callable[[Learned, float], Labels], watch: Watch) -> Callable[[Learned, float], Labels]:
    """The same, each round told."""
    rounds = count()

    def told(learned: Learned, cut: float) -> Labels:
        watch.step(next(rounds), MOST_ROUNDS, what="rounds", most=True)
        return cluster(learned, cut)

    return told


def explain_pair(run: Path, one: str, other: str) -> Explanation:
    """Why two records of a run weigh what they weigh; everything is worked out again from what the run kept."""
    try:
        report = json.loads((run / REPORT).read_text())
        model = json.loads((run / MODEL).read_text())
        table = pq.read_table(run / RECORDS)
    except FileNotFoundError as missing:
        raise StopRun(f"{run} holds no run of `kempt match`: {missing.filename} is missing.") from None
    ids = table.column(ID).to_pylist()
    if unknown := [each for each in (one, other) if each not in ids]:
        raise StopRun(f"the run has no record {', '.join(unknown)}.")
    told = {each["column"]: each["role"] for each in report["columns"]}
    description = describe(duckdb.connect(), table.drop_columns([ID]), told)
    ground = Ground(columns=Columns.of(description.columns), comparisons=description.comparisons)
    return explain(
        ground,
        from_json(model),
        ids.index(one),
        ids.index(other),
        cut=bits_of(report["threshold"]),
        calibration=Calibration.from_json(model["calibration"]),
    )


def _write(
    matched: Matched,
    records: Records,
    metrics: ClusterMetrics,
    known: Labelled | None,
    judged: Judged | None,
    out: Path,
) -> None:
    write_refused(records.refused, out)
    clusters = pa.table({ID: matched.ids, "cluster_id": matched.ids.take(pa.array(matched.labels))})
    pyarrow.csv.write_csv(clusters, out / CLUSTERS)
    comparisons = matched.description.comparisons
    passes = metrics.passing(matched.labels)
    bands = bands_of(matched.ground, matched.pairs, matched.labels, passes, matched.cut)
    pq.write_table(pairs_table(matched, bands), out / PAIRS)
    pq.write_table(metrics.as_table(matched.ids), out / METRICS)
    pq.write_table(records.table, out / RECORDS)
    (out / MODEL).write_text(json.dumps(as_json(matched.learned, comparisons, matched.calibration)))
    trust = reliability(matched, bands, known)
    figures = figures_of(matched, metrics, reliability=trust, peak_memory_mb=peak_memory_mb(), judged=judged)
    (out / REPORT).write_text(json.dumps(figures, indent=1))
    (out / PAGE).write_text(page(matched, figures, metrics), encoding="utf-8")


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
