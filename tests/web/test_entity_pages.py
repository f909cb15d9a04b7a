"""Search, an entity and its past, and taking a merge back, as people use them: in Chromium, and as programs do."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.testclient import TestClient

from kempt.identity.unmerge import Item, Plan
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.accounts import add_account
from kempt.usecases.members import add_member
from kempt.usecases.sessions import begin_session
from kempt.usecases.unmerge import foresee_unmerge
from kempt.web.app import create_app
from kempt.web.house import House
from tests.conftest import NUMBERS
from tests.installation import ROOT, free_port
from tests.usecases.world import Row, World, new_world, record

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
SECRETS = ("zirbelwald", "holzkontor", "freigeist")
OTTO = Row(name="Otto Zirbelwald", mail="otto@holzkontor.example")
DORA = Row(name="Dora Kienapfel", mail="dora@kienapfel.example")
CORA = Row(name="Cora Weiherblum", mail="cora@weiherblum.example")


@dataclass(frozen=True, slots=True)
class Site:
    """The app over a tenant whose two Ottos a steward made one, and the sessions of its people."""

    world: World
    app: FastAPI
    address: str
    tokens: dict[str, tuple[str, str]]

    @property
    def entity(self) -> str:
        return self.world.entity_of("a")

    @property
    def start(self) -> str:
        return f"/t/{self.world.tenant.name}"

    def client(self, account: str) -> TestClient:
        client = TestClient(self.app, base_url=self.address, raise_server_exceptions=False)
        client.cookies.set("kempt", self.tokens[account][0])
        return client


@pytest.fixture(scope="module")
def site(database: Database, postgres_home: Settings) -> Iterator[Site]:
    with new_world(database, postgres_home, f"pages_{next(NUMBERS)}") as world:
        world.put(a=OTTO, b=replace(OTTO, mail="o.zirbelwald@freigeist.example", source="shop"), c=CORA,
                  z=replace(CORA, mail="c.w@anders.example", source="shop"),
                  d=DORA, e=replace(DORA, mail="dora@anders.example", source="shop"))  # fmt: skip
        world.run()
        world.judge("a", "b", "approve")
        world.run()

        @contextmanager
        def lake(*_: object) -> Iterator[object]:
            yield world.lake

        with patch("kempt.web.unmerge.open_lake", lake), patch("kempt.web.item.open_lake", lake):
            yield from _served(world, House(replace(postgres_home, project=ROOT)))


def _served(world: World, house: House) -> Iterator[Site]:
    roles = {"mara": ["merge_authority"], "stela": ["steward"], "anna": ["analyst"], "nobody": []}
    tokens = {}
    for name, held in roles.items():
        if held:
            add_member(world.tenant, name, held, by="tests", now=datetime.now(UTC))
        add_account(house.database, name, by="tests", now=datetime.now(UTC))
        session, token = begin_session(house.database, name, now=datetime.now(UTC))
        tokens[name] = (token, session.csrf)
    app, port = create_app(house), free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Site(world, app, f"http://127.0.0.1:{port}", tokens)
    server.should_exit = True
    thread.join(10)
    house.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "these tests need Chromium: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def page_of(site: Site, browser: Browser, account: str, *, scripts: bool = True) -> Page:
    context = browser.new_context(java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "kempt", "value": site.tokens[account][0], "url": site.address}])
    return context.new_page()


def test_programs_ask_the_same_and_get_no_value_in_the_clear(site: Site) -> None:
    client, at = site.client("anna"), f"/api/v1/{site.world.tenant.name}"
    hits = client.get(f"{at}/search", params={"q": "otto zirbelwald"}).json()["hits"]
    told = {
        "search": hits,
        "entity": client.get(f"{at}/entities/{site.entity}").json(),
        "as-of": client.get(f"{at}/entities/{site.entity}/as-of", params={"at": "1"}).json(),
        "cell": client.get(f"{at}/entities/{site.entity}/cells/email").json(),
        "record": client.get(f"{at}/records/{record('a')}").json(),
    }

    assert [hit["entity_id"] for hit in hits] == [site.entity] == [told["entity"]["entity_id"]]
    assert {each["record_id"] for each in told["entity"]["records"]} == {record("a"), record("b")}
    assert told["as-of"]["state"] == "unknown"
    assert len(told["cell"]["states"]) == 2
    assert [each["version"] for each in told["record"]["versions"]] == [1]
    assert not [(name, each) for name, text in told.items() for each in SECRETS if each in str(text).casefold()]


@pytest.mark.parametrize("path", ["entities/{entity}", "records/{record}", "entities/{entity}/unmerge", "entities/x"])
def test_what_is_somebody_else_s_answers_like_what_never_was(site: Site, path: str) -> None:
    path = path.format(entity=site.entity, record=record("a"))

    for account, tenant in (("nobody", site.world.tenant.name), ("mara", "elsewhere")):
        answers = [site.client(account).get(f"{start}/{tenant}/{path}") for start in ("/t", "/api/v1")]
        assert [each.status_code for each in answers] == [404, 404]
        assert all("There is nothing here." in each.text for each in answers)
    if path.endswith("/x"):
        assert site.client("mara").get(f"{site.start}/{path}").status_code == 404


def test_who_may_not_part_entities_sees_the_plan_or_nothing(site: Site) -> None:
    path = f"{site.start}/entities/{site.entity}/unmerge"

    assert site.client("anna").get(path).status_code == 403
    shown = site.client("stela").get(path)
    assert shown.status_code == 200
    assert "Take it back as shown" not in shown.text
    said = site.client("stela").post(path, data={"csrf": site.tokens["stela"][1], "plan": "x"})
    assert said.status_code == 403
    assert site.world.entity_of("b") == site.entity


def test_a_plan_that_is_another_one_by_now_is_refused_and_shown_anew(site: Site) -> None:
    path = f"{site.start}/entities/{site.entity}/unmerge"

    refused = site.client("mara").post(path, data={"csrf": site.tokens["mara"][1], "plan": "0" * 64})

    assert refused.status_code == 409
    assert "something moved since" in refused.text
    assert "Take it back as shown" in refused.text
    assert site.world.entity_of("b") == site.entity


def test_a_value_that_needs_a_person_is_asked_about_first(site: Site) -> None:
    claim = "c1a1c1a1-0000-5000-8000-000000000000"
    path = f"{site.start}/entities/{site.entity}/unmerge"

    def with_question(*args: object, given: dict[str, str], **more: object) -> Plan:
        plan = foresee_unmerge(*args, given={}, **more)  # type: ignore[arg-type]
        class_ = "re-attributable" if given else "needs a human"
        item = Item(what="claim", subject=claim, attribute="job_title", class_=class_, why="both sides were asked with")  # type: ignore[arg-type]
        return replace(plan, items=(*plan.items, item))

    with patch("kempt.web.unmerge.foresee_unmerge", with_question):
        asked = site.client("mara").get(path).text
        given = site.client("mara").get(path, params={"give": f"{claim}={site.entity}"}).text

    assert "job title: whose is it?" in asked
    assert asked.count(f'value="{claim}=') == 2
    assert "Take it back as shown" not in asked
    assert "Take it back as shown" in given
    assert f'name="give" value="{claim}={site.entity}"' in given


def test_a_merge_is_found_looked_at_through_time_and_taken_back(site: Site, browser: Browser) -> None:
    page, one = page_of(site, browser, "mara"), site.entity
    page.goto(f"{site.address}{site.start}/inbox")
    page.keyboard.press("/")
    page.keyboard.type("030 zirbelwald otto")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is found by")).to_be_visible()
    page.get_by_role("searchbox", name="What you remember").fill("zirbelwald otto")
    page.keyboard.press("Enter")
    page.locator(".hit-name").click()
    assert page.url.endswith(f"/entities/{one}")
    expect(page.locator("article.record")).to_have_count(2)
    expect(page.locator("h1")).to_contain_text("O•••")

    page.locator("#step").focus()
    page.keyboard.press("Home")
    page.wait_for_url("**step=0*")
    expect(page.locator("#then")).to_be_visible()
    expect(page.get_by_text("it was active, with 1 record")).to_be_visible()

    page.get_by_role("link", name="email", exact=True).click()
    expect(page.get_by_role("heading", name="Where it comes from")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Take a merge back").click()
    expect(page.get_by_text("exactly as before the merge").first).to_be_visible()
    expect(page.locator(".sides-of .card")).to_have_count(2)
    page.get_by_label("Note").fill("two cousins")
    page.get_by_role("button", name="Take it back as shown").click()

    expect(page.get_by_text("The merge was taken back")).to_be_visible()
    expect(page.locator("article.record")).to_have_count(1)
    expect(page.locator(".timeline")).to_contain_text("mara took the merge of")
    assert site.world.entity_of("a") != site.world.entity_of("b")
    text = page.content().casefold()
    assert not [each for each in SECRETS if each in text]


def test_the_past_is_looked_at_without_scripts_on_a_narrow_screen(site: Site, browser: Browser) -> None:
    page = page_of(site, browser, "anna", scripts=False)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.address}{site.start}/entities/{site.entity}")
    head = page.get_by_label("or at a day, moment or position")
    head.fill("1999-12-31")
    page.locator("form:has(#step) + form button").click()
    expect(page.get_by_text("At position 0 it was unknown")).to_be_visible()

    page.locator("form:has(#step) button").click()

    assert "step=" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("[onclick], [style], script:not([src])").count() == 0


def test_a_value_is_approved_as_another_one_and_taken_back(site: Site, browser: Browser) -> None:
    def phone() -> object:
        return site.world.lake.execute(
            "select value, origin from person_cell where entity_id = ? and attribute = 'phone'",
            [site.world.entity_of("c")],
        ).fetchone()

    proposal, page = site.world.offer("c", "phone", "+493023125077"), page_of(site, browser, "mara")
    page.goto(f"{site.address}{site.start}/items/{proposal}")
    page.keyboard.press("e")
    expect(page.locator("[name='edit.phone']")).to_be_focused()
    page.keyboard.type("+49 30 23125078")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_role("status").first).to_contain_text("Approved")
    assert phone() == ("+493023125078", "override")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    site.world.compose()
    assert phone() is None


def test_a_rejected_pair_stays_away_run_after_run(site: Site, browser: Browser) -> None:
    proposal, page = site.world.wonder("d", "e"), page_of(site, browser, "mara")
    page.goto(f"{site.address}{site.start}/items/{proposal}")
    page.keyboard.press("r")
    page.select_option("#reason", "different")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status").first).to_contain_text("Rejected")

    for _ in range(2):
        site.world.run()
        assert site.world.entity_of("d") != site.world.entity_of("e")
    page.goto(f"{site.address}{site.start}/items/{proposal}")
    page.get_by_text("The links in words").click()
    expect(page.get_by_text("1 and 2: held apart by mara")).to_be_visible()
    expect(page.get_by_role("button", name="Reject")).to_have_count(0)


def test_a_preview_shuts_nobody_out_and_shows_what_an_approval_makes(site: Site, browser: Browser) -> None:
    proposal, page = site.world.wonder("c", "z"), page_of(site, browser, "mara")
    page.goto(f"{site.address}{site.start}/items/{proposal}/preview")
    found = Axe().run(page).response["violations"]

    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("full name")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
