"""What a column holds, from its name and its values."""

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from kempt.errors import StopRun

Role = Literal[
    "given_name",
    "family_name",
    "email",
    "phone",
    "date",
    "url",
    "number",
    "code",
    "category",
    "word",
    "text",
    "nothing",
]
ROLES: tuple[Role, ...] = get_args(Role)

_GIVEN = re.compile(
    r"(^|[^a-z])(given|first|fore|christian)[ _-]?names?$|(^|[^a-z])name[ _-]?first$|^vorname$|^prenom$"
)
_FAMILY = re.compile(r"(^|[^a-z])(family|last|sur)[ _-]?names?$|(^|[^a-z])name[ _-]?last$|^nachname$|^apellidos?$")
_PHONE = re.compile(r"phone|mobile|^tel|[^a-z]tel|^fax|[^a-z]fax|cell")
# Numbers that somebody hands out to persons and organizations, one to each.
_IDS = r"ssn|social[ _-]?security|passport|licen[cs]e|tax|vat|ein|tin|nin|lei|duns|iban|national[ _-]?id|ids?"
IDENTIFIER = re.compile(rf"(^|[^a-z])({_IDS})([^a-z]|$)")
# Which of somebody's phones or addresses it is, or who handed out the number.
_QUALIFIES = re.compile(
    rf"(^|[^a-z])((tele)?phone|mobile|tel|fax|e?-?mail|addr(ess)?|{_IDS})[ _-]?(address|number|no|id)?"
    r"[ _-]?(type|kind|label)$"
    rf"|(^|[^a-z])({_IDS})[ _-]?(number|no|id)?[ _-]?(country|state|issuer|authority)$"
)
# What systems call the key of their own records; no two records share it, whatever they are.
_KEY = re.compile(
    r"((row|record|contact|person|customer|client|account|company|lead|user|employee|member|supplier|vendor)[ _-]?)?"
    r"(id|uuid|guid|key)"
)
# A record's own bookkeeping: when it was made says nothing of who it is about.
_BOOKKEEPING = re.compile(
    r"(^|[^a-z])(created?|updated?|modified|inserted|loaded|imported)([^a-z]|$)"
    r"|(^|_)(src|source)([_ ]?(file|system|name))?$|^(date|amount|balance|status|notes?|comments?)$"
)
# What a column holds by its name, and what most of its values look like then.
_PROMISES = (
    ("e-mails", re.compile(r"(^|[^a-z])e?-?mail([ _-]?addr(ess)?)?([ _-]?\d)?$"), re.compile("@")),
    (
        "phone numbers",
        re.compile(r"(^|[^a-z])(tele)?(phone|mobile|fax|tel)([ _-]?(number|no|nr|\d))?$"),
        re.compile(r"(\d\D*){5}"),
    ),
    ("given names", _GIVEN, _NAME_LIKE := re.compile(r"(?=.*[^\W\d_])[^@\d]*$")),
    ("family names", _FAMILY, _NAME_LIKE),
)
FIRST: tuple[Role, ...] = ("given_name", "family_name", "email", "phone", "date")
_MADE_OF: Mapping[Role, int] = {"given_name": 2, "email": 3, "date": 4, "phone": 2}
LOOKED_AT, AT_LEAST = 400_000, 100
"""Values that are looked at in all, and in every column: of thousands of columns fewer each, or it takes minutes."""
MOST_COLUMNS = 60
"""Columns that the kernel holds, those that are made of others among them, less a few to spare."""
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|(18|19|20)\d{6}|\d{1,2}[/.]\d{1,2}[/.](\d{2}|\d{4})")
_URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(r"\S+@\S+")
_GROUPED = re.compile(r"(?=.*[-() +.])[^a-z]*((x|ext)[^a-z]*)?", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_LETTER = re.compile(r"[^\W\d_]")
_NAMED = 10
TOO_MANY = "there are more columns than can be compared, and others tell more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What was counted in a column, and a sample of its distinct values, repeated ones once."""

    name: str
    rows: int
    given: int
    distinct: int
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a column is taken for, and why."""

    column: str
    role: Role
    why: str
    doubt: str = ""
    """What its name promises, when its values do not keep it."""


def read_column(profile: Profile) -> Reading:
    """The role of a column; `nothing` when it cannot tell records apart."""
    role, why = _role(profile)
    return Reading(column=profile.name, role=role, why=why, doubt=_doubt(profile, role))


def read_columns(profiles: Sequence[Profile], told: Mapping[str, Role]) -> tuple[Reading, ...]:
    """The roles of all columns; what the user told stands above what is read.

    Raises StopRun when a column is told of that does not exist. Of more columns than can be compared those stay that
    tell records apart best.
    """
    names = [each.name for each in profiles]
    if unknown := [name for name in told if name not in names]:
        raise StopRun(f"--map {unknown[0]}: no such column. There are: {_some(names)}.")
    readings = [
        Reading(column=each.name, role=told[each.name], why="told so")
        if each.name in told
        else read_column(_thinned(each, max(AT_LEAST, LOOKED_AT // len(profiles))))
        for each in profiles
    ]
    kept = _kept(readings, profiles, told)
    return tuple(
        each if each.role == "nothing" or at in kept else Reading(column=each.column, role="nothing", why=TOO_MANY)
        for at, each in enumerate(readings)
    )


def _thinned(profile: Profile, values: int) -> Profile:
    """The profile with so many values at most, from all over its sample."""
    step = -(-len(profile.sample) // values)
    return replace(profile, sample=profile.sample[::step]) if step > 1 else profile


def nothing_tells(readings: Sequence[Reading]) -> str:
    """Why there is nothing to compare, and what to do."""
    remedy = "Give at least one column, besides the ids, in which records differ."
    if not readings:
        return f"the files have no column but the ids. {remedy}"
    return (
        f"no column tells records apart: {_some([f'{each.column}: {each.why}' for each in readings], '; ')}. {remedy}"
    )


def _kept(readings: Sequence[Reading], profiles: Sequence[Profile], told: Mapping[str, Role]) -> set[int]:
    """The places of the columns that fit, the most telling ones first."""

    def rank(at: int) -> tuple[bool, bool, float]:
        profile, reading = profiles[at], readings[at]
        return reading.column not in told, reading.role not in FIRST, -_telling(profile)

    room, kept = MOST_COLUMNS, set[int]()
    for at in sorted((at for at, each in enumerate(readings) if each.role != "nothing"), key=rank):
        room -= _MADE_OF.get(readings[at].role, 1)
        if room < 0:
            break
        kept.add(at)
    return kept


def _telling(profile: Profile) -> float:
    """How many bits a value could say on average, were all of them as frequent."""
    return profile.given / max(1, profile.rows) * math.log2(max(1, profile.distinct))


def _doubt(profile: Profile, role: Role) -> str:
    """What the name of a column promises and its values do not keep."""
    if role == "nothing":
        return ""
    promised = ((what, like) for what, says, like in _PROMISES if says.search(profile.name.lower()))
    return next((what for what, like in promised if _share(profile.sample, like.search) < 0.5), "")


def _some(names: Sequence[str], between: str = ", ") -> str:
    more = len(names) - _NAMED
    return between.join(names[:_NAMED]) + (f"{between}and {more:,} more" if more > 0 else "")


def _role(profile: Profile) -> tuple[Role, str]:
    name, values = profile.name.lower(), profile.sample
    if not profile.given or not values:
        return "nothing", "it is empty"
    if profile.distinct == 1:
        return "nothing", "it holds one value only"
    if profile.given < 0.02 * profile.rows:
        return "nothing", f"{profile.given:,} of {profile.rows:,} records have it"
    if _KEY.fullmatch(name) and profile.distinct == profile.rows:
        return "nothing", "every record has one of its own; if it is their id, name it with --id"
    if _BOOKKEEPING.search(name):
        return "nothing", "it says where or when a record was kept, not whom it is about"
    if _QUALIFIES.search(name):
        return "nothing", "it says what kind of number or address another column holds, not whom it is about"
    if _share(values, _EMAIL.fullmatch) > 0.6:
        return "email", "most values hold an @"
    if _share(values, _DATE.fullmatch) > 0.8:
        return "date", "the values read as dates"
    if _share(values, _URL.fullmatch) > 0.5:
        return "url", "the values are web addresses"
    # A name without a letter is none, whatever the column is called.
    if _share(values, _LETTER.search) > 0.5:
        if _GIVEN.search(name):
            return "given_name", "its name says so"
        if _FAMILY.search(name):
            return "family_name", "its name says so"
    return _by_letters(profile, name)


def _by_letters(profile: Profile, name: str) -> tuple[Role, str]:
    values = profile.sample
    digits = [sum(letter.isdigit() for letter in value) for value in values]
    mostly_digits = [count / len(value) > 0.6 and 7 <= count <= 15 for count, value in zip(digits, values, strict=True)]
    if statistics.fmean(mostly_digits) > 0.7:
        grouped = _share(values, _GROUPED.fullmatch) > 0.3 and not IDENTIFIER.search(name)
        if grouped or _PHONE.search(name):
            return "phone", "long numbers in groups"
        return "number", "numbers"
    repeats = profile.distinct / profile.given
    if profile.distinct <= 100 and repeats < 0.2:
        return "category", f"{profile.distinct:,} values over {profile.given:,} records"
    if statistics.fmean(count / len(value) for count, value in zip(digits, values, strict=True)) > 0.5:
        return "number", "mostly digits"
    words = statistics.fmean(len(_WORDS.findall(value)) for value in values)
    with_digits = statistics.fmean(count > 0 for count in digits)
    if words < 1.4 and with_digits <= 0.3:
        return "word", "single words"
    if with_digits > (0.3 if words < 1.4 else 0.5) and words < 2.2:
        return "code", "letters and digits"
    return "text", "several words"


def _share(values: Sequence[str], test: object) -> float:
    return statistics.fmean(bool(test(value.strip())) for value in values)  # type: ignore[operator]
