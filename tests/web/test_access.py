"""Who gets which answer: every route of the app, for everybody there is, in one table.

A route that is added later is asked for too: its name stands in `kempt/web/access.py`, or the app does not start.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.routing import APIRoute
from httpx import Response

from kempt.agents.roles import ROLES
from kempt.usecases.accounts import disable_account
from kempt.usecases.members import add_member
from kempt.usecases.policy_versions import FILES
from kempt.usecases.sessions import end_session, make_api_token
from kempt.web.access import ACCESS, NO_TENANT, STRANGERS
from kempt.web.visit import check_routes
from tests.factory import Desk
from tests.web.furnish import Furnished, furnish, person_of
from tests.web.site import SignedIn, Site, address, new_site, routes_of

OTHERS = ("registered elsewhere", "without a role", "whose time is over")
GONE = ("stranger", "disabled", "signed out", "with a token that is over")
PROGRAM = "with a token"
EVERYBODY = (*ROLES, *OTHERS, *GONE, PROGRAM)


def expected(route: APIRoute, who: str) -> str:
    """What somebody is answered, in one word. This is the table."""
    form = "POST" in route.methods and not route.path.startswith("/api/")
    if route.name in ("oidc_start", "oidc_back"):
        return "nothing here"  # as long as there is no provider
    if route.name in STRANGERS:
        return "served"
    if who == "with a token that is over":
        return "not valid"
    if who in GONE:
        return "not signed in" if route.path.startswith("/api/") else "to sign-in"
    if route.name in NO_TENANT:
        return "not ours" if form and who == PROGRAM else "served"
    if who in OTHERS:
        return "nothing here"
    roles = {"steward"} if who == PROGRAM else {who}
    if not ACCESS[route.name] & roles:
        return "not hers"
    return "not ours" if form and who == PROGRAM else "served"


def answered(answer: Response) -> str:
    """The same word, of what came."""
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?"):
        return "to sign-in"
    told = answer.text
    words = {
        401: {"Sign in, or send a token.": "not signed in", "This token is not valid": "not valid"},
        403: {"you may not do this": "not hers", "was not ours": "not ours", "X-CSRF-Token": "not ours"},
        404: {"There is nothing here.": "nothing here"},
    }
    for sentence, word in words.get(answer.status_code, {}).items():
        if sentence in told:
            return word
    return "served" if answer.status_code < 500 else f"failed with {answer.status_code}"


@dataclass(frozen=True, slots=True)
class World:
    """Two tenants with questions, and everybody's way in."""

    site: Site
    here: Desk
    there: Desk
    asked: Furnished
    asked_there: Furnished
    routes: dict[str, APIRoute]
    ways: dict[str, dict[str, str]]
    sessions: dict[str, SignedIn]

    def path(self, route: APIRoute, tenant: str | None = None, proposal: str | None = None) -> str:
        """The address of a route about something that is there."""
        known = {"tenant": tenant or self.here.name, "proposal": proposal or self.asked.merges[0], "name": FILES}
        return address(route, known)

    def ask(self, route: APIRoute, who: str, path: str | None = None) -> Response:
        (method,) = route.methods
        session = self.sessions.get(who)
        sent: dict[str, object] = {}
        headers = dict(self.ways[who])
        if method != "GET" and route.path.startswith("/api/"):
            sent["json"] = {}
            headers |= {"x-csrf-token": session.csrf} if session else {}
        elif method != "GET":
            sent["data"] = {"csrf": session.csrf if session else ""}
        return self.site.ask(method, path or self.path(route), headers=headers, **sent)


