"""One question: everything that speaks for and against it, and the verdict."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from kempt.errors import Conflict, StopRun
from kempt.survivorship.units import UNITS
from kempt.usecases.claim_items import be_unsure, claim_items, release_items
from kempt.usecases.constraint_rows import Said
from kempt.usecases.constraints import add_constraint
from kempt.usecases.decide import Decided, decide_item
from kempt.usecases.inbox import Filter, following
from kempt.usecases.preview import preview_merge
from kempt.usecases.question import Question, full_proposal_id, question
from kempt.usecases.sessions import say_purpose
from kempt.usecases.side_by_side import taken_from
from kempt.usecases.withdraw import AFTERWARDS, undo_decision
from kempt.warehouse.connection import open_lake
from kempt.web.filters import as_filter, as_query
from kempt.web.graph import draw_cluster
from kempt.web.reasons import REASONS
from kempt.web.rendering import query, render
from kempt.web.sign_in import inside
from kempt.web.visit import Calling, Posting, Reading, Visit
from kempt.web.waterfall import waterfall

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["review"])

Verdict = Literal["approve", "reject", "unsure", "defer"]


class Word(BaseModel):
    """A verdict. `seen` is what the item answered with: it is refused when anything moved since."""

    verdict: Verdict
    seen: str = Field(max_length=100)
    reason: str | None = Field(None, max_length=30, description=f"Of a rejection: one of {', '.join(REASONS)}.")
    note: str | None = Field(None, max_length=1000)
    until: date | None = Field(None, description="Of a deferral: the day on which it comes back.")
    edits: dict[str, str | None] = Field(
        default_factory=dict, description="Values to approve instead, by field; null says that the field is empty."
    )


@router.get("/t/{tenant}/items/{proposal}", name="item")
def item(visit: Reading, proposal: str, f: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """The page."""
    found = question(visit.tenant, proposal, me=visit.account, now=visit.now, unmask=visit.unmasking)
    return _page(visit, found, f)


@router.post("/t/{tenant}/items/{proposal}/decide", name="item_decide")
async def item_decide(visit: Posting, proposal: str) -> Response:
    """The verdict; then the next item."""
    form = {name: str(each) for name, each in (await visit.request.form()).items()}
    return await run_in_threadpool(_decided, visit, proposal, form)


def _decided(visit: Visit, proposal: str, form: Mapping[str, str]) -> Response:
    try:
        word = Word.model_validate(
            {
                "verdict": form.get("verdict", ""), "seen": form.get("seen", ""), "reason": form.get("reason") or None,
                "note": form.get("note") or None, "until": form.get("until") or None, "edits": edits_in(form),
            }
        )  # fmt: skip
    except ValidationError as wrong:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in wrong.errors()]) from None
    if word.verdict == "approve" and form.get("take_all"):
        taken = taken_from(visit.tenant, proposal, form["take_all"], now=visit.now)
        word = word.model_copy(update={"edits": {**taken, **word.edits}})
    chosen, f = as_filter(form.get("f", "")), form.get("f", "")
    after = following(visit.tenant, chosen, full_proposal_id(visit.tenant, proposal), me=visit.account, now=visit.now)
    try:
        done = say_verdict(visit, proposal, word)
    except (Conflict, StopRun) as refused:
        found = question(visit.tenant, proposal, me=visit.account, now=visit.now, unmask=visit.unmasking)
        return _page(visit, found, f, status=409 if isinstance(refused, Conflict) else 400, problem=str(refused),
                     said=word)  # fmt: skip
    told = query({"f": f, "done": f"{done.state},{done.proposal_id}"})
    if after is None:
        return RedirectResponse(f"/t/{visit.tenant_name}/inbox?{as_query(chosen)}&{told}", 303)
    return RedirectResponse(f"/t/{visit.tenant_name}/items/{after.proposal_id}?{told}", 303)


@router.post("/t/{tenant}/items/{proposal}/undo", name="item_undo")
def item_undo(visit: Posting, proposal: str) -> Response:
    """Takes one's own decision back and shows the item again."""
    undone = undo_decision(visit.tenant, proposal, steward=visit.account, now=visit.now)
    return RedirectResponse(f"/t/{visit.tenant_name}/items/{undone.proposal_id}?done=undone", 303)


@router.post("/t/{tenant}/items/{proposal}/claim", name="item_claim")
def item_claim(visit: Posting, proposal: str, back: Annotated[str, Form()] = "/") -> Response:
    """Claims it, if nobody else holds it."""
    name = full_proposal_id(visit.tenant, proposal)
    if not claim_items(visit.tenant, [name], me=visit.account, now=visit.now):
        raise Conflict("Somebody else works at this, or it does not wait any more.")
    return RedirectResponse(inside(back), 303)


@router.post("/t/{tenant}/items/{proposal}/release", name="item_release")
def item_release(visit: Posting, proposal: str, back: Annotated[str, Form()] = "/") -> Response:
    """Gives it back."""
    release_items(visit.tenant, [full_proposal_id(visit.tenant, proposal)], me=visit.account)
    return RedirectResponse(inside(back), 303)


