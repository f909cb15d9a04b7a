"""Our own activity log: who replied, met us or logged in, and whose mail came back.

It knows no new value. It tells whether an address we have still works.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from kempt.enrichment.provider import Answer, AnsweredValue, Capabilities, RefutedValue, Request
from kempt.enrichment.providers.drop_file import day, rows

ActivityKind = Literal["reply", "bounce", "login", "meeting"]
COLUMNS = ("email", "kind", "at")
_KINDS = frozenset(get_args(ActivityKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something that happened at an address."""

    email: str = field(repr=False)
    kind: ActivityKind
    on: date
    line: int


def activities(path: Path) -> Iterator[Activity]:
    """Every readable line of the log; unknown kinds and unreadable days are left out."""
    for line, values in rows(path, COLUMNS):
        on = day(values["at"])
        if values["email"] and values["kind"] in _KINDS and on is not None:
            yield Activity(
                email=values["email"].casefold(), kind=cast("ActivityKind", values["kind"]), on=on, line=line
            )


class ActivityLog:
    """Confirms or refutes an e-mail address by the last thing that happened there."""

    capabilities = Capabilities(entity_type="person", fields=("email",), needs=(("email",),), requests_per_call=1000)

    def __init__(self, path: Path, *, name: str = "activity") -> None:
        self.name = name
        self._path = path
        self._last: dict[str, Activity] | None = None

    def lookup(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """What the log last saw of each address. On one day a bounce outweighs the rest."""
        if self._last is None:
            self._last = {}
            for activity in activities(self._path):
                before = self._last.get(activity.email)
                if before is None or _rank(before) < _rank(activity):
                    self._last[activity.email] = activity
        return [self._answer(request, self._last.get(request.known["email"].casefold())) for request in requests]

    def _answer(self, request: Request, last: Activity | None) -> Answer:
        if last is None or "email" not in request.wanted:
            return Answer(key=request.key, match=0.0)
        works = AnsweredValue(attribute="email", value=request.known["email"], observed_on=last.on)
        return Answer(
            key=request.key,
            match=1.0,
            values=() if last.kind == "bounce" else (works,),
            refuted=(RefutedValue(attribute="email", observed_on=last.on),) if last.kind == "bounce" else (),
            evidence=f"{self._path.name}:{last.line}",
        )


def _rank(activity: Activity) -> tuple[date, bool, int]:
    return activity.on, activity.kind == "bounce", activity.line
