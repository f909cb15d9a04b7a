"""Batches: questions of one kind decided together."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from kempt.usecases.batches import (
    DECIDED,
    MOST,
    BatchVerdict,
    begin_batch,
    carry_out_batch,
    find_batch,
    note_opened,
    propose_batch,
    undo_batch,
)
from kempt.usecases.inbox import Filter, find_items
from kempt.usecases.question import headlines
from kempt.web.filters import as_filter
from kempt.web.reasons import REASONS
from kempt.web.rendering import render
from kempt.web.visit import Calling, Posting, Reading, Visit

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["batches"])

LASTS = timedelta(minutes=2)
"""What began longer ago and is not done was interrupted."""


class NewBatch(BaseModel):
    """What to put together: ids, or all that a filter shows up to the cap of its kind."""

    verdict: BatchVerdict
    proposals: list[str] = Field(default_factory=list, max_length=500)
    kind: str | None = None
    rule: str | None = None
    attribute: str | None = None
    origin: str | None = None
    band: str | None = None
    note: str | None = Field(None, max_length=1000)


@router.post("/t/{tenant}/batches", name="batch_new")
def batch_new(
    visit: Posting,
    verdict: Annotated[BatchVerdict, Form()],
    item: Annotated[list[str] | None, Form()] = None,
    f: Annotated[str, Form(max_length=2000)] = "",
    reason: Annotated[str, Form(max_length=30)] = "",
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Puts a batch together and shows it."""
    why = ": ".join(filter(None, (reason if reason in REASONS else "", note))) or None
    name = propose_batch(
        visit.tenant, as_filter(f), verdict, proposals=item or (), note=why, me=visit.account, now=visit.now
    )
    return RedirectResponse(f"/t/{visit.tenant_name}/batches/{name}", 303)


@router.get("/t/{tenant}/batches/{batch}", name="batch")
def batch(visit: Reading, batch: str) -> Response:
    """All items, and which of them are to be opened before anything is decided."""
    found = find_batch(visit.tenant, batch, me=visit.account)
    with visit.tenant.database.transaction(visit.tenant.name) as connection:
        items = find_items(connection, visit.tenant, found.proposals, now=visit.now)
    left = len(found.proposals) - len(found.outcomes)
    working = left and found.begun_at is not None and visit.now - found.begun_at < LASTS
    return render(
        visit, "batch.html", title="Batch", batch=found, items=items, names=headlines(visit.tenant, items),
        most=MOST[found.kind], left=left, working=working,
        decided=any(each.startswith(DECIDED) for each in found.outcomes.values()),
    )  # fmt: skip


@router.post("/t/{tenant}/batches/{batch}/open/{proposal}", name="batch_open")
def batch_open(visit: Posting, batch: str, proposal: str) -> Response:
    """Shows one of the sample; that it was shown is kept, and is all that this changes."""
    note_opened(visit.tenant, batch, proposal, me=visit.account)
    return RedirectResponse(f"/t/{visit.tenant_name}/items/{proposal}?batch={batch}", 303)


@router.post("/t/{tenant}/batches/{batch}/decide", name="batch_decide")
def batch_decide(visit: Posting, batch: str, afterwards: BackgroundTasks) -> Response:
    """Begins it; its page shows how far it is."""
    begin_batch(visit.tenant, batch, me=visit.account, now=visit.now)
    afterwards.add_task(carry_out_batch, visit.tenant, batch, me=visit.account)
    return RedirectResponse(f"/t/{visit.tenant_name}/batches/{batch}", 303)


@router.post("/t/{tenant}/batches/{batch}/undo", name="batch_undo")
def batch_undo(visit: Posting, batch: str) -> Response:
    """Takes it back as one."""
    undo_batch(visit.tenant, batch, me=visit.account, now=visit.now)
    return RedirectResponse(f"/t/{visit.tenant_name}/batches/{batch}", 303)


@api.post("/batches", name="api_batch_new", status_code=201)
def api_batch_new(visit: Calling, new: NewBatch) -> dict[str, Any]:
    """Put a batch together. Get the items in `to_open`, then decide it."""
    chosen = Filter(kind=new.kind, rule=new.rule, attribute=new.attribute, origin=new.origin, band=new.band)
    name = propose_batch(visit.tenant, chosen, new.verdict, proposals=new.proposals, note=new.note, me=visit.account,
                         now=visit.now)  # fmt: skip
    return _told(visit, name)


@api.get("/batches/{batch}", name="api_batch")
def api_batch(visit: Calling, batch: str) -> dict[str, Any]:
    """A batch of yours: its items, what is still to be opened, what became of each."""
    return _told(visit, batch)


@api.post("/batches/{batch}/open/{proposal}", name="api_batch_open")
def api_batch_open(visit: Calling, batch: str, proposal: str) -> dict[str, Any]:
    """Say that you looked at one of the sample; get the item itself from /items."""
    note_opened(visit.tenant, batch, proposal, me=visit.account)
    return _told(visit, batch)


@api.post("/batches/{batch}/decide", name="api_batch_decide")
def api_batch_decide(visit: Calling, batch: str) -> dict[str, int]:
    """Carry it out; how many items by what became of them."""
    begin_batch(visit.tenant, batch, me=visit.account, now=visit.now)
    return dict(carry_out_batch(visit.tenant, batch, me=visit.account).told)


@api.post("/batches/{batch}/undo", name="api_batch_undo")
def api_batch_undo(visit: Calling, batch: str) -> dict[str, int]:
    """Take back what nothing has carried out yet."""
    return dict(undo_batch(visit.tenant, batch, me=visit.account, now=visit.now).told)


def _told(visit: Visit, name: str) -> dict[str, Any]:
    found = find_batch(visit.tenant, name, me=visit.account)
    return {**asdict(found), "opened": sorted(found.opened), "to_open": found.to_open}
