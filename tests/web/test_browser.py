"""The inbox worked as people work it: by keyboard alone, without scripts, by two at once, in the dark, on a phone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from kempt.usecases.members import add_member
from kempt.usecases.policy_versions import FILES
from tests.factory import Desk
from tests.web.browser import NARROW, Stage, complaints, staged
from tests.web.furnish import furnish, person_of
from tests.web.site import new_site, pages_of


@dataclass
class World:
    """A tenant with questions that nobody decided yet."""

    stage: Stage
    desk: Desk
    merges: list[str]
    changes: list[str]
    stale: list[str]

    def item(self, proposal: str) -> str:
        return f"/t/{self.desk.name}/items/{proposal}"

    def state(self, proposal: str) -> str:
        ((state,),) = self.desk.sql("select state from kempt.review_item where proposal_id = %s", proposal)
        return str(state)

    def constraint(self, proposal: str) -> list[tuple[Any, ...]]:
        """What holds the two records of a merge together or apart."""
        return self.desk.sql(
            "select c.kind from kempt.record_constraint c join kempt.proposal p "
            "on array[c.left_record, c.right_record] <@ p.subjects where p.proposal_id = %s and superseded_by is null",
            proposal,
        )


@pytest.fixture(scope="module")
def made(open_web_desk: Callable[[], Desk]) -> Iterator[World]:
    desk = open_web_desk()
    for name in ("ines", "omar"):
        add_member(desk.tenant, name, ["merge_authority", "team_lead"], by="tests", now=desk.tick())
    asked = furnish(
        desk, merges=[(person_of(at), person_of(at, "shop")) for at in range(30)],
        changes=[(person_of(at), "Head of Buying") for at in range(100, 107)],
        stale=[person_of(at) for at in range(200, 203)],
    )  # fmt: skip
    with new_site(desk.settings) as site, staged(site) as stage:
        yield World(stage, desk, [*asked.merges], [*asked.changes], [*asked.stale])


@pytest.fixture
def world(made: World) -> Iterator[World]:
    yield made
    made.stage.tidy()


def hit(page: Page, *keys: str) -> None:
    """Keys that stay on the page."""
    for key in keys:
        page.keyboard.press(key)


def leave(page: Page, key: str) -> None:
    """A key that leads elsewhere."""
    with page.expect_navigation():
        page.keyboard.press(key)


def refuse(page: Page) -> None:
    """The question is rejected for the first of the reasons."""
    hit(page, "r")
    expect(page.locator("#reason")).to_be_focused()
    hit(page, "ArrowDown")
    expect(page.locator("#reason")).not_to_have_value("")
    leave(page, "Enter")


def shown(page: Page) -> str:
    """The proposal whose page this is."""
    return page.url.split("/items/")[1].split("?")[0]


def test_the_inbox_is_worked_by_keyboard_alone(world: World) -> None:
    page = world.stage.page()
    heard = complaints(page)
    page.goto(world.stage.site.link("ines"))
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    leave(page, "Enter")
    assert page.url.endswith("/") or "/inbox" in page.url
    page.goto(f"/t/{world.desk.name}/inbox?kind=merge")
    first = page.locator("a.question").nth(1).get_attribute("href") or ""

    hit(page, "j", "j")
    expect(page.locator("tr[aria-selected=true]")).to_have_count(1)
    leave(page, "Enter")
    approved = shown(page)
    assert approved in first

    leave(page, "a")
    assert world.state(approved) == "approved"
    assert shown(page) != approved
    expect(page.get_by_role("status").first).to_contain_text("Approved")
    leave(page, "z")
    assert world.state(approved) == "pending"
    assert shown(page) == approved

    refuse(page)
    assert world.state(approved) == "rejected"
    assert world.constraint(approved) == [("cannot_link",)]

    unsure = shown(page)
    leave(page, "u")
    assert world.desk.sql("select steward from kempt.opinion where proposal_id = %s", unsure) == [("ines",)]
    deferred = shown(page)
    leave(page, "d")
    assert world.state(deferred) == "deferred"
    claimed = shown(page)
    leave(page, "c")
    assert shown(page) == claimed
    assert world.desk.sql("select assignee from kempt.assignment where proposal_id = %s", claimed) == [("ines",)]

    hit(page, "?")
    expect(page.locator("dialog#keys")).to_be_visible()
    hit(page, "Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    leave(page, "s")
    assert shown(page) != claimed
    leave(page, "k")
    assert shown(page) == claimed
    leave(page, "b")
    assert "/inbox" in page.url
    assert heard == []


def test_keys_are_text_where_text_is_typed(world: World) -> None:
    proposal = world.merges.pop(0)
    page = world.stage.page("ines")
    page.goto(world.item(proposal))
    page.locator("[data-note]").focus()
    page.keyboard.type("a rather unsure d")
    hit(page, "Enter")

    expect(page.locator("[data-note]")).to_have_value("a rather unsure d")
    assert shown(page) == proposal
    assert world.state(proposal) == "pending"


def test_two_who_decide_the_same_question_are_not_both_right(world: World) -> None:
    proposal = world.merges.pop(0)
    one, other = world.stage.page("ines"), world.stage.page("omar")
    for page in (one, other):
        page.goto(world.item(proposal))

    leave(one, "a")
    refuse(other)

    expect(other.get_by_role("alert")).to_contain_text("already")
    assert world.state(proposal) == "approved"
    assert world.constraint(proposal) == [("must_link",)]


def test_ticked_records_are_kept_apart_from_the_others(world: World) -> None:
    proposal = world.merges.pop(0)
    page = world.stage.page("ines")
    page.goto(world.item(proposal))
    page.locator("input[name=record]").first.check()
    with page.expect_navigation():
        page.get_by_role("button", name="Keep apart").click()

    expect(page.get_by_role("status").first).to_contain_text("kept apart")
    assert world.constraint(proposal) == [("cannot_link",)]


def test_a_batch_is_decided_once_its_sample_was_opened_and_undone_as_one(world: World) -> None:
    page, chosen = world.stage.page("ines"), world.changes[1:]
    page.goto(f"/t/{world.desk.name}/inbox?kind=field_change&whose=anybody")
    for proposal in chosen:
        page.locator(f"input[name=item][value='{proposal}']").check()
    page.get_by_role("button", name="Put together").click()
    expect(page.locator("h1")).to_have_text("Approve 6 at once")
    expect(page.get_by_role("button", name="Approve all")).to_have_count(0)
    batch = page.url

    for left in range(5, 0, -1):
        expect(page.get_by_role("button", name="Open this one")).to_have_count(left)
        page.get_by_role("button", name="Open this one").first.click()
        assert shown(page) in chosen
        page.goto(batch)
    leave(page, "a")
    expect(page.get_by_role("status").first).to_contain_text("Done", timeout=20_000)
    expect(page.get_by_role("status").first).to_contain_text("6 approved")
    assert {world.state(proposal) for proposal in chosen} == {"approved"}

    leave(page, "z")
    expect(page.get_by_role("status").first).to_contain_text("6 taken back")
    assert {world.state(proposal) for proposal in world.changes} == {"pending"}


def test_everything_works_without_scripts(world: World) -> None:
    proposal = world.merges.pop(0)
    page = world.stage.page(java_script_enabled=False)
    page.goto(world.stage.site.link("omar"))
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"/t/{world.desk.name}/inbox?whose=nobody&kind=merge")
    page.locator("input[name=item]").nth(2).check()
    page.get_by_role("button", name="Claim").click()
    assert "whose=mine" in page.url
    claimed = page.locator("a.question").first
    mine = (claimed.get_attribute("href") or "").split("/items/")[1].split("?")[0]
    claimed.click()
    page.get_by_role("button", name="Release").click()
    assert world.desk.sql("select from kempt.assignment where proposal_id = %s", mine) == []

    page.goto(world.item(proposal))
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("Why is it rejected")
    page.select_option("#reason", "different")
    page.get_by_role("button", name="Reject").click()
    assert world.state(proposal) == "rejected"
    page.get_by_role("button", name="Undo").click()
    assert world.state(proposal) == "pending"
    page.get_by_role("button", name="Defer").click()
    assert world.state(proposal) == "deferred"
    page.goto(world.item(proposal))
    page.get_by_role("button", name="Approve").click()
    assert world.state(proposal) == "approved"
    page.locator("summary", has_text="omar").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"/t/{world.desk.name}/inbox")
    assert "/sign-in" in page.url


def test_values_are_masked_until_somebody_says_what_for(world: World) -> None:
    proposal = world.merges.pop(0)
    looks = "select body::jsonb ->> 'by', body::jsonb ->> 'purpose' from ledger.event where type = 'values_unmasked.v1'"
    page = world.stage.page("ines")
    page.goto(world.item(proposal))
    expect(page.locator("table.sides")).to_contain_text("•")
    assert "Lindengasse" not in page.content()

    page.locator("input[name=purpose]").fill("deciding duplicates")
    with page.expect_navigation():
        page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("table.sides")).to_contain_text("Otto")
    assert "freigeist.example" in page.content()
    assert ("ines", "deciding duplicates") in [tuple(row) for row in world.desk.sql(looks)]

    with page.expect_navigation():
        page.get_by_role("button", name="Mask them").click()
    assert "freigeist.example" not in page.content()


def test_a_click_takes_a_value_and_another_puts_it_back(world: World) -> None:
    page = world.stage.page("ines")
    page.goto(world.item(world.merges.pop(0)))
    page.locator("input[name=purpose]").fill("deciding duplicates")
    with page.expect_navigation():
        page.get_by_role("button", name="Show", exact=True).click()
    take, field = page.locator("[data-take=email]").nth(1), page.locator("[name='edit.email']")

    take.click()
    expect(take).to_have_attribute("aria-pressed", "true")
    expect(field).to_have_value(take.get_attribute("data-value") or "")
    take.click()
    expect(take).to_have_attribute("aria-pressed", "false")
    expect(field).to_have_value("")


# What takes the lake, what leads elsewhere, and a letter as a mail program shows it: scripts are shut out of it.
NOT_LOOKED_AT = frozenset({"item_preview", "digest_letter"})


def known(world: World, proposal: str) -> dict[str, str]:
    return {"tenant": world.desk.name, "proposal": proposal, "name": FILES, "token": "a-token-that-is-none"}


def pages(world: World) -> dict[str, str]:
    """Every page of the app that these tests can reach, and a question of each kind."""
    found = pages_of(world.stage.site.app, known(world, world.merges[0]))
    found |= {"a value": world.item(world.changes[0]), "a stale value": world.item(world.stale[0]),
              "a question that is not there": world.item("0" * 32)}  # fmt: skip
    return {name: path for name, path in found.items() if name not in NOT_LOOKED_AT}


# In the dark nothing but colours is another.
RULES: dict[str, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.mark.parametrize("scheme", RULES)
def test_no_page_keeps_anybody_out(world: World, scheme: str) -> None:
    page = world.stage.page("ines", color_scheme=scheme, reduced_motion="reduce")
    heard, found = complaints(page), []
    for name, path in pages(world).items():
        answer = page.goto(path)
        assert answer is not None
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        issues = Axe().run(page, options={"iframes": False, **RULES[scheme]}).response["violations"]
        found += [
            f"{name}: {each['id']} ({each['impact']}) {node['html'][:160]}"
            for each in issues if each["impact"] in ("serious", "critical") for node in each["nodes"]
        ]  # fmt: skip

    assert found == []
    assert [each for each in heard if "404" not in each] == []


TOO_WIDE = """
() => {
    const page = document.documentElement;
    const cut = [...document.querySelectorAll("main button, main select, main input, main a, main p, main li, main dd")]
        .filter((each) => !each.closest(".scroll, .visually-hidden") && each.checkVisibility())
        .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
            || (!each.matches("input, select") && each.scrollWidth > each.clientWidth + 1 && each.clientWidth))
        .map((each) => each.outerHTML.slice(0, 90));
    return [...(page.scrollWidth > page.clientWidth ? [`${page.scrollWidth} wide`] : []), ...cut].join(" | ");
}
"""


def test_no_page_is_wider_than_a_telephone(world: World) -> None:
    page = world.stage.page("ines", viewport=NARROW)
    wide = {}
    for name, path in pages(world).items():
        page.goto(path)
        page.evaluate("for (const each of document.querySelectorAll('details.filters')) each.open = true")
        if over := page.evaluate(TOO_WIDE):
            wide[name] = over

    assert wide == {}


def test_the_dark_is_dark(world: World) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page = world.stage.page("ines", color_scheme=scheme)
        page.goto(f"/t/{world.desk.name}/inbox")
        shade = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
        grounds.append(sum(page.evaluate(shade)))

    assert grounds[0] > 600
    assert grounds[1] < 150
