"""The time of day in a text, with its zone."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from kempt.records.standardizers.text import Finding
from kempt.records.standardizers.word_tables import entries

_TIME = re.compile(
    r"(\d{1,2})(?:[:.h](\d{1,2}))?(?:[:.m](\d{1,2}))?(?:[.,:](\d{1,9}))?\s*s?\s*([ap]\.?\s?m\.?)?\s*(uhr|h|hrs|o'clock)?\s*\(?(z|utc|gmt|[+\-−]\d{1,2}:?(?:\d\d)?(?::?\d\d)?"
    r"|(?:utc|gmt)[+\-−]\d{1,2}:?(?:\d\d)?|[a-z]{2,5})?\)?(?:\s*\([^()]*\)|\s*(\[[^\[\]]*\]))?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d\d)(\d\d)(\d\d)?(?=[.,Z+-]|$)")
_OFFSET = re.compile(r"([+\-−])(\d{1,2}):?(\d\d)?(?::?(\d\d))?")
# Abbreviations that mean one offset wherever they are used; CST, IST and BST do not.
_ZONE_MINUTES = """
z: 0
utc: 0
gmt: 0
wet: 0
cet: 60
cest: 120
eet: 120
eest: 180
msk: 180
jst: 540
kst: 540
est: -300
edt: -240
pst: -480
pdt: -420
mst: -420
mdt: -360
cdt: -300
mez: 60
mesz: 120
aest: 600
aedt: 660
acst: 570
awst: 480
nzst: 720
nzdt: 780
hkt: 480
sgt: 480
brt: -180
"""
_ZONES = {name: int(minutes) for name, minutes in entries(_ZONE_MINUTES).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTime:
    """Microseconds since midnight, and how many seconds the clock is ahead of UTC."""

    micros: int
    ahead: int

    def on(self, day: date) -> datetime | None:
        """The point in time on a day, or None beyond the years that a calendar has."""
        try:
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return midnight + timedelta(microseconds=self.micros) - timedelta(seconds=self.ahead)
        except OverflowError:
            return None


def read_time(text: str) -> tuple[ClockTime | None, Finding]:
    """The time in a text; no time at all is midnight."""
    if not text:
        return ClockTime(micros=0, ahead=0), ("corrected", "no_time")
    found = _TIME.fullmatch(_COMPACT.sub(_with_colons, text, count=1) if ":" not in text[:5] else text)
    if not found:
        return None, ("invalid", "not_a_time")
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            return None, ("invalid", "no_such_time")
        hour = hour % 12 + (12 if found[5].lower().startswith("p") else 0)
    # 24:00 ends a day, and a leap second is the last of its minute.
    ends_day = hour == 24 and minute == second == 0 and not (found[4] or "").strip("0")
    if (hour > 23 and not ends_day) or minute > 59 or second > 60:
        return None, ("invalid", "no_such_time")
    # A zone by place, such as [Europe/Berlin], comes behind the offset in force; alone it is not guessed.
    ahead, problem = _ahead((found[7] or found[8] or "").lower())
    if ahead is None:
        return None, problem
    micros = (hour * 3600 + minute * 60 + min(second, 59)) * 1_000_000 + int(((found[4] or "") + "000000")[:6])
    return ClockTime(micros=micros, ahead=ahead), problem


def _with_colons(compact: re.Match[str]) -> str:
    return ":".join(part for part in compact.groups() if part)


def _ahead(zone: str) -> tuple[int | None, Finding]:
    if not zone:
        return 0, ("corrected", "assumed_utc")
    if zone in _ZONES:
        return _ZONES[zone] * 60, ("valid", "")
    if offset := _OFFSET.fullmatch(zone.removeprefix("utc").removeprefix("gmt")):
        seconds = int(offset[2]) * 3600 + int(offset[3] or 0) * 60 + int(offset[4] or 0)
        if seconds > 15 * 3600 or int(offset[3] or 0) > 59:
            return None, ("invalid", "no_such_time_zone")
        return (seconds if offset[1] == "+" else -seconds), ("valid", "")
    return None, ("suspicious", "ambiguous_time_zone")
