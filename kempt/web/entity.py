"""An entity and a record from all sides, what they were at a moment, and where a value comes from."""

from bisect import bisect_right
from contextlib import nullcontext
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kempt.survivorship.units import UNITS
from kempt.usecases.as_of import AsOf
from kempt.usecases.as_of import as_of as as_of_entity
from kempt.usecases.cell_history import cell_history
from kempt.usecases.entity_view import EntityView, ShownCell, view_entity
from kempt.usecases.record_view import view_record
from kempt.usecases.timeline import Moment
from kempt.usecases.trace import trace
from kempt.warehouse.connection import open_lake
from kempt.web.rendering import render
from kempt.web.visit import Calling, Reading

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["records"])

CHANGES = ("entity_", "golden_record_", "constraint_", "unmerge_")
"""Events after which an entity is another one than before: what the slider goes through."""
RECENT = 12
"""So many events are shown at once; the others on demand."""
At = Annotated[str, Query(max_length=40, description="A position of the ledger, or a moment; now without it.")]


@router.get("/t/{tenant}/entities/{entity}", name="entity")
def entity(
    visit: Reading, entity: str, at: At = "", step: Annotated[int | None, Query(ge=0, le=10**6)] = None
) -> Response:
    """The page. `step` is a place of the slider: the number of changes up to there."""
    view = view_entity(visit.tenant, entity, now=visit.now, unmask=visit.unmasking)
    changes = [moment for moment in reversed(view.timeline) if moment.kind.startswith(CHANGES)]
    if step is not None and not at and step < len(changes):
        at = str(changes[step].seq)
    then = (
        as_of_entity(visit.tenant, view.entity_id, at=at, now=visit.now, unmask=visit.unmasking) if at.strip() else None
    )
    place = len(changes) if then is None else bisect_right([each.seq for each in changes], then.seq) - 1
    return render(
        visit, "entity.html", title=_name(view), view=view, name=_name(view), then=then, at=at, changes=changes,
        place=max(place, 0), asked={each.proposal_id for each in view.proposals if each.asked}, cells=_ordered(view),
        compared=_compared(view, then), number=_numbers(view), moments=_shown(view.timeline),
    )  # fmt: skip


@router.get("/t/{tenant}/entities/{entity}/cells/{field}", name="entity_cell")
def entity_cell(visit: Reading, entity: str, field: str, raw: bool = False) -> Response:
    """One value: everything it was, and the way it came; with `raw` to the row that it was read from, in the lake."""
    view = view_entity(visit.tenant, entity, now=visit.now)
    told = cell_history(visit.tenant, view.entity_id, field, now=visit.now, unmask=visit.unmasking)
    stands = any(cell.attribute == field for cell in view.cells)
    with open_lake(visit.tenant.lake) if raw and stands else nullcontext() as lake:
        way = trace(visit.tenant, view.entity_id, field, lake=lake) if stands else None
    return render(
        visit, "cell.html", title=field, view=view, name=_name(view), field=field, told=told, way=way, raw=raw
    )


@router.get("/t/{tenant}/records/{record}", name="record")
def record(visit: Reading, record: str) -> Response:
    """What a record says and said."""
    view = view_record(visit.tenant, record, now=visit.now, unmask=visit.unmasking)
    return render(
        visit, "record.html", title="Record", view=view, moments=_shown(view.timeline),
        asked={each.proposal_id for each in view.proposals if each.asked},
    )  # fmt: skip


@api.get("/entities/{entity}", name="api_entity")
def api_entity(visit: Calling, entity: str) -> dict[str, Any]:
    """An entity from all sides, masked; an id that was merged away leads to where it went."""
    return asdict(view_entity(visit.tenant, entity, now=visit.now))


@api.get("/entities/{entity}/as-of", name="api_as_of")
def api_as_of(visit: Calling, entity: str, at: At = "") -> dict[str, Any]:
    """An entity as it was known at a position or moment, masked. An id that nobody had is answered too."""
    return asdict(as_of_entity(visit.tenant, entity, at=at.strip() or None))


@api.get("/entities/{entity}/cells/{field}", name="api_entity_cell")
def api_entity_cell(visit: Calling, entity: str, field: str) -> dict[str, Any]:
    """Everything that a golden cell was, the newest first, masked."""
    return {"states": [asdict(each) for each in cell_history(visit.tenant, entity, field, now=visit.now)]}


@api.get("/records/{record}", name="api_record")
def api_record(visit: Calling, record: str) -> dict[str, Any]:
    """A record from all sides, masked."""
    return asdict(view_record(visit.tenant, record, now=visit.now))


def _name(view: EntityView) -> str | None:
    """By what a person recognizes it: its name, else its address, else its domain."""
    said = {cell.attribute: cell.value for cell in view.cells}
    first = "company_name" if view.entity_type == "company" else "full_name"
    return next(
        (value for name in (first, "family_name", "email", "domain", "phone") if (value := said.get(name))), None
    )


def _ordered(view: EntityView) -> list[ShownCell]:
    """The cells as people read a card: name first, then address and the rest."""
    place = {part: at for at, part in enumerate(part for unit in UNITS[view.entity_type] for part in unit.parts)}
    return sorted(view.cells, key=lambda cell: place.get(cell.attribute, len(place)))


def _numbers(view: EntityView) -> dict[str, int]:
    """The records of an entity by number, as the page names them."""
    return {each.record_id: number for number, each in enumerate(view.records, start=1)}


def _compared(view: EntityView, then: AsOf | None) -> list[tuple[str, str | None, str | None, bool]]:
    """Field by field what the golden record said then and says now, and whether that is the same."""
    if then is None:
        return []
    before = {cell.attribute: cell for cell in then.cells or ()}
    today = {cell.attribute: cell for cell in view.cells}
    names = [part for unit in UNITS[view.entity_type] for part in unit.parts if part in before or part in today]
    return [
        (name, _said(before, name), _said(today, name), _said(before, name) == _said(today, name)) for name in names
    ]


def _said(cells: dict[str, Any], name: str) -> str | None:
    return ("(erased)" if cells[name].value is None else cells[name].value) if name in cells else None


def _shown(moments: tuple[Moment, ...]) -> tuple[list[Moment], list[Moment]]:
    """The newest events, and all earlier ones."""
    return list(moments[:RECENT]), list(moments[RECENT:])
