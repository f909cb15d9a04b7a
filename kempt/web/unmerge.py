"""Taking a merge back: the plan step by step, choices where a person is needed, and then exactly what was shown."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from kempt.errors import Conflict, KemptError, StopRun, Unknown
from kempt.identity.unmerge import CLASSES, Plan
from kempt.usecases.entity_view import view_entity
from kempt.usecases.lease import lease
from kempt.usecases.unmerge import foresee_unmerge
from kempt.usecases.unmerge import unmerge as take_back
from kempt.warehouse.connection import open_lake
from kempt.web.rendering import render
from kempt.web.visit import Calling, Posting, Reading, Visit

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["records"])

PATIENCE = "5s"
"""Nobody sits before a page until a run is done."""
MEANS = {
    "independent": "stays as it is",
    "re-attributable": "goes to the side it belongs to",
    "needs a human": "say whose it is",
    "cannot be undone": "stays done; told elsewhere already",
}
Named = Annotated[list[str] | None, Query(max_length=200)]
Given = Annotated[list[str] | None, Query(max_length=200, description="CLAIM=RECORD, for each that needs a human.")]


class Approved(BaseModel):
    """The approval of a plan: by its digest, with what the plan was asked with."""

    plan: str = Field(min_length=12, max_length=64)
    records: list[str] = Field(default_factory=list, max_length=200)
    give: dict[str, str] = Field(default_factory=dict, description="Whose a claim is: record by claim.")
    note: str | None = Field(None, max_length=1000)


@router.get("/t/{tenant}/entities/{entity}/unmerge", name="unmerge")
def unmerge(visit: Reading, entity: str, record: Named = None, give: Given = None) -> Response:
    """The plan, as it would be carried out now. Changes nothing."""
    return _page(visit, entity, record or (), _pairs(give or ()))


@router.post("/t/{tenant}/entities/{entity}/unmerge", name="unmerge_apply")
def unmerge_apply(
    visit: Posting,
    entity: str,
    plan: Annotated[str, Form(max_length=64)],
    record: Annotated[list[str] | None, Form()] = None,
    give: Annotated[list[str] | None, Form()] = None,
    note: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Carries out the plan of that digest, and no other one."""
    given = _pairs(give or ())
    try:
        done = _carry_out(visit, entity, Approved(plan=plan, records=record or [], give=given, note=note or None))
    except Unknown:
        raise
    except KemptError as refused:
        return _page(visit, entity, record or (), given, problem=str(refused), status=409)
    return RedirectResponse(f"/t/{visit.tenant_name}/entities/{done.entity_id}?done=unmerged", 303)


@api.get("/entities/{entity}/unmerge", name="api_unmerge")
def api_unmerge(visit: Calling, entity: str, record: Named = None, give: Given = None) -> dict[str, Any]:
    """What taking the last merge back, or parting records from the rest, would do. `plan` goes back to approve it."""
    plan = _foresee(visit, entity, record or (), _pairs(give or ()))
    return {"plan": plan.digest, **plan.as_json()}


@api.post("/entities/{entity}/unmerge", name="api_unmerge_apply")
def api_unmerge_apply(visit: Calling, entity: str, approved: Approved) -> dict[str, Any]:
    """Carry out a plan. 400 when something moved since it was shown."""
    plan = _carry_out(visit, entity, approved)
    return {"plan": plan.digest, **plan.as_json()}


def _foresee(visit: Visit, entity: str, records: Sequence[str], given: Mapping[str, str]) -> Plan:
    with open_lake(visit.tenant.lake) as lake:
        return foresee_unmerge(visit.tenant, lake, entity, records=records, given=given)


def _carry_out(visit: Visit, entity: str, approved: Approved) -> Plan:
    tenant = visit.tenant
    with lease(tenant.database, tenant.name, patience=PATIENCE), open_lake(tenant.lake) as lake:
        return take_back(
            tenant, lake, entity, approved=approved.plan, steward=visit.account, now=visit.now,
            records=approved.records, given=approved.give, note=approved.note,
        )  # fmt: skip


def _page(
    visit: Visit,
    entity: str,
    records: Sequence[str],
    given: Mapping[str, str],
    *,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    view = view_entity(visit.tenant, entity, now=visit.now, unmask=visit.unmasking)
    plan, why_not = None, None
    try:
        plan = _foresee(visit, entity, records, given)
    except Conflict:
        raise
    except StopRun as refused:
        why_not = str(refused)
    items = {each: [item for item in plan.items if item.class_ == each] for each in CLASSES} if plan else {}
    return render(
        visit, "unmerge.html", status=status, title="Unmerge", view=view, plan=plan, why_not=why_not, items=items,
        means=MEANS, chosen=set(records), given=given, problem=problem, entity=entity,
        known={each.record_id: each for each in view.records},
        number={each.record_id: number for number, each in enumerate(view.records, start=1)},
    )  # fmt: skip


def _pairs(given: Sequence[str]) -> dict[str, str]:
    """CLAIM=RECORD as the form sends it; what was left open is left out."""
    return {claim: record for claim, _, record in (each.partition("=") for each in given) if claim and record}
