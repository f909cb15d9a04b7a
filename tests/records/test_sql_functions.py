"""The standardizers over whole columns."""

import pyarrow as pa

from kempt.records.sql_functions import SqlFunction, standardize_columns


def test_each_distinct_row_is_looked_at_once():
    seen = []

    def standardize(raw):
        seen.append(raw)
        return raw

    counted = SqlFunction(name="counted", standardize=standardize, arguments=1, returns=None)

    column = standardize_columns(counted, [pa.chunked_array([["a", "b", "a", None, "b", None]])])

    assert column.to_pylist() == ["a", "b", "a", None, "b", None]
    assert sorted(seen, key=str) == [None, "a", "b"]
