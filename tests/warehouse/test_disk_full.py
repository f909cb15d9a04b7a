"""A disk that is full while the lake is written: what was there stays, and the next statement goes through."""

from collections.abc import Callable

import duckdb
import pytest

from kempt.warehouse.connection import open_lake
from tests.disk_faults import full_disk
from tests.factory import Desk

MORE = "select uuid()::varchar as record_id, i::integer as says from range(20000) as t(i)"


def test_a_table_is_what_it_was_before_or_what_it_should_be(open_desk: Callable[[], Desk]) -> None:
    lake = open_desk().tenant.lake
    with open_lake(lake) as connection:
        connection.execute("create table said (record_id varchar, says integer)")
        connection.execute("insert into said values ('a', 1), ('b', 2)")
        for statement in (f"insert into said {MORE}", f"create or replace table said as {MORE}"):
            with full_disk(10_000), pytest.raises((OSError, duckdb.Error), match="(?i)file too large|could not write"):
                connection.execute(statement)
            with open_lake(lake) as other:
                assert other.execute("from said order by all").fetchall() == [("a", 1), ("b", 2)]
    with open_lake(lake) as connection:
        connection.execute(f"insert into said {MORE}")
        assert connection.execute("select count(*), sum(says) from said").fetchall() == [(20002, 199990003)]
