"""dedupe with active learning: it asks, the truth answers like a patient user. No other tool here is told anything."""

import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dedupe
import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
from dedupe import variables

from benchmarks.matching.peers.exchange import FREE_OF_MEANING, arguments, plan_of, write_clusters, write_notes

ANSWERS, SEED, CLUSTERED_FROM = 100, 7, 0.5


LEFT_OUT = ("category", "place", "text")
"""It keeps the pairs of each of its hundreds of predicates in memory: what tells least is left out."""


def variable(column: str, kind: str) -> Any:
    """How one column is compared."""
    if kind in ("phone", "code", "date"):
        return variables.ShortString(column, has_missing=True)
    return variables.String(column, has_missing=True)


def records_of(path: Path, columns: list[str]) -> dict[int, dict[str, Any]]:
    """Lower case, without spaces around; nothing for what says nothing."""
    table = pq.read_table(path, columns=["record_id", *columns]).to_pylist()
    made = {}
    for place, row in enumerate(table):
        values = {name: (row[name] or "").strip().lower() for name in columns}
        made[place] = {name: None if value in FREE_OF_MEANING else value for name, value in values.items()}
        made[place]["record_id"] = row["record_id"]
    return made


def teach(deduper: dedupe.Dedupe, truth: Path) -> None:
    """Answers what it is most curious about."""
    table = pyarrow.csv.read_csv(
        truth, convert_options=pyarrow.csv.ConvertOptions(column_types={"cluster_id": "string"})
    )
    cluster = dict(zip(table["record_id"].to_pylist(), table["cluster_id"].to_pylist(), strict=True))
    for _ in range(ANSWERS):
        for one, other in deduper.uncertain_pairs():
            same = cluster[one["record_id"]] == cluster[other["record_id"]]
            answer: Any = {"match": [(one, other)] if same else [], "distinct": [] if same else [(one, other)]}
            deduper.mark_pairs(answer)


def main() -> None:
    """One run."""
    told = arguments(truth={"type": Path, "required": True})
    random.seed(SEED)
    np.random.seed(SEED)
    plan = plan_of(told.plan)
    columns = {name: kind for name, kind in plan["columns"].items() if kind not in LEFT_OUT} or plan["columns"]
    records = records_of(told.records, list(columns))
    deduper = dedupe.Dedupe([variable(*each) for each in columns.items()])
    deduper.prepare_training(records)
    teach(deduper, told.truth)
    # Its page advises against indexes when memory matters.
    deduper.train(index_predicates=False)
    found = deduper.partition(records, CLUSTERED_FROM)
    write_clusters(
        told.out, ((records[place]["record_id"], name) for name, (places, _) in enumerate(found) for place in places)
    )
    write_notes(told.out, {"version": version("dedupe"), "answers": ANSWERS})


if __name__ == "__main__":
    main()
