"""Bringing golden records up to date gives what composing all of them would, and composes only what changed."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.survivorship.compose import Ingredients
from kempt.survivorship.golden import golden_rows
from kempt.survivorship.recompose import recompose
from tests.sizes import size
from tests.survivorship.factory import CELL_COLUMNS, STRATEGIES, cells_of, claim, policy, record

KEY = b"a key for the tests only"
RECORDS = [f"r{n}" for n in range(24)]
ENTITIES = [f"e{n}" for n in range(16)]
TEXTS = ("full_name", "given_name", "email", "phone", "job_title", "street", "city", "country")
SAID = {
    **dict.fromkeys(TEXTS, (None, "", "a", "B", "long")),
    **dict.fromkeys(("email_flag", "phone_flag", "country_flag"), (None, "valid", "suspicious", "invalid")),
    "system": ("crm", "web", "sheet"),
    "source": ("crm", "web", "sheet"),
    "observed_on": (date(2024, 1, 1), date(2025, 1, 1)),
    "updated_at": (None, "2024-06-01T12:00:00Z"),
}
POLICIES = (
    policy(),
    policy(trust={"crm": 10, "web": 60, "sheet": 90}),
    policy({**STRATEGIES, "job_title": ("override", "source_trust")}),
    policy(undisputed_confidence=0.5),
)


@pytest.fixture
def connection():
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


@dataclass
class World:
    """What golden records are made of, and the days that pass over it."""

    chance: random.Random
    members: dict[str, str] = field(default_factory=lambda: {name: f"e{n % 12}" for n, name in enumerate(RECORDS)})
    claims: list[dict[str, object]] = field(default_factory=list)
    rules: object = POLICIES[0]
    records: dict[str, dict[str, object]] = field(init=False)

    def __post_init__(self) -> None:
        said = {name: {what: self.chance.choice(values) for what, values in SAID.items()} for name in RECORDS}
        self.records = {name: record(name, **values) for name, values in said.items()}

    def pass_a_day(self) -> None:
        """One or two things change."""
        for _ in range(self.chance.randint(1, 2)):
            self.chance.choice([self.edit, self.edit, self.move, self.leave, self.say, self.withdraw, self.rule])()

    def edit(self) -> None:
        what = self.chance.choice(list(SAID))
        self.records[self.chance.choice(RECORDS)][what] = self.chance.choice(SAID[what])

    def move(self) -> None:
        self.members[self.chance.choice(RECORDS)] = self.chance.choice(ENTITIES)

    def leave(self) -> None:
        self.members.pop(self.chance.choice(RECORDS), None)

    def say(self) -> None:
        origin = self.chance.choice(["override", "enrichment"])
        words = (self.chance.choice(RECORDS), self.chance.choice(TEXTS), self.chance.choice(["a", "c", ""]))
        moment = datetime(2025, 1, self.chance.randint(1, 28))
        self.claims.append(claim(*words, origin, confidence=self.chance.choice([0.5, 0.9]), observed_at=moment))

    def withdraw(self) -> None:
        if self.claims:
            self.claims.remove(self.chance.choice(self.claims))

    def rule(self) -> None:
        self.rules = self.chance.choice(POLICIES)


def expected(connection, world):
    """Cells and golden rows as they are when everything is composed at once."""
    cells = cells_of(
        connection, list(world.records.values()), members=world.members, claims=world.claims, rules=world.rules
    )
    golden_rows(connection, cells="cells", target="rows", key=KEY)
    rows = connection.execute("select entity_id, cells, digest from rows order by entity_id").fetchall()
    return sorted(tuple(cell.values()) for cell in cells.values()), rows


def kept(connection):
    columns = ", ".join(CELL_COLUMNS)
    cells = connection.execute(f"select {columns} from kept_cell order by entity_id, attribute").fetchall()
    return cells, connection.execute("select entity_id, cells, digest from kept_golden order by entity_id").fetchall()


def brought_up_to_date(connection, rules):
    """How many entities were composed; the tables are those that `expected` wrote."""
    ingredients = Ingredients(entity_type="person", members="members", records="records", claims="claims", policy=rules)
    return recompose(connection, ingredients, cells="kept_cell", golden="kept_golden", key=KEY)


@settings(deadline=None, max_examples=size(5))
@given(seed=st.integers(0, 2**32))
def test_after_any_history_every_cell_is_as_if_composed_at_once(seed):
    world = World(random.Random(seed))
    with duckdb.connect(config={"threads": 1}) as connection:
        for _ in range(12):
            whole = expected(connection, world)
            brought_up_to_date(connection, world.rules)

            assert kept(connection) == whole

            world.pass_a_day()


def test_only_what_changed_is_composed(connection):
    world = World(random.Random(7))
    for name in RECORDS:
        world.records[name]["city"] = "Town"
    composed = []
    for change in (None, world.records["r0"], world.records["r1"]):
        if change:
            change["city"] = "Village"
        expected(connection, world)
        composed.append(brought_up_to_date(connection, world.rules))
    expected(connection, world)
    composed.append(brought_up_to_date(connection, world.rules))
    expected(connection, world)
    composed.append(brought_up_to_date(connection, POLICIES[1]))

    assert composed == [12, 1, 1, 0, 12]


def test_a_move_composes_both_entities_and_a_departure_leaves_nothing(connection):
    world = World(random.Random(7))
    expected(connection, world)
    brought_up_to_date(connection, world.rules)

    world.members["r0"] = "e1"
    del world.members["r12"]
    whole = expected(connection, world)

    assert brought_up_to_date(connection, world.rules) == 2
    assert kept(connection) == whole
    assert "e0" not in {row[0] for row in kept(connection)[1]}


def test_another_key_writes_every_digest_anew(connection):
    world = World(random.Random(7))
    expected(connection, world)
    brought_up_to_date(connection, world.rules)
    ingredients = Ingredients(
        entity_type="person", members="members", records="records", claims="claims", policy=world.rules
    )
    before = kept(connection)[1]

    recompose(connection, ingredients, cells="kept_cell", golden="kept_golden", key=b"another key")

    assert not {row[2] for row in before} & {row[2] for row in kept(connection)[1]}


def test_tables_that_an_older_kempt_wrote_are_written_anew(connection):
    world = World(random.Random(7))
    whole = expected(connection, world)
    brought_up_to_date(connection, world.rules)
    connection.execute("alter table kept_golden drop column input")
    connection.execute("update kept_cell set value = 'old'")

    brought_up_to_date(connection, world.rules)

    assert kept(connection) == whole


@pytest.mark.parametrize("what", SAID)
def test_whatever_else_a_record_says_its_entity_is_composed_again(connection, what):
    world = World(random.Random(7))
    world.records["r0"][what] = SAID[what][0]
    expected(connection, world)
    brought_up_to_date(connection, world.rules)

    world.records["r0"][what] = SAID[what][-1]
    expected(connection, world)

    assert brought_up_to_date(connection, world.rules) == 1


@pytest.mark.parametrize(
    "change",
    [
        *({"attribute": "phone"}, {"value": "b"}, {"origin": "enrichment"}, {"source": "vendor"}, {"confidence": 0.5}),
        *({"observed_at": datetime(2025, 1, 2)}, {"record_id": "r12"}),
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_else_a_claim_says_its_entity_is_composed_again(connection, change):
    world = World(random.Random(7), claims=[claim("r0", "city", "Town")])
    expected(connection, world)
    brought_up_to_date(connection, world.rules)

    world.claims[0] |= change
    expected(connection, world)

    assert brought_up_to_date(connection, world.rules) == 1
