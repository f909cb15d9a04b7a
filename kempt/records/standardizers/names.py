"""Personal names: given and family name told apart, titles off, capitals repaired, with keys for comparison."""

import re
from dataclasses import dataclass, replace

from kempt.records.standardizers.junk import PLACEHOLDERS, TESTS, is_placeholder, is_test
from kempt.records.standardizers.mail_lists import ROLES
from kempt.records.standardizers.name_fields import Draft, fill, read_part, repair, without_placeholders
from kempt.records.standardizers.name_lists import (
    CREDENTIALS,
    DOTTED_HONORIFICS,
    GIVEN_NAMES,
    HONORIFICS,
    LAST_HONORIFICS,
    LOCAL_HONORIFICS,
    PARTICLES,
    SUFFIXES,
    SURNAMES,
)
from kempt.records.standardizers.name_order import FAMILY_FIRST_COUNTRIES, MIDDLE_DOTS, OTHER_ORDERS
from kempt.records.standardizers.scripts import letters_key, mixes_scripts, script_of
from kempt.records.standardizers.text import Finding, Flag, worst
from kempt.records.standardizers.word_tables import words

_ORDINARY = re.compile(r"(?![XxZz]{2})[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{2,30}")
# Words that mean something in a name, so that a name with one of them has to be looked at.
_TELLING = frozenset().union(
    HONORIFICS,
    DOTTED_HONORIFICS,
    LOCAL_HONORIFICS,
    LAST_HONORIFICS,
    CREDENTIALS,
    SUFFIXES,
    PARTICLES,
    PLACEHOLDERS,
    TESTS,
    ROLES,
    words("gmbh ltd llc inc corp plc sarl srl limited nguyen"),
)
_ONLY_SURNAMES, _ONLY_GIVEN_NAMES = SURNAMES - GIVEN_NAMES, GIVEN_NAMES - SURNAMES
_MOST_REPAIRS = 6  # one repair may uncover the next: a title in a remark, a suffix behind a title

