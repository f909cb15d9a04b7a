"""A merge is taken back: exactly where nothing was touched, honestly where something was."""

from collections.abc import Iterator

import pytest

from kempt.errors import StopRun
from kempt.identity.unmerge import Plan
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.replay import replay
from kempt.usecases.unmerge import foresee_unmerge, unmerge
from tests.conftest import NUMBERS
from tests.usecases.world import Row, World, new_world, record

ADA, BEA = Row(name="Ada Quendel", mail="ada@quendel.example"), Row(name="Ada Quendel", mail="bea@quendel.example")


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    """Two persons of two records each; a steward has said that a and c are one, and so they are."""
    with new_world(database, postgres_home, f"world_{next(NUMBERS)}") as opened:
        opened.put(a=ADA, b=ADA, c=BEA, d=BEA, z=Row(name="Zoe Rast", mail="zoe@rast.example"))
        opened.run()
        yield opened


def merge(world: World) -> None:
    world.judge("a", "c", "approve")
    world.run()
    assert world.entity_of("a") == world.entity_of("c")


def take_back(world: World, named: str, **more: object) -> Plan:
    plan = foresee_unmerge(world.tenant, world.lake, named, **more)
    return unmerge(world.tenant, world.lake, named, approved=plan.digest, steward="ines", now=world.tick(), **more)


def test_without_anything_since_every_id_and_golden_record_returns_exactly(world: World) -> None:
    before, first, second = world.digests(), world.entity_of("a"), world.entity_of("c")
    merge(world)

    plan = take_back(world, world.entity_of("a"))

    assert world.digests() == before
    assert (world.entity_of("a"), world.entity_of("c")) == (first, second)
    assert all(each.exact for each in plan.golden)
    assert plan.golden[0].recomposed == plan.golden[1].recomposed == ()
    assert replay(world.tenant).same


def test_the_pair_stays_apart_on_every_later_run(world: World) -> None:
    merge(world)
    take_back(world, world.entity_of("a"))
    events = world.sql("select max(seq) from ledger.event")

    world.run()

    assert world.entity_of("a") != world.entity_of("c")
    assert world.sql("select max(seq) from ledger.event") == events


def test_records_that_all_evidence_joins_stay_apart_once_they_were_parted(world: World) -> None:
    homes = {letter: world.entity_of(letter) for letter in "az"}
    world.put(z=Row(name="Ada Quendel", mail="ada@quendel.example", day=1))
    world.run()
    assert world.entity_of("z") == world.entity_of("a")

    take_back(world, homes["z"])
    world.run()

    assert {letter: world.entity_of(letter) for letter in "az"} == homes
    assert world.entity_of("b") == homes["a"]


def test_planning_writes_nothing(world: World) -> None:
    merge(world)
    events, digests = world.sql("select max(seq) from ledger.event"), world.digests()

    foresee_unmerge(world.tenant, world.lake, world.entity_of("a"))

    assert (world.sql("select max(seq) from ledger.event"), world.digests()) == (events, digests)


def test_a_redirected_id_names_its_own_merge(world: World) -> None:
    first, second = world.entity_of("a"), world.entity_of("c")
    merge(world)
    (gone,) = {first, second} - {world.entity_of("a")}

    take_back(world, gone)

    assert {world.entity_of("a"), world.entity_of("c")} == {first, second}


def test_what_happened_since_is_classified_and_comes_out_as_planned(world: World) -> None:
    """Later edits on one side, a value found by the other side's mailbox, and a further merge: step by step."""
    before, first, second = world.digests(), world.entity_of("a"), world.entity_of("c")
    third = world.entity_of("z")
    merge(world)
    one = world.entity_of("a")
    # The source of a learns a title; z turns out to be a's person.
    world.put(a=Row(name="Ada Quendel", mail="ada@quendel.example", title="Buyer", day=1),
              z=Row(name="Zoe Rast", mail="ada@quendel.example", day=1))  # fmt: skip
    world.run()
    assert world.entity_of("z") == one

    plan = take_back(world, first if one == second else second)

    assert (world.entity_of("a"), world.entity_of("c")) == (first, second)
    assert world.entity_of("z") == first, "z goes where its mailbox is"
    assert world.digests()[second] == before[second], "the side that nobody touched is exactly what it was"
    told = {(item.what, item.subject): item.class_ for item in plan.items}
    assert told["further_merge", record("z")] in ("independent", "re-attributable")
    assert told["publication", "identity_change"] == "cannot be undone"
    sides = {each.entity_id: each for each in plan.golden}
    assert "job_title" in sides[first].recomposed
    assert sides[second].exact
    assert not sides[first].exact
    assert world.sql("select state from kempt.entity where entity_id = %s", third) == [("redirected",)]
    assert replay(world.tenant).same


