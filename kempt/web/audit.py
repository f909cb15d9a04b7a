"""The audit: what happened as sentences, filtered and paged; as a file; and the proof that nobody changed it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import Response, StreamingResponse
from markupsafe import Markup
from pydantic import BaseModel

from kempt.ledger.verify import Verification
from kempt.telling.exports import as_csv, as_json_lines
from kempt.telling.sentences import BULK, KINDS, stem
from kempt.usecases.audit import LedgerState, Page, Wanted, audit, export, ledger_state
from kempt.usecases.sign_checkpoint import verify_ledger
from kempt.web.rendering import query, render
from kempt.web.visit import Calling, Posting, Reading, Visit

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1/{tenant}", tags=["audit"])
IDS = re.compile(r"\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:per|com)_[a-z2-7]{24})\b")
RARE = "rare"
"""Stands for all kinds that runs do not write by the thousand."""
FILES = {"csv": ("text/csv; charset=utf-8", as_csv), "jsonl": ("application/jsonl", as_json_lines)}


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as it stands in an address: whole days, both included."""

    kind: Annotated[str, Query(max_length=60, description="A kind of event, as proposal_approved; or rare.")] = ""
    by: Annotated[str, Query(max_length=100, description="What this person did.")] = ""
    about: Annotated[str, Query(max_length=40, description="The whole id of a record, an entity or a proposal.")] = ""
    since: Annotated[str, Query(max_length=10, description="The first day, as 2026-01-31.")] = ""
    until: Annotated[str, Query(max_length=10, description="The last day.")] = ""

    @property
    def wanted(self) -> Wanted:
        """The same for the use case; a kind or day that is none is told so."""
        first, last = _day(self.since), _day(self.until)
        if self.kind not in (*KINDS, RARE, ""):
            raise HTTPException(422, f"{self.kind} is no kind of event.")
        one = (self.kind,) if self.kind else ()
        return Wanted(
            kinds=sorted(set(KINDS) - BULK) if self.kind == RARE else one,
            by=self.by or None,
            about=self.about or None,
            since=first,
            until=None if last is None else last + timedelta(days=1),
        )


class Verified(BaseModel):
    """What verifying found."""

    ok: bool
    events: int
    signed: int
    first_bad_seq: int | None
    tampering: str | None
    problem: str | None


Filtered = Annotated[Asked, Depends()]
Before = Annotated[int | None, Query(ge=1, le=2**62, description="`before` of the page before.")]


@router.get("/t/{tenant}/audit", name="audit")
def audit_page(visit: Reading, asked: Filtered, before: Before = None) -> Response:
    """The newest first."""
    return _page(visit, asked, before)


@router.post("/t/{tenant}/audit/verify", name="audit_verify")
def audit_verify(visit: Posting) -> Response:
    """Proves the whole ledger; a million events take about ten seconds."""
    return _page(
        visit, Asked(), None, verified=verify_ledger(visit.house.database, visit.house.settings, visit.tenant.name)
    )


@router.get("/t/{tenant}/audit/export", name="audit_export")
def audit_export(visit: Reading, asked: Filtered, format: Literal["csv", "jsonl"] = "csv") -> StreamingResponse:
    """What is filtered as a file, the oldest first, as it is read."""
    return _file(visit, asked, format)


@api.get("/audit", name="api_audit")
def api_audit(
    visit: Calling, asked: Filtered, before: Before = None, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Page:
    """Events as sentences, with their bodies, the newest first."""
    return audit(visit.tenant, asked.wanted, before=before, limit=limit)


@api.get("/audit/state", name="api_audit_state")
def api_audit_state(visit: Calling) -> LedgerState:
    """How far the ledger goes, and how far it is signed."""
    return ledger_state(visit.tenant, visit.house.settings)


@api.get("/audit/export", name="api_audit_export", response_class=StreamingResponse)
def api_audit_export(visit: Calling, asked: Filtered, format: Literal["csv", "jsonl"] = "jsonl") -> StreamingResponse:
    """Events as a file, the oldest first; in JSON lines bodies are spelled as they were hashed."""
    return _file(visit, asked, format)


@api.post("/audit/verify", name="api_audit_verify")
def api_audit_verify(visit: Calling) -> Verified:
    """Proves the whole ledger."""
    found = verify_ledger(visit.house.database, visit.house.settings, visit.tenant.name)
    return Verified(**{name: getattr(found, name) for name in Verified.model_fields})


def _page(visit: Visit, asked: Asked, before: int | None, *, verified: Verification | None = None) -> Response:
    page = audit(visit.tenant, asked.wanted, before=before)
    f = query(asdict(asked))
    return render(
        visit, "audit.html", title="Audit", page=page, asked=asked, f=f, before=before, verified=verified,
        state=ledger_state(visit.tenant, visit.house.settings), told=_linked, stem=stem,
        kinds={name: kind.several for name, kind in sorted(KINDS.items(), key=lambda each: each[1].several)},
    )  # fmt: skip


def _linked(visit: Visit, told: str, body: Mapping[str, Any]) -> Markup:
    """A sentence whose ids lead to the pages of proposals, entities and records."""

    def link(found: re.Match[str]) -> Markup:
        name = found.group()
        is_entity = "_" in name
        kind = "entities" if is_entity else "items" if name == body.get("proposal_id") else "records"
        return Markup('<a class="id" href="/t/{}/{}/{}" title="{}">{}</a>').format(
            visit.tenant_name, kind, name, name, name[: 12 if is_entity else 8]
        )

    parts, end = [], 0
    for found in IDS.finditer(told):
        parts += [Markup.escape(told[end : found.start()]), link(found)]
        end = found.end()
    return Markup("").join([*parts, Markup.escape(told[end:])])


def _file(visit: Visit, asked: Asked, format: Literal["csv", "jsonl"]) -> StreamingResponse:
    kind, write = FILES[format]
    lines = write(export(visit.tenant, asked.wanted))
    name = f"kempt-{visit.tenant_name}-{visit.now:%Y%m%d}.{format}"
    return StreamingResponse(
        _in_pieces(lines), media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _in_pieces(lines: Iterator[str]) -> Iterator[bytes]:
    """Lines, several at once: each piece is a turn of the server's loop."""
    waiting, size = [], 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size > 64_000:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    yield "".join(waiting).encode()


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError:
        raise HTTPException(422, "A day is given as 2026-01-31.") from None
