"""Columns as the two tables of a set: records and truth."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from kempt.sample.draw import Texts, Whole


def as_tables(columns: Mapping[str, Texts], person: Whole | Sequence[int]) -> tuple[pa.Table, pa.Table]:
    """Records and truth under ids that say nothing; empty texts are missing."""
    ids = pa.array([f"r{number:07d}" for number in range(len(person))])
    records = {name: pa.array(np.where(values == "", None, values), pa.string()) for name, values in columns.items()}
    clusters = pa.array([f"c{number}" for number in np.asarray(person).tolist()])
    return pa.table({"record_id": ids, **records}), pa.table({"record_id": ids, "cluster_id": clusters})
