"""What should agree is brought together again in two rounds, and what two sources fight over is stopped."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases import divergence
from kempt.usecases.decide import decide_item
from kempt.usecases.members import add_member
from kempt.usecases.override import list_overrides
from kempt.usecases.reconcile import Reconciled, reconcile
from kempt.usecases.review import carry_to_review, review_items
from kempt.usecases.trace import trace
from tests.conftest import NUMBERS
from tests.sizes import seed, size
from tests.usecases.world import Row, World, new_world

MARTS = """
create or replace table golden_person as
select entity_id, max(value) filter (attribute = 'full_name') as full_name,
    max(value) filter (attribute = 'email') as email, max(value) filter (attribute = 'job_title') as job_title
from person_cell group by entity_id
"""
DAMAGE = (
    "update person_cell set value = 'Mallory' where attribute = 'full_name' and entity_id = $entity",
    "delete from person_cell where entity_id = $entity",
    "delete from person_golden where entity_id = $entity",
    "update person_golden set digest = 'x' where entity_id = $entity",
    "insert into person_cell by name select 'per_nobody' as entity_id, * exclude (entity_id) from person_cell "
    "where entity_id = $entity",
    "update golden_person set email = 'm@mallory.example' where entity_id = $entity",
    "delete from golden_person where entity_id = $entity",
    "insert into golden_person by name select 'per_nobody' as entity_id where $entity <> ''",
)
DAMAGE_IN_POSTGRES = (
    "update kempt.golden_record set digest = 'x' where entity_id = %s",
    "update kempt.golden_record set cells = cells - 'email' where entity_id = %s",
    "update kempt.golden_record set seq = seq - 1 where entity_id = %s",
    "delete from kempt.golden_record where entity_id = %s",
)


@pytest.fixture
def world(database: Database, postgres_home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Three persons, composed and published; dbt is left out."""
    with new_world(database, postgres_home, f"reconcile_{next(NUMBERS)}") as opened:
        monkeypatch.setattr(divergence, "publish_marts", lambda _: opened.lake.execute(MARTS))
        opened.put(
            a=Row(name="Ada Quendel", mail="ada@quendel.example", title="Buyer"),
            b=Row(name="Bea Rast", mail="bea@rast.example", title="Clerk"),
            c=Row(name="Cleo Zirbel", mail="cleo@zirbel.example"),
        )
        opened.run()
        opened.lake.execute(MARTS)
        yield opened


def brought_together(world: World, *, apply: bool = True) -> Reconciled:
    return reconcile(world.tenant, world.lake, apply=apply, now=world.tick())


def state(world: World) -> list[Any]:
    tables = ("person_cell", "person_golden", "golden_person")
    return [
        *(world.lake.execute(f"select * from {table} order by all").fetchall() for table in tables),
        world.sql("select entity_id, cells, digest, seq from kempt.golden_record order by 1"),
    ]


def hurt(world: World, damage: str, entity: str) -> None:
    if damage in DAMAGE:
        world.lake.execute(damage, {"entity": entity})
    else:
        with world.tenant.database.transaction(world.tenant.name) as connection:
            connection.execute(damage, [entity])


def test_where_everything_agrees_nothing_is_done(world: World) -> None:
    before = state(world)

    done = brought_together(world)

    assert (len(done.rounds), done.left.none, done.fought_over) == (1, True, ())
    assert state(world) == before


@pytest.mark.parametrize("damage", [*DAMAGE, *DAMAGE_IN_POSTGRES])
def test_every_damage_is_listed_and_repaired_to_what_it_was(world: World, damage: str) -> None:
    before = state(world)
    hurt(world, damage, world.entity_of("a"))
    damaged = state(world)

    listed = brought_together(world, apply=False)
    assert not listed.left.none
    assert state(world) == damaged, "listing repairs nothing"
    done = brought_together(world)

    assert done.left.none
    assert len(done.rounds) == 2
    assert state(world) == before


def test_any_damage_at_once_converges_in_two_rounds(world: World) -> None:
    chance, before = random.Random(seed()), state(world)
    for _ in range(size(3)):
        for damage in chance.sample([*DAMAGE, *DAMAGE_IN_POSTGRES], 4):
            hurt(world, damage, world.entity_of(chance.choice("abc")))

        done = brought_together(world)

        assert done.left.none
        assert len(done.rounds) <= 3
        assert state(world)[:3] == before[:3]


def test_what_went_past_the_ledger_is_named_and_not_hidden(world: World, as_superuser: Any) -> None:
    as_superuser.execute("update kempt.entity set incarnation = 7 where entity_id = %s", [world.entity_of("a")])
    as_superuser.commit()

    done = brought_together(world)

    assert len(done.rounds) == 3
    assert list(done.left.ledger) == ["entity"]


def fight(world: World, *days: int) -> None:
    """Two systems write their title over the other's, a day each."""
    for day in days:
        name, source, title = (("a", "crm", "Buyer"), ("x", "web", "Chief Buyer"))[day % 2]
        world.put(**{name: Row(name="Ada Quendel", mail="ada@quendel.example", title=title, source=source, day=day)})
        world.run()


def title(world: World) -> tuple[Any, ...]:
    found = world.lake.execute(
        "select value, origin from person_cell where attribute = 'job_title' and entity_id = ?", [world.entity_of("a")]
    ).fetchone()
    assert found is not None
    return found


def asked(world: World) -> str:
    """What a steward is asked; it is about the title alone."""
    carry_to_review(world.tenant, now=world.tick())
    (item,) = review_items(world.tenant, kind="field_change")
    assert (item["attribute"], item["reasons"]) == ("job_title", ["ping_pong"])
    return str(item["proposal_id"])


def test_a_value_that_comes_back_once_is_a_correction(world: World) -> None:
    fight(world, 1, 2)

    assert title(world) == ("Buyer", "record")
    assert brought_together(world, apply=False).fought_over == ()


def test_two_systems_that_overrule_each_other_are_stopped_and_a_person_is_asked(world: World) -> None:
    fight(world, 1, 2, 3)
    found = brought_together(world, apply=False).fought_over
    assert [(each.attribute, each.turns) for each in found] == [("job_title", 4)]
    assert title(world) == ("Chief Buyer", "record")

    assert brought_together(world).stopped == 1
    fight(world, 4, 5, 6)

    assert title(world) == ("Chief Buyer", "override")
    assert brought_together(world).fought_over == ()
    assert asked(world)
    (row,) = list_overrides(world.tenant, now=world.now)
    assert (row["author"], row["reason"]) == ("reconciler", "ping_pong")
    assert (
        trace(world.tenant, world.entity_of("a"), "job_title", lake=world.lake).hops[1].said["author"] == "reconciler"
    )


def test_a_steward_alone_ends_the_fight_by_approving_the_other_value(world: World) -> None:
    add_member(world.tenant, "sina", ["steward"], by="ada", now=world.tick())
    fight(world, 1, 2, 3)
    brought_together(world)

    decide_item(world.tenant, asked(world), "approve", steward="sina", now=world.tick())
    world.apply()
    assert title(world) == ("Buyer", "override")
    fight(world, 4, 5, 6)

    assert title(world) == ("Buyer", "override")
    assert brought_together(world).fought_over == ()
