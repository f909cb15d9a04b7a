"""Where to look for duplicates: pairs of records that share something not too common."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.kernel.columns import Column

ALONE, TOGETHER = 60, 40
"""A value that at most so many records share makes pairs by itself; two values together, when so many share both."""
MANY, ALONE_OF_MANY, TOGETHER_OF_MANY = 20_000, 30, 15
"""In so many records what a value shares is more often chance, and there are pairs enough."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """Something that two records of one entity often share: of which field, and the values that each record has.

    Where a record has several, words of a text say, each column holds one; their codes mean the same values.
    """

    field: str
    columns: tuple[Column, ...]


def pairs_sharing(
    connection: duckdb.DuckDBPyConnection, keys: Mapping[str, Key]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Left and right of every pair that shares a key few records have, or two keys that few have together.

    Two keys of one field are not put together: they say the same thing.
    """
    fields = {field: at for at, field in enumerate(dict.fromkeys(key.field for key in keys.values()))}
    parts = []
    first, records_in_all = 0, len(next(iter(keys.values())).columns[0].codes)
    few = records_in_all < MANY
    alone, together = (ALONE, TOGETHER) if few else (ALONE_OF_MANY, TOGETHER_OF_MANY)
    for each in keys.values():
        for column in each.columns:
            records = np.flatnonzero(column.codes >= 0).astype(np.int32)
            codes = column.codes[records].astype(np.int64) + first
            parts.append((records, codes, np.full(len(records), fields[each.field], np.int32)))
        first += max(len(column.values) for column in each.columns)
    n, key, place = (np.concatenate(side) for side in zip(*parts, strict=True))
    kempt_key = pa.table({"n": n, "key": key, "field": place})  # noqa: F841, read by DuckDB below
    connection.execute(
        "create or replace temp table kempt_look as with known as (select distinct * from kempt_key) "
        "select *, count(*) over (partition by key) as shared from known qualify shared > 1"
    )
    found = connection.execute(
        f"""
        with alone as (select n, key from kempt_look where shared <= {alone}),
        common as (select n, key, field from kempt_look where shared > {alone}),
        both_keys as (
            select one.n, hash(one.key, two.key) as key
            from common as one join common as two on one.n = two.n and one.field < two.field
        ),
        together as (
            select n, key from both_keys semi join (
                select key from both_keys group by key having count(*) between 2 and {together}
            ) using (key)
        ),
        pair as (
            select one.n as l, two.n as r from alone as one join alone as two on one.key = two.key and one.n < two.n
            union
            select one.n, two.n from together as one join together as two on one.key = two.key and one.n < two.n
        )
        select l, r from pair order by l, r
        """
    ).fetchnumpy()
    connection.execute("drop table kempt_look")
    return found["l"].astype(np.int32), found["r"].astype(np.int32)
