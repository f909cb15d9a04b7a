"""What the lake says changed in a table is what did, and where it cannot say it does not guess."""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from kempt.warehouse.connection import open_lake
from kempt.warehouse.feed import TableFeed
from tests.factory import Desk


@pytest.fixture(scope="module")
def lake(open_desk: Callable[[], Desk]) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_lake(open_desk().tenant.lake) as opened:
        yield opened


@pytest.fixture
def feed(lake: duckdb.DuckDBPyConnection) -> TableFeed:
    """Of a table with three records."""
    lake.execute("create or replace table said (record_id varchar, says integer)")
    lake.execute("insert into said values ('a', 1), ('b', 2), ('c', 3)")
    return TableFeed(lake, "said")


def told(feed: TableFeed, place: str) -> list[tuple[Any, ...]]:
    assert feed.changes_since(place, "told")
    return feed.connection.execute("select record_id, says, present from told order by record_id").fetchall()


def test_every_record_that_came_changed_or_went_is_told_as_it_is_now(feed: TableFeed) -> None:
    place, lake = feed.here(), feed.connection
    lake.execute("begin; delete from said where record_id = 'a'; insert into said values ('a', 9), ('d', 4); commit")
    lake.execute("update said set says = 7 where record_id = 'b'")
    lake.execute("delete from said where record_id = 'c'")

    assert told(feed, place) == [("a", 9, True), ("b", 7, True), ("c", None, False), ("d", 4, True)]


def test_a_record_that_came_and_went_is_gone_and_one_that_went_and_came_is_there(feed: TableFeed) -> None:
    place, lake = feed.here(), feed.connection
    lake.execute("insert into said values ('d', 4)")
    lake.execute("delete from said where record_id in ('a', 'd')")
    lake.execute("insert into said values ('a', 5)")

    assert told(feed, place) == [("a", 5, True), ("d", 4, False)]


def test_nothing_is_told_twice(feed: TableFeed) -> None:
    feed.connection.execute("insert into said values ('d', 4)")

    assert told(feed, feed.here()) == []


@pytest.mark.parametrize(
    "happened",
    [
        "create or replace table said as from said",
        "alter table said add column more integer default 1",
        "call ducklake_expire_snapshots('lake', older_than => now()::timestamptz)",
    ],
)
def test_a_table_replaced_or_altered_or_whose_snapshots_are_gone_is_not_guessed_at(
    feed: TableFeed, happened: str
) -> None:
    place = feed.here()
    feed.connection.execute("insert into said values ('d', 4)")
    feed.connection.execute(happened)

    assert not feed.changes_since(place, "told")
