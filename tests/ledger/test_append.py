"""Appending: one chain whatever the batches, once whatever the retries, gapless whoever else appends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import Database
from kempt.ledger.history import history
from kempt.ledger.verify import verify
from tests.ledger.factory import NOW, append_some, make_event
from tests.sizes import size

# Each example ends with a rollback, so the tenant is as good as new for the next one.
ROLLED_BACK = settings(
    max_examples=size(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CHAIN = "select seq, encode(hash, 'hex') from ledger.event order by seq"


def test_events_get_consecutive_positions(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        first = append_some(connection, 3)
        second = append_some(connection, 2, start=3)

        assert (first.first, first.last, first.appended) == (1, 3, 3)
        assert (second.first, second.last, second.appended) == (4, 5, 2)
        assert [seq for seq, _ in connection.execute(CHAIN)] == [1, 2, 3, 4, 5]


def test_no_events_give_an_empty_range(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 4)

        nothing = append(connection, [], NOW)

        assert (nothing.first, nothing.last, nothing.appended) == (5, 4, 0)


@ROLLED_BACK
@given(cuts=st.sets(st.integers(1, 11), max_size=5))
def test_any_split_into_batches_gives_the_same_chain(database: Database, tenant: str, cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), 12]
    chains = []
    for batches in ([(0, 12)], list(zip(edges, edges[1:], strict=False))):
        with database.transaction(tenant) as connection:
            for start, end in batches:
                append_some(connection, end - start, start=start)
            chains.append(connection.execute(CHAIN).fetchall())
            connection.rollback()

    assert chains[0] == chains[1]


@ROLLED_BACK
@given(deliveries=st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True), min_size=1, max_size=5))
def test_repeated_deliveries_append_each_event_once(
    database: Database, tenant: str, deliveries: list[list[int]]
) -> None:
    with database.transaction(tenant) as connection:
        for numbers in deliveries:
            append(connection, [make_event(number) for number in numbers], NOW)

        distinct = {number for numbers in deliveries for number in numbers}
        assert verify(connection, tenant).events == len(distinct)
        assert verify(connection, tenant).ok
        connection.rollback()


def test_a_repeated_batch_answers_with_its_first_range(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 2)
        once = append_some(connection, 5, start=2)
        append_some(connection, 1, start=7)

        again = append(connection, [make_event(number) for number in range(2, 7)], NOW + timedelta(hours=1))

        assert (again.first, again.last) == (once.first, once.last)
        assert again.appended == 0


def test_a_batch_that_is_partly_known_appends_the_rest(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 4)

        found = append(connection, [make_event(number) for number in (2, 9, 1)], NOW)

        assert (found.first, found.last, found.appended) == (2, 5, 1)
        assert verify(connection, tenant).ok


def test_a_known_event_with_another_body_is_refused(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 3)

    with pytest.raises(StopRun, match=make_event(1).event_id), database.transaction(tenant) as connection:
        append(connection, [make_event(4), make_event(1, note="changed")], NOW)

    with database.transaction(tenant) as connection:
        assert verify(connection, tenant).events == 3


def test_an_event_twice_in_one_batch_is_refused(database: Database, tenant: str) -> None:
    with pytest.raises(StopRun, match="refused a batch"), database.transaction(tenant) as connection:
        append(connection, [make_event(1), make_event(1)], NOW)


def test_two_tenants_may_use_the_same_event_id(database: Database, tenant: str, other_tenant: str) -> None:
    for name in (tenant, other_tenant):
        with database.transaction(name) as connection:
            append_some(connection, 2)

            assert verify(connection, name).events == 2


def test_concurrent_appenders_leave_no_gap(database: Database, tenant: str) -> None:
    def work(worker: int) -> None:
        for batch in range(5):
            with database.transaction(tenant) as connection:
                append_some(connection, 7, start=1000 * worker + 7 * batch)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    with database.transaction(tenant) as connection:
        found = verify(connection, tenant)
        assert (found.ok, found.events) == (True, 4 * 5 * 7)


def test_a_batch_beyond_the_limit_is_one_chain(database: Database, tenant: str) -> None:
    with database.transaction(tenant) as connection:
        found = append_some(connection, 10_001)

        assert (found.first, found.last, found.appended) == (1, 10_001, 10_001)
        assert verify(connection, tenant).ok


@pytest.mark.parametrize("body", [{"n": 2**60}, {"x": float("nan")}, {"s": "\ud800"}])
def test_a_body_without_canonical_json_is_refused(
    database: Database, tenant: str, body: dict[str, int | float | str]
) -> None:
    event = Event(event_id=stable_id("odd"), type="odd.v1", body=body)

    with pytest.raises(StopRun, match="no canonical JSON"), database.transaction(tenant) as connection:
        append(connection, [event], NOW)


def test_a_body_keeps_its_bytes(database: Database, tenant: str) -> None:
    body = {"z": 1e21, "ä": '\u0000 \U0001f600 "quoted" \\', "a": [None, True, {}], "big": str(2**70)}
    with database.transaction(tenant) as connection:
        append(connection, [Event(event_id=stable_id("odd"), type="odd.v1", body=body)], NOW)

        assert verify(connection, tenant).ok
        (kept,) = connection.execute("select body from ledger.event").fetchone() or ("",)
        assert (
            kept == '{"a":[null,true,{}],"big":"1180591620717411303424","z":1e+21,"ä":"\\u0000 😀 \\"quoted\\" \\\\"}'
        )


def test_a_time_without_a_zone_is_refused(database: Database, tenant: str) -> None:
    with pytest.raises(StopRun, match="time zone"), database.transaction(tenant) as connection:
        append(connection, [make_event(1)], datetime(2026, 1, 1))


def test_history_finds_every_event_that_mentions_a_record_or_entity(
    database: Database, tenant: str, other_tenant: str
) -> None:
    record, entity = stable_id("record"), "per_" + "abcdefghijklmnopqrstuvwx"
    body = {"records": [record], "to": {"entity": entity}}
    mentions = Event(event_id=stable_id("1"), type="record_moved.v1", body=body)
    for name in (tenant, other_tenant):
        with database.transaction(name) as connection:
            append_some(connection, 3)
            append(connection, [mentions], NOW)

    with database.transaction(tenant) as connection:
        for subject in (record, entity):
            (entry,) = history(connection, subject)
            assert (entry.seq, entry.type, entry.at, entry.body) == (4, mentions.type, NOW, mentions.body)
        assert history(connection, stable_id("unknown")) == ()
