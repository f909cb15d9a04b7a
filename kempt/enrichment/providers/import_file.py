"""A vendor's file in the drop folder: one row per person with what the vendor knows and when it knew it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kempt.enrichment.provider import Answer, AnsweredValue, Capabilities, Request
from kempt.enrichment.providers.drop_file import day, rows

# What else is in the file, a profile address for instance, is not read: there is no field for it.
COLUMNS = ("email", "phone", "job_title", "observed_on")
# An address is one person's more surely than a number, which families and offices share.
_MATCH = {"email": 0.97, "phone": 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    line: int
    observed_on: date
    values: dict[str, str] = field(repr=False)


class ImportFile:
    """Answers from a vendor's CSV. Rows without a readable date are left out: their age is unknown."""

    capabilities = Capabilities(
        entity_type="person",
        fields=("email", "phone", "job_title"),
        needs=(("email",), ("phone",)),
        requests_per_call=1000,
    )

    def __init__(self, path: Path, *, name: str = "import_file") -> None:
        self.name = name
        self._path = path
        self._rows: dict[tuple[str, str], list[_Row]] | None = None

    def lookup(self, requests: Sequence[Request]) -> Sequence[Answer]:
        """The newest row of each asked address or number."""
        if self._rows is None:
            self._rows = self._read()
        return [self._answer(request, self._rows) for request in requests]

    def _read(self) -> dict[tuple[str, str], list[_Row]]:
        found: dict[tuple[str, str], list[_Row]] = {}
        for line, values in rows(self._path, COLUMNS):
            observed_on = day(values.pop("observed_on"))
            if observed_on is not None:
                row = _Row(line=line, observed_on=observed_on, values=values)
                for name in _MATCH:
                    if values[name]:
                        found.setdefault((name, _folded(name, values[name])), []).append(row)
        return found

    def _answer(self, request: Request, found: dict[tuple[str, str], list[_Row]]) -> Answer:
        ((name, value),) = request.known.items()
        mine = found.get((name, _folded(name, value)), [])
        if not mine or _several_people(name, mine):
            return Answer(key=request.key, match=0.0)
        return Answer(
            key=request.key,
            match=_MATCH[name],
            values=tuple(answered for wanted in request.wanted for answered in _newest(wanted, mine)),
            evidence=f"{self._path.name}:{max(mine, key=lambda row: (row.observed_on, row.line)).line}",
        )


def _folded(name: str, value: str) -> str:
    return value.casefold() if name == "email" else "".join(sign for sign in value if sign.isdigit())


def _several_people(name: str, mine: Sequence[_Row]) -> bool:
    """Whether a number stands beside several addresses: it then says nothing about any of them."""
    return name == "phone" and len({row.values["email"].casefold() for row in mine if row.values["email"]}) > 1


def _newest(wanted: str, mine: Sequence[_Row]) -> Iterator[AnsweredValue]:
    """The newest value of a field, or none when the file says two things of the same day."""
    told = [row for row in mine if row.values[wanted]]
    newest = max((row.observed_on for row in told), default=None)
    values = {row.values[wanted] for row in told if row.observed_on == newest}
    if newest is not None and len(values) == 1:
        yield AnsweredValue(attribute=wanted, value=values.pop(), observed_on=newest)
