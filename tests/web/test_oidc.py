"""Signing in with an OpenID provider: what it vouches for, and everything that it or somebody else may do wrong."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from httpx import Response

from kempt.settings import OpenIdClient, Settings
from kempt.usecases.accounts import disable_account, tie_identity
from tests.conftest import NUMBERS
from tests.web.provider import CLIENT, SECRET, Provider, provider
from tests.web.site import Site, new_site


@dataclass
class World:
    site: Site
    provider: Provider
    account: str

    def start(self, next_: str = "/") -> tuple[str, str]:
        """Off to the provider: its address, and what the browser keeps."""
        answer = self.site.get("/sign-in/oidc", params={"next": next_})
        assert answer.status_code == 303, answer.text
        (cookie,) = answer.headers.get_list("set-cookie")
        return answer.headers["location"], cookie

    def vouch(self, address: str) -> str:
        """What the provider sends the browser back to."""
        return str(httpx.get(address, follow_redirects=False).headers["location"])

    def back(self, address: str, cookie: str | None) -> Response:
        parts = urlsplit(address)
        kept = {"cookie": cookie.split(";")[0]} if cookie else {}
        return self.site.get(f"{parts.path}?{parts.query}", headers=kept)

    def whole(self, next_: str = "/") -> Response:
        address, cookie = self.start(next_)
        return self.back(self.vouch(address), cookie)


@pytest.fixture(scope="module")
def home_of(web_settings: Settings) -> Iterator[tuple[Settings, Provider]]:
    with provider() as told:
        client = OpenIdClient(issuer=told.issuer, client_id=CLIENT, client_secret=SECRET)
        yield dataclasses.replace(web_settings, oidc=client), told


@pytest.fixture
def world(home_of: tuple[Settings, Provider]) -> Iterator[World]:
    settings, told = home_of
    told.wrong, told.subject = "", f"subject {next(NUMBERS)}"
    with new_site(settings) as site:
        account = site.account(f"person {next(NUMBERS)}")
        tie_identity(site.house.database, account, told.issuer, told.subject, now=site.clock())
        yield World(site, told, account)


def signed_in(world: World, answer: Response) -> bool:
    cookies = [each for each in answer.headers.get_list("set-cookie") if each.startswith("kempt=")]
    if not cookies:
        return False
    page = world.site.get("/account", headers={"cookie": cookies[0].split(";")[0]})
    return page.status_code == 200 and world.account in page.text


def test_whom_the_provider_vouches_for_is_signed_in(world: World) -> None:
    answer = world.whole("/t/acme/inbox?whose=mine")

    assert (answer.status_code, answer.headers["location"]) == (303, "/t/acme/inbox?whose=mine")
    assert signed_in(world, answer)
    assert any(each.startswith('kempt_oidc=""') for each in answer.headers.get_list("set-cookie"))


def test_the_way_there_is_bound_to_this_browser_and_proves_who_comes_back(world: World) -> None:
    address, cookie = world.start("//evil.example")
    asked = {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}

    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert asked["redirect_uri"] == "http://127.0.0.1:3080/sign-in/oidc/back"
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "HttpOnly", "SameSite=lax", "Path=/sign-in/oidc", "Max-Age=600"
    }  # fmt: skip
    assert SECRET not in address + cookie
    assert world.back(world.vouch(address), cookie).headers["location"] == "/"


WRONG = (
    "another nonce", "another audience", "an issuer of another name", "over", "another key", "nobody's signature",
    "changed afterwards", "signed with the public key as a secret", "no token", "for several, to another",
    "without nonce", "without aud", "without exp", "without sub", "without iss",
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_does_not_hold_signs_nobody_in(world: World, wrong: str) -> None:
    world.provider.wrong = wrong

    answer = world.whole()

    assert answer.status_code == 403
    assert not signed_in(world, answer)
    assert world.provider.subject not in answer.text


def test_a_state_serves_the_browser_and_the_time_it_was_made_for(world: World) -> None:
    address, cookie = world.start()
    _, other = world.start()
    back = world.vouch(address)
    changed = cookie.replace("kempt_oidc=", "kempt_oidc=x", 1)

    refused = [
        world.back(back, None), world.back(back, other), world.back(back, changed),
        world.back(back.split("&state=")[0] + "&state=another", cookie), world.back(back.split("?")[0], cookie),
    ]  # fmt: skip
    world.site.clock.pass_(minutes=10, seconds=1)
    late = world.back(back, cookie)

    assert [answer.status_code for answer in (*refused, late)] == [403] * 6


def test_a_sign_in_cannot_be_repeated(world: World) -> None:
    address, cookie = world.start()
    back = world.vouch(address)
    first, again = world.back(back, cookie), world.back(back, cookie)

    assert signed_in(world, first)
    assert again.status_code in (403, 503)
    assert not signed_in(world, again)


def test_a_code_without_its_verifier_is_worth_nothing(world: World) -> None:
    victim, _ = world.start()
    code = parse_qs(urlsplit(world.vouch(victim)).query)["code"][0]
    address, cookie = world.start()
    state = parse_qs(urlsplit(address).query)["state"][0]

    answer = world.back(f"/sign-in/oidc/back?code={code}&state={state}", cookie)

    assert answer.status_code in (403, 503)
    assert not signed_in(world, answer)


def test_an_identity_that_nobody_tied_or_whose_account_is_disabled_signs_nobody_in(world: World) -> None:
    world.provider.subject = "a stranger <script>"
    stranger = world.whole()
    world.provider.subject = f"subject of {world.account}"
    tie_identity(world.site.house.database, world.account, world.provider.issuer, world.provider.subject,
                 now=world.site.clock())  # fmt: skip
    disable_account(world.site.house.database, world.account, now=world.site.clock())
    disabled = world.whole()

    assert (stranger.status_code, disabled.status_code) == (403, 403)
    assert "<script>" not in stranger.text


@pytest.mark.parametrize(
    "wrong", ["no JSON", "another issuer's description", "a description without endpoints", "down"]
)
def test_a_provider_that_does_not_answer_as_it_should_is_said_so(
    home_of: tuple[Settings, Provider], wrong: str
) -> None:
    settings, _ = home_of
    with provider() as told:
        told.wrong = wrong
        client = OpenIdClient(issuer=told.issuer, client_id=CLIENT, client_secret=SECRET)
        if wrong == "down":
            client = dataclasses.replace(client, issuer="http://127.0.0.1:1")
        with new_site(dataclasses.replace(settings, oidc=client)) as site:
            answer = site.get("/sign-in/oidc")
            password = site.get("/sign-in")

    assert answer.status_code in (502, 503)
    assert "sign-in provider" in answer.text
    assert password.status_code == 200
