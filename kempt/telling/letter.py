"""The weekly letter: what changed, in batches, and what waits, item by item. Values come masked and made visible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One field of an item, as two records have it, or as it stands and would become; None where there is no value."""

    field: str
    left: str | None
    right: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A proposal that waits."""

    proposal_id: str
    question: str
    compared: Sequence[Compared]
    confidence: float
    days: int
    """How long it has been waiting."""
    link: str
    """Where it opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of many alike."""

    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Changes of one sort, counted, and a few of them."""

    told: str
    examples: Sequence[Example] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number at the top of the letter."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person is told of one tenant."""

    tenant: str
    recipient: str
    since: datetime
    until: datetime
    made_at: datetime
    links_until: datetime
    figures: Sequence[Figure]
    changes: Sequence[Change]
    waiting: int
    items: Sequence[Item]
    inbox: str
    gone: int = 0
    """Items that waited when the letter was put together, and were decided or erased before it left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter as it is sent."""

    subject: str
    text: str
    html: str
    made_at: datetime


def write(letter: Letter) -> Written:
    """The letter as plain text and as HTML, its styles inline as mail clients need them."""
    waiting = f"{letter.waiting:,} {'proposal waits' if letter.waiting == 1 else 'proposals wait'}"
    return Written(
        subject=f"{letter.tenant}: {waiting if letter.waiting else 'nothing waits'}, week to {letter.until:%d %B %Y}",
        text=_environment(escape=False).get_template("letter.txt").render(letter=letter).strip() + "\n",
        html=_environment(escape=True).get_template("letter.html").render(letter=letter),
        made_at=letter.made_at,
    )


def _environment(*, escape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE), autoescape=escape, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
