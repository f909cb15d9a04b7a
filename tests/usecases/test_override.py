"""What a person sets by hand: above every source at once, bound to what she saw, until it expires or is ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from kempt.errors import Conflict, StopRun
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.as_of import as_of
from kempt.usecases.compose import lock_golden
from kempt.usecases.consistency import bounds_passed
from kempt.usecases.members import add_member
from kempt.usecases.override import Overridden, end_override, foresee_override, list_overrides, override_field
from kempt.usecases.override_rows import Override
from kempt.usecases.replay import replay
from kempt.usecases.trace import trace
from kempt.usecases.unmerge import foresee_unmerge, unmerge
from kempt.usecases.values import show
from tests.conftest import NUMBERS
from tests.usecases.world import Row, World, new_world, record

ADA, BEA = Row(name="Ada Quendel", mail="ada@quendel.example"), Row(name="Ada Quendel", mail="bea@quendel.example")


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    """Two persons who have one name; the source calls the first one a buyer."""
    with new_world(database, postgres_home, f"override_{next(NUMBERS)}") as opened:
        opened.put(a=Row(name=ADA.name, mail=ADA.mail, title="Buyer"), b=ADA, c=BEA)
        opened.run()
        yield opened


def said(world: World, letter: str, attribute: str, value: str | None, **more: Any) -> Override:
    told = {"by": "ines", "reason": "she told me", **more}
    return Override(entity=world.entity_of(letter), attribute=attribute, value=value, **told)


def say(world: World, letter: str, attribute: str, value: str | None, **more: Any) -> Overridden:
    return override_field(world.tenant, world.lake, said(world, letter, attribute, value, **more), now=world.tick())


def stands(world: World, letter: str, attribute: str) -> tuple[str | None, str | None]:
    """Value and origin of a cell in the lake; the golden record in Postgres is of the same origin."""
    entity = world.entity_of(letter)
    found = world.lake.execute(
        "select value, origin from person_cell where entity_id = ? and attribute = ?", [entity, attribute]
    ).fetchone()
    ((origin,),) = world.sql(
        "select cells -> %s ->> 1 from kempt.golden_record where entity_id = %s", attribute, entity
    )
    assert origin == (found and found[1])
    return found or (None, None)


def test_what_a_person_says_stands_at_once_and_no_newer_source_outvotes_it(world: World) -> None:
    others = {name: digest for name, digest in world.digests().items() if name != world.entity_of("a")}

    done = say(world, "a", "job_title", "  Head of Purchasing ")

    assert stands(world, "a", "job_title") == ("Head of Purchasing", "override")
    assert (done.before.origin, done.after.origin, done.after.value) == ("record", "override", "H••• •• P•••••••••")
    assert others.items() <= world.digests().items()
    world.put(a=Row(name=ADA.name, mail=ADA.mail, title="Clerk", day=3))
    world.run()
    assert stands(world, "a", "job_title") == ("Head of Purchasing", "override")
    assert replay(world.tenant).same


def test_a_run_afterwards_finds_nothing_to_do(world: World) -> None:
    say(world, "a", "job_title", "Head of Purchasing")
    events = world.sql("select max(seq) from ledger.event")

    world.run()

    assert world.sql("select max(seq) from ledger.event") == events


def test_the_event_tells_who_and_on_what_and_no_value(world: World) -> None:
    say(world, "a", "job_title", "Head of Purchasing", reason="Lisbeth said so")

    ((body,),) = world.sql("select body::jsonb from ledger.event where type = 'field_overridden.v1'")
    assert (body["author"], body["record_id"], body["basis"]) == ("ines", record("a"), [record("a")])
    assert not [word for word in ("Purchasing", "Lisbeth") if word in str(body)]
    ((sealed, reason),) = world.sql("select value_cipher, reason_cipher from kempt.claim")
    assert b"Purchasing" not in bytes(sealed)
    assert b"Lisbeth" not in bytes(reason)


def test_empty_on_purpose_stands_and_is_told_from_nothing_known(world: World) -> None:
    say(world, "a", "job_title", None)

    assert stands(world, "a", "job_title") == (None, "override")
    shown = {cell.attribute: cell.value for cell in show(world.tenant, world.entity_of("a"), now=world.tick()).cells}
    assert shown["job_title"] == ""
    assert "job_title" not in {cell.attribute for cell in show(world.tenant, world.entity_of("c"), now=world.now).cells}
    then = as_of(world.tenant, world.entity_of("a"))
    assert next(cell.value for cell in then.cells or () if cell.attribute == "job_title") == ""


def test_it_ends_by_itself_when_its_time_is_over(world: World) -> None:
    say(world, "a", "job_title", "Head of Purchasing", expires_at=world.now + timedelta(hours=1))
    world.now += timedelta(minutes=30)
    world.compose()
    assert stands(world, "a", "job_title") == ("Head of Purchasing", "override")

    world.now += timedelta(minutes=31)
    world.compose()

    assert stands(world, "a", "job_title") == ("Buyer", "record")
    assert [row["state"] for row in list_overrides(world.tenant, every=True, now=world.now)] == ["expired"]


def test_who_ends_it_gets_the_sources_back_exactly(world: World) -> None:
    before = world.digests()
    done = say(world, "a", "job_title", "Head of Purchasing")

    ended = end_override(world.tenant, world.lake, done.override_id[:8], by="ines", reason="mistaken", now=world.tick())

    assert world.digests() == before
    assert (ended.before.origin, ended.after.origin) == ("override", "record")
    assert list_overrides(world.tenant, now=world.now) == []
    with pytest.raises(StopRun, match="no override in force"):
        end_override(world.tenant, world.lake, done.override_id, by="ines", reason="again", now=world.tick())
    # What was said then can be read then.
    then = as_of(world.tenant, world.entity_of("a"), at=str(_seq(world, "override_ended.v1") - 1))
    cell = next(cell for cell in then.cells or () if cell.attribute == "job_title")
    assert (cell.origin, cell.value) == ("override", "H••• •• P•••••••••")


def _seq(world: World, type_: str) -> int:
    ((seq,),) = world.sql("select max(seq) from ledger.event where type = %s", type_)
    return int(str(seq))


def test_the_newer_word_stands_and_the_list_says_which(world: World) -> None:
    say(world, "a", "job_title", "Clerk", record=record("b"))
    say(world, "a", "job_title", "Head of Purchasing", record=record("a"), by="sina")
    say(world, "a", "job_title", "Director", record=record("a"), by="sina")

    assert stands(world, "a", "job_title") == ("Director", "override")
    rows = list_overrides(world.tenant, world.entity_of("a"), every=True, now=world.now)
    assert [(row["author"], row["state"]) for row in rows] == [
        ("ines", "covered"),
        ("sina", "ended"),
        ("sina", "in force"),
    ]
    assert [row["value"] for row in list_overrides(world.tenant, now=world.now)] == ["D•••••••"]
    assert replay(world.tenant).same


def test_whoever_looked_before_it_moved_is_told_so(world: World) -> None:
    seen = foresee_override(world.tenant, said(world, "a", "job_title", "Clerk"), now=world.now).seen
    events = world.sql("select max(seq) from ledger.event")
    say(world, "a", "job_title", "Head of Purchasing", seen=seen)

    with pytest.raises(Conflict, match="moved since you looked"):
        say(world, "a", "job_title", "Clerk", seen=seen)

    assert stands(world, "a", "job_title") == ("Head of Purchasing", "override")
    assert world.sql("select max(seq) from ledger.event") > events


def test_what_identifies_is_changed_by_whoever_saw_it_alone(world: World) -> None:
    with pytest.raises(StopRun, match="as it was seen alone"):
        say(world, "a", "email", "ada@rast.example")

    seen = foresee_override(world.tenant, said(world, "a", "email", "ada@rast.example"), now=world.now).seen
    say(world, "a", "email", "ada@rast.example", seen=seen)

    assert stands(world, "a", "email") == ("ada@rast.example", "override")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"attribute": "phone", "value": "nobody"}, "no phone that could exist"),
        ({"attribute": "birth_date", "value": "soon"}, "no birth_date that could exist"),
        ({"attribute": "registry_id"}, "has no field"),
        ({"reason": "  "}, "why"),
        ({"record": "c"}, "is no record of"),
        ({"expires_at": 0}, "a moment to come"),
    ],
)
def test_what_cannot_be_said_is_refused_and_nothing_is_written(world: World, changes: dict[str, Any], why: str) -> None:
    told = {"attribute": "job_title", "value": "Clerk", **changes}
    told |= {"expires_at": world.now} if "expires_at" in changes else {}
    told |= {"record": record("c")} if "record" in changes else {}
    events = world.sql("select max(seq) from ledger.event")

    with pytest.raises(StopRun, match=why) as refused:
        say(world, "a", **told)

    assert str(told["value"]) not in str(refused.value)
    assert world.sql("select max(seq) from ledger.event") == events


def test_only_who_may_decide_the_field_may_set_it(world: World) -> None:
    for name, role in {"sina": "steward", "tom": "team_lead"}.items():
        add_member(world.tenant, name, [role], by="ada", now=world.tick())

    for name in ("tom", "nobody"):
        with pytest.raises(StopRun, match="may not set job_title"):
            say(world, "a", "job_title", "Clerk", by=name)
    done = say(world, "a", "job_title", "Clerk", by="sina")
    say(world, "a", "job_title", "Director", by="sina")

    assert done.after.origin == "override"
    # What another person said is not hers to take away: the matrix asks for two people of more authority.
    add_member(world.tenant, "sven", ["steward"], by="ada", now=world.tick())
    (row,) = list_overrides(world.tenant, now=world.now)
    for refused in (
        lambda: say(world, "a", "job_title", "Clerk", by="sven"),
        lambda: end_override(world.tenant, world.lake, row["override_id"], by="sven", reason="no", now=world.tick()),
    ):
        with pytest.raises(StopRun, match="may not set job_title"):
            refused()
    assert stands(world, "a", "job_title") == ("Director", "override")


@pytest.mark.parametrize("step", ["say", "compose"])
def test_a_run_and_a_person_do_not_compose_past_each_other(world: World, step: str) -> None:
    steps = {"say": lambda: say(world, "a", "job_title", "Clerk"), "compose": world.compose}
    with ThreadPoolExecutor(1) as other:
        with world.tenant.database.transaction(world.tenant.name) as connection:
            lock_golden(connection, world.tenant.name)
            waiting = other.submit(steps[step])
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        waiting.result(timeout=60)


def test_trace_leads_from_the_value_to_the_person(world: World) -> None:
    done = say(world, "a", "job_title", "Head of Purchasing")

    way = trace(world.tenant, world.entity_of("a"), "job_title", lake=world.lake)

    assert [hop.what for hop in way.hops][:2] == ["golden_cell", "claim"]
    claim = way.hops[1].said
    assert (claim["claim_id"], claim["author"], claim["decision_id"]) == (done.override_id, "ines", None)
    # b says nothing of it: only a speaks, and is what the override covers.
    assert [(each["record_id"], each["lost_by"], each["value"]) for each in way.contenders] == [
        (record("a"), None, "B••••")
    ]


def test_bought_values_past_their_bound_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = world.entity_of("a")
    monkeypatch.setattr("kempt.usecases.consistency.today_of", lambda _: date(2025, 3, 3))
    # Policy: a title from a provider is good for 365 days; a phone number is not bounded.
    days = {"job_title": date(2024, 3, 2), "phone": date(2020, 1, 1), "full_name": date(2020, 1, 1)}
    for attribute, day in days.items():
        world.lake.execute("delete from person_cell where entity_id = ? and attribute = ?", [entity, attribute])
        world.lake.execute("insert into person_cell by name select ? as entity_id, ? as attribute, 'x' as value, "
                           "'enrichment' as origin, ?::timestamp as observed_at", [entity, attribute, day])  # fmt: skip

    assert bounds_passed(world.tenant, world.lake) == {"person.job_title": {"values": 1, "oldest_days": 366}}


def merged(world: World) -> str:
    """a and c become one; the id that the other had."""
    other = world.entity_of("c")
    world.judge("a", "c", "approve")
    world.run()
    assert world.entity_of("a") == world.entity_of("c")
    return other


def part(world: World) -> Any:
    plan = foresee_unmerge(world.tenant, world.lake, world.entity_of("a"))
    unmerge(world.tenant, world.lake, plan.entity_id, approved=plan.digest, steward="ines", now=world.tick())
    return plan


@pytest.mark.parametrize("letter", ["a", "c"])
def test_after_an_unmerge_it_is_where_the_record_is_that_it_corrected(world: World, letter: str) -> None:
    merged(world)
    say(world, "a", "job_title", "Director", record=record(letter))
    assert stands(world, "a", "job_title") == stands(world, "c", "job_title") == ("Director", "override")

    plan = part(world)

    (item,) = (item for item in plan.items if item.what == "claim")
    assert item.class_ == "independent"
    other = {"a": "c", "c": "a"}[letter]
    assert stands(world, letter, "job_title") == ("Director", "override")
    assert stands(world, other, "job_title")[1] != "override"
    assert replay(world.tenant).same


def test_one_that_was_said_before_the_merge_goes_back_with_its_side(world: World) -> None:
    say(world, "c", "job_title", "Director", expires_at=world.now + timedelta(days=9999))
    before = world.digests()
    merged(world)

    part(world)

    assert world.digests() == before


def test_one_that_is_handed_over_keeps_its_author_reason_and_end(world: World) -> None:
    merged(world)
    until = world.now + timedelta(days=9999)
    # Nothing stood in the field: whose it is follows from how the person was named, or a person says so.
    say(world, "a", "phone", "+49 30 23125077", expires_at=until, seen="nothing")
    plan = foresee_unmerge(world.tenant, world.lake, world.entity_of("a"))
    (item,) = (item for item in plan.items if item.what == "claim")
    given = {item.subject: record("c")}
    plan = foresee_unmerge(world.tenant, world.lake, world.entity_of("a"), given=given)
    unmerge(world.tenant, world.lake, plan.entity_id, approved=plan.digest, steward="ines", now=world.tick(),
            given=given)  # fmt: skip

    (row,) = list_overrides(world.tenant, now=world.now)
    assert (row["record_id"], row["author"], row["reason"], row["expires_at"]) == (
        record("c"), "ines", "she told me", until,
    )  # fmt: skip
    assert stands(world, "c", "phone") == ("+493023125077", "override")
    assert stands(world, "a", "phone") == (None, None)
    assert replay(world.tenant).same
