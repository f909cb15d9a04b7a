"""JSON Lines and pages of JSON, nested objects flattened to dotted columns, numbers kept as they were written."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from kempt.errors import SkipRecord
from kempt.extracts.batches import header, no_rows, printable, row_batches, unfit
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Batch, Fault
from kempt.extracts.text_files import PAGE_LISTS, decode

_NAMES = "two fields with one name, or a name that is none"
Row = tuple[int, dict[str, str]] | Fault


class Number(str):
    """A number as the file writes it: 1.10 stays 1.10."""

    __slots__ = ()


class Refused(ValueError):
    """A value that cannot become columns; the text is the rule and the reason."""


def parse_lines(file: FileContent) -> Iterator[Batch]:
    """One object a line."""
    text = decode(file.content, file.options.encoding)
    lines = text.split(b"\n") if isinstance(text, bytes) else text.split("\n")
    columns: dict[str, str] = {}
    yield from _batches(_line_rows(lines, columns, file), columns, file)


def parse_page(file: FileContent) -> Iterator[Batch]:
    """One page: a list of objects, or an object that holds one."""
    text = decode(file.content, file.options.encoding)
    try:
        page = _loads(text if isinstance(text, str) else text.decode())
    except (ValueError, RecursionError):
        raise SkipRecord(f"{file.name}: not a whole JSON page, or a field given twice. Fetch it again.") from None
    if file.last and _has_next(page):
        raise SkipRecord(f"{file.name}: the last page names a next one, so pages are missing. Fetch the rest.")
    columns: dict[str, str] = {}
    items = enumerate(_records(page, file), start=file.first_row)
    yield from _batches((_row(number, item, columns, file) for number, item in items), columns, file)


def refuse_gaps(names: Sequence[str]) -> None:
    """Pages that are numbered must be numbered without gaps: a missing page looks like deleted records."""
    parts = [re.split(r"(\d+)(?=[^/\d]*$)", name, maxsplit=1) for name in names]
    if len(names) < 2 or any(len(part) != 3 for part in parts) or len({(part[0], part[2]) for part in parts}) > 1:
        return
    numbers = {int(part[1]) for part in parts}
    if max(numbers) >= 10 * len(numbers):
        return  # offsets or times, no page counter
    missing = sorted({*range(min(*numbers, 1), max(numbers))} - numbers)
    if missing:
        raise SkipRecord(f"{names[-1]}: page {missing[0]} before it is missing. Fetch it, or remove what is left over.")


def flatten(value: dict[str, Any], depth: int) -> dict[str, tuple[str, str]]:
    """Dotted columns with value and kind; Refused when two of them fall together or it goes too deep."""
    flat: dict[str, tuple[str, str]] = {}
    _fill(flat, "", value, depth)
    return flat


def _fill(flat: dict[str, tuple[str, str]], above: str, value: dict[str, Any], depth: int) -> None:
    if depth == 0:
        raise Refused("too_deep", "objects nested too deep")
    for key, item in value.items():
        name = f"{above}{' '.join(key.split())}"
        if type(item) is dict and item:
            _fill(flat, f"{name}.", item, depth - 1)
            continue
        if name in flat or not name or unfit(name):
            raise Refused("field_name", _NAMES)
        flat[name] = (_text(item), "list" if type(item) is list else "null" if item in (None, {}) else "")


def _text(item: Any) -> str:
    if item is None or item == {}:
        return ""
    if isinstance(item, bool):
        return "true" if item else "false"
    return item if isinstance(item, str) else _json(item)


def _json(item: Any) -> str:
    """JSON text that keeps numbers as they were written."""
    if type(item) is list:
        return f"[{', '.join(map(_json, item))}]"
    if type(item) is dict:
        parts = (f"{json.dumps(key, ensure_ascii=False)}: {_json(part)}" for key, part in item.items())
        return "{" + ", ".join(parts) + "}"
    return str(item) if isinstance(item, Number) else json.dumps(item, ensure_ascii=False)


def _line_rows(lines: Sequence[Any], columns: dict[str, str], file: FileContent) -> Iterator[Row]:
    number = file.first_row - 1
    for raw in lines:
        line = raw.decode() if isinstance(raw, bytes) else raw
        if not line.strip():
            continue
        number += 1
        try:
            item = _loads(line)
        except Refused as refused:
            yield _fault(number, refused, line)
        except (ValueError, RecursionError):
            yield _fault(number, Refused("not_json", "the line is no JSON"), line)
        else:
            yield _row(number, item, columns, file)


def _row(number: int, item: Any, columns: dict[str, str], file: FileContent) -> Row:
    try:
        if type(item) is not dict:
            raise Refused("not_an_object", "expected an object with fields")
        flat = flatten(item, file.limits.json_depth)
    except Refused as refused:
        return _fault(number, refused, _json(item))
    for name, (_, kind) in flat.items():
        known = columns.get(name)
        if known is None or (known != kind and known != "list" and kind != "null"):
            columns[name] = kind
    if len(columns) > file.limits.columns:
        raise SkipRecord(f"{file.name}: more than {file.limits.columns} different fields. Export fewer fields.")
    return number, {name: text for name, (text, _) in flat.items()}


def _fault(number: int, refused: Refused, raw: str) -> Fault:
    rule, reason = refused.args
    return Fault(row_number=number, rule=rule, field="", reason=reason, payload={"_line": printable(raw.strip())})


def _batches(rows: Iterator[Row], columns: dict[str, str], file: FileContent) -> Iterator[Batch]:
    for batch in row_batches(rows, columns):
        header(list(batch.columns), file.limits, file.name)
        yield batch
    yield Batch(rows=no_rows(), columns=dict(columns))


def _records(page: Any, file: FileContent) -> list[Any]:
    path = file.options.records
    if path is not None:
        for step in path.split("."):
            page = page.get(step) if type(page) is dict else None
    elif type(page) is dict:
        page = next((page[name] for name in PAGE_LISTS if type(page.get(name)) is list), None)
    if type(page) is not list:
        raise SkipRecord(f"{file.name}: no list of records at {path or 'the top'}. Set read.records to its path.")
    return page


def _has_next(page: Any) -> bool:
    if type(page) is not dict:
        return False
    paging = page.get("paging")
    following = paging.get("next") if type(paging) is dict else None
    return bool(following) or page.get("has_more") is True or page.get("hasMore") is True or page.get("done") is False


def _loads(text: str) -> Any:
    return json.loads(
        text, object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_no_constant
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Refused("field_name", _NAMES)
    return found


def _no_constant(name: str) -> Any:
    raise Refused("not_json", f"{name} is no JSON value")
