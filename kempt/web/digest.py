"""Digest and change feed: what would be sent, to whom, what became of it; and the links that a letter carries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from kempt.errors import Conflict
from kempt.telling.chat import card, slack
from kempt.usecases.change_feed import preview_feed
from kempt.usecases.digest import preview_digest
from kempt.usecases.mailboxes import recipients, subscribe, unsubscribe
from kempt.usecases.open_link import SAYS, Looked, look_at_link, use_link
from kempt.usecases.outbox import outbox, sinks_of
from kempt.web.access import LEADS
from kempt.web.rendering import render
from kempt.web.visit import Calling, Posting, Reading, Visit

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["digest"])
Shown = Literal["letter", "text", "slack", "teams"]
# A letter has its styles inline, as mail clients need them. It is shown in a frame of its own that may do nothing else.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
Name = Annotated[str, Form(max_length=100)]


class Person(BaseModel):
    """Who gets the digest; a team lead without an address is listed too."""

    name: str
    roles: list[str]
    has_address: bool


class Sent(BaseModel):
    """A message and what became of it."""

    message_id: str
    sink: str
    recipient: str | None
    state: Literal["waiting", "tried", "sent", "dropped"]
    made_at: datetime
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    problem: str | None


class Digest(BaseModel):
    """Who is written to, through what, and the newest messages."""

    recipients: list[Person]
    sinks: list[str]
    messages: list[Sent]


class Preview(BaseModel):
    """A person's letter as it would be sent now."""

    subject: str
    text: str
    html: str


@router.get("/t/{tenant}/digest", name="digest")
def digest_page(visit: Reading, show: Shown = "letter", name: Annotated[str, Query(max_length=100)] = "") -> Response:
    """A preview, the list, the outbox."""
    return _page(visit, show, name)


@router.get("/t/{tenant}/digest/letter", name="digest_letter")
def digest_letter(visit: Reading, name: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """The letter itself, for the frame in the page."""
    written = preview_digest(visit.tenant, name or visit.account, now=visit.now, web_url=visit.house.settings.web_url)
    return HTMLResponse(written.html, headers={"content-security-policy": LETTER_POLICY})


@router.post("/t/{tenant}/digest/subscribe", name="digest_subscribe")
def digest_subscribe(visit: Posting, name: Name, address: Annotated[str, Form(max_length=254)]) -> Response:
    """Puts oneself on the list; those who lead, anybody."""
    subscribe(visit.tenant, _whom(visit, name), address, by=visit.account, now=visit.now)
    return RedirectResponse(f"/t/{visit.tenant_name}/digest?done=on", 303)


@router.post("/t/{tenant}/digest/unsubscribe", name="digest_unsubscribe")
def digest_unsubscribe(visit: Posting, name: Name) -> Response:
    """Takes oneself off the list; those who lead, anybody."""
    unsubscribe(visit.tenant, _whom(visit, name), by=visit.account, now=visit.now)
    return RedirectResponse(f"/t/{visit.tenant_name}/digest?done=off", 303)


@router.get("/t/{tenant}/open/{link}", name="digest_open")
def digest_open(visit: Reading, link: str) -> Response:
    """What a link says. Changes nothing: mail scanners follow links too."""
    return _opening(visit, link, look_at_link(visit.tenant, link, who=visit.account, now=visit.now))


@router.post("/t/{tenant}/open/{link}", name="digest_use")
def digest_use(visit: Posting, link: str) -> Response:
    """Opens the item, once."""
    try:
        proposal = use_link(visit.tenant, link, who=visit.account, now=visit.now)
    except Conflict:
        return _opening(visit, link, look_at_link(visit.tenant, link, who=visit.account, now=visit.now))
    return RedirectResponse(f"/t/{visit.tenant_name}/items/{proposal}", 303)


@api.get("/digest", name="api_digest")
def api_digest(visit: Calling, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Digest:
    """Who is written to, through what, and the newest messages."""
    return Digest(
        recipients=_people(visit),
        sinks=sorted(sinks_of(visit.house.settings, visit.tenant.name)),
        messages=[Sent(**row) for row in outbox(visit.tenant, limit=limit)],
    )


@api.get("/digest/preview", name="api_digest_preview")
def api_digest_preview(visit: Calling, name: Annotated[str, Query(max_length=100)] = "") -> Preview:
    """A person's letter as it would be sent now; one's own without a name."""
    written = preview_digest(visit.tenant, name or visit.account, now=visit.now, web_url=visit.house.settings.web_url)
    return Preview(subject=written.subject, text=written.text, html=written.html)


@api.get("/feed/preview", name="api_feed_preview")
def api_feed_preview(
    visit: Calling, form: Annotated[Literal["slack", "teams"], Query(alias="as")] = "slack"
) -> dict[str, object]:
    """The next batch as it would be posted; empty where nothing happened."""
    batch = preview_feed(visit.tenant, form, now=visit.now, web_url=visit.house.settings.web_url)
    return dict((slack if form == "slack" else card)(batch)) if batch else {}


def _page(visit: Visit, show: Shown, name: str) -> Response:
    tenant, settings = visit.tenant, visit.house.settings
    people, whose = _people(visit), name or visit.account
    letter = batch = payload = None
    if show in ("slack", "teams"):
        batch = preview_feed(tenant, show, now=visit.now, web_url=settings.web_url)
        payload = batch and (slack if show == "slack" else card)(batch)
    elif show == "text":
        letter = preview_digest(tenant, whose, now=visit.now, web_url=settings.web_url)
    return render(
        visit, "digest.html", title="Digest", show=show, whose=whose, people=people, letter=letter, batch=batch,
        payload=payload, sinks=sinks_of(settings, tenant.name), messages=outbox(tenant, limit=20), name=name,
        mine=any(each.name == visit.account and each.has_address for each in people), leads=_leads(visit),
    )  # fmt: skip


def _opening(visit: Visit, link: str, looked: Looked) -> Response:
    status = {"sound": 200, "broken": 404, "of_another": 403}.get(looked.state, 410)
    return render(visit, "open.html", status=status, title="From a digest", looked=looked, link=link, says=SAYS)


def _people(visit: Visit) -> list[Person]:
    with visit.tenant.database.transaction(visit.tenant.name) as connection:
        found: Sequence[object] = recipients(connection, visit.tenant, visit.now.date())
        return [
            Person(name=each.name, roles=list(each.roles), has_address=each.address is not None)  # type: ignore[attr-defined]
            for each in found
        ]


def _leads(visit: Visit) -> bool:
    return bool(LEADS & visit.roles)


def _whom(visit: Visit, name: str) -> str:
    if name != visit.account and not _leads(visit):
        raise HTTPException(403, "Who gets the digest besides you, a team lead or RevOps says.")
    return name