@pytest.fixture(scope="module")
def world(web_settings, open_web_desk: Callable[[], Desk]) -> Iterator[World]:
    here, there = open_web_desk(), open_web_desk()
    asked = [
        furnish(desk, merges=[(person_of(at), person_of(at, "shop")) for at in range(3)],
                changes=[(person_of(9), "Head of Buying")], stale=[person_of(10)])
        for desk in (here, there)
    ]  # fmt: skip
    now = here.tick()
    for role in ROLES:
        add_member(here.tenant, f"a {role}", [role], by="tests", now=now)
    add_member(here.tenant, "whose time is over", ["steward"], by="tests", now=now - timedelta(days=9),
               until=(now - timedelta(days=2)).date())  # fmt: skip
    add_member(there.tenant, "registered elsewhere", list(ROLES), by="tests", now=now)
    with new_site(here.settings) as site:
        sessions = {role: site.signed_in(f"a {role}") for role in ROLES}
        sessions |= {who: site.signed_in(who) for who in (*OTHERS, "disabled")}
        ways = {who: session.cookie for who, session in sessions.items()}
        database = site.house.database
        over = site.signed_in("signed out")
        end_session(database, over.token, now=now)
        ways |= {"stranger": {}, "signed out": over.cookie}
        for who, days in ((PROGRAM, 1), ("with a token that is over", -1)):
            token = make_api_token(database, "a steward", who, now=now, days=days)
            ways[who] = {"authorization": f"Bearer {token}"}
        disable_account(database, "disabled", now=now)
        yield World(site, here, there, *asked, routes_of(site.app), ways, sessions)


# What ends or renews the session it is asked with is asked for alone, below.
ENDS = frozenset({"sign_out", "account_end_sessions", "account_password"})


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_gets_the_answer_of_the_table(world: World, who: str) -> None:
    routes = [route for name, route in world.routes.items() if name not in ENDS or who not in (*ROLES, *OTHERS)]

    surprises = {
        route.name: (got, expected(route, who))
        for route in routes for got in [answered(world.ask(route, who))] if got != expected(route, who)
    }  # fmt: skip

    assert not surprises


def changing(world: World) -> list[APIRoute]:
    """The routes that change something for somebody who is signed in."""
    return [route for name, route in world.routes.items() if route.methods == {"POST"} and name not in STRANGERS]


def test_another_tenant_answers_like_one_that_is_not_there(world: World) -> None:
    for route in (each for each in world.routes.values() if "{tenant}" in each.path):
        for who in ("steward", "team_lead", PROGRAM):
            if expected(route, who) == "not ours":
                continue
            foreign = world.ask(route, who, world.path(route, world.there.name, world.asked_there.merges[0]))
            unknown = world.ask(route, who, world.path(route, "nowhere", str(uuid.UUID(int=9))))
            assert answered(foreign) == "nothing here"
            assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text), route.name


def test_another_tenant_s_question_answers_like_one_that_is_not_there(world: World) -> None:
    nothing = str(uuid.uuid5(uuid.NAMESPACE_DNS, "nothing"))
    asked = [route for route in world.routes.values() if "{proposal}" in route.path]
    assert asked
    for route in asked:
        for theirs in (world.asked_there.changes[0], world.asked_there.merges[0][:12]):
            foreign = world.ask(route, "merge_authority", world.path(route, proposal=theirs))
            unknown = world.ask(route, "merge_authority", world.path(route, proposal=nothing[: len(theirs)]))
            assert foreign.status_code in (404, 422), route.name
            assert foreign.status_code == unknown.status_code
            assert foreign.text.replace(theirs, "ID") == unknown.text.replace(nothing[: len(theirs)], "ID")


def test_nothing_is_done_with_another_tenant_s_ids_in_a_form(world: World) -> None:
    theirs, held = list(world.asked_there.all), "select * from kempt.assignment order by proposal_id"
    before = world.here.sql(held)
    for path, more in (("claim", {}), ("assign", {"to": "a steward"}), ("release", {})):
        world.site.post(f"/t/{world.here.name}/inbox/{path}", world.sessions["team_lead"], item=theirs, **more)

    assert world.there.sql("select count(*) from kempt.assignment") == [(0,)]
    assert world.here.sql(held) == before


