"""The inbox: what waits, for whom, and who takes it."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import RedirectResponse, Response

from kempt.usecases.claim_items import assign_items, claim_items, claim_next, release_items
from kempt.usecases.inbox import BANDS, Counts, Filter, Page, counts, mine_or_anybodys
from kempt.usecases.inbox import inbox as inbox_of
from kempt.usecases.question import headlines
from kempt.usecases.saved_views import drop_view, save_view, saved_views
from kempt.web.filters import NAMES, as_filter, as_query
from kempt.web.reasons import REASONS
from kempt.web.rendering import render
from kempt.web.sign_in import inside
from kempt.web.visit import Calling, Posting, Reading

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["review"])
KINDS = {"merge": "duplicates", "field_change": "values", "stale_flag": "stale values"}


@router.get("/t/{tenant}/inbox", name="inbox")
def inbox(visit: Reading, after: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What is mine, unless I ask for more."""
    counted = counts(visit.tenant, me=visit.account, now=visit.now)
    asked = visit.request.url.query
    chosen = as_filter(asked)
    if not any(name in visit.request.query_params for name in NAMES):
        chosen = mine_or_anybodys(chosen, counted)
    page = inbox_of(visit.tenant, chosen, me=visit.account, now=visit.now, after=after or None)
    return render(
        visit, "inbox.html", title="Inbox", page=page, counts=counted, chosen=chosen, f=as_query(chosen), kinds=KINDS,
        choices=visit.house.choices(visit.tenant), bands=BANDS, names=headlines(visit.tenant, page.items),
        later=bool(after),
        reasons=REASONS, views=saved_views(visit.tenant, visit.account),
        link=lambda **other: as_query(replace(chosen, **other)),
    )  # fmt: skip


@router.post("/t/{tenant}/inbox/claim", name="inbox_claim")
def inbox_claim(
    visit: Posting,
    item: Annotated[list[str] | None, Form()] = None,
    f: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Claims what was ticked; without a tick, the ten most important that nobody has."""
    if item:
        claim_items(visit.tenant, item, me=visit.account, now=visit.now)
    else:
        claim_next(visit.tenant, replace(as_filter(f), whose="nobody"), me=visit.account, now=visit.now)
    return RedirectResponse(f"/t/{visit.tenant_name}/inbox?whose=mine", 303)


@router.post("/t/{tenant}/inbox/assign", name="inbox_assign")
def inbox_assign(
    visit: Posting,
    item: Annotated[list[str] | None, Form()] = None,
    to: Annotated[str, Form(max_length=100)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Hands what was ticked to somebody."""
    assign_items(visit.tenant, item or [], to=to, by=visit.account, now=visit.now)
    return RedirectResponse(inside(back), 303)


@router.post("/t/{tenant}/inbox/release", name="inbox_release")
def inbox_release(
    visit: Posting,
    item: Annotated[list[str] | None, Form()] = None,
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Gives what was ticked back."""
    release_items(visit.tenant, item or [], me=visit.account)
    return RedirectResponse(inside(back), 303)


@router.post("/t/{tenant}/inbox/views", name="inbox_save_view")
def inbox_save_view(
    visit: Posting, view: Annotated[str, Form(max_length=60)], f: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Keeps a filter under a name."""
    save_view(visit.tenant, visit.account, view, as_query(as_filter(f)))
    return RedirectResponse(f"/t/{visit.tenant_name}/inbox?{as_query(as_filter(f))}", 303)


@router.post("/t/{tenant}/inbox/views/drop", name="inbox_drop_view")
def inbox_drop_view(visit: Posting, view: Annotated[str, Form(max_length=60)]) -> Response:
    """Forgets a name."""
    drop_view(visit.tenant, visit.account, view)
    return RedirectResponse(f"/t/{visit.tenant_name}/inbox", 303)


@api.get("/items", name="api_items")
def api_items(
    visit: Calling,
    chosen: Annotated[Filter, Depends()],
    after: Annotated[str | None, Query(max_length=100, description="`after` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> Page:
    """Questions in the inbox's order: what matters most and is least sure first."""
    return inbox_of(visit.tenant, chosen, me=visit.account, now=visit.now, after=after, limit=limit)


@api.get("/counts", name="api_counts")
def api_counts(visit: Calling) -> Counts:
    """How much waits."""
    return counts(visit.tenant, me=visit.account, now=visit.now)
