"""The pages for health, audit and digest: who may see and do what, what they show, and how a letter's link opens."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import httpx
import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from kempt.hygiene.health import Health
from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.telling.links import sign_link
from kempt.telling.sentences import BULK, KINDS
from kempt.usecases.digest import queue_digests
from kempt.usecases.health_days import keep_day
from kempt.usecases.mailboxes import subscribe
from kempt.usecases.members import add_member
from tests.conftest import NUMBERS
from tests.factory import Desk, new_desk
from tests.ledger.tampering import unlocked_by
from tests.usecases.questions import ask
from tests.web.site import Site, new_site, served

HOSTILE = '<img src=x onerror="alert(1)">'
WHO = {"steward": "ines", "team_lead": "lea", "revops": "rob", "privacy_officer": "pia", "platform_engineer": "pete",
       "analyst": "anna"}  # fmt: skip
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
PAGES = ("health", "audit", "digest", "digest/letter", "digest?show=text", "digest?show=slack", "digest?show=teams")


@dataclass
class Office:
    """A tenant with a past, the app on a port, and somebody in each role."""

    desk: Desk
    site: Site
    proposals: list[str]
    address: str

    def visitor(self, name: str) -> httpx.Client:
        """A program with somebody's session."""
        return httpx.Client(
            base_url=self.address, headers=self.site.signed_in(name).cookie, timeout=20, trust_env=False
        )

    def at(self, path: str) -> str:
        return f"/t/{self.desk.name}/{path}"

    def csrf(self, client: httpx.Client) -> str:
        """The token of the forms that somebody is shown."""
        found = re.search(r'data-csrf="([^"]+)"', client.get(self.at("digest?show=slack")).text)
        assert found is not None
        return found.group(1)

    def link(self, name: str, *, days: int = 14) -> str:
        """A letter's link to the first proposal for this person."""
        expires = self.desk.tick() + timedelta(days=days)
        return sign_link(self.desk.tenant.keys.link_key(), self.desk.name, proposal_id=self.proposals[0], name=name,
                         expires_at=expires)  # fmt: skip


@pytest.fixture(scope="module")
def office(database: Database, postgres_home: Settings) -> Iterator[Office]:
    desk = new_desk(postgres_home, f"office_{next(NUMBERS)}")
    tenant = desk.tenant
    proposals = ask(desk, 60)
    for role, name in WHO.items():
        add_member(tenant, name, [role], by="tests", now=desk.tick())
    add_member(tenant, HOSTILE, ["steward"], by="tests", now=desk.tick())
    subscribe(tenant, "ines", "ines@quendel.example", by="lea", now=desk.tick())
    queue_digests(tenant, now=desk.tick())
    for proposal in proposals[1:5]:
        desk.decide(proposal, "reject" if proposal == proposals[1] else "approve", steward="ines")
    with tenant.database.transaction(desk.name) as connection:
        for back in range(12):
            share = 0.9 + 0.002 * (back % 3)
            one = Health(records=900, completeness=share, validity=0.99, freshness=0.8, uniqueness=0.97)
            keep_day(connection, tenant, date(2025, 6, 4) - timedelta(days=back), records=one, golden=one,
                     by_source={"crm": one}, by_owner={HOSTILE: one}, now=desk.tick())  # fmt: skip
    with new_site(desk.settings) as site, served(site) as address:
        yield Office(desk, site, proposals, address)


# Audit ----------------------------------------------------------------------------------------------------------------