@router.post("/t/{tenant}/items/{proposal}/apart", name="item_apart")
def item_apart(
    visit: Posting,
    proposal: str,
    record: Annotated[list[str], Form()],
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Keeps the chosen records apart from the others of the cluster, on every run to come."""
    found = question(visit.tenant, proposal, me=visit.account, now=visit.now)
    known = [column.record_id for column in found.columns]
    apart, rest = [each for each in known if each in record], [each for each in known if each not in record]
    if not apart or not rest:
        raise StopRun("Choose some of the records, and not all: they are kept apart from the others.")
    held = {(edge.left, edge.right) for edge in found.edges if edge.said.startswith("held apart")}
    number = {column.record_id: column.number for column in found.columns}
    for one, other in ((one, other) for one in apart for other in rest):
        if tuple(sorted((number[one], number[other]))) not in held:
            said = Said(
                kind="cannot_link", left=one, right=other, authority=visit.account, reason=note or "not a match"
            )
            add_constraint(visit.tenant, said, now=visit.now)
    return RedirectResponse(f"/t/{visit.tenant_name}/items/{found.item.proposal_id}?done=apart", 303)


@router.get("/t/{tenant}/items/{proposal}/preview", name="item_preview")
def item_preview(visit: Reading, proposal: str) -> Response:
    """The golden record as it would be, composed for this page alone."""
    with open_lake(visit.tenant.lake) as lake:
        found = preview_merge(visit.tenant, lake, proposal)
    part = visit.request.headers.get("x-part") == "1"
    return render(visit, "preview_part.html" if part else "preview.html", found=found, title="Preview")


@router.post("/t/{tenant}/purpose", name="purpose")
def purpose(
    visit: Posting,
    purpose: Annotated[str, Form(max_length=200)] = "",
    back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Says what values are needed for, which shows them from now on; an empty one masks them again."""
    name = visit.request.app.state.cookie
    say_purpose(visit.house.database, visit.request.cookies[name], purpose)
    return RedirectResponse(inside(back), 303)


@api.get("/items/{proposal}", name="api_item")
def api_item(visit: Calling, proposal: str) -> dict[str, Any]:
    """One question with its evidence, masked. `seen` goes back with a verdict."""
    return asdict(question(visit.tenant, proposal, me=visit.account, now=visit.now))


@api.post("/items/{proposal}/verdict", name="api_decide")
def api_decide(visit: Calling, proposal: str, word: Word) -> Decided:
    """Say a verdict. 409 when the item moved, is held by somebody else, or was decided."""
    return say_verdict(visit, proposal, word)


@api.post("/items/{proposal}/undo", name="api_undo")
def api_undo(visit: Calling, proposal: str) -> Decided:
    """Take your own decision back, as long as it was not carried out."""
    return undo_decision(visit.tenant, proposal, steward=visit.account, now=visit.now)


@api.post("/items/{proposal}/claim", name="api_claim")
def api_claim(visit: Calling, proposal: str) -> dict[str, bool]:
    """Claim a question, so that nobody else decides it meanwhile."""
    name = full_proposal_id(visit.tenant, proposal)
    return {"claimed": bool(claim_items(visit.tenant, [name], me=visit.account, now=visit.now))}


def say_verdict(visit: Visit, proposal: str, word: Word) -> Decided:
    """What pages and programs both do."""
    tenant, name = visit.tenant, full_proposal_id(visit.tenant, proposal)
    if word.verdict == "unsure":
        be_unsure(tenant, name, me=visit.account, now=visit.now, note=word.note)
        return Decided(proposal_id=name, state="unsure", decision_id="")
    if word.verdict == "reject" and word.reason not in REASONS:
        raise StopRun("Why is it rejected? Choose a reason: the matcher learns from it.")
    if word.edits and word.verdict != "approve":
        raise StopRun("Other values go with an approval alone.")
    note = ": ".join(filter(None, (word.reason if word.verdict == "reject" else None, word.note))) or None
    grace = timedelta(seconds=tenant.policies.authority.undo_within_seconds)
    # Other values are composed at once, which takes the lake; everything else needs Postgres alone.
    with open_lake(tenant.lake) if word.edits else nullcontext() as lake:
        return decide_item(tenant, name, word.verdict, steward=visit.account, now=visit.now, note=note,
                           until=word.until, seen=word.seen, grace=grace, edits=word.edits, lake=lake)  # fmt: skip


def edits_in(form: Mapping[str, str]) -> dict[str, str | None]:
    """The fields that were given another value: typed, or taken from a record."""
    return {name.removeprefix("edit."): each for name, each in form.items() if name.startswith("edit.") and each}


def _page(
    visit: Visit, found: Question, f: str, *, status: int = 200, problem: str | None = None, said: Word | None = None
) -> Response:
    chosen: Filter = as_filter(f)
    after = following(visit.tenant, chosen, found.item.proposal_id, me=visit.account, now=visit.now)
    return render(
        visit, "item.html", status=status, title=f"{found.item.kind} of {found.item.entity_type}", question=found,
        item=found.item, f=f, chosen=chosen, back=as_query(chosen), following=after, problem=problem, said=said,
        afterwards=AFTERWARDS[found.item.kind],
        editable={part for unit in UNITS[found.item.entity_type] for part in unit.parts},
        batch=visit.request.query_params.get("batch", "")[:40],
        reasons=REASONS, waterfall=waterfall(found.evidence), graph=draw_cluster(found.columns, found.edges),
        decides=visit.may("item_decide") and found.item.state in ("pending", "deferred"),
        mine=found.decisions and found.decisions[-1]["decider"] == visit.account
        and found.decisions[-1]["withdrawn_at"] is None and found.item.state in ("approved", "rejected", "deferred"),
        tomorrow=visit.now.date() + timedelta(days=1), week=visit.now.date() + timedelta(days=7),
    )  # fmt: skip
