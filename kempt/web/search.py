"""Search: from what somebody remembers to entities and their records. Always masked."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from kempt.usecases.search import search as search_for
from kempt.web.rendering import render
from kempt.web.visit import Calling, Reading

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["records"])

Asked = Annotated[str, Query(max_length=200)]
Page = Annotated[int, Query(ge=1, le=1000)]


@router.get("/t/{tenant}/search", name="search")
def search(visit: Reading, q: Asked = "", page: Page = 1) -> Response:
    """What was found, 25 a page."""
    found = search_for(visit.tenant, q, page=page) if q.strip() else None
    return render(visit, "search.html", title="Search", found=found)


@api.get("/search", name="api_search")
def api_search(visit: Calling, q: Asked, page: Page = 1) -> dict[str, Any]:
    """Records and their entities by id, e-mail, telephone number, domain, source key or words of a name; masked."""
    return asdict(search_for(visit.tenant, q, page=page))
