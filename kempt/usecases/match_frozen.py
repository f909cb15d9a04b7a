"""Matching files by a model that was learned before: nothing is learned, so more records never change an old pair."""

import duckdb

from kempt.errors import StopRun
from kempt.matching.ambiguous import settle
from kempt.matching.engines.named import engine_named
from kempt.matching.report.matched import KEPT_FROM, Matched
from kempt.matching.training.filemodel import FileModel
from kempt.matching.training.train import Trained
from kempt.matching.weights import MICRO, bits_of
from kempt.usecases.match_asked import Asked
from kempt.usecases.match_ids import ID
from kempt.usecases.match_input import Records
from kempt.usecases.match_progress import Watch


def apply_model(
    connection: duckdb.DuckDBPyConnection,
    model: FileModel,
    records: Records,
    inputs: tuple[str, ...],
    asked: Asked,
    watch: Watch,
) -> Matched:
    """The clusters of a table with `record_id` and text columns."""
    columns = records.table.drop_columns([ID])
    if unknown := [name for name in asked.renamed if name not in columns.column_names]:
        raise StopRun(f"--map names {', '.join(unknown)}, and the files have no such column.")
    columns = columns.rename_columns([asked.renamed.get(name, name) for name in columns.column_names])
    with watch("describe"):
        description = model.describe(connection, columns)
        ground = model.ground(description)
        records.leave()
    with watch("look for pairs"):
        looked = model.look(description, ground.records)
    with watch("weigh"):
        engine = engine_named(asked.compares, asked.spark_url)
        weighed = engine.score_pairs(ground.plan(model.learned), looked.left, looked.right)
        kept = weighed.at_least(round(KEPT_FROM * MICRO))
    with watch("cluster"):
        found = settle(ground, model.learned, kept.left, kept.right, kept.bits, bits_of(asked.link_from))
    trained = Trained(
        chances=model.learned, labels=found.labels, rounds=model.report["rounds"], settled=model.report["settled"]
    )
    return Matched(
        artifact=model.as_artifact(), inputs=inputs, id_column=asked.id_column or ID,
        ids=records.table.column(ID).combine_chunks(), table=columns, description=description, ground=ground,
        trained=trained, compared=weighed.met.pairs, pairs=kept, labels=found.labels, ambiguous=found.ambiguous,
        engine=asked.compares, threshold=asked.link_from, seconds=watch.seconds, refused=len(records.refused),
        notes=records.notes, calibration=model.calibration,
    )  # fmt: skip