_AND = re.compile(r"(?<=\w)\s*[&/]\s*(?=\w)|\s(?:and|und|et|och|og)\s", re.IGNORECASE)
_COMPANY = re.compile(
    r"(?<!\w)(?:gmbh|ltd|llc|inc|corp|plc|s\.?a\.?r\.?l|s\.?r\.?l|b\.?v|limited|株式会社|有限公司)\.?$", re.IGNORECASE
)
_MACHINE = re.compile(r"\S@\S|https?:|www\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A standardized personal name. The keys are for comparison: ASCII letters in lower case."""

    full_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    suffix: str | None = None
    given_key: str | None = None
    family_key: str | None = None
    name_key: str | None = None
    script: str | None = None
    flag: Flag
    reason: str


def standardize_name(
    full_name: str | None, given_name: str | None = None, family_name: str | None = None, country: str | None = None
) -> Name:
    """One name from whatever fields a source has; parts that are missing come out of the full name.

    Given and family name are never exchanged: when they look exchanged, the flag says so.
    """
    if tidy := ordinary_name(full_name, given_name, family_name, country):
        return tidy
    name = thorough_name(full_name, given_name, family_name, country)
    if name.flag in ("missing", "invalid") or ordinary_name(name.full_name, name.given_name, name.family_name, country):
        return name
    settled, found = name, (name.flag, name.reason)
    for _ in range(_MOST_REPAIRS):
        again = thorough_name(settled.full_name, settled.given_name, settled.family_name, country)
        if (again.given_name, again.family_name) == (settled.given_name, settled.family_name):
            return replace(settled, flag=found[0], reason=found[1])
        settled, found = replace(again, suffix=again.suffix or settled.suffix), worst(found, ("corrected", "spelling"))
    return Name(flag="invalid", reason="not_a_name")


def ordinary_name(
    full_name: str | None, given_name: str | None, family_name: str | None, country: str | None
) -> Name | None:
    """The name, when two ordinary words leave nothing to do: the common case, many times faster."""
    if full_name and not given_name and not family_name:
        given_name, _, family_name = full_name.partition(" ")
    if not given_name or not family_name or (full_name and full_name != f"{given_name} {family_name}"):
        return None
    if country in OTHER_ORDERS or not (_ORDINARY.fullmatch(given_name) and _ORDINARY.fullmatch(family_name)):
        return None
    given, family = letters_key(given_name), letters_key(family_name)
    whole = f"{given} {family}"
    spellings = (given, family, given + family, whole, given_name.lower(), family_name.lower())
    one_letter = len(set(given)) == 1 or len(set(family)) == 1
    if given in SURNAMES or one_letter or not _TELLING.isdisjoint(spellings):
        return None
    return Name(
        full_name=f"{given_name} {family_name}",
        given_name=given_name,
        family_name=family_name,
        given_key=given,
        family_key=family,
        name_key=whole if given <= family else f"{family} {given}",
        script="Latn",
        flag="valid",
        reason="",
    )


def thorough_name(full_name: str | None, given_name: str | None, family_name: str | None, country: str | None) -> Name:
    """The name after every check, once."""
    if not (full_name or given_name or family_name):
        return Name(flag="missing", reason="")
    draft = Draft(country=country.strip().upper() if country else "")
    full, given, family = (read_part(part, draft) for part in (full_name, given_name, family_name))
    given, family = without_placeholders(given, family, draft)
    if is_placeholder(full):
        full = ""
    if not (full or given or family):
        written = any(part and part.strip() for part in (full_name, given_name, family_name))
        return Name(flag="missing", reason="junk_value" if written else "blank")
    if _MACHINE.search(f"{full} {given} {family}"):
        return Name(flag="invalid", reason="address_as_name")
    draft.full = full
    fill(draft, full, given, family)
    if not any(map(str.isalpha, draft.given + draft.family)):
        return Name(flag="invalid", reason="no_letters")
    repair(draft)
    return _finished(draft, full_name, given_name, family_name)


def _finished(draft: Draft, full_name: str | None, given_name: str | None, family_name: str | None) -> Name:
    given_key, family_key = letters_key(draft.given), letters_key(draft.family)
    whole = f"{draft.given} {draft.family}".strip()
    script = script_of(whole)
    draft.note(*_doubt(draft, given_key, family_key, whole))
    full = _composed(draft, script)
    for raw, now in ((full_name, full), (given_name, draft.given), (family_name, draft.family)):
        if raw and raw != now:
            draft.note("corrected", "spelling")
    return Name(
        full_name=full,
        given_name=draft.given or None,
        family_name=draft.family or None,
        suffix=draft.suffix,
        given_key=given_key or None,
        family_key=family_key or None,
        name_key=" ".join(sorted(f"{given_key} {family_key}".split())) or None,
        script=script,
        flag=draft.found[0],
        reason=draft.found[1],
    )


def _composed(draft: Draft, script: str | None) -> str:
    """The full name as its script writes it."""
    parts = [draft.given, draft.family]
    if draft.country in FAMILY_FIRST_COUNTRIES:
        parts.reverse()
    if script in ("Hani", "Jpan", "Hang") and draft.given and draft.family:
        only_kana = script == "Jpan" and not any(script_of(part) == "Hani" for part in parts)
        parts = [f"{draft.family}{' ' if only_kana else ''}{draft.given}"]
        if any(dot in draft.full for dot in MIDDLE_DOTS) and _joined(draft.full) == _joined(draft.given + draft.family):
            parts = [f"{draft.given}・{draft.family}"]
    return " ".join(part for part in (*parts, draft.suffix) if part)


def _joined(text: str) -> str:
    return "".join(char for char in text if char not in MIDDLE_DOTS and not char.isspace())


def _doubt(draft: Draft, given_key: str, family_key: str, whole: str) -> Finding:
    """Why the words may not be one person's name, or not in their fields."""
    squeezed = f"{given_key}{family_key}".replace(" ", "")
    doubts = (
        ("test_value", _only_tests(draft, whole) or is_test(f"{given_key} {family_key}")),
        ("mixed_script", mixes_scripts(whole)),
        ("role_name", len(squeezed) > 3 and squeezed in ROLES),
        ("company_like", _COMPANY.search(whole)),
        ("digits_in_name", any(map(str.isdigit, whole))),
        ("several_people", _AND.search(whole)),
        ("same_in_both_fields", given_key == family_key and " " in given_key),
        ("maybe_swapped", _look_exchanged(draft, given_key, family_key)),
        ("initial_only", len(family_key) == 1 and whole.isascii()),
    )
    return next((("suspicious", reason) for reason, seen in doubts if seen), ("valid", ""))


def _only_tests(draft: Draft, whole: str) -> bool:
    return is_test(whole) or (is_test(draft.given) and (not draft.family or is_test(draft.family)))


def _look_exchanged(draft: Draft, given_key: str, family_key: str) -> bool:
    """A common surname as given name beside a common given name, or a given name that starts with a particle."""
    first = given_key.partition(" ")[0]
    if first != given_key and first in PARTICLES and draft.given[0].islower():
        return True
    return given_key in _ONLY_SURNAMES and family_key in _ONLY_GIVEN_NAMES
