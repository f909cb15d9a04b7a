"""recordlinkage, plain: blocks, Jaro-Winkler or equality, its ECM classifier without labels, connected pairs."""

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import recordlinkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.matching.peers.exchange import (
    FORMS,
    FREE_OF_MEANING,
    ROLES,
    arguments,
    plan_of,
    write_clusters,
    write_notes,
)

ALIKE = 0.88


def cleaned(frame: pd.DataFrame, plan: dict[str, Any]) -> pd.DataFrame:
    """The columns of the plan without noise."""
    made = pd.DataFrame(index=frame.index)
    for column, kind in plan["columns"].items():
        values = frame[column].astype("string").str.strip().str.lower()
        if kind in ("name", "company"):
            values = values.str.normalize("NFKD").str.replace(r"[^a-z0-9 \-]", "", regex=True)
        if kind == "company":
            values = values.str.replace(FORMS, "", regex=True)
        if kind == "phone":
            values = values.str.split("x").str[0].str.replace(r"\D", "", regex=True).str[-10:]
        if kind == "email":
            values = values.mask(values.str.split("@").str[0].isin(ROLES))
        made[column] = values.mask(values.isin(FREE_OF_MEANING)).astype(object).where(values.notna(), None)
    return made


def keyed(frame: pd.DataFrame, key: str) -> str:
    """The column of a key, made when it is part of another."""
    column, _, part = key.partition(":")
    if part and key not in frame:
        values = frame[column].astype("string")
        frame[key] = (values.str.split("@").str[0] if part == "user" else values.str[: int(part)]).astype(object)
        frame[key] = frame[key].where(frame[key].notna(), None)
    return key


def main() -> None:
    """One run."""
    told = arguments()
    plan = plan_of(told.plan)
    raw = pd.read_parquet(told.records).set_index("record_id")
    records = cleaned(raw, plan)
    index = recordlinkage.Index()
    for rule in plan["blocks"]:
        index.block([keyed(records, key) for key in rule])
    pairs = index.index(records)
    compare = recordlinkage.Compare()
    for column, kind in plan["columns"].items():
        if kind in ("phone", "code", "category", "date"):
            compare.exact(column, column, label=column)
        else:
            compare.string(column, column, method="jarowinkler", threshold=ALIKE, label=column)
    features = compare.compute(pairs, records)
    matches = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(features)
    place = pd.Series(np.arange(len(records)), index=records.index)
    left, right = (place[matches.get_level_values(side)].to_numpy() for side in (0, 1))
    edges = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(len(records), len(records)))
    _, labels = connected_components(edges, directed=False)
    write_clusters(told.out, zip(records.index, labels.tolist(), strict=True))
    write_notes(told.out, {"version": version("recordlinkage"), "pairs": len(pairs)})


if __name__ == "__main__":
    main()
