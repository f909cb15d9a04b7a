"""From files nobody described to clusters, with all that is needed to explain them, in one folder."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from kempt.errors import StopRun
from kempt.matching.ambiguous import settle
from kempt.matching.artifact import Artifact
from kempt.matching.engine import MatchEngine, Plan
from kempt.matching.engines.named import engine_named
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.runs import Scored
from kempt.matching.profile.describe import describe
from kempt.matching.profile.look import look
from kempt.matching.profile.roles import nothing_tells
from kempt.matching.profile.rules import choose_rules
from kempt.matching.report.clusters import measure_clusters
from kempt.matching.report.figures import count_values
from kempt.matching.report.judged import judge
from kempt.matching.report.matched import KEPT_FROM, Matched
from kempt.matching.report.reliability import labelled, learn_calibration
from kempt.matching.training.filemodel import FileModel
from kempt.matching.training.ground import Ground
from kempt.matching.training.guard import objections
from kempt.matching.training.sample import Sample, seeds_of
from kempt.matching.training.train import MOST_ROUNDS, Labels, Learned, Trained, train, untrained
from kempt.matching.training.weighing import Explanation, explain
from kempt.matching.weights import MICRO, bits_of
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_frozen import apply_model
from kempt.usecases.match_ids import ID
from kempt.usecases.match_input import Records, prepare_out, read_labels, read_tables
from kempt.usecases.match_learn import candidate_of
from kempt.usecases.match_progress import Watch, give_back
from kempt.usecases.match_write import MODEL, RECORDS, REPORT, WRITTEN, offer, set_aside, write_run

REFUSED_MODEL = (
    "What was learned from these records was refused, since {why}. They were weighed by what is believed of such "
    "columns: look at the riskiest merges, and at what the columns were taken for, before you rely on this."
)
TRIED = 50_000
"""Pairs from which the time of all is told."""


def match_files(
    inputs: Sequence[Path],
    out: Path,
    asked: Asked | None = None,
    *,
    progress: Callable[[str], None] = lambda stage: None,
) -> Matched:
    """Reads, compares, trains, clusters and writes everything into `out`."""
    asked = asked or Asked()
    watch = Watch(progress, stages=(6 if asked.policy else 9) + bool(asked.labels) + asked.learn)
    if asked.policy is not None:
        # What only hand-written policies need takes a third of all imports.
        from kempt.usecases.match_by_policy import apply_policy, asked_policy
    policy = None if asked.policy is None else asked_policy(asked)
    prepare_out(out, [*inputs, *asked.files], WRITTEN)
    model = FileModel.of(Artifact.read(asked.model)) if asked.model else None
    connection = duckdb.connect()
    with ExitStack() as stack:
        with watch("read"):
            records = read_tables(connection, inputs, asked.id_column)
            truth = read_labels(connection, asked.labels, records.table) if asked.labels else None
            aside = stack.enter_context(set_aside(records.table, out, RECORDS))
            counts = count_values(aside.table.drop_columns([ID]))
            records = replace(records, table=aside.table, counts=counts, leave=aside.leave)
        names = tuple(path.name for path in inputs)
        if policy is not None:
            matched: Matched = apply_policy(connection, policy, records, names, asked, watch)
        elif model is not None:
            matched = apply_model(connection, model, records, names, asked, watch)
        else:
            matched = _matched(connection, records, names, asked, watch)
        known, judged, candidate, taught = None, None, None, None
        if truth is not None and asked.labels is not None:
            with watch("judge by the labels"):
                known = labelled(matched, truth)
                if model is None:
                    matched = matched.calibrated(learn_calibration(matched, known))
                step = partial(watch.step, what="thresholds")
                judged = judge(matched, truth, name=asked.labels.name, step=step)
            if asked.learn:
                with watch("learn from the labels"):
                    candidate, taught = candidate_of(matched, truth)
        with watch("measure clusters"):
            metrics = measure_clusters(matched)
        give_back()
        with watch("write"):
            write_run(matched, records, aside, metrics, known, judged, out)
            offer(candidate, taught, out)
    return matched


def _matched(
    connection: duckdb.DuckDBPyConnection, records: Records, inputs: tuple[str, ...], asked: Asked, watch: Watch
) -> Matched:
    """The clusters of a table with `record_id` and text columns."""
    table, columns = records.table, records.table.drop_columns([ID])
    with watch("describe"):
        description = describe(connection, columns, asked.told)
        records.leave()
    if not description.comparisons:
        raise StopRun(nothing_tells(description.readings))
    ground = Ground(columns=Columns.of(description.columns), comparisons=description.comparisons)
    description = replace(description, columns=ground.columns.columns)
    with watch("look for pairs"):
        sample = Sample(ground=ground, looked=look(description.keys, ground.records, seeds_of(ground.records)))
    give_back()
    with watch("compare"):
        seen = sample.seen()
    give_back()
    with watch("train"):
        trained = train(seen, ground.beliefs, cluster=_counted(sample.clustering(), watch), inside=sample.inside)
        refused = objections(trained.chances, ground.comparisons, ground.records)
        if refused:
            trained = untrained(seen, ground.beliefs, cluster=sample.clustering())
    with watch("weigh"):
        chosen = choose_rules(sample.looked, trained.labels[sample.looked.left] == trained.labels[sample.looked.right])
        sample, description = replace(sample, looked=sample.looked.pairs_alone), replace(description, keys={})
        give_back()
        plan = ground.plan(trained.chances, chosen.rules, chosen.keys if sample.looked.seeds is not None else None)
        # The plan holds their codes.
        chosen = replace(chosen, keys={})
        weighed = _weighed(sample, trained, plan, engine_named(asked.compares, asked.spark_url), watch)
        del plan
        kept = weighed.at_least(round(KEPT_FROM * MICRO))
    with watch("cluster"):
        cut = bits_of(asked.link_from)
        found = settle(ground, trained.chances, kept.left, kept.right, kept.bits, cut)
    model = FileModel(
        comparisons=description.comparisons, learned=trained.chances, known=description.known, shares=ground.shares,
        rules=chosen.rules,
        report={
            "records": ground.records, "pairs_seen": len(seen.left), "duplicates_seen": chosen.known,
            "rounds": trained.rounds, "settled": trained.settled, "refused": list(refused),
        },
    )  # fmt: skip
    return Matched(
        artifact=model.as_artifact(), inputs=inputs, id_column=asked.id_column or ID,
        ids=table.column(ID).combine_chunks(), table=columns, description=description, ground=ground,
        trained=trained, compared=weighed.met.pairs, pairs=kept, labels=found.labels, ambiguous=found.ambiguous,
        engine=asked.compares, threshold=asked.link_from, seconds=watch.seconds, refused=len(records.refused),
        notes=(*(REFUSED_MODEL.format(why=why) for why in refused), *records.notes),
    )  # fmt: skip


def _weighed(sample: Sample, trained: Trained, plan: Plan, engine: MatchEngine, watch: Watch) -> Scored:
    """The candidates of all records: what those that looked found, or, where not all did, what their rules find."""
    if sample.looked.seeds is None:
        return engine.score_pairs(plan, sample.looked.left, sample.looked.right)
    pairs = sum(int(each.pairs.sum()) for each in plan.blocks.rules)
    give_back()
    _expect(sample, trained, pairs, watch)
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
        artifact = Artifact.read(run / MODEL)
        table = pq.read_table(run / RECORDS)
    except FileNotFoundError as missing:
        raise StopRun(f"{run} holds no run of `kempt match`: {missing.filename} is missing.") from None
    ids = table.column(ID).to_pylist()
    if unknown := [each for each in (one, other) if each not in ids]:
        raise StopRun(f"the run has no record {', '.join(unknown)}.")
    if artifact.kind == "policy":
        from kempt.usecases.match_by_policy import explain_by_policy

        return explain_by_policy(artifact, table, ids.index(one), ids.index(other))
    model = FileModel.of(artifact)
    ground = model.ground(model.describe(duckdb.connect(), table.drop_columns([ID])))
    return explain(
        ground, model.learned, ids.index(one), ids.index(other),
        cut=bits_of(report["threshold"]), calibration=model.calibration,
    )  # fmt: skip
