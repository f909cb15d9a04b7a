"""Dates and points in time, from the ways that people, spreadsheets and programs write them."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from kempt.records.standardizers.clock_times import read_time
from kempt.records.standardizers.day_formats import read_day, read_instant
from kempt.records.standardizers.junk import is_placeholder
from kempt.records.standardizers.text import Finding, Flag, clean, worst

MAX_LENGTH = 60

_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_WITH_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d", re.ASCII)
# What programs write. With the time in UTC nothing about it is left to be read.
_MACHINE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:?00)", re.ASCII)
_NOTHING = re.compile(r"0{1,4}([-/.])0{1,2}\1(?:0{1,2}|0{4})(?:[T ]0{1,2}:0{1,2}(?::0{1,2})?)?|00000000|0")
# Where the time starts behind a date: '10:', '10.30.', '10h30', '10 pm', or digits closed by a zone.
_TIME = re.compile(
    r"(?:(?<=\d)T|[\s,|]\s*)"
    r"(\d{1,2}(?::\d|\.\d\d(?:\.\d\d| uhr)|h\d\d|\s*[ap]\.?\s?m).*|\d{4}(?:\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d).*)$",
    re.IGNORECASE,
)

# What programs store when they know no date.
_DEFAULTS = frozenset(
    date(*day) for day in ((1, 1, 1), (1899, 12, 30), (1900, 1, 1), (1970, 1, 1), (2999, 12, 31), (9999, 12, 31))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date, or a point in time in UTC, as ISO 8601 text."""

    value: str | None = None
    flag: Flag
    reason: str


def standardize_date(raw: str | None, day_order: str | None = None) -> Moment:
    """The day as YYYY-MM-DD. Which of two small numbers is the day is never guessed: `day_order` says it."""
    if not raw:
        return Moment(flag="missing", reason="")
    text, found, early = _prepared(raw, _ISO)
    if early:
        return early
    day, _, problem = _day_and_rest(text, day_order or "")
    if day is None:
        return Moment(flag=problem[0], reason=problem[1])
    flag, reason = worst(problem, found, ("valid", "") if day.isoformat() == raw else ("corrected", "format"))
    return Moment(value=day.isoformat(), flag=flag, reason=reason)


def standardize_timestamp(raw: str | None, day_order: str | None = None) -> Moment:
    """The point in time as YYYY-MM-DDTHH:MM:SS.ffffffZ; a time without zone is taken as UTC, and says so."""
    if not raw:
        return Moment(flag="missing", reason="")
    if _MACHINE.fullmatch(raw) and (moment := _machine_time(raw)):
        return _shown(moment, ("valid", ""), raw)
    text, found, early = _prepared(raw, None)
    if early:
        return early
    if counted := read_instant(text):
        moment, how = counted
        if moment is None:
            return Moment(flag="invalid", reason=how)
        return _shown(moment, worst(found, ("corrected", how)), raw)
    day, rest, problem = _day_and_rest(text, day_order or "")
    if day is None:
        return Moment(flag=problem[0], reason=problem[1])
    if problem[1] == "time_dropped":
        problem = ("valid", "")
    clock, time_problem = read_time(rest)
    if clock is None:
        return Moment(flag=time_problem[0], reason=time_problem[1])
    return _shown(clock.on(day), worst(problem, time_problem, found), raw)


def _machine_time(raw: str) -> datetime | None:
    """The point in time that a program wrote, unless it is no ordinary one: the common case, many times faster."""
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return None if moment.date() in _DEFAULTS else moment


def _prepared(raw: str, plain: re.Pattern[str] | None) -> tuple[str, Finding, Moment | None]:
    if plain and plain.fullmatch(raw) and raw.isascii() and raw > "0001":
        return raw, ("valid", ""), None
    cleaned = clean(raw, MAX_LENGTH)
    text = cleaned.value
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    if not text or _NOTHING.fullmatch(text) or is_placeholder(text):
        return text, ("valid", ""), Moment(flag="missing", reason="junk_value" if text else "blank")
    if cleaned.reason == "too_long":
        return text, ("valid", ""), Moment(flag="invalid", reason="too_long")
    return text, (cleaned.flag, cleaned.reason), None


def _shown(moment: datetime | None, found: Finding, raw: str) -> Moment:
    if moment is None:
        return Moment(flag="invalid", reason="out_of_range")
    text = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
    flag, reason = worst(found, ("valid", "") if text == raw else ("corrected", "format"))
    return Moment(value=text, flag=flag, reason=reason)


def _day_and_rest(text: str, day_order: str) -> tuple[date | None, str, Finding]:
    """The day at the start of a text, what follows it, and what there is to say about it."""
    if _ISO_WITH_TIME.match(text):
        day, problem = read_day(text[:10], day_order)
        return day, text[11:], _with_default(day, worst(problem, ("corrected", "time_dropped")))
    whole, problem = read_day(text, day_order)
    if whole or problem[1] != "not_a_date":
        return whole, "", _with_default(whole, problem)
    if time := _TIME.search(text):
        day, problem = read_day(text[: time.start()].rstrip(" ,|-"), day_order)
        return day, time[1], _with_default(day, worst(problem, ("corrected", "time_dropped")))
    return None, "", ("invalid", "not_a_date")


def _with_default(day: date | None, problem: Finding) -> Finding:
    return worst(("suspicious", "default_date"), problem) if day in _DEFAULTS else problem
