"""A proposal approved with other values: one decision, bound to what was seen, that stands and falls as one."""

from collections.abc import Iterator
from typing import Any

import pytest

from kempt.errors import Conflict, StopRun
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.decide import Decided, decide_item
from kempt.usecases.members import add_member
from kempt.usecases.override import list_overrides
from kempt.usecases.replay import replay
from kempt.usecases.review import review_item
from kempt.usecases.unmerge import foresee_unmerge
from kempt.usecases.withdraw import undo_decision
from tests.conftest import NUMBERS
from tests.usecases.world import Row, World, new_world, record

ADA, BEA = Row(name="Ada Quendel", mail="ada@quendel.example"), Row(name="Bea Rast", mail="bea@rast.example")


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    with new_world(database, postgres_home, f"edits_{next(NUMBERS)}") as opened:
        opened.put(a=ADA, c=BEA)
        opened.run()
        yield opened


def approve(world: World, proposal: str, edits: dict[str, str | None], **more: Any) -> Decided:
    seen = review_item(world.tenant, proposal, now=world.now)["seen"]
    told = {"steward": "ines", "seen": seen, "lake": world.lake, **more}
    return decide_item(world.tenant, proposal, "approve", now=world.tick(), edits=edits, **told)


def phone(world: World) -> object:
    found = world.lake.execute(
        "select value, origin from person_cell where entity_id = ? and attribute = 'phone'", [world.entity_of("a")]
    ).fetchone()
    return found


def test_the_other_value_stands_at_once_and_the_proposed_one_never(world: World) -> None:
    proposal = world.offer("a", "phone", "+493023125077")

    approve(world, proposal, {"phone": "+49 30 23125078"})
    assert phone(world) == ("+493023125078", "override")
    world.apply()
    world.run()

    assert phone(world) == ("+493023125078", "override")
    assert world.sql("select state from kempt.review_item") == [("applied",)]
    assert world.sql("select count(*) from kempt.claim") == [(1,)]
    ((edited,),) = world.sql("select body::jsonb -> 'edited' from ledger.event where type = 'proposal_approved.v1'")
    assert edited == ["phone"]
    assert replay(world.tenant).same


def test_another_field_beside_an_approved_value_leaves_that_one_to_be_applied(world: World) -> None:
    proposal = world.offer("a", "phone", "+493023125077")

    approve(world, proposal, {"job_title": "Buyer"})
    assert phone(world) is None
    world.apply()

    assert phone(world) == ("+493023125077", "override")
    assert len(list_overrides(world.tenant, now=world.now)) == 2


def test_taken_back_the_override_ends_with_the_decision_and_it_can_be_decided_again(world: World) -> None:
    before = world.digests()
    proposal = world.offer("a", "phone", "+493023125077")
    approve(world, proposal, {"phone": "+493023125078"})

    undo_decision(world.tenant, proposal, steward="ines", now=world.tick())
    world.compose()
    assert world.digests() == before
    decide_item(world.tenant, proposal, "approve", steward="ines", now=world.tick())
    world.apply()

    assert phone(world) == ("+493023125077", "override")


def test_taken_back_it_ends_although_its_record_is_gone(world: World) -> None:
    proposal = world.offer("a", "phone", "+493023125077")
    approve(world, proposal, {"phone": "+493023125078"})
    world.rows.pop("a")
    world.run()

    undo_decision(world.tenant, proposal, steward="ines", now=world.tick())

    assert world.sql("select count(*) from kempt.claim where withdrawn_seq is null") == [(0,)]
    assert replay(world.tenant).same


def test_what_moved_since_it_was_seen_takes_the_other_values_with_it(world: World) -> None:
    proposal = world.offer("a", "phone", "+493023125077")
    before, events = world.digests(), world.sql("select max(seq) from ledger.event")

    with pytest.raises(Conflict, match="moved since you looked"):
        approve(world, proposal, {"phone": "+493023125078"}, seen="1-0000000000000000")
    with pytest.raises(StopRun, match="no phone that could exist"):
        approve(world, proposal, {"job_title": "Buyer", "phone": "nobody"})
    with pytest.raises(StopRun, match="bound to what was seen"):
        approve(world, proposal, {"phone": "+493023125078"}, seen=None)

    assert (world.digests(), world.sql("select max(seq) from ledger.event")) == (before, events)
    assert world.sql("select state from kempt.review_item") == [("pending",)]


def test_a_merge_with_a_value_rests_on_both_records(world: World) -> None:
    proposal = world.wonder("a", "c")
    approve(world, proposal, {"job_title": "Buyer"})
    world.run()
    world.apply()
    assert world.entity_of("a") == world.entity_of("c")

    plan = foresee_unmerge(world.tenant, world.lake, world.entity_of("a"))

    (item,) = (item for item in plan.items if item.what == "claim")
    assert (item.attribute, item.class_) == ("job_title", "needs a human")
    ((basis,),) = world.sql("select basis::text[] from kempt.claim")
    assert sorted(basis) == sorted([record("a"), record("c")])  # type: ignore[call-overload]


def test_a_value_that_takes_two_people_is_not_slipped_in_by_one(world: World) -> None:
    for name in ("mara", "milo"):
        add_member(world.tenant, name, ["merge_authority", "steward"], by="ada", now=world.tick())
    approve(world, world.offer("a", "phone", "+493023125077"), {"phone": "+493023125078"}, steward="mara")
    world.apply()

    with pytest.raises(StopRun, match="takes two people"):
        approve(world, world.offer("a", "job_title", "Buyer"), {"phone": "+493023125070"}, steward="milo")

    assert phone(world) == ("+493023125078", "override")
