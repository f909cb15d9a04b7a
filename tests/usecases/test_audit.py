"""The ledger as a feed and as a file: every filter finds what it should and nothing else, page by page."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import product

import pytest

from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.telling.exports import as_json_lines
from kempt.usecases.audit import Page, Wanted, audit, export, ledger_state
from kempt.usecases.sign_checkpoint import sign_checkpoint
from tests.conftest import NUMBERS
from tests.usecases.world import START, World, new_world, record

WHO = ("ines", "otto", None)
KINDS = ("member_changed", "proposal_approved", "golden_record_changed", "entity_minted")


def body(kind: str, who: str | None, number: int) -> dict[str, object]:
    if kind == "member_changed":
        return {"by": who or "tests", "member": "m", "roles": []}
    if kind == "proposal_approved":
        return {"decider": who or "tests", "kind": "merge", "proposal_id": stable_id("p", str(number))}
    return {"entity_id": "per_" + "a" * 24, "entity_type": "person", "joined": [record("a")], "digest": str(number)}


@pytest.fixture(scope="module")
def told(database: Database, postgres_home: Settings) -> Iterator[tuple[World, list[tuple[int, Event, datetime]]]]:
    """A tenant and its whole ledger: an hour between two events, every kind by everybody."""
    with new_world(database, postgres_home, f"audit_{next(NUMBERS)}") as world:
        kept = []
        for number, (kind, who) in enumerate(product(KINDS, WHO)):
            event = Event(
                event_id=stable_id("e", str(number)), type=f"{kind}.v{1 + number % 2}", body=body(kind, who, number)
            )
            at = START + timedelta(hours=number)
            with world.tenant.database.transaction(world.tenant.name) as connection:
                kept.append((append(connection, [event], at=at).first, event, at))
        yield world, kept


def all_of(world: World, wanted: Wanted, limit: int = 3) -> list[int]:
    """The positions on all pages, one page after the other."""
    found, page = [], Page(events=(), before=None)
    while page.before is not None or not found:
        page = audit(world.tenant, wanted, before=page.before, limit=limit)
        found += [event.seq for event in page.events]
        if page.before is None:
            break
    return found


def is_wanted(wanted: Wanted, event: Event, at: datetime) -> bool:
    """The filter in plain words."""
    kind = event.type.rpartition(".v")[0]
    who = (
        None
        if kind in ("golden_record_changed", "entity_minted")
        else event.body.get("by") or event.body.get("decider")
    )
    return (
        (not wanted.kinds or kind in wanted.kinds)
        and (wanted.by is None or who == wanted.by)
        and (wanted.about is None or wanted.about in json.dumps(event.body))
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
    )


@pytest.mark.parametrize("kinds", [(), ("golden_record_changed",), ("member_changed", "entity_minted")])
@pytest.mark.parametrize("by", [None, "ines"])
@pytest.mark.parametrize("about", [None, record("a"), stable_id("p", "3")])
@pytest.mark.parametrize("since", [None, START + timedelta(hours=2)])
def test_pages_and_file_hold_what_is_wanted_each_once(
    told: tuple[World, list[tuple[int, Event, datetime]]],
    kinds: tuple[str, ...],
    by: str | None,
    about: str | None,
    since: datetime | None,
) -> None:
    world, kept = told
    wanted = Wanted(kinds=kinds, by=by, about=about, since=since, until=since and since + timedelta(hours=7))

    expected = [seq for seq, event, at in kept if is_wanted(wanted, event, at)]

    assert all_of(world, wanted) == expected[::-1]
    assert [line.seq for line in export(world.tenant, wanted)] == expected


def test_an_event_reads_as_a_sentence_with_who_did_it(told: tuple[World, list[tuple[int, Event, datetime]]]) -> None:
    world, _ = told
    (newest, *_) = audit(world.tenant, Wanted(kinds=("member_changed",), by="ines")).events

    assert newest.what == "ines took every role from m."
    assert newest.by == "ines"


def test_a_kind_that_is_none_is_refused(told: tuple[World, list[tuple[int, Event, datetime]]]) -> None:
    with pytest.raises(StopRun, match="no kind of event"):
        audit(told[0].tenant, Wanted(kinds=("everything",)))


def test_another_tenant_s_events_are_out_of_reach(
    told: tuple[World, list[tuple[int, Event, datetime]]], database: Database, postgres_home: Settings
) -> None:
    with new_world(database, postgres_home, f"audit_{next(NUMBERS)}") as other:
        for wanted in (Wanted(), Wanted(by="ines"), Wanted(about=record("a")), Wanted(kinds=("member_changed",))):
            assert audit(other.tenant, wanted).events == []
            assert list(export(other.tenant, wanted)) == []


def test_exported_bodies_prove_their_place_in_the_chain(told: tuple[World, list[tuple[int, Event, datetime]]]) -> None:
    world, _ = told
    name = world.tenant.name.encode()
    state = sha256(b"\x02" + name).digest()
    for text in as_json_lines(export(world.tenant, Wanted())):
        line = json.loads(text)
        exact = text[text.index('"body": ') + 8 : -2].encode()
        moment = round(datetime.fromisoformat(line["at"]).timestamp() * 1_000_000)
        leaf = sha256(
            b"\x00" + len(name).to_bytes(4, "big") + name + line["seq"].to_bytes(8, "big")
            + bytes.fromhex(line["event_id"].replace("-", "")) + len(line["type"]).to_bytes(4, "big")
            + line["type"].encode() + moment.to_bytes(8, "big") + exact
        ).digest()  # fmt: skip
        state = sha256(b"\x01" + state + leaf).digest()

    assert world.sql("select hash from ledger.head") == [(state,)]


def test_the_state_of_the_ledger_says_how_far_it_is_signed(
    told: tuple[World, list[tuple[int, Event, datetime]]], postgres_home: Settings
) -> None:
    world, kept = told
    before = ledger_state(world.tenant, postgres_home)
    sign_checkpoint(world.tenant.database, postgres_home, world.tenant.name)
    after = ledger_state(world.tenant, postgres_home)

    assert (before.events, before.signed, before.signed_at) == (len(kept), 0, None)
    assert (after.signed, after.places) == (len(kept), 1)
    assert after.signed_at is not None


def test_an_odd_name_is_appended_all_the_same(database: Database, postgres_home: Settings) -> None:
    with new_world(database, postgres_home, f"audit_{next(NUMBERS)}") as world:
        odd = ["NUL \x00", 'quote " by', "back\\slash", "\u2028", "ä" * 3000]
        for name in odd:
            event = Event(event_id=stable_id("odd", name), type="member_changed.v1",
                          body={"by": name, "member": "m", "roles": []})  # fmt: skip
            with world.tenant.database.transaction(world.tenant.name) as connection:
                append(connection, [event], at=START)

        assert len(audit(world.tenant, Wanted()).events) == len(odd)
        assert [each.by for each in audit(world.tenant, Wanted(by="\u2028")).events] == ["\u2028"]
