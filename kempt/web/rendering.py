"""Pages from templates. Everything that is shown is escaped; what people wrote is isolated from the text round it."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kempt.records.masking import visible
from kempt.web.visit import Visit, roles_in

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
LONGEST_VALUE = 300
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DONE = ("approved", "rejected", "deferred", "pending", "unsure", "undone", "apart", "password", "unmerged")


def value(text: object) -> Markup:
    """Something that a person or a source wrote: any script, any direction, no control character."""
    if text is None or text == "":
        return Markup('<span class="none">nothing</span>')
    shown = visible(str(text))
    if len(shown) > LONGEST_VALUE:
        shown = shown[:LONGEST_VALUE] + "…"
    return Markup('<bdi class="value">{}</bdi>').format(shown)


_IDS = re.compile(r"\b(?:((?:per|com)_[a-z2-7]{24})|([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


def ids(text: object, t: str) -> Markup:
    """A sentence of ours whose ids are cut short; entities are linked, `t` is where the tenant's pages begin."""
    shown, at = Markup(""), 0
    sentence = str(text)
    for found in _IDS.finditer(sentence):
        shown += escape(sentence[at : found.start()])
        if found[1]:
            link = Markup('<a class="id" href="{}/entities/{}" title="{}">{}</a>')
            shown += link.format(t, found[1], found[1], found[1][:12])
        else:
            shown += Markup('<span class="id" title="{}">{}</span>').format(found[0], found[2])
        at = found.end()
    return shown + escape(sentence[at:])


def words(name: object) -> str:
    """An identifier as words: `job_title` is read as job title."""
    return re.sub(r"[_-]+", " ", str(name)).removesuffix(".v1")


def moment(at: datetime | date | None) -> Markup:
    """A moment, in UTC, as one can read and a program can too."""
    if at is None:
        return Markup("never")
    text = f"{at:%Y-%m-%d %H:%M}" if isinstance(at, datetime) else f"{at:%Y-%m-%d}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)


def age(at: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that says enough."""
    passed = max(now - at, timedelta(0))
    if passed.days:
        return f"{passed.days} d"
    hours, minutes = passed.seconds // 3600, passed.seconds // 60
    return f"{hours} h" if hours else f"{minutes} min"


def percent(share: float) -> str:
    """A probability that never reads as certainty."""
    if share >= 0.9995:
        return "> 99.9 %"
    return f"{100 * share:.1f} %" if share >= 0.0005 else "< 0.1 %"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"value": value, "words": words, "moment": moment, "percent": percent, "ids": ids}
    made.globals |= {"age": age, "asset": asset}
    return made


_VERSIONS: dict[str, str] = {}


def asset(name: str) -> str:
    """The address of a file of ours; a new one when it changes, so that browsers may keep it for ever."""
    if name not in _VERSIONS:
        _VERSIONS[name] = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?{_VERSIONS[name]}"


PAGES = _environment()


def render(visit: Visit, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page for somebody who is signed in."""
    known = {
        "visit": visit,
        "csrf": visit.session.csrf if visit.session is not None else "",
        "now": visit.now,
        "tenants": tenants_of(visit),
        "path": visit.request.url.path,
        "address": str(visit.request.url.path) + (f"?{visit.request.url.query}" if visit.request.url.query else ""),
        "done": done_in(visit.request.query_params.get("done", "")),
    }
    return HTMLResponse(PAGES.get_template(template).render(**known, **shown), status_code=status)


def render_outside(request: Request, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page for somebody who is not signed in, or of whom nothing is known here."""
    return HTMLResponse(PAGES.get_template(template).render(visit=None, **shown), status_code=status)


def done_in(said: str) -> tuple[str, str | None] | None:
    """What an address says was done, and to which proposal. Whoever made the address up undoes nothing else by it."""
    what, _, which = said.partition(",")
    return (what, which if re.fullmatch(UUID, which) else None) if what in DONE else None


def tenants_of(visit: Visit) -> list[str]:
    """The tenants in which somebody has a role."""
    return [
        name for name in visit.house.names()
        if name == visit.tenant_name or roles_in(visit.house, name, visit.account, visit.now)
    ]  # fmt: skip


def query(parts: Mapping[str, object]) -> str:
    """A query string of what is said; what is not said is left out."""
    return urlencode({name: each for name, each in parts.items() if each not in (None, "", False)})
