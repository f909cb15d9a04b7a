"""Health over time, and how the queue does: figures that a hand count confirms."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from kempt.hygiene.health import Health
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.health import health
from kempt.usecases.health_days import history, keep_day
from kempt.usecases.queue_figures import queue_figures
from kempt.usecases.withdraw import undo_decision
from tests.conftest import NUMBERS
from tests.factory import Desk
from tests.usecases.questions import ask
from tests.usecases.world import Row, World, new_world

DAY = date(2025, 3, 20)
NOON = datetime(2025, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    with new_world(database, postgres_home, f"health_{next(NUMBERS)}") as opened:
        yield opened


def part(records: int = 10, completeness: float = 0.9) -> Health:
    return Health(records=records, completeness=completeness, validity=0.8, freshness=0.7, uniqueness=1.0)


def measure(world: World, day: date, completeness: float = 0.9, owners: dict[str, Health] | None = None) -> None:
    with world.tenant.database.transaction(world.tenant.name) as connection:
        keep_day(
            connection, world.tenant, day, records=part(), golden=part(8_000, completeness),
            by_source={"crm": part(7), "shop": part(3, 0.4)}, by_owner=owners or {}, now=world.tick(),
        )  # fmt: skip


def test_each_day_is_kept_and_the_last_measurement_of_a_day_stands(world: World) -> None:
    for day, completeness in ((19, 0.5), (20, 0.6), (20, 0.7)):
        measure(world, date(2025, 3, day), completeness)

    found = health(world.tenant, now=NOON)

    assert found.day == DAY
    (golden,) = found.of("golden")
    assert [(each.day.day, each.health.completeness) for each in golden.days] == [(19, 0.5), (20, 0.7)]
    assert golden.now.score == pytest.approx(25 * (0.7 + 0.8 + 0.7 + 1.0))
    assert [each.name for each in found.of("source")] == ["crm", "shop"]


def test_owners_are_read_by_name_and_stored_sealed(world: World) -> None:
    measure(world, DAY, owners={"Olga Quendel": part(4), "Bo Moor": part(6, 0.2)})

    assert [(each.name, each.now.records) for each in health(world.tenant, now=NOON).of("owner")] == [
        ("Bo Moor", 6), ("Olga Quendel", 4),
    ]  # fmt: skip
    stored = world.sql("select part, name_cipher from kempt.health_day where scope = 'owner'")
    assert not [row for row in stored if "Olga" in str(row[0]) or b"Olga" in bytes(row[1])]  # type: ignore[arg-type]


def test_an_unusual_day_is_told_with_what_would_be_usual(world: World) -> None:
    for number in range(8):
        measure(world, DAY - timedelta(days=8 - number), 0.90 + 0.002 * (number % 2))
    measure(world, DAY, 0.60)

    (found,) = health(world.tenant, now=NOON).anomalies

    assert found.told == ("golden records: completeness is 0.600; the 8 before it lie between 0.881 and 0.921.")


def test_a_usual_day_is_not_worth_a_word(world: World) -> None:
    for number in range(9):
        measure(world, DAY - timedelta(days=8 - number), 0.90 + 0.002 * (number % 2))

    assert health(world.tenant, now=NOON).anomalies == []


def test_runs_come_to_rest_and_say_so(world: World) -> None:
    ada = Row(name="Ada Quendel", mail="ada@quendel.example")
    world.put(a=ada, b=ada, c=Row(name="Bo Moor", mail="bo@moor.example"))
    for _ in range(3):
        world.run()

    runs = health(world.tenant, now=world.now).runs

    assert [(each.minted, each.merged, each.moved) for each in runs] == [(2, 0, 3), (0, 0, 0), (0, 0, 0)]


def test_a_history_is_as_long_as_asked(world: World) -> None:
    for back in (0, 40, 100):
        measure(world, DAY - timedelta(days=back))

    with world.tenant.database.transaction(world.tenant.name) as connection:
        (golden, *_) = history(connection, world.tenant, until=DAY, days=90)

    assert len(golden.days) == 2


def test_the_queue_is_counted(open_desk: Callable[[], Desk]) -> None:
    desk = open_desk()
    proposals = ask(desk, 6)
    stale = ask(desk, 1, kind="stale_flag")
    for proposal in proposals[:2]:
        desk.decide(proposal, "approve")
    desk.decide(proposals[2], "reject")
    desk.decide(stale[0], "reject")
    undo_decision(desk.tenant, proposals[0], steward="ines", now=desk.tick())
    now = desk.tick() + timedelta(hours=3)

    with desk.tenant.database.transaction(desk.name) as connection:
        found = queue_figures(connection, now=now)
        ages = "select percentile_disc(array[0.5, 0.95]) within group (order by %s - carried_at) from kempt.review_item"
        ((expected,),) = connection.execute(f"{ages} where state = 'pending'", [now]).fetchall()

    assert (found.pending, found.deferred, found.approved) == (4, 0, 1)
    assert [found.age_p50, found.age_p95] == expected
    assert timedelta(hours=3) <= found.age_p50 <= found.age_p95 <= timedelta(hours=3, minutes=5)  # type: ignore[operator]
    assert sum(each.decisions for each in found.hours) == 4
    assert [(each.name, each.share.part, each.share.whole) for each in found.by_rule] == [("otherwise", 2, 4)]
    assert [(each.name, each.share.part, each.share.whole) for each in found.by_provider] == [
        ("enricher", 2, 3), ("staleness", 0, 1),
    ]  # fmt: skip
    assert (found.taken_back.part, found.taken_back.whole) == (1, 4)
    assert (found.unmerged.rate, found.audited_wrong.rate) == (None, None)


def test_everything_is_there_for_machines(world: World) -> None:
    measure(world, DAY)

    text = json.dumps(health(world.tenant, now=NOON).as_json(), default=str)

    assert json.loads(text)["series"][0]["days"][0]["score"] == 85.0