def test_after_a_further_merge_by_a_steward_both_merges_can_be_taken_back(world: World) -> None:
    before, homes = world.digests(), {letter: world.entity_of(letter) for letter in "acz"}
    merge(world)
    world.judge("c", "z", "approve")
    world.run()
    assert len({world.entity_of(letter) for letter in "abcdz"}) == 1
    (first_gone,) = {homes["a"], homes["c"]} - {world.entity_of("a")}

    take_back(world, first_gone)
    assert {world.entity_of("a"), world.entity_of("c")} == {homes["a"], homes["c"]}
    assert world.entity_of("z") == world.entity_of("c"), "the steward said so"
    take_back(world, homes["z"])

    assert {letter: world.entity_of(letter) for letter in "acz"} == homes
    assert world.digests() == before
    assert replay(world.tenant).same


def test_a_value_found_by_the_other_side_s_mailbox_goes_there(world: World) -> None:
    first, second = world.entity_of("a"), world.entity_of("c")
    merge(world)
    # The merged entity's mailbox comes from one side; the value was noted on the other.
    ((box,),) = world.sql("select cells -> 'email' ->> 0 from kempt.golden_record where entity_id = %s",
                          world.entity_of("a"))  # fmt: skip
    mine, other = ("a", "c") if box in (record("a"), record("b")) else ("c", "a")
    world.override(other, "phone", "+493023125077")

    plan = take_back(world, first if world.entity_of("a") == second else second)

    (claim,) = (item for item in plan.items if item.what == "claim")
    assert (claim.attribute, claim.class_) == ("phone", "re-attributable")
    ((home,),) = world.sql("select record_id::text from kempt.claim where withdrawn_seq is null")
    assert home == box
    cells = dict(world.sql("select entity_id, cells -> 'phone' ->> 0 from kempt.golden_record"))
    assert cells[world.entity_of(mine)] == box
    assert cells[world.entity_of(other)] is None
    assert replay(world.tenant).same


def test_a_value_found_by_both_sides_waits_for_a_person(world: World) -> None:
    second = world.entity_of("c")
    world.override("c", "phone", "+493023125077")
    merge(world)
    world.override("a", "job_title", "Buyer")
    named = world.entity_of("a")

    plan = foresee_unmerge(world.tenant, world.lake, named)
    (undecided,) = plan.undecided
    with pytest.raises(StopRun, match="whose these claims are"):
        unmerge(world.tenant, world.lake, named, approved=plan.digest, steward="ines", now=world.tick())
    take_back(world, named, given={undecided.subject: record("d")})

    assert undecided.attribute == "job_title"
    cells = dict(world.sql("select entity_id, cells -> 'job_title' ->> 0 from kempt.golden_record"))
    assert cells[second] == record("d")


def test_an_approval_holds_for_what_was_seen_alone(world: World) -> None:
    merge(world)
    named = world.entity_of("a")
    plan = foresee_unmerge(world.tenant, world.lake, named)
    world.put(b=Row(name="Ada Quendel", mail="ada@quendel.example", title="Buyer", day=1))
    world.run()

    with pytest.raises(StopRun, match="something moved since"):
        unmerge(world.tenant, world.lake, named, approved=plan.digest, steward="ines", now=world.tick())
    assert world.entity_of("a") == world.entity_of("c")


def test_records_that_were_together_from_their_first_day_part_by_name(world: World) -> None:
    whole = world.entity_of("a")

    with pytest.raises(StopRun, match="from its first day"):
        foresee_unmerge(world.tenant, world.lake, whole)
    with pytest.raises(StopRun, match="all records"):
        foresee_unmerge(world.tenant, world.lake, whole, records=[record("a"), record("b")])
    plan = take_back(world, whole, records=[record("b")])
    world.run()

    assert (world.entity_of("a"), plan.minted) == (whole, (world.entity_of("b"),))
    assert replay(world.tenant).same


def test_what_is_no_merge_is_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(StopRun, match="no entity has or had this id"):
        foresee_unmerge(world.tenant, world.lake, "per_nobody")
    with pytest.raises(StopRun, match="is no record of"):
        foresee_unmerge(world.tenant, world.lake, world.entity_of("a"), records=[record("z")])


def test_a_run_that_dies_after_the_decision_leaves_the_lake_to_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge(world)
    plan = foresee_unmerge(world.tenant, world.lake, world.entity_of("a"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("kempt.usecases.unmerge.cluster_records", die)
        with pytest.raises(KeyboardInterrupt):
            unmerge(world.tenant, world.lake, plan.entity_id, approved=plan.digest, steward="ines", now=world.tick())
    parted = {world.entity_of("a"), world.entity_of("c")}
    world.run()

    assert len(parted) == 2
    assert {world.entity_of("a"), world.entity_of("c")} == parted
    assert replay(world.tenant).same
