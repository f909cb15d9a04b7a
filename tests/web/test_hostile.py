"""Whatever records say, pages show it as text: no element, attribute or handler comes of it, and nothing runs."""

from collections.abc import Callable

from kempt.usecases.members import add_member
from tests.e2e import hostile as of_files
from tests.factory import Desk
from tests.records.hostile import HOSTILE
from tests.sizes import size
from tests.web.browser import Stage, complaints, staged
from tests.web.furnish import Values, furnish, person_of
from tests.web.site import new_site

BREAKERS = (
    '" onmouseover="alert(1)', "' onfocus='alert(1)' autofocus='", '"><img src=x onerror=alert(1)>', "</td></table>",
    "</script><script>alert(1)</script>", "<svg onload=alert(1)>", "<svg/onload=alert(1)//", "--><b>", "]]><b>",
    '<a href="javascript:alert(1)">x</a>', "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<b>x</b>",
    "<iframe srcdoc='<b>'></iframe>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>",
    "<style>*{display:none}</style>", "<form action=//evil.example><button>", "<input autofocus onfocus=alert(1)>",
    "{{ self }}", "{% raw %}", "{{ ''.__class__ }}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "&lt;b&gt;", "&#60;b&#62;",
    "\u202e<b>", "\u2066\u202e</bdi>", "</bdi></button><b>", "a" * 65_536, "<b>" * 20_000, "x\u0301" * 300,
    "</textarea>", "<details open ontoggle=alert(1)>", "<template><b>", "<math><mi xlink:href=javascript:alert(1)>",
    "\u2028alert(1)", "\\u003cb\\u003e", "%3Cb%3E", "<!--", "<plaintext>", "<b", "<\u0000b>", "＜b＞",
)  # fmt: skip
SHAPE = """
() => {
    const kinds = {}, names = {};
    let handlers = 0, addresses = [];
    for (const each of document.querySelectorAll("*")) {
        kinds[each.tagName] = (kinds[each.tagName] || 0) + 1;
        for (const { name, value } of each.attributes) {
            names[name] = (names[name] || 0) + 1;
            if (name.startsWith("on")) handlers += 1;
            if (!["href", "src", "action", "formaction"].includes(name)) continue;
            if (!/^(\\/|\\?|#)/.test(value) && !value.startsWith(location.origin)) addresses.push(value);
        }
    }
    return [JSON.stringify([kinds, names]), handlers, addresses];
}
"""


def values(number: int) -> list[str]:
    """So many, each of them text that a database keeps: what a source sends otherwise never comes so far."""
    found = dict.fromkeys((*BREAKERS, *of_files.EVERYTHING, *HOSTILE))
    kept = [text for text in (each.replace("\0", "\x01") for each in found) if text.strip() and fit(text)]
    marked = [f"{text} {at}" for at, text in enumerate([*kept, *BREAKERS, *kept])]
    return marked[:number]


def fit(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def hostile_person(text: str, at: int, source: str) -> Values:
    """Everything that she says is hostile, her source's name apart."""
    plain = person_of(at, source)
    return {name: each if name in ("source", "source_key") else f"{text}{'' if source == 'crm' else ' too'}"
            for name, each in plain.items()}  # fmt: skip


def test_no_value_becomes_part_of_the_page(open_web_desk: Callable[[], Desk]) -> None:
    desk, asked = open_web_desk(), values(size(16))
    add_member(desk.tenant, "ines", ["merge_authority"], by="tests", now=desk.tick())
    plain = person_of(0), person_of(0, "shop")
    calm = hostile_person("calm", 99_999, "crm"), hostile_person("calm", 99_999, "shop")
    found = furnish(
        desk, merges=[calm, *((hostile_person(text, 10 + at, "crm"), hostile_person(text, 10 + at, "shop"))
                              for at, text in enumerate(asked))],
        changes=[(plain[0], "calm"), *((person_of(50_000 + at), text) for at, text in enumerate(asked[::8]))],
    )  # fmt: skip
    with new_site(desk.settings) as site, staged(site) as stage:
        assert looked_at(stage, desk, found.merges) == []
        assert looked_at(stage, desk, found.changes) == []
        page = stage.page("ines")
        heard = complaints(page)
        page.goto(f"/t/{desk.name}/inbox?whose=anybody")
        _, handlers, addresses = page.evaluate(SHAPE)
        assert (handlers, addresses, heard) == (0, [], [])


def looked_at(stage: Stage, desk: Desk, proposals: tuple[str, ...]) -> list[str]:
    """Every page beside the first, which is calm: what has another shape, or what the browser complained of."""
    page = stage.page("ines")
    heard = complaints(page)
    page.goto(f"/t/{desk.name}/items/{proposals[0]}")
    page.locator("input[name=purpose]").fill("a test of hostile values")
    with page.expect_navigation():
        page.get_by_role("button", name="Show", exact=True).click()
    calm, strange = page.evaluate(SHAPE)[0], []
    for proposal in proposals[1:]:
        page.goto(f"/t/{desk.name}/items/{proposal}")
        shape, handlers, addresses = page.evaluate(SHAPE)
        if shape != calm or handlers or addresses or heard:
            strange.append(f"{proposal} {handlers} {addresses} {heard[:2]}\n{calm}\n{shape}")
            heard.clear()
    return strange
