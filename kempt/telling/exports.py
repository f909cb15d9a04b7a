"""The ledger as a file: CSV that no spreadsheet runs (RFC 4180), and JSON lines with bodies as they were hashed."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from kempt.telling.sentences import actor, sentence

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, in the forms of East Asian keyboards too."""
COLUMNS = ("seq", "at", "type", "by", "what", "event_id", "body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An event as it stands in the ledger; the body is RFC 8785 text."""

    seq: int
    event_id: str
    type: str
    at: datetime
    body: str


def safe_cell(value: object) -> str:
    """A cell that is text for every spreadsheet: what could begin a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """The header, then a record for each event; lines end with CR LF."""
    yield _record(COLUMNS)
    for line in lines:
        body = json.loads(line.body)
        cells = (
            line.seq,
            _moment(line.at),
            line.type,
            actor(body),
            sentence(line.type, body),
            line.event_id,
            line.body,
        )
        yield _record([safe_cell(cell) for cell in cells])


def as_json_lines(lines: Iterable[Line]) -> Iterator[str]:
    """A JSON object for each event; `body` is spelled as it was hashed, so that its leaf can be computed again."""
    for line in lines:
        head = json.dumps({"seq": line.seq, "event_id": line.event_id, "type": line.type, "at": _moment(line.at)})
        yield f'{head[:-1]}, "body": {line.body}}}\n'


def _record(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
