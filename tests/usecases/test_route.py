"""Owners and campaigns after a merge: worked out with the golden records, kept, told, and foreseen by a backtest."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from kempt.ledger.database import Database
from kempt.policy.load import Policies
from kempt.settings import Settings
from kempt.usecases.override import override_field
from kempt.usecases.override_rows import Override
from kempt.usecases.policy_backtest import backtest
from kempt.usecases.replay import replay
from kempt.usecases.route import Owned, owner_of
from kempt.usecases.unmerge import foresee_unmerge, unmerge
from tests.conftest import NUMBERS
from tests.usecases.world import Row, World, new_world

ADA = {"name": "Ada Quendel", "mail": "ada@quendel.example"}


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    """Two leads of one name, each with an owner and a campaign of her own."""
    with new_world(database, postgres_home, f"route_{next(NUMBERS)}") as opened:
        opened.put(
            a=Row(**ADA, owner="owner-01", campaign="tent-week", day=1),
            c=Row(name="Ada Quendel", mail="bea@quendel.example", source="erp", owner="owner-02", campaign="base-camp"),
            z=Row(name="Zoe Rast", mail="zoe@rast.example", owner="owner-03"),
        )
        opened.run()
        yield opened


def merge(world: World) -> None:
    world.judge("a", "c", "approve")
    world.run()
    assert world.entity_of("a") == world.entity_of("c")


def owned(world: World, letter: str) -> tuple[str | None, str, tuple[str, ...]]:
    found: Owned = owner_of(world.tenant, world.lake, world.entity_of(letter))
    return found.owner, found.reason, found.campaigns


def policies(world: World, **routing: Any) -> Policies:
    """The policies in force with another routing of persons."""
    person = world.tenant.policies.survivorship["person"]
    assert person.routing is not None
    other = person.model_copy(update={"routing": person.routing.model_copy(update=routing)})
    person = type(person).model_validate(other.model_dump())
    return dataclasses.replace(
        world.tenant.policies, survivorship={**world.tenant.policies.survivorship, "person": person}
    )


def routed(world: World) -> list[tuple[object, ...]]:
    return world.sql("select body::jsonb ->> 'reason' from ledger.event where type = 'owner_routed.v1' order by seq")


def test_before_a_merge_there_is_nothing_to_decide(world: World) -> None:
    assert owned(world, "a") == ("owner-01", "golden", ("tent-week",))
    assert owned(world, "z") == ("owner-03", "golden", ())
    assert routed(world) == []


def test_a_merge_of_two_owners_is_decided_told_once_and_both_campaigns_are_kept(world: World) -> None:
    merge(world)
    world.run()

    assert owned(world, "a") == ("owner-02", "two_owners", ("base-camp", "tent-week"))
    assert routed(world) == [("two_owners",)]
    assert replay(world.tenant).same
    ((body,),) = world.sql("select body from ledger.event where type = 'owner_routed.v1'")
    assert "owner-0" not in str(body)


def test_an_unmerge_takes_the_routing_back(world: World) -> None:
    merge(world)
    plan = foresee_unmerge(world.tenant, world.lake, world.entity_of("a"))
    unmerge(world.tenant, world.lake, plan.entity_id, approved=plan.digest, steward="ines", now=world.tick())

    assert owned(world, "a") == ("owner-01", "golden", ("tent-week",))
    assert owned(world, "c") == ("owner-02", "golden", ("base-camp",))
    assert routed(world) == [("two_owners",), ("nothing_to_decide",)]
    assert world.sql("select count(*) from kempt.routing") == [(0,)]
    assert replay(world.tenant).same


def test_what_a_person_said_of_the_owner_stands(world: World) -> None:
    merge(world)
    said = Override(entity=world.entity_of("a"), attribute="owner", value="owner-07", by="ines", reason="agreed")

    override_field(world.tenant, world.lake, said, now=world.tick())
    assert owned(world, "a")[:2] == ("owner-07", "override")
    world.run()

    assert owned(world, "a")[:2] == ("owner-07", "override")
    assert routed(world)[-1] == ("override",)


def test_a_backtest_shows_whose_owner_and_first_touch_would_flip(world: World) -> None:
    merge(world)
    events = world.sql("select max(seq) from ledger.event")

    same = backtest(world.tenant, policies(world, fallback="desk"), lake=world.lake)
    left = backtest(world.tenant, policies(world, inactive=("owner-02", "owner-03")), lake=world.lake)
    latest = backtest(world.tenant, policies(world, first_touch="latest"), lake=world.lake)

    assert same.owners["person"]["changed"] == same.campaigns["person"]["changed"] == 0
    assert left.owners["person"] == {
        "changed": 2,
        "entities": {world.entity_of("a"): ["owner-02", "owner-01"], world.entity_of("z"): ["owner-03", None]},
    }
    assert latest.campaigns["person"] == {"changed": 1, "entities": [world.entity_of("a")]}
    assert world.sql("select max(seq) from ledger.event") == events
