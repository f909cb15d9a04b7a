"""Personal names: given and family name told apart, titles off, capitals repaired, with keys for comparison."""

import re
from dataclasses import dataclass, replace

from kempt.records.standardizers.junk import PLACEHOLDERS, TESTS, is_placeholder, is_test
from kempt.records.standardizers.mail_lists import ROLES
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
from kempt.records.standardizers.name_order import FAMILY_FIRST_COUNTRIES, MIDDLE_DOTS, OTHER_ORDERS, Order, order_of
from kempt.records.standardizers.name_parts import looks_turkish, only_additions, prepare, repair_case, strip_titles
from kempt.records.standardizers.scripts import letters_key, mixes_scripts, script_of
from kempt.records.standardizers.text import Cleaned, Flag, worst
from kempt.records.standardizers.word_tables import words

Finding = tuple[Flag, str]

_ORDINARY = re.compile(r"(?![XxZz]{2})[A-ZÀ-ÖØ-Þ]([a-zß-öø-ÿ])(?!\1*\Z)[a-zß-öø-ÿ]{1,30}")
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
_MOST_REPAIRS = 6  # one repair may uncover the next: a title in a remark, a suffix behind a title

_AND = re.compile(r"(?<=\w)\s*[&/]\s*(?=\w)|\s(?:and|und|et|och|og)\s", re.IGNORECASE)
_COMPANY = re.compile(
    r"(?<!\w)(?:gmbh|ltd|llc|inc|corp|plc|s\.?a\.?r\.?l|s\.?r\.?l|b\.?v|limited|株式会社|有限公司)\.?$", re.IGNORECASE
)
_MACHINE = re.compile(r"\S@\S|https?:|www\.", re.IGNORECASE)
# People are called so; a program that means nothing writes 'NULL' or 'null'.
_ALSO_NAMES = words("null na nil same sans void yok nema brak geen ditto todo missing blank unk keine ohne none")


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


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A name while it is worked on."""

    country: str
    given: str = ""
    family: str = ""
    suffix: str | None = None
    dotted: bool = False
    found: Finding = ("valid", "")

    def note(self, flag: Flag, reason: str) -> None:
        self.found = worst(self.found, (flag, reason))


def standardize_name(
    full_name: str | None, given_name: str | None = None, family_name: str | None = None, country: str | None = None
) -> Name:
    """One name from whatever fields a source has; parts that are missing come out of the full name.

    Given and family name are never exchanged: when they look exchanged, the flag says so.
    """
    if tidy := _tidy(full_name, given_name, family_name, country):
        return tidy
    name = _standardized(full_name, given_name, family_name, country)
    if name.flag in ("missing", "invalid") or _tidy(name.full_name, name.given_name, name.family_name, country):
        return name
    settled, found = name, (name.flag, name.reason)
    for _ in range(_MOST_REPAIRS):
        again = _standardized(settled.full_name, settled.given_name, settled.family_name, country)
        if (again.given_name, again.family_name) == (settled.given_name, settled.family_name):
            return replace(settled, flag=found[0], reason=found[1])
        settled, found = replace(again, suffix=again.suffix or settled.suffix), worst(found, ("corrected", "spelling"))
    return Name(flag="invalid", reason="not_a_name")


def _tidy(full_name: str | None, given_name: str | None, family_name: str | None, country: str | None) -> Name | None:
    """The name, when two ordinary words leave nothing to do: the common case, many times faster."""
    if full_name and not given_name and not family_name:
        given_name, _, family_name = full_name.partition(" ")
    if not given_name or not family_name or (full_name and full_name != f"{given_name} {family_name}"):
        return None
    if country in OTHER_ORDERS or not (_ORDINARY.fullmatch(given_name) and _ORDINARY.fullmatch(family_name)):
        return None
    given, family = letters_key(given_name), letters_key(family_name)
    whole = f"{given} {family}"
    if given in SURNAMES or not _TELLING.isdisjoint((given, family, given + family, whole)):
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


def _standardized(full_name: str | None, given_name: str | None, family_name: str | None, country: str | None) -> Name:
    if not (full_name or given_name or family_name):
        return Name(flag="missing", reason="")
    draft = _Draft(country=country.strip().upper() if country else "")
    full, given, family = (_read(part, draft) for part in (full_name, given_name, family_name))
    given, family = _without_placeholders(given, family, draft)
    if is_placeholder(full):
        full = ""
    if not (full or given or family):
        written = any(part and part.strip() for part in (full_name, given_name, family_name))
        return Name(flag="missing", reason="junk_value" if written else "blank")
    if _MACHINE.search(f"{full} {given} {family}"):
        return Name(flag="invalid", reason="address_as_name")
    draft.dotted = any(dot in full for dot in MIDDLE_DOTS)
    _fill(draft, full, given, family)
    if not any(map(str.isalpha, draft.given + draft.family)):
        return Name(flag="invalid", reason="no_letters")
    _repair(draft)
    return _finished(draft, full_name, given_name, family_name)


def _read(part: str | None, draft: _Draft) -> str:
    if not part:
        return ""
    cleaned: Cleaned = prepare(part)
    draft.note(cleaned.flag, cleaned.reason if cleaned.value else "junk_value")
    return cleaned.value


def _without_placeholders(given: str, family: str, draft: _Draft) -> tuple[str, str]:
    """Parts that only say that there is none are dropped; 'Null' beside a given name is a name."""
    nothing_given, nothing_family = bool(given) and is_placeholder(given), bool(family) and is_placeholder(family)
    if nothing_family and given and not nothing_given and family.istitle() and family.lower() in _ALSO_NAMES:
        draft.note("suspicious", "junk_value")
        nothing_family = False
    if nothing_given or nothing_family:
        draft.note("corrected", "junk_value")
    return "" if nothing_given else given, "" if nothing_family else family


def _fill(draft: _Draft, full: str, given: str, family: str) -> None:
    """Given and family name from their own fields, or else from the full name."""
    if given and family:
        _set(draft, _stripped(draft, given), _stripped(draft, family, family_field=True))
        if full.split()[-1:] != family.split()[-1:]:
            draft.suffix = draft.suffix or strip_titles(full.replace(",", " ").split(), draft.country).suffix
        if full and letters_key(full) and not _share_a_word(full, f"{given} {family}"):
            draft.note("suspicious", "fields_disagree")
    elif full and (given or family):
        _complete(draft, full, given, family)
    elif family and "," in family:
        _set(draft, *_split(draft, family))
    elif given or family:
        _set(draft, _stripped(draft, given), _stripped(draft, family, family_field=True))
    else:
        _set(draft, *_split(draft, full))


def _set(draft: _Draft, given: list[str], family: list[str]) -> None:
    draft.given, draft.family = " ".join(given), " ".join(family)


def _stripped(draft: _Draft, text: str, *, family_field: bool = False) -> list[str]:
    """The words of one field without titles, credentials and suffix."""
    first, *rest = text.split(",") if family_field else [text]
    stripped = strip_titles(first.split(), draft.country)
    draft.suffix = draft.suffix or stripped.suffix
    for addition in rest:
        behind = strip_titles(addition.split(), draft.country, behind_comma=True, least=0)
        draft.suffix = draft.suffix or behind.suffix
    if stripped.titled or rest:
        draft.note("corrected", "title_removed")
    if stripped.suffix:
        draft.note("corrected", "suffix_moved")
    return stripped.words


def _split(draft: _Draft, full: str) -> Order:
    """The full name by role: 'Family, Given', or in the order of its language."""
    parts = [part.split() for part in full.split(",") if part.strip()]
    while len(parts) > 1 and only_additions(parts[-1]):
        behind = strip_titles(parts.pop(), draft.country, behind_comma=True, least=0)
        draft.suffix = draft.suffix or behind.suffix
        draft.note("corrected", "title_removed")
    stripped = [strip_titles(part, draft.country) for part in parts]
    for part in stripped:
        draft.suffix = draft.suffix or part.suffix
        if part.titled:
            draft.note("corrected", "title_removed")
        if part.several:
            draft.note("suspicious", "several_people")
    if len(stripped) > 1:
        draft.note(
            "corrected" if len(stripped) == 2 else "suspicious",
            "family_name_first" if len(stripped) == 2 else "too_many_commas",
        )
        return Order([word for part in stripped[1:] for word in part.words], stripped[0].words)
    if not stripped:
        return Order([], [])
    words = stripped[0].words
    if len(words) == 1 and len(parts[0]) > 1 and not stripped[0].suffix and script_of(words[0]) == "Latn":
        return Order([], words)  # 'Dr. Example' is addressed by the family name
    order = order_of(words, draft.country)
    if (
        order.family
        and order.given
        and words[0] == order.family[0]
        and not _writes_family_first(draft.country, words[0])
    ):
        draft.note("corrected", "family_name_first")
    return order


def _writes_family_first(country: str, word: str) -> bool:
    return country in FAMILY_FIRST_COUNTRIES or script_of(word) in ("Hani", "Jpan", "Hang")


def _complete(draft: _Draft, full: str, given: str, family: str) -> None:
    """The missing part is what the full name has beyond the known one."""
    split = _split(draft, full)
    known = _stripped(draft, given or family, family_field=bool(family))
    words = [word for word in (*split.given, *split.family) if letters_key(word)]
    others = [word for word in words if letters_key(word) not in letters_key(" ".join(known)).split()]
    if len(others) == len(words):
        glued = "".join(known)
        rest = full.removeprefix(glued) if family else full.removesuffix(glued)
        if rest != full and not full.isascii():
            others = rest.split()
        elif others:
            draft.note("suspicious", "fields_disagree")
            others = []
    _set(draft, known if given else others, known if family else others)


def _share_a_word(first: str, second: str) -> bool:
    words, others = set(letters_key(first).split()), set(letters_key(second).split())
    return bool(words & others) or letters_key(first).replace(" ", "") == "".join(sorted(others)) or not first.isascii()


def _repair(draft: _Draft) -> None:
    whole = f"{draft.given} {draft.family}"
    given, family = draft.given, draft.family
    country = "TR" if looks_turkish(whole) else draft.country
    # Two capitals beside a family name in ordinary case are initials: 'AJ Example'.
    if not (given.isupper() and len(letters_key(given)) < 3 and not whole.isupper()):
        given = repair_case(given, country)
    family = repair_case(family, country)
    if (given, family) != (draft.given, draft.family):
        draft.given, draft.family = given, family
        draft.note("corrected", "case")


def _finished(draft: _Draft, full_name: str | None, given_name: str | None, family_name: str | None) -> Name:
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


def _composed(draft: _Draft, script: str | None) -> str:
    """The full name as its script writes it."""
    if script in ("Hani", "Jpan", "Hang") and draft.given and draft.family:
        if draft.dotted:
            return f"{draft.given}・{draft.family}"
        only_kana = script == "Jpan" and not any(script_of(part) == "Hani" for part in (draft.given, draft.family))
        return f"{draft.family}{' ' if only_kana else ''}{draft.given}"
    if draft.country in FAMILY_FIRST_COUNTRIES:
        return " ".join(part for part in (draft.family, draft.given, draft.suffix) if part)
    return " ".join(part for part in (draft.given, draft.family, draft.suffix) if part)


def _doubt(draft: _Draft, given_key: str, family_key: str, whole: str) -> Finding:
    """Why the words may not be one person's name, or not in their fields."""
    squeezed = f"{given_key}{family_key}".replace(" ", "")
    if (
        is_test(whole)
        or (is_test(draft.given) and (not draft.family or is_test(draft.family)))
        or is_test(f"{given_key} {family_key}")
    ):
        return "suspicious", "test_value"
    if mixes_scripts(whole):
        return "suspicious", "mixed_script"
    if len(squeezed) > 3 and squeezed in ROLES:
        return "suspicious", "role_name"
    if _COMPANY.search(whole):
        return "suspicious", "company_like"
    if any(map(str.isdigit, whole)):
        return "suspicious", "digits_in_name"
    if _AND.search(whole):
        return "suspicious", "several_people"
    if given_key and given_key == family_key and " " in given_key:
        return "suspicious", "same_in_both_fields"
    if (
        given_key in SURNAMES
        and given_key not in GIVEN_NAMES
        and family_key in GIVEN_NAMES
        and family_key not in SURNAMES
    ):
        return "suspicious", "maybe_swapped"
    if (
        " " in draft.given
        and draft.given.split()[0].islower()
        and given_key.split()[:1]
        and given_key.split()[0] in PARTICLES
    ):
        return "suspicious", "maybe_swapped"
    return ("suspicious", "initial_only") if len(family_key) == 1 and whole.isascii() else ("valid", "")
