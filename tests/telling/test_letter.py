"""A letter is the same as text and as HTML, holds what it is given as text, and loads nothing."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser

from kempt.telling.letter import Change, Compared, Example, Figure, Item, Letter, write
from kempt.telling.mail import written

AT = datetime(2025, 3, 10, 6, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>&\"'"


def letter(**changes: object) -> Letter:
    item = Item(
        proposal_id="524ef476-0000-5000-8000-000000000000", question="Do these two records describe one person?",
        compared=[Compared(field="email", left="a•••@q••••••", right=None)], confidence=0.87, days=1,
        link="https://kempt.example/t/acme/open/abc",
    )  # fmt: skip
    told = {
        "tenant": "acme", "recipient": "ines", "since": datetime(2025, 3, 3, 6, tzinfo=UTC), "until": AT, "made_at": AT,
        "links_until": datetime(2025, 3, 24, 6, tzinfo=UTC), "figures": [Figure(name="wait", value="12")],
        "changes": [Change(told="3 merges of people applied", examples=[Example(link="https://kempt.example/t/acme/open/def")])],
        "waiting": 12, "items": [item], "inbox": "https://kempt.example/t/acme/inbox",
    }  # fmt: skip
    return Letter(**{**told, **changes})  # type: ignore[arg-type]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def test_text_and_html_say_the_same() -> None:
    made = write(letter())

    assert made.subject == "acme: 12 proposals wait, week to 10 March 2025"
    for part in (made.text, made.html):
        assert "Do these two records describe one person?" in part
        assert "a•••@q••••••" in part
        assert "11 more" in part
        assert "3 merges of people applied" in part
        assert "https://kempt.example/t/acme/open/abc" in part
        assert "https://kempt.example/t/acme/inbox" in part


def test_a_week_in_which_nothing_happened_says_so() -> None:
    made = write(letter(waiting=0, items=[], changes=[]))

    assert made.subject.startswith("acme: nothing waits")
    assert "Nothing since the last letter." in made.text
    assert "Nothing since the last letter." in made.html


def test_what_was_settled_on_the_way_is_counted() -> None:
    assert "2 more were settled while this letter was on its way." in write(letter(gone=2)).text


def test_no_value_becomes_markup() -> None:
    compared = [Compared(field=HOSTILE, left=HOSTILE, right=HOSTILE)]
    item = Item(proposal_id="p" * 36, question=HOSTILE, compared=compared, confidence=1, days=2, link=HOSTILE)
    change = Change(told=HOSTILE, examples=[Example(link=HOSTILE)])

    made = write(letter(items=[item], changes=[change], tenant=HOSTILE, recipient=HOSTILE,
                        figures=[Figure(name=HOSTILE, value=HOSTILE)]))  # fmt: skip

    names = {name for name, _ in tags(made.html)}
    assert "img" not in names
    assert not [attrs for _, attrs in tags(made.html) if any(name.startswith("on") for name in attrs)]


def test_html_loads_nothing_and_has_its_styles_in_place() -> None:
    seen = tags(write(letter()).html)

    assert not {name for name, _ in seen} & {"img", "script", "link", "style", "iframe", "form"}
    assert not [
        attrs for _, attrs in seen if "src" in attrs or "class" in attrs or "url(" in (attrs.get("style") or "")
    ]


def test_a_letter_is_sent_as_text_with_html_beside_it() -> None:
    message = written("m-1", "kempt@mail.example", "ines@quendel.example", write(letter()))

    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert read["Message-ID"] == "<m-1@mail.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert "a•••@q••••••" in read.get_body(("plain",)).get_content()
