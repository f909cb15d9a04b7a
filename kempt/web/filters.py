"""Filters of the inbox as query strings: what stands in the address is what is shown."""

from dataclasses import fields
from urllib.parse import parse_qsl

from kempt.usecases.inbox import Filter
from kempt.web.rendering import query

NAMES = tuple(each.name for each in fields(Filter))


def as_filter(text: str) -> Filter:
    """What a query string asks for; what it does not know is passed over."""
    said = {name: each for name, each in parse_qsl(text, max_num_fields=40) if name in NAMES and each}
    return Filter(**{**said, "late": bool(said.get("late"))})  # type: ignore[arg-type]


def as_query(chosen: Filter) -> str:
    """The query string of a filter; what it does not narrow is left out."""
    plain = Filter()
    said = {name: getattr(chosen, name) for name in NAMES if getattr(chosen, name) != getattr(plain, name)}
    return query({**said, "late": "1" if chosen.late else None, "whose": chosen.whose})
