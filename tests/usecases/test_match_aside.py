"""Rows that were read are out of the way until they are needed, and nothing is left of them unless they are kept."""

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kempt.usecases.match_write import set_aside


def table(rows=5_000):
    names = pa.array([f"name {n % 7}" if n % 5 else None for n in range(rows)], pa.large_string()).dictionary_encode()
    return pa.table({"record_id": pa.array([f"r{n:06}" for n in range(rows)], pa.large_string()), "name": names})


def test_rows_read_the_same_after_their_memory_was_given_back(tmp_path):
    rows = table()
    with set_aside(rows, tmp_path, "records.parquet") as aside:
        aside.leave()
        assert aside.table.equals(rows)
        aside.keep(tmp_path / "records.parquet")

    assert [each.name for each in tmp_path.iterdir()] == ["records.parquet"]
    assert pq.read_table(tmp_path / "records.parquet").to_pylist() == rows.to_pylist()


def test_a_run_that_fails_leaves_what_was_there(tmp_path):
    (tmp_path / "records.parquet").write_text("of an earlier run")

    with pytest.raises(ZeroDivisionError), set_aside(table(), tmp_path, "records.parquet"):
        raise ZeroDivisionError

    assert [each.read_text() for each in tmp_path.iterdir()] == ["of an earlier run"]


def test_arrow_does_without_pandas_for_a_while():
    told = """
import sys
import numpy, pyarrow
from kempt.cli.memory import without_pandas
with without_pandas():
    pyarrow.array(numpy.zeros(1)), pyarrow.array(["a", None]), pyarrow.scalar(True)
    assert "pandas" not in sys.modules
import pandas
assert pyarrow.array(pandas.Series(["a"])).to_pylist() == ["a"]
"""
    subprocess.run([sys.executable, "-c", told], check=True)
