"""Signing in and staying so: passwords, links, tokens that are replaced, and what ends a session."""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import pytest
from starlette.testclient import TestClient

from kempt.errors import Retry
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.accounts import (
    FAILURES_OF_ACCOUNT,
    FAILURES_OF_ADDRESS,
    _who,
    accounts,
    check_password,
    disable_account,
    make_link,
)
from kempt.usecases.sessions import begin_session, find_session, make_api_token, say_purpose
from kempt.web.sign_in import inside
from tests.conftest import NUMBERS
from tests.web.site import ADDRESS, SignedIn, Site, new_site

PASSWORD = "a password of the tests"


@pytest.fixture
def name() -> str:
    """An account's name that no other test uses."""
    return f"person {next(NUMBERS)}"


@pytest.fixture
def ines(site: Site, name: str) -> SignedIn:
    return site.signed_in(name)


def token_in(answer) -> str | None:  # type: ignore[no-untyped-def]
    """The session's token that an answer gives the browser, if it gives one."""
    cookies = [each for each in answer.headers.get_list("set-cookie") if each.startswith("kempt=")]
    return cookies[-1].split(";")[0].removeprefix("kempt=").strip('"') or None if cookies else None


def holds(site: Site, token: str | None) -> bool:
    """Whether a token opens a page."""
    return site.get("/account", headers={"cookie": f"kempt={token}"}).status_code == 200


def tries(site: Site, account: str, password: str = PASSWORD, next_: str = "/"):  # type: ignore[no-untyped-def]
    return site.ask("POST", "/sign-in", data={"account": account, "password": password, "next": next_})


# In and out ----------------------------------------------------------------------------------------------------------


def test_a_password_signs_in_and_another_does_not(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)

    right, wrong, nobody = tries(site, name), tries(site, name, "not this one at all"), tries(site, f"no {name}")

    assert (right.status_code, right.headers["location"]) == (303, "/")
    assert holds(site, token_in(right))
    assert (wrong.status_code, nobody.status_code) == (403, 403)
    assert token_in(wrong) is None
    assert wrong.text.replace(name, "X") == nobody.text.replace(f"no {name}", "X")


def test_an_account_without_a_password_takes_none(site: Site, name: str) -> None:
    site.account(name)

    assert tries(site, name, "").status_code in (403, 422)
    assert tries(site, name).status_code == 403


def test_the_cookie_is_the_browser_s_alone(site: Site, web_settings: Settings, name: str) -> None:
    site.account(name, password=PASSWORD)
    (cookie,) = tries(site, name).headers.get_list("set-cookie")

    assert {part.strip() for part in cookie.split(";")[1:]} == {"Path=/", "HttpOnly", "SameSite=Lax"}