def test_the_audit_tells_sentences_and_goes_on_page_by_page(office: Office) -> None:
    client = office.visitor("anna")
    seen: list[int] = []
    address: str | None = office.at("audit")
    while address is not None:
        page = client.get(address).text
        seen += [int(seq) for seq in re.findall(r'class="seq"[^>]*>(\d+)<', page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = office.at("audit") + following.group(1).replace("&amp;", "&") if following else None

    ((head,),) = office.desk.sql("select seq from ledger.head")
    assert seen == list(range(int(str(head)), 0, -1))
    decided = client.get(office.at("audit?kind=proposal_rejected&by=ines")).text
    assert f'href="/t/{office.desk.name}/items/{office.proposals[1]}"' in decided
    assert decided.count('class="seq"') == 1


def test_the_short_audit_leaves_out_what_runs_write(office: Office, as_superuser: psycopg.Connection) -> None:
    types = {event["type"].rpartition(".v")[0] for event in _api(office, "audit?kind=rare&limit=200")["events"]}

    assert types == {"member_changed", "digest_subscription_changed", "proposal_approved", "proposal_rejected"}
    told = as_superuser.execute(
        "select kind from unnest(%s::text[]) as kind where ledger.is_bulk(kind || '.v1')", [list(KINDS)]
    ).fetchall()
    assert {kind for (kind,) in told} == BULK


@pytest.mark.parametrize("asked", ["kind=everything", "since=yesterday", "before=0", "until=2025-02-30"])
def test_a_filter_that_is_none_is_told_so(office: Office, asked: str) -> None:
    assert office.visitor("anna").get(office.at(f"audit?{asked}")).status_code == 422


def test_a_name_is_text_wherever_it_stands(office: Office) -> None:
    client = office.visitor("lea")

    for path in PAGES:
        assert "<img" not in client.get(office.at(path)).text, path
    assert "&lt;img" in client.get(office.at("audit?kind=member_changed")).text
    assert "&lt;img" in client.get(office.at("health")).text


def test_what_is_filtered_is_what_is_taken_away(office: Office) -> None:
    client = office.visitor("pia")
    answer = client.get(office.at("audit/export?kind=proposal_approved&format=csv"))
    lines = client.get(f"/api/v1/{office.desk.name}/audit/export?kind=proposal_approved").text.splitlines()

    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="kempt-\w+-\d{8}\.csv"', answer.headers["content-disposition"])
    assert [row["by"] for row in rows] == ["ines"] * 3
    assert [json.loads(line)["seq"] for line in lines] == [int(row["seq"]) for row in rows]


def test_verifying_says_what_was_done_to_which_event(office: Office, as_superuser: psycopg.Connection) -> None:
    client = office.visitor("pete")
    data = {"csrf": office.csrf(client)}
    assert "Every event is in place" in client.post(office.at("audit/verify"), data=data).text

    with unlocked_by(as_superuser):
        ((was,),) = as_superuser.execute(
            "select body from ledger.event where tenant = %s and seq = 3", [office.desk.name]
        ).fetchall()
        as_superuser.execute("update ledger.event set body = '{}' where tenant = %s and seq = 3", [office.desk.name])
    found = client.post(office.at("audit/verify"), data=data).text
    with unlocked_by(as_superuser):
        as_superuser.execute("update ledger.event set body = %s where tenant = %s and seq = 3", [was, office.desk.name])

    assert "Edit at event 3." in found
    assert "Every event is in place" in client.post(office.at("audit/verify"), data=data).text


# Health ---------------------------------------------------------------------------------------------------------------


def test_health_shows_days_sources_owners_and_the_queue(office: Office) -> None:
    page = office.visitor("anna").get(office.at("health")).text
    told = _api(office, "health")

    assert page.count("<polyline") >= 4 + 2 + 4 + 2
    assert "12 days shown" in page
    assert {each["scope"] for each in told["series"]} == {"golden", "records", "source", "owner"}
    assert len(told["series"][0]["days"]) == 12
    assert told["queue"]["pending"] == 56
    assert told["queue"]["by_provider"] == [{"name": "enricher", "share": {"part": 3, "whole": 4}}]
    assert "75 %" in page


def test_before_the_first_run_health_says_what_to_do(office: Office, postgres_home: Settings) -> None:
    other = new_desk(postgres_home, f"office_{next(NUMBERS)}")
    add_member(other.tenant, "anna", ["analyst"], by="tests", now=other.tick())

    page = office.visitor("anna").get(f"/t/{other.name}/health")

    assert page.status_code == 200
    assert "Health is not measured yet" in page.text


# Digest ---------------------------------------------------------------------------------------------------------------


def test_the_letter_stands_in_a_frame_that_may_do_nothing(office: Office) -> None:
    client = office.visitor("anna")
    answer = client.get(office.at("digest/letter?name=ines"))

    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
    )
    assert "/open/" not in answer.text
    assert "Buyer" not in answer.text
    assert "unsafe-inline" not in client.get(office.at("digest")).headers["content-security-policy"]


def test_one_puts_oneself_on_the_list_and_a_lead_anybody(office: Office) -> None:
    analyst, lead = office.visitor("anna"), office.visitor("lea")

    def put(client: httpx.Client, name: str, what: str = "subscribe") -> int:
        data = {"csrf": office.csrf(client), "name": name, "address": f"{name}@quendel.example"}
        return client.post(office.at(f"digest/{what}"), data=data).status_code

    assert put(analyst, "anna") == 303
    assert put(analyst, "rob") == 403
    assert put(analyst, "ines", "unsubscribe") == 403
    assert put(lead, "rob") == 303
    assert put(lead, "otto") == 400
    assert put(lead, "rob", "unsubscribe") == put(analyst, "anna", "unsubscribe") == 303
    told = _api(office, "digest")
    assert [each["name"] for each in told["recipients"] if each["has_address"]] == ["ines"]
    assert "quendel" not in json.dumps(told)
    assert [(each["recipient"], each["state"]) for each in told["messages"]] == [("ines", "waiting")]


def test_a_link_opens_its_item_once_and_following_it_changes_nothing(office: Office) -> None:
    client, link = office.visitor("ines"), office.link("ines")
    before = office.desk.sql("select count(*) from kempt.link_use")

    looks = [client.get(office.at(f"open/{link}")) for _ in range(3)]
    assert [each.status_code for each in looks] == [200] * 3
    assert "Open the item" in looks[0].text
    assert office.desk.sql("select count(*) from kempt.link_use") == before

    data = {"csrf": office.csrf(client)}
    opened = client.post(office.at(f"open/{link}"), data=data)
    assert (opened.status_code, opened.headers["location"]) == (303, office.at(f"items/{office.proposals[0]}"))
    for again in (client.get(office.at(f"open/{link}")), client.post(office.at(f"open/{link}"), data=data)):
        assert again.status_code == 410
        assert "This link was used before." in again.text


def test_a_link_that_was_forwarded_has_expired_or_is_cut_says_so(office: Office) -> None:
    forwarded = office.visitor("rob").get(office.at(f"open/{office.link('ines', days=3)}"))
    expired = office.visitor("ines").get(office.at(f"open/{office.link('ines', days=-1)}"))
    cut = office.visitor("ines").get(office.at(f"open/{office.link('ines')[:-4]}"))

    assert (forwarded.status_code, expired.status_code, cut.status_code) == (403, 410, 404)
    assert "This link was sent to somebody else." in forwarded.text
    assert office.proposals[0] not in forwarded.text
    assert "This link has expired." in expired.text
    assert "not one of ours, or not whole" in cut.text


def _api(office: Office, path: str) -> dict[str, object]:
    answer = office.visitor("lea").get(f"/api/v1/{office.desk.name}/{path}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# In a browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browse(office: Office) -> Iterator[Callable[..., Page]]:
    """Opens a page of the tenant in a browser of its own, signed in as team lead."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)

        def open_page(path: str, *, name: str = "lea", **more: object) -> Page:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, **more)  # type: ignore[arg-type]
            context.add_cookies([{"name": "kempt", "value": office.site.signed_in(name).token, "url": office.address}])
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.goto(office.address + office.at(path))
            return page

        yield open_page
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(browse: Callable[..., Page], office: Office, scheme: str) -> None:
    """No serious finding of axe-core, no complaint of the browser, and no page wider than a telephone."""
    page, said = browse("health", color_scheme=scheme), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda problem: said.append(str(problem)))
    for path in ("health", "audit?kind=rare", "digest", "digest?show=slack", f"open/{office.link('lea')}"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(office.address + office.at(path))
        found = Axe().run(page, options={"iframes": False}).response["violations"]  # scripts are shut out of a letter
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == [], path
        page.set_viewport_size({"width": 390, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    assert said == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_a_letter(browse: Callable[..., Page], office: Office, scheme: str) -> None:
    """As a mail program shows it; in the app scripts are shut out of it, those of axe too."""
    written = office.site.get(office.at("digest/letter"), office.site.signed_in("lea")).text
    page = browse("health", color_scheme=scheme)
    page.goto("about:blank")
    page.set_content(written)
    found = Axe().run(page).response["violations"]

    assert [(each["id"], each["nodes"][0]["html"][:160]) for each in found
            if each["impact"] in ("serious", "critical")] == []  # fmt: skip
    assert page.get_by_role("heading").count() > 0
    page.context.close()


def test_the_audit_works_without_scripts(browse: Callable[..., Page], office: Office) -> None:
    page = browse("audit", java_script_enabled=False)

    page.get_by_label("What").select_option("proposal_rejected")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".feed details").count() == 1
    page.locator(".feed summary").click()
    assert page.get_by_text("proposal_rejected.v1").is_visible()
    page.get_by_role("button", name="Verify the ledger").click()
    assert page.get_by_text("Every event is in place.").is_visible()
    page.context.close()


def test_a_letter_s_link_leads_to_its_item_in_a_browser(browse: Callable[..., Page], office: Office) -> None:
    page = browse(f"open/{office.link('ines', days=9)}", name="ines", java_script_enabled=False)

    page.get_by_role("button", name="Open the item").click()

    assert page.url.endswith(f"/items/{office.proposals[0]}")
    assert page.get_by_role("heading", level=1).is_visible()
    page.context.close()
