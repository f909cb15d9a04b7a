"""What each verb answers about a question in each state, on the page and to a program."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from kempt.usecases.decide import decide_item
from kempt.usecases.members import add_member
from tests.factory import Desk
from tests.web.furnish import furnish, person_of
from tests.web.site import SignedIn, Site, new_site

STATES = ("pending", "deferred", "approved", "rejected", "applied", "expired")
TABLE = {
    # on the page:                pending, deferred, approved, rejected, applied, expired
    "look":                      (200,     200,      200,      200,      200,     200),
    "approve":                   (303,     303,      409,      409,      409,     409),
    "reject":                    (303,     303,      409,      409,      409,     409),
    "reject without a reason":   (400,     400,      400,      400,      400,     400),
    "defer":                     (303,     303,      409,      409,      409,     409),
    "defer to a day that is past": (400,   400,      400,      400,      400,     400),
    "unsure":                    (303,     303,      409,      409,      409,     409),
    "something else":            (422,     422,      422,      422,      422,     422),
    "undo one's own":            (400,     303,      303,      303,      409,     400),
    "undo another's":            (400,     400,      400,      400,      409,     400),
    "claim":                     (303,     303,      409,      409,      409,     409),
    "release":                   (303,     303,      303,      303,      303,     303),
}  # fmt: skip
FORMS = {
    "approve": {"verdict": "approve"}, "reject": {"verdict": "reject", "reason": "different"},
    "reject without a reason": {"verdict": "reject"}, "defer": {"verdict": "defer", "until": "2999-01-01"},
    "defer to a day that is past": {"verdict": "defer", "until": "2001-01-01"}, "unsure": {"verdict": "unsure"},
    "something else": {"verdict": "perhaps"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    site: Site
    desk: Desk
    ines: SignedIn
    omar: SignedIn
    in_state: dict[str, list[str]]

    def seen(self, proposal: str) -> str:
        return str(self.site.get(f"/api/v1/{self.desk.name}/items/{proposal}", self.ines).json()["seen"])


@pytest.fixture(scope="module")
def world(open_web_desk: Callable[[], Desk]) -> Iterator[World]:
    desk = open_web_desk()
    for name in ("ines", "omar"):
        add_member(desk.tenant, name, ["steward", "merge_authority"], by="tests", now=desk.tick())
    rows = len(TABLE) + 8
    asked = furnish(desk, changes=[(person_of(at), "Head of Buying") for at in range(rows * len(STATES))]).changes
    in_state = {state: list(asked[at * rows : (at + 1) * rows]) for at, state in enumerate(STATES)}
    for state, judgement in (("deferred", "defer"), ("approved", "approve"), ("rejected", "reject"),
                             ("applied", "approve")):  # fmt: skip
        for proposal in in_state[state]:
            decide_item(desk.tenant, proposal, judgement, steward="ines", now=desk.tick(),  # type: ignore[arg-type]
                        until=date(2998, 1, 1) if judgement == "defer" else None)  # fmt: skip
    with desk.tenant.database.transaction(desk.name) as connection:
        for state in ("applied", "expired"):
            connection.execute(
                "update kempt.review_item set state = %s, changed_at = now() where proposal_id = any(%s::uuid[])",
                [state, in_state[state]],
            )
    with new_site(desk.settings) as site:
        yield World(site, desk, site.signed_in("ines"), site.signed_in("omar"), in_state)


@pytest.mark.parametrize("verb", TABLE)
def test_a_question_answers_by_its_state(world: World, verb: str) -> None:
    told = {}
    for state in STATES:
        proposal = world.in_state[state].pop()
        here = f"/t/{world.desk.name}/items/{proposal}"
        if verb == "look":
            answer = world.site.get(here, world.ines)
        elif verb in FORMS:
            answer = world.site.post(f"{here}/decide", world.ines, seen=world.seen(proposal), **FORMS[verb])
        else:
            path, by = verb.split()[0], world.omar if verb == "undo another's" else world.ines
            answer = world.site.post(f"{here}/{path}", by)
        told[state] = answer.status_code

    assert told == dict(zip(STATES, TABLE[verb], strict=True))


@pytest.mark.parametrize("verb", ["approve", "reject", "defer", "unsure", "something else"])
def test_a_program_is_answered_the_same(world: World, verb: str) -> None:
    said = {303: 200, 409: 409, 422: 422}
    for state, page in zip(STATES, TABLE[verb], strict=True):
        proposal = world.in_state[state].pop()
        answer = world.site.ask(
            "POST", f"/api/v1/{world.desk.name}/items/{proposal}/verdict", world.ines,
            headers={"x-csrf-token": world.ines.csrf}, json={"seen": world.seen(proposal), **FORMS[verb]},
        )  # fmt: skip
        assert answer.status_code == said[page], (state, answer.text)
        assert "proposal_id" in answer.json() if answer.status_code == 200 else "error" in answer.json()


def test_what_moved_meanwhile_is_not_decided(world: World) -> None:
    proposal = world.in_state["pending"].pop()
    here, seen = f"/t/{world.desk.name}/items/{proposal}", world.seen(proposal)
    world.site.post(f"{here}/decide", world.ines, seen=seen, **FORMS["defer"])

    answer = world.site.post(f"{here}/decide", world.omar, seen=seen, verdict="approve")

    assert answer.status_code == 409
    assert "moved since you looked" in answer.text
    assert world.desk.sql("select state from kempt.review_item where proposal_id = %s", proposal) == [("deferred",)]


def test_what_somebody_claimed_nobody_else_decides_until_the_claim_is_over(world: World) -> None:
    proposal = world.in_state["pending"].pop()
    here, seen = f"/t/{world.desk.name}/items/{proposal}", world.seen(proposal)
    world.site.post(f"{here}/claim", world.ines)

    claimed = world.site.post(f"{here}/claim", world.omar)
    decided = world.site.post(f"{here}/decide", world.omar, seen=seen, verdict="approve")
    page = world.site.get(here, world.omar).text
    world.site.clock.pass_(minutes=31)
    later = world.site.post(f"{here}/decide", world.omar, seen=seen, verdict="approve")
    world.site.clock.pass_(minutes=-31)

    assert (claimed.status_code, decided.status_code) == (409, 409)
    assert "ines" in page
    assert later.status_code == 303