def test_behind_tls_the_cookie_is_bound_to_this_very_host(web_settings: Settings, name: str) -> None:
    settings = dataclasses.replace(web_settings, web_url="https://kempt.example")
    with new_site(settings) as site:
        site.account(name, password=PASSWORD)
        answer = site.ask("POST", "/sign-in", data={"account": name, "password": PASSWORD},
                          headers={"host": "kempt.example", "origin": "https://kempt.example"})  # fmt: skip
    (cookie,) = answer.headers.get_list("set-cookie")

    assert cookie.startswith("__Host-kempt=")
    assert {part.strip() for part in cookie.split(";")[1:]} == {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"}
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_link_signs_in_once_and_not_by_being_looked_at(site: Site, name: str) -> None:
    path = site.link(name)
    token = path.rsplit("/", 1)[1]

    looked = [site.get(path) for _ in range(2)]
    first, second = (site.ask("POST", "/sign-in/link", data={"token": token}) for _ in range(2))

    assert [token_in(answer) for answer in looked] == [None, None]
    assert holds(site, token_in(first))
    assert (second.status_code, token_in(second)) == (403, None)


def test_a_link_is_used_by_one_of_many_at_once(site: Site, name: str) -> None:
    token = site.link(name).rsplit("/", 1)[1]
    with ThreadPoolExecutor(8) as many:
        answers = [*many.map(lambda _: site.ask("POST", "/sign-in/link", data={"token": token}), range(8))]

    assert sorted(answer.status_code for answer in answers) == [303, *[403] * 7]


@pytest.mark.parametrize("case", ["too old", "of a disabled account", "made up"])
def test_a_link_that_does_not_hold(site: Site, name: str, case: str) -> None:
    token = site.link(name).rsplit("/", 1)[1]
    if case == "too old":
        site.clock.pass_(minutes=15, seconds=1)
    elif case == "of a disabled account":
        disable_account(site.house.database, name, now=site.clock())
    else:
        token += "x"

    assert site.ask("POST", "/sign-in/link", data={"token": token}).status_code == 403


def test_signing_in_begins_another_session_whatever_the_browser_came_with(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    planted = site.signed_in(f"somebody beside {name}")

    answer = site.ask("POST", "/sign-in", planted, data={"account": name, "password": PASSWORD})

    assert token_in(answer) not in (None, planted.token)


def test_signing_out_ends_this_session_and_no_other(site: Site, ines: SignedIn, name: str) -> None:
    other = site.signed_in(name)

    answer = site.post("/sign-out", ines)

    assert 'kempt=""' in answer.headers["set-cookie"]
    assert not holds(site, ines.token)
    assert holds(site, other.token)


def test_signing_out_everywhere_does(site: Site, ines: SignedIn, name: str) -> None:
    other, stranger = site.signed_in(name), site.signed_in(f"not {name}")

    site.post("/account/end-sessions", ines)

    assert [holds(site, each.token) for each in (ines, other, stranger)] == [False, False, True]


def test_another_password_signs_out_everywhere_else(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    here, there = site.signed_in(name), site.signed_in(name)

    wrong = site.post("/account/password", here, current="not this one", password="a new password, long")
    short = site.post("/account/password", here, current=PASSWORD, password="short")
    right = site.post("/account/password", here, current=PASSWORD, password="a new password, long")

    assert (wrong.status_code, short.status_code, right.status_code) == (403, 400, 303)
    assert [holds(site, token) for token in (here.token, there.token, token_in(right))] == [False, False, True]
    assert tries(site, name).status_code == 403
    assert tries(site, name, "a new password, long").status_code == 303


def test_a_disabled_account_is_out_at_once(site: Site, ines: SignedIn, name: str) -> None:
    token = make_api_token(site.house.database, name, "tests", now=site.clock())
    program = {"authorization": f"Bearer {token}"}
    assert site.get("/account", headers=program).status_code == 200

    disable_account(site.house.database, name, now=site.clock())

    assert not holds(site, ines.token)
    assert site.get("/account", headers=program).status_code == 401


def test_a_token_of_a_program_is_shown_once_and_ends(site: Site, ines: SignedIn) -> None:
    page = site.post("/account/tokens", ines, label="nightly export").text
    token = page.split('class="token">')[1].split("<")[0]
    program = {"authorization": f"Bearer {token}"}

    assert token not in site.get("/account", ines).text
    assert site.get("/api/v1/openapi.json", headers=program).status_code == 200
    site.clock.pass_(days=91)
    assert site.get("/api/v1/openapi.json", headers=program).status_code == 401


# How long ------------------------------------------------------------------------------------------------------------


def test_a_token_is_replaced_and_the_one_before_serves_a_minute_more(site: Site, ines: SignedIn) -> None:
    site.clock.pass_(minutes=16)
    fresh = token_in(site.get("/account", ines))
    site.clock.pass_(seconds=50)

    assert fresh not in (None, ines.token)
    assert holds(site, ines.token)
    assert token_in(site.get("/account", ines)) is None  # one replacement, however many ask
    assert holds(site, fresh)
    assert site.ask("POST", "/sign-out", headers={"cookie": f"kempt={fresh}"},
                    data={"csrf": ines.csrf}).status_code == 303  # fmt: skip


def test_many_requests_at_once_replace_a_token_once(site: Site, ines: SignedIn) -> None:
    site.clock.pass_(minutes=16)
    with ThreadPoolExecutor(8) as many:
        answers = [*many.map(lambda _: site.get("/account", ines), range(8))]

    assert {answer.status_code for answer in answers} == {200}
    assert len([answer for answer in answers if token_in(answer)]) == 1


def test_a_replaced_token_that_comes_back_later_ends_the_session(site: Site, ines: SignedIn) -> None:
    site.clock.pass_(minutes=16)
    fresh = token_in(site.get("/account", ines))
    site.clock.pass_(seconds=61)

    assert not holds(site, ines.token)
    assert not holds(site, fresh)


def test_a_session_ends_after_an_hour_without_a_request(site: Site, ines: SignedIn) -> None:
    site.clock.pass_(minutes=61)

    assert not holds(site, ines.token)


def test_a_session_ends_after_twelve_hours_however_busy(site: Site, ines: SignedIn) -> None:
    token: str | None = ines.token
    for _ in range(23):
        site.clock.pass_(minutes=30)
        answer = site.get("/account", headers={"cookie": f"kempt={token}"})
        assert answer.status_code == 200
        token = token_in(answer) or token
    site.clock.pass_(minutes=31)

    assert not holds(site, token)


def test_a_purpose_lasts_as_long_as_its_session(site: Site, name: str) -> None:
    database: Database = site.house.database
    site.account(name)
    _, token = begin_session(database, name, now=site.clock())
    say_purpose(database, token, "deciding duplicates")
    site.clock.pass_(minutes=16)
    found = find_session(database, token, now=site.clock())

    assert found is not None
    assert found.fresh_token is not None
    after = find_session(database, found.fresh_token, now=site.clock())
    assert after is not None
    assert after.purpose == "deciding duplicates"
    _, other = begin_session(database, name, now=site.clock())
    beside = find_session(database, other, now=site.clock())
    assert beside is not None
    assert beside.purpose is None


# Whoever guesses -----------------------------------------------------------------------------------------------------


def test_after_some_wrong_passwords_not_even_the_right_one_is_looked_at(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    for _ in range(FAILURES_OF_ACCOUNT):
        assert tries(site, name, "wrong wrong wrong").status_code == 403

    refused = tries(site, name)
    site.clock.pass_(minutes=15, seconds=1)

    assert refused.status_code == 429
    assert tries(site, name).status_code == 303


def test_an_account_that_is_not_there_is_throttled_the_same(site: Site, name: str) -> None:
    answers = [tries(site, f"no {name}", "wrong wrong wrong").status_code for _ in range(FAILURES_OF_ACCOUNT + 1)]

    assert answers == [403] * FAILURES_OF_ACCOUNT + [429]


def test_the_right_password_forgets_the_wrong_ones(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    for _ in range(FAILURES_OF_ACCOUNT - 1):
        assert tries(site, name, "wrong wrong wrong").status_code == 403

    assert tries(site, name).status_code == 303
    assert [tries(site, name, "wrong wrong wrong").status_code for _ in range(2)] == [403, 403]


def test_many_guesses_at_once_are_no_more_than_one_after_the_other(site: Site, name: str) -> None:
    database, now = site.house.database, site.clock()
    site.account(name, password=PASSWORD)

    def guess(at: int) -> bool:
        try:
            check_password(database, name, f"wrong wrong wrong {at}", address=f"at {name}", now=now)
        except Retry:
            return False
        return True

    with ThreadPoolExecutor(12) as many:
        looked_at = sum(many.map(guess, range(24)))

    assert looked_at == FAILURES_OF_ACCOUNT


def test_one_address_cannot_try_many_accounts(site: Site, name: str) -> None:
    database, now = site.house.database, site.clock()
    with database.transaction(None) as connection:  # what this many tries leave, without their seconds
        connection.cursor().executemany(
            "insert into kempt.sign_in_failure (who, at) values (%s, %s)",
            [(_who(database, "address", f"at {name}"), now)] * FAILURES_OF_ADDRESS,
        )

    with pytest.raises(Retry):
        check_password(database, name, PASSWORD, address=f"at {name}", now=now)
    assert not check_password(database, name, PASSWORD, address=f"elsewhere than {name}", now=now)


@pytest.mark.parametrize(("web_url", "second"), [("https://kempt.example", 403), (ADDRESS, 429)])
def test_an_address_is_the_one_that_the_proxy_names_if_there_is_a_proxy(
    web_settings: Settings, name: str, web_url: str, second: int
) -> None:
    """A stranger who is shut out shuts nobody else out; where no proxy is, nobody names an address of her own."""

    def status(site: Site, comes_from: str) -> int:
        client = TestClient(site.app, base_url=web_url, client=(here, 50_000), raise_server_exceptions=False)
        return client.post(
            "/sign-in", data={"account": name, "password": "wrong wrong wrong"}, follow_redirects=False,
            headers={"origin": web_url, "x-forwarded-for": comes_from},
        ).status_code  # fmt: skip

    with new_site(dataclasses.replace(web_settings, web_url=web_url)) as site:
        here, shut_out = "127.0.0.1", "203.0.113.7" if web_url.startswith("https") else "127.0.0.1"
        with site.house.database.transaction(None) as connection:
            connection.execute("delete from kempt.sign_in_failure")
            connection.cursor().executemany(
                "insert into kempt.sign_in_failure (who, at) values (%s, %s)",
                [(_who(site.house.database, "address", shut_out), site.clock())] * FAILURES_OF_ADDRESS,
            )

        assert status(site, "203.0.113.7") == 429
        assert status(site, "203.0.113.8") == second
        with site.house.database.transaction(None) as connection:
            connection.execute("delete from kempt.sign_in_failure")


def test_who_is_not_there_takes_as_long_as_who_is(site: Site, name: str) -> None:
    database = site.house.database
    site.account(name, password=PASSWORD)

    def took(account: str, at: int) -> float:
        began = time.thread_time()
        check_password(database, account, "wrong wrong wrong", address=f"{name} {at}", now=site.clock())
        return time.thread_time() - began

    there = [took(name, at) for at in range(2)]
    nobody = [took(f"no {name}", at) for at in range(2)]

    assert median(nobody) > 0.5 * median(there)


def test_no_token_or_password_is_kept(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    signed = site.signed_in(name)
    link = make_link(site.house.database, name, now=site.clock())
    token = make_api_token(site.house.database, name, "tests", now=site.clock())
    with site.house.database.transaction(None) as connection:
        kept = "".join(
            str(connection.execute(f"select row_to_json(t)::text from kempt.{table} t").fetchall())  # type: ignore[call-overload]
            for table in ("account", "session", "sign_in_link", "api_token")
        )

    assert "$argon2id$" in kept
    assert not [each for each in (PASSWORD, signed.token, link, token) if each in kept]
    assert PASSWORD not in repr(accounts(site.house.database))


# Where to afterwards -------------------------------------------------------------------------------------------------

OURS = ("/", "/t/acme/inbox", "/t/acme/inbox?whose=mine&f=a%20b", "/account?done=password", "/t/ä/inbox")
ELSEWHERE = (
    "", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/t\\..\\..\\evil",
    "http://evil.example", "https:evil.example", "javascript:alert(1)", "evil.example", "/\t/evil.example",
    "/\r\nSet-Cookie: x=1", "/\0", " //evil.example", "/\u2028/evil.example", "?//evil", "/\u202e/evil",
)  # fmt: skip


@pytest.mark.parametrize("address", OURS)
def test_an_address_of_ours_is_where_it_leads(address: str) -> None:
    assert inside(address) == address


@pytest.mark.parametrize("address", ELSEWHERE)
def test_an_address_elsewhere_leads_home(address: str) -> None:
    assert inside(address) == "/"


def test_nobody_is_sent_elsewhere_by_signing_in(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    for address in ELSEWHERE:
        if address.startswith("/"):
            assert tries(site, name, next_=address).headers["location"] == "/", address
        assert 'name="next" value="/"' in site.get("/sign-in", params={"next": address}).text


def test_whoever_must_sign_in_first_comes_to_where_she_wanted(site: Site, name: str) -> None:
    site.account(name, password=PASSWORD)
    asked = site.get("/t/acme/inbox?whose=mine&band=sure")
    page = site.get(asked.headers["location"]).text

    assert 'value="/t/acme/inbox?whose=mine&amp;band=sure"' in page
    assert tries(site, name, next_="/t/acme/inbox?whose=mine").headers["location"] == "/t/acme/inbox?whose=mine"


@pytest.mark.parametrize("field", ["account", "password", "next"])
def test_hostile_text_in_the_form_is_an_answer_and_no_failure(site: Site, name: str, field: str) -> None:
    for text in ("a\0b", "\ud800".encode("utf-8", "surrogatepass"), "<script>", "x" * 3000):
        form = {"account": name, "password": PASSWORD, "next": "/"} | {field: text}
        answer = site.ask("POST", "/sign-in", data=form)
        assert answer.status_code < 500
        assert "<script>" not in answer.text
        site.clock.pass_(minutes=16)


def test_the_page_of_a_link_says_nothing_about_whose_it_is(site: Site, name: str) -> None:
    assert name not in site.get(site.link(name)).text
