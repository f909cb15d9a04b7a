"""What was known then is told from events: of ids, records, golden cells and constraints."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import Database
from kempt.matching.evidence import StewardLinks
from kempt.projections.state_hash import hash_of
from kempt.settings import Settings
from kempt.usecases.as_of import as_of
from kempt.usecases.cluster import steward_links
from kempt.usecases.constraint_rows import Said
from kempt.usecases.constraints import (
    add_constraint,
    foresee_constraint,
    foresee_withdrawal,
    list_constraints,
    withdraw_constraint,
)
from kempt.usecases.identity_feed import identity_changes, resolve_id
from kempt.usecases.ledger_folds import everything
from kempt.usecases.replay import replay
from tests.conftest import NUMBERS
from tests.usecases.world import START, Row, World, new_world, record

ADA, BEA = Row(name="Ada Quendel", mail="ada@quendel.example"), Row(name="Ada Quendel", mail="bea@quendel.example")


@pytest.fixture
def world(database: Database, postgres_home: Settings) -> Iterator[World]:
    with new_world(database, postgres_home, f"then_{next(NUMBERS)}") as opened:
        opened.put(a=ADA, c=BEA)
        opened.run()
        yield opened


def head(world: World) -> int:
    ((seq,),) = world.sql("select seq from ledger.head")
    return int(str(seq))


def linked(world: World) -> StewardLinks:
    with world.tenant.database.transaction(world.tenant.name) as connection:
        return steward_links(connection)


def say(world: World, kind: str, **more: object) -> Said:
    return Said(kind=kind, left=record("a"), right=record("c"), authority="ines", reason="known", **more)


def test_before_a_merge_after_it_and_after_it_was_taken_back(world: World) -> None:
    first, second, apart = world.entity_of("a"), world.entity_of("c"), head(world)
    apart_at, digests = world.now, world.digests()
    world.tick()
    name = add_constraint(world.tenant, say(world, "must_link"), now=world.tick())
    world.run()
    together, one = head(world), world.entity_of("a")
    (gone,) = {first, second} - {one}
    withdraw_constraint(world.tenant, name, authority="ines", reason="not so", now=world.tick())
    world.run()

    for at in (str(apart), apart_at.isoformat()):
        then = as_of(world.tenant, gone, at=at)
        assert (then.seq, then.state, then.entity_id, then.constraints) == (apart, "active", gone, ())
        assert then.digest == digests[gone]
        assert {cell.attribute: cell.value for cell in then.cells or ()}["full_name"] == "A•• Q••••••"
    then = as_of(world.tenant, gone, at=str(together))
    assert (then.state, then.entity_id, then.redirected_here) == ("redirected", one, (gone,))
    assert set(then.members) == {record("a"), record("c")}
    assert [each["constraint_id"] for each in then.constraints] == [name]
    now = as_of(world.tenant, gone)
    assert (now.state, now.digest, now.constraints) == ("active", digests[gone], ())


def values_at(world: World, letter: str, at: str) -> dict[str, str | None]:
    return {cell.attribute: cell.value for cell in as_of(world.tenant, world.entity_of(letter), at=at).cells or ()}


def test_a_past_value_is_shown_masked_until_its_record_is_erased(world: World) -> None:
    then = str(head(world))
    world.override("a", "job_title", "Buyer")
    world.compose()
    titled = str(head(world))
    world.put(a=Row(name="Ada Rast", mail="ada@quendel.example", day=1))
    world.run()

    assert values_at(world, "a", then)["full_name"] == "A•• Q••••••"
    assert values_at(world, "a", titled)["job_title"] == "B••••"
    assert values_at(world, "a", str(head(world)))["full_name"] == "A•• R•••"

    world.sql(
        "insert into kempt.erasure (tenant, record_id, key_digest, requested_by, reason_cipher, requested_seq) "
        "values (kempt.tenant(), %s, 'd', 'ines', '', 1) returning 1",
        record("a"),
    )
    world.sql("select kempt.forget(%s)", record("a"))
    assert {*values_at(world, "a", then).values(), *values_at(world, "a", titled).values()} == {None}
    cells = as_of(world.tenant, world.entity_of("a"), at=then).cells or ()
    assert {len(cell.digest) for cell in cells} == {64}


def test_a_cell_that_vanishes_is_gone_in_the_ledger_too(world: World) -> None:
    world.put(a=Row(name="Ada Quendel", mail="ada@quendel.example", title="Buyer", day=1))
    world.run()
    with_title = head(world)
    world.put(a=Row(name="Ada Quendel", mail="ada@quendel.example", day=2))
    world.run()

    told = [{cell.attribute for cell in as_of(world.tenant, world.entity_of("a"), at=at).cells or ()}
            for at in (str(with_title), None)]  # fmt: skip
    assert told[0] - told[1] == {"job_title"}
    assert replay(world.tenant).same


def test_resolving_never_fails(world: World) -> None:
    first, second, apart = world.entity_of("a"), world.entity_of("c"), str(head(world))
    add_constraint(world.tenant, say(world, "must_link"), now=world.tick())
    world.run()
    one = world.entity_of("a")
    (gone,) = {first, second} - {one}
    world.rows.clear()
    world.put(z=Row(name="Zoe Rast", mail="zoe@rast.example"))
    world.run()

    def told(entity: str, at: str | None = None) -> tuple[str | None, str]:
        found = resolve_id(world.tenant, entity, at=at)
        return found.entity_id, found.state

    assert told(gone, apart) == (gone, "active")
    assert told(gone) == (one, "redirected")
    assert told(one) == (one, "retired")
    assert told(one, "0") == (None, "unknown")
    assert told("per_nobody' or true") == (None, "unknown")
    assert as_of(world.tenant, "per_nobody").state == "unknown"
    with pytest.raises(StopRun, match="no position and no moment"):
        resolve_id(world.tenant, gone, at="yesterday")


def test_the_feed_tells_every_change_once_page_by_page(world: World) -> None:
    add_constraint(world.tenant, say(world, "must_link"), now=world.tick())
    world.run()
    whole = identity_changes(world.tenant)

    paged, since = [], 0
    while page := identity_changes(world.tenant, since=since, limit=1):
        paged += page
        since = page[-1]["seq"]

    assert paged == whole
    assert sorted(row["change"] for row in whole) == ["members_changed", "minted", "minted", "redirected"]
    (gone,) = (row for row in whole if row["change"] == "redirected")
    assert (gone["redirect_to"], len(gone["left"])) == (world.entity_of("a"), 1)


def test_a_record_cannot_stay_in_two_entities_at_once(world: World) -> None:
    other = world.entity_of("c")
    insert = (
        "insert into kempt.membership (tenant, record_id, entity_id, from_seq, to_seq) "
        "values (kempt.tenant(), %s, %s, %s, %s) returning to_seq"
    )
    ((began,),) = world.sql("select from_seq from kempt.membership where record_id = %s", record("a"))

    for since, until in ((1, int(str(began)) + 1), (int(str(began)) + 5, 10**9)):
        with pytest.raises(psycopg.errors.ExclusionViolation):
            world.sql(insert, record("a"), other, since, until)
    assert world.sql(insert, record("a"), other, 1, began) == [(began,)]


def test_an_expired_constraint_holds_no_longer(world: World) -> None:
    now = datetime.now(UTC)
    add_constraint(world.tenant, say(world, "must_link", expires_at=now + timedelta(days=1)), now=world.tick())
    in_force = linked(world).must
    (listed,) = list_constraints(world.tenant, now=now)

    assert in_force == {say(world, "must_link").pair}
    assert (listed["entity_type"], listed["authority"], listed["state"]) == ("person", "ines", "in force")
    assert list_constraints(world.tenant, now=now + timedelta(days=2)) == []
    (past,) = list_constraints(world.tenant, every=True, now=now + timedelta(days=2))
    assert past["state"] == "expired"


def test_a_constraint_that_has_expired_counts_neither_in_clustering(world: World) -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    add_constraint(world.tenant, say(world, "must_link", expires_at=past), now=START)
    world.run()

    assert linked(world) == StewardLinks()
    assert world.entity_of("a") != world.entity_of("c")


def test_the_foreseen_change_is_the_one_that_comes(world: World) -> None:
    foreseen = foresee_constraint(world.tenant, world.lake, say(world, "must_link"))
    assert linked(world) == StewardLinks()
    name = add_constraint(world.tenant, say(world, "must_link"), now=world.tick())
    world.run()
    assert foreseen.entity_of[record("a")] == world.entity_of("a") == world.entity_of("c")

    back = foresee_withdrawal(world.tenant, world.lake, name)
    withdraw_constraint(world.tenant, name[:8], authority="ines", reason="not so", now=world.tick())
    world.run()
    assert back.entity_of[record("a")] == world.entity_of("a") != world.entity_of("c")
    assert [row["state"] for row in list_constraints(world.tenant, every=True, now=START)] == ["withdrawn"]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (lambda world: say(world, "cannot_link"), "says the opposite"),
        (
            lambda world: Said(kind="must_link", left=record("a"), right=record("q"), authority="i", reason="r"),
            "no rec",
        ),
    ],
)
def test_what_cannot_hold_is_refused(world: World, said: Callable[[World], Said], problem: str) -> None:
    add_constraint(world.tenant, say(world, "must_link"), now=world.tick())

    with pytest.raises(StopRun, match=problem):
        add_constraint(world.tenant, said(world), now=world.tick())


def test_events_of_the_first_version_are_read_as_the_newest(database: Database, tenant: str) -> None:
    """A ledger as an earlier Kempt wrote it: two entities, a merge told in both orders, one record gone."""
    one, two, three = (stable_id("old", letter) for letter in "abc")

    def event(number: int, kind: str, entity: str, **more: object) -> Event:
        body = {"entity_id": entity, "entity_type": "person", "joined": [], "left": []} | more
        return Event(event_id=stable_id("old event", str(number)), type=f"entity_{kind}.v1", body=body)

    days = [START + timedelta(days=day) for day in range(3)]
    with database.transaction(tenant) as connection:
        append(connection, [event(1, "minted", "per_m", joined=[one, three]), event(2, "minted", "per_b", joined=[two]),
                            event(3, "minted", "per_z", joined=[stable_id("old", "d")])], at=days[0])  # fmt: skip
        append(connection, [event(4, "redirected", "per_b", left=[two], redirect_to="per_m"),
                            event(5, "members_changed", "per_m", joined=[two, stable_id("old", "d")]),
                            event(6, "redirected", "per_z", left=[stable_id("old", "d")], redirect_to="per_m")],
               at=days[1])  # fmt: skip
        append(connection, [event(7, "members_changed", "per_m", left=[three])], at=days[2])
        state = everything(connection, tenant)
        before = everything(connection, tenant, until=3)

    folded = state.identity
    assert {name: len(members) for name, members in folded.members().items()} == {"per_m": 3}
    assert [(stay.from_seq, stay.to_seq) for stay in folded.stays[two]] == [(2, 5), (5, None)]
    assert [(stay.from_seq, stay.to_seq) for stay in folded.stays[stable_id("old", "d")]] == [(3, 5), (5, None)]
    assert [(stay.from_seq, stay.to_seq) for stay in folded.stays[three]] == [(1, 7)]
    assert (folded.leads_to("per_b"), folded.entities["per_m"].anchor_record) == ("per_m", min(one, three))
    assert hash_of(before).state != hash_of(state).state
