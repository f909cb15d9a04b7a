"""What a column holds, from its name and its values."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

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
# A record's own bookkeeping: when it was made says nothing of who it is about.
_BOOKKEEPING = re.compile(
    r"(^|[^a-z])(created?|updated?|modified|inserted|loaded|imported)([^a-z]|$)"
    r"|(^|_)(src|source)([_ ]?(file|system|name))?$|^(date|amount|balance|status|notes?|comments?)$"
)
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|(18|19|20)\d{6}|\d{1,2}[/.]\d{1,2}[/.](\d{2}|\d{4})")
_URL = re.compile(r"(https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(r"\S+@\S+")
_WORDS = re.compile(r"[^\W_]+")


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


def read_column(profile: Profile) -> Reading:
    """The role of a column; `nothing` when it cannot tell records apart."""
    role, why = _role(profile)
    return Reading(column=profile.name, role=role, why=why)


def read_columns(profiles: Sequence[Profile], told: Mapping[str, Role]) -> tuple[Reading, ...]:
    """The roles of all columns; what the user told stands above what is read."""
    return tuple(
        Reading(column=each.name, role=told[each.name], why="told so") if each.name in told else read_column(each)
        for each in profiles
    )


def _role(profile: Profile) -> tuple[Role, str]:
    name, values = profile.name.lower(), profile.sample
    if not profile.given or not values:
        return "nothing", "it is empty"
    if profile.distinct == 1:
        return "nothing", "it holds one value only"
    if profile.given < 0.02 * profile.rows:
        return "nothing", f"{profile.given:,} of {profile.rows:,} records have it"
    if _BOOKKEEPING.search(name):
        return "nothing", "it says where or when a record was kept, not whom it is about"
    if _share(values, _EMAIL.fullmatch) > 0.6:
        return "email", "most values hold an @"
    if _share(values, _DATE.fullmatch) > 0.8:
        return "date", "the values read as dates"
    if _share(values, _URL.fullmatch) > 0.5:
        return "url", "the values are web addresses"
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
        punctuated = _share(values, re.compile(r".*[-() +.]").match)
        return ("phone", "long numbers in groups") if _PHONE.search(name) or punctuated > 0.3 else ("number", "numbers")
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