@pytest.mark.parametrize("how", ["none", "another session's", "of the same account's other session"])
def test_a_form_without_the_session_s_own_token_does_nothing(world: World, how: str) -> None:
    token = {
        "none": "", "another session's": world.sessions["revops"].csrf,
        "of the same account's other session": world.site.signed_in("a team_lead").csrf,
    }[how]  # fmt: skip
    lead = world.sessions["team_lead"]
    before = world.here.state(), world.here.sql("select * from kempt.assignment")

    for route in changing(world):
        headers = lead.cookie | {"x-csrf-token": token}
        sent = {"json": {}} if route.path.startswith("/api/") else {"data": {"csrf": token}}
        answer = world.site.ask("POST", world.path(route), headers=headers, **sent)
        assert answered(answer) == "not hers" if expected(route, "team_lead") == "not hers" else "not ours", route.name

    assert (world.here.state(), world.here.sql("select * from kempt.assignment")) == before
    assert world.site.get("/account", lead).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        {"origin": "http://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:3080.evil.example"}, {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)  # fmt: skip
def test_what_comes_from_another_site_is_refused_whatever_it_carries(world: World, header: dict[str, str]) -> None:
    lead = world.sessions["team_lead"]
    for route in (each for each in world.routes.values() if each.methods == {"POST"}):
        headers = lead.cookie | header | {"x-csrf-token": lead.csrf}
        answer = world.site.ask("POST", world.path(route), headers=headers, data={"csrf": lead.csrf})
        assert (answer.status_code, answer.text) == (403, "This came from another site."), route.name


def test_our_own_pages_are_not_another_site(world: World) -> None:
    lead = world.sessions["team_lead"]
    for header in ({"origin": "http://127.0.0.1:3080", "sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}):
        answer = world.site.ask(
            "POST", f"/t/{world.here.name}/inbox/release", headers=lead.cookie | header, data={"csrf": lead.csrf}
        )
        assert answer.status_code == 303


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:3080", "", "127.0.0.1:x", "0"]
)
def test_another_host_s_name_gets_nothing(world: World, host: str) -> None:
    for path in ("/", "/sign-in", "/healthz", "/static/app.css", f"/t/{world.here.name}/inbox"):
        answer = world.site.get(path, world.sessions["steward"], headers={"host": host})
        assert answer.status_code == 421
        assert "set-cookie" not in answer.headers


def test_bodies_are_bounded(world: World) -> None:
    lead, path = world.sessions["team_lead"], f"/t/{world.here.name}/inbox/release"

    large = world.site.ask("POST", path, lead, data={"csrf": lead.csrf, "item": "a" * 1_000_001})
    endless = world.site.ask("POST", path, lead, content=iter([b"csrf=", b"x"]))
    wrong = world.site.ask("POST", path, lead, headers={"content-length": "-1"}, content=b"csrf=")

    assert [answer.status_code for answer in (large, endless, wrong)] == [413, 411, 413]


def test_every_answer_carries_the_headers_that_bind_a_browser(world: World) -> None:
    paths = ["/", "/sign-in", "/nothing", "/healthz", f"/t/{world.here.name}/inbox", "/api/v1/openapi.json"]
    for path in paths:
        headers = world.site.get(path, world.sessions["steward"]).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert "no-store" not in world.site.get("/static/app.css").headers.get("cache-control", "")


@pytest.mark.parametrize(
    "said", ["approved,../../../account/end-sessions?", "approved,x/decide?verdict=approve", "<b>"]
)
def test_an_address_cannot_make_the_undo_button_do_something_else(world: World, said: str) -> None:
    page = world.site.get(f"/t/{world.here.name}/inbox", world.sessions["steward"], params={"done": said}).text

    assert "data-undo" not in page
    assert "end-sessions?" not in page


def test_a_route_that_nobody_ruled_on_or_that_lets_everybody_in_stops_the_app(world: World) -> None:
    routes = list(world.routes.values())
    unruled = APIRoute("/t/{tenant}/more", lambda: None, name="more")
    open_ = APIRoute("/t/{tenant}/inbox", lambda: None, name="inbox")
    unformed = APIRoute(
        "/t/{tenant}/inbox/claim", world.routes["inbox"].endpoint, name="inbox_claim", methods=["POST"],
        include_in_schema=False,
    )  # fmt: skip

    for changed in (
        [*routes, unruled], [each for each in routes if each.name != "inbox"],
        [*(each for each in routes if each.name != "inbox"), open_],
        [*(each for each in routes if each.name != "inbox_claim"), unformed],
    ):  # fmt: skip
        with pytest.raises(RuntimeError):
            check_routes(changed)
    check_routes(routes)
