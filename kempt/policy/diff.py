"""What two versions of the policies say differently, rule by rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kempt.policy.load import PROTECTION, AnySection, Policies

_NAMES = ("id", "name", "attribute", "kind", "column")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One place that differs; None where the other version has nothing."""

    section: str
    place: str
    before: Any
    after: Any


def diff(before: Policies, after: Policies) -> list[Change]:
    """Every difference, in the order of the sections and of the file."""
    then, now = _sections(before), _sections(after)
    return [change for name in then for change in _changes(name, "", _plain(then[name]), _plain(now[name]))]


def sections_changed(before: Policies, after: Policies) -> list[str]:
    """The sections that differ."""
    then, now = before.sections(), after.sections()
    return [name for name in then if then[name].version != now[name].version]


def _sections(policies: Policies) -> dict[str, AnySection]:
    return {**policies.sections(), PROTECTION: policies.protection}


def _plain(section: AnySection) -> Any:
    return section.model_dump(mode="json")


def _changes(section: str, place: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    one, other = _named(before), _named(after)
    if one is None or other is None:
        yield Change(section=section, place=place or "all", before=before, after=after)
        return
    for name in dict.fromkeys((*one, *other)):
        yield from _changes(section, f"{place}.{name}".lstrip("."), one.get(name), other.get(name))


def _named(value: Any) -> dict[str, Any] | None:
    """The parts of a value by name; those of a list by what names each, and None for what has no parts."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        key = next((name for name in _NAMES if all(name in each for each in value)), None)
        names = [each[key] for each in value] if key else []
        if key and len(set(names)) == len(names):
            return dict(zip(names, value, strict=True))
    return None
