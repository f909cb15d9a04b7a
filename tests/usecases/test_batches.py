"""Many questions at once: nothing is decided unseen, nothing twice, and what was decided is taken back as one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from kempt.errors import Conflict, StopRun, Unknown
from kempt.usecases import batches
from kempt.usecases.batches import (
    MOST,
    SAMPLE,
    begin_batch,
    carry_out_batch,
    find_batch,
    note_opened,
    propose_batch,
    undo_batch,
)
from kempt.usecases.claim_items import claim_items
from kempt.usecases.inbox import Filter
from kempt.usecases.members import add_member
from tests.factory import Desk
from tests.usecases.questions import ask


@pytest.fixture
def desk(open_register: Callable[[], Desk]) -> Desk:
    return open_register()


def batch_of(desk: Desk, proposals: list[str], verdict: batches.BatchVerdict = "approve") -> str:
    note = "same wording" if verdict == "reject" else None
    return propose_batch(desk.tenant, Filter(), verdict, proposals=proposals, note=note, me="ines", now=desk.tick())


def look_at_sample(desk: Desk, batch: str) -> None:
    for name in find_batch(desk.tenant, batch, me="ines").sample:
        note_opened(desk.tenant, batch, name, me="ines")


def begun(desk: Desk, batch: str) -> datetime:
    look_at_sample(desk, batch)
    now = desk.tick()
    begin_batch(desk.tenant, batch, me="ines", now=now)
    return now


def carry_out(desk: Desk, batch: str) -> dict[str, int]:
    begun(desk, batch)
    return dict(carry_out_batch(desk.tenant, batch, me="ines").told)


def states(desk: Desk) -> dict[str, str]:
    return dict(desk.sql("select proposal_id::text, state from kempt.review_item"))


def test_nothing_is_decided_before_all_that_was_drawn_is_opened(desk: Desk) -> None:
    asked = ask(desk, 9)
    batch = batch_of(desk, asked)
    drawn = find_batch(desk.tenant, batch, me="ines").sample
    assert len(drawn) == SAMPLE["field_change"]
    assert set(drawn) < set(asked)
    for name in drawn[1:]:
        note_opened(desk.tenant, batch, name, me="ines")

    with pytest.raises(StopRun, match="open the 1 that"):
        begin_batch(desk.tenant, batch, me="ines", now=desk.tick())
    with pytest.raises(Unknown):
        note_opened(desk.tenant, batch, (set(asked) - set(drawn)).pop(), me="ines")

    assert set(states(desk).values()) == {"pending"}
    assert carry_out(desk, batch) == {"approved": 9}


@pytest.mark.parametrize(("verdict", "state"), [("approve", "approved"), ("reject", "rejected")])
def test_a_batch_is_undone_as_one(desk: Desk, verdict: batches.BatchVerdict, state: str) -> None:
    asked = ask(desk, 6)
    batch = batch_of(desk, asked, verdict)
    assert carry_out(desk, batch) == {state: 6}
    assert states(desk) == dict.fromkeys(asked, state)

    assert undo_batch(desk.tenant, batch, me="ines", now=desk.tick()).told == {"taken back": 6}
    assert states(desk) == dict.fromkeys(asked, "pending")
    assert undo_batch(desk.tenant, batch, me="ines", now=desk.tick()).told == {"taken back": 6}


def test_what_moved_and_what_somebody_works_at_is_left_alone(desk: Desk) -> None:
    moved, held, *rest = asked = ask(desk, 7)
    batch = batch_of(desk, asked)
    desk.decide(moved, "reject", steward="omar")
    claim_items(desk.tenant, [held], me="omar", now=desk.tick())

    assert carry_out(desk, batch) == {"approved": 5, "moved": 2}
    assert states(desk) == {moved: "rejected", held: "pending", **dict.fromkeys(rest, "approved")}
    assert undo_batch(desk.tenant, batch, me="ines", now=desk.tick()).told == {"taken back": 5, "moved": 2}
    assert states(desk)[moved] == "rejected"


def test_what_one_may_not_decide_is_named(desk: Desk) -> None:
    """Before anything is opened if it is all of them, else each."""
    asked = ask(desk, 3, kind="merge", risk="high")
    batch = batch_of(desk, asked)
    add_member(desk.tenant, "ines", ["steward"], by="ada", now=desk.tick())

    assert carry_out(desk, batch) == {"refused": 3}
    assert set(states(desk).values()) == {"pending"}
    with pytest.raises(StopRun, match=r"may decide none of these now: it .*merge_authority"):
        batch_of(desk, asked)


def test_an_interrupted_batch_knows_what_it_decided_and_is_undone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask(desk, 6)
    batch = batch_of(desk, asked)
    begun(desk, batch)
    decide, decided = batches.decide_item, []

    def interrupted(*args: object, **more: object) -> object:
        if len(decided) == 4:
            raise KeyboardInterrupt
        decided.append(decide(*args, **more))  # type: ignore[arg-type]
        return decided[-1]

    monkeypatch.setattr(batches, "decide_item", interrupted)
    with pytest.raises(KeyboardInterrupt):
        carry_out_batch(desk.tenant, batch, me="ines")

    assert find_batch(desk.tenant, batch, me="ines").told == {"approved": 4}
    with pytest.raises(Conflict, match="already"):
        begin_batch(desk.tenant, batch, me="ines", now=desk.tick())
    assert undo_batch(desk.tenant, batch, me="ines", now=desk.tick()).told == {"taken back": 4}
    assert set(states(desk).values()) == {"pending"}


def test_a_decision_that_took_effect_stays_and_the_batch_says_so(desk: Desk) -> None:
    asked = ask(desk, 2)
    batch = batch_of(desk, asked)
    carry_out(desk, batch)
    with desk.tenant.database.transaction(desk.name) as connection:
        connection.execute("update kempt.review_item set state = 'applied' where proposal_id = %s", [asked[0]])

    told = undo_batch(desk.tenant, batch, me="ines", now=desk.tick())

    assert told.told == {"stays": 1, "taken back": 1}
    assert "cannot be taken back" in told.outcomes[asked[0]]


def test_a_batch_is_of_one_kind_within_its_cap_and_ones_own(desk: Desk) -> None:
    merges, changes = ask(desk, MOST["merge"] + 1, kind="merge"), ask(desk, 2)
    with pytest.raises(StopRun, match="one kind"):
        batch_of(desk, [*merges[:2], *changes])
    with pytest.raises(StopRun, match="too many"):
        batch_of(desk, merges)
    with pytest.raises(StopRun, match="reason"):
        propose_batch(desk.tenant, Filter(), "reject", proposals=changes, note=" ", me="ines", now=desk.tick())
    whole = propose_batch(desk.tenant, Filter(kind="merge"), "approve", note=None, me="ines", now=desk.tick())
    assert len(find_batch(desk.tenant, whole, me="ines").proposals) == MOST["merge"]
    with pytest.raises(Unknown):
        find_batch(desk.tenant, whole, me="omar")


def test_nobody_decides_what_another_works_at(desk: Desk) -> None:
    (asked,) = ask(desk, 1)
    claim_items(desk.tenant, [asked], me="omar", now=desk.tick())

    with pytest.raises(Conflict, match="omar works at this"):
        desk.decide(asked, "approve")
    desk.clock += timedelta(hours=1)
    assert desk.decide(asked, "approve").state == "approved"
