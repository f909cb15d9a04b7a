"""The many ways to write a day."""

import re
from calendar import isleap
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from kempt.records.standardizers.month_names import FILLERS, MONTHS
from kempt.records.standardizers.scripts import letters_key
from kempt.records.standardizers.text import Finding, worst

Read = tuple[date | None, Finding]

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_NUMBERS = re.compile(r"(\d{1,4})\s*([-/.,\s])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?")
_COMPACT = re.compile(r"\d{8}")
_EAST_ASIAN = re.compile(
    r"(令和|平成|昭和|R|H|S)?\s*(\d{1,4}|元)\s*[年년.]\s*(\d{1,2})\s*[月월.]\s*(\d{1,2})\s*[日일]?"
)
_WEEK = re.compile(r"(\d{4})-?W(\d\d)(?:-?([1-7]))?")
_ORDINAL = re.compile(r"(\d{4})-(\d{3})")
_PARTIAL = re.compile(r"\d{4}|\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = re.compile(r"\d{9,10}(?:\.\d+)?|\d{13}|\d{16}")
_WORDS = re.compile(r"[^\W\d_]+|\d+")

_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
_SPREADSHEET_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_LAST_SERIAL = 73_050  # 2099-12-31


def read_day(text: str, day_order: str) -> Read:
    """The day that a text is, if it is nothing else."""
    for pattern, read in _READERS:
        if found := pattern.fullmatch(text):
            return read(found, day_order)
    return _named(text)


def _exact(year: int, month: int, day: int) -> Read:
    if not 1 <= year <= 9999:
        return None, ("invalid", "out_of_range")
    try:
        return date(year, month, day), ("valid", "")
    except ValueError:
        return None, ("invalid", "no_such_day")


def _iso(found: re.Match[str], _: str) -> Read:
    return _exact(*(int(part) for part in found.groups()))


def _year(digits: str) -> tuple[int, Finding]:
    """A year; two digits are read as POSIX does: 69 to 99 are the last century."""
    if len(digits) > 2:
        return int(digits), ("valid", "")
    return int(digits) + (1900 if int(digits) > 68 else 2000), ("suspicious", "two_digit_year")


def _numbers(found: re.Match[str], day_order: str) -> Read:
    first, middle, last = found[1], found[3], found[4]
    if len(first) > 2 and len(last) > 2:
        return None, ("invalid", "not_a_date")
    if len(first) > 2:
        return _exact(int(first), int(middle), int(last))
    if len(last) < 3 and day_order == "ymd":
        year, doubt = _year(first)
        day, problem = _exact(year, int(middle), int(last))
        return day, worst(problem, doubt)
    year, doubt = _year(last)
    day, problem = _small_first(int(first), int(middle), year, day_order)
    return day, worst(problem, doubt) if day else problem


def _small_first(first: int, second: int, year: int, day_order: str) -> Read:
    """A date whose year comes last."""
    if first > 12 or second > 12:
        day, month = (first, second) if first > 12 else (second, first)
        read, problem = _exact(year, month, day)
        contradicted = (day_order == "mdy" and first > 12) or (day_order == "dmy" and second > 12)
        return read, worst(problem, ("suspicious", "day_order_conflict")) if read and contradicted else problem
    if first == second or day_order in ("dmy", "mdy"):
        return _exact(year, second, first) if day_order != "mdy" else _exact(year, first, second)
    return None, ("suspicious", "ambiguous_day_month")


def _compact(found: re.Match[str], day_order: str) -> Read:
    """Eight digits: year first where that makes a likely date, else in the order that the source declares."""
    digits = found[0]
    read, problem = _exact(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if read and 1800 <= read.year <= 2200:
        return read, ("corrected", "format")
    if day_order in ("dmy", "mdy"):
        return _small_first(int(digits[:2]), int(digits[2:4]), int(digits[4:]), day_order)
    return None, ("invalid", "no_such_day" if 1800 <= int(digits[:4]) <= 2200 else "not_a_date")


def _east_asian(found: re.Match[str], _: str) -> Read:
    year = 1 if found[2] == "元" else int(found[2])
    if not found[1] and len(found[2]) < 4:
        return None, ("invalid", "not_a_date")
    return _exact(year + _ERAS.get(found[1], 0), int(found[3]), int(found[4]))


def _week(found: re.Match[str], _: str) -> Read:
    if not found[3]:
        return None, ("suspicious", "no_day")
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3])), ("corrected", "format")
    except ValueError:
        return None, ("invalid", "no_such_day")


def _ordinal(found: re.Match[str], _: str) -> Read:
    first, problem = _exact(int(found[1]), 1, 1)
    if first is None:
        return None, problem
    if not 1 <= int(found[2]) <= 365 + isleap(first.year):
        return None, ("invalid", "no_such_day")
    return first + timedelta(days=int(found[2]) - 1), ("corrected", "format")


def _partial(_found: re.Match[str], _: str) -> Read:
    return None, ("suspicious", "no_day")


def _counted(found: re.Match[str], _: str) -> Read:
    moment, how = read_instant(found[0]) or (None, "not_a_date")
    return (moment.date(), ("corrected", how)) if moment else (None, ("invalid", how))


def read_instant(text: str) -> tuple[datetime | None, str] | None:
    """The point in time that a bare number counts to, and how; None when a text is no such number."""
    if _SERIAL.fullmatch(text):
        if float(text) >= _LAST_SERIAL + 1:
            return None, "not_a_date"
        return _SPREADSHEET_EPOCH + timedelta(seconds=round(float(text) * 86_400)), "spreadsheet_serial"
    if _EPOCH.fullmatch(text):
        whole, _, fraction = text.partition(".")
        per_second = {13: 1000, 16: 1_000_000}.get(len(whole), 1)
        micros = int(whole) * 1_000_000 // per_second + int((fraction + "000000")[:6])
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros), "epoch"
    return None


def _named(text: str) -> Read:
    """A date with the month in words, whatever the order: no word is mistaken for a number."""
    month, numbers = 0, list[str]()
    for word in _WORDS.findall(text):
        if word.isdigit():
            numbers.append(word)
            continue
        key = letters_key(word)
        if key in MONTHS and not month:
            month = MONTHS[key]
        elif key not in FILLERS and word not in _CJK_FILLERS:
            return None, ("invalid", "not_a_date")
    if not month or not 1 <= len(numbers) <= 2:
        return None, ("invalid", "not_a_date")
    if len(numbers) == 1:
        return None, ("suspicious", "no_day" if len(numbers[0]) == 4 else "no_year")
    return _day_and_year(numbers, month)


def _day_and_year(numbers: list[str], month: int) -> Read:
    day, year = numbers if len(numbers[0]) <= 2 else numbers[::-1]
    if len(day) > 2 or len(year) > 4:
        return None, ("invalid", "not_a_date")
    full_year, doubt = _year(year)
    read, problem = _exact(full_year, month, int(day))
    return read, worst(problem, doubt) if read else problem


_CJK_FILLERS = frozenset(("年", "月", "日"))
_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Read]], ...] = (
    (_ISO, _iso),
    (_NUMBERS, _numbers),
    (_COMPACT, _compact),
    (_EAST_ASIAN, _east_asian),
    (_WEEK, _week),
    (_ORDINAL, _ordinal),
    (_PARTIAL, _partial),
    (_SERIAL, _counted),
    (_EPOCH, _counted),
)
