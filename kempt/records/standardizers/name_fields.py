"""Given and family name out of whatever fields a source fills in."""

from dataclasses import dataclass

from kempt.records.standardizers.junk import is_placeholder
from kempt.records.standardizers.name_order import FAMILY_FIRST_COUNTRIES, Order, order_of
from kempt.records.standardizers.name_parts import (
    Stripped,
    looks_turkish,
    only_additions,
    prepare,
    repair_case,
    strip_titles,
)
from kempt.records.standardizers.scripts import letters_key, script_of
from kempt.records.standardizers.text import Finding, Flag, worst
from kempt.records.standardizers.word_tables import words

# People are called so; a program that means nothing writes 'NULL' or 'null'.
_ALSO_NAMES = words("null na nil same sans void yok nema brak geen ditto todo missing blank unk keine ohne none")


@dataclass(slots=True, kw_only=True)
class Draft:
    """A name while it is worked on."""

    country: str
    given: str = ""
    family: str = ""
    suffix: str | None = None
    full: str = ""
    found: Finding = ("valid", "")

    def note(self, flag: Flag, reason: str) -> None:
        """Keep a finding, unless a more serious one is known."""
        self.found = worst(self.found, (flag, reason))


def read_part(part: str | None, draft: Draft) -> str:
    """One field as plain words."""
    if not part:
        return ""
    cleaned = prepare(part)
    draft.note(cleaned.flag, cleaned.reason if cleaned.value else "junk_value")
    return cleaned.value


def without_placeholders(given: str, family: str, draft: Draft) -> tuple[str, str]:
    """Parts that only say that there is none are dropped; 'Null' beside a given name is a name."""
    nothing_given, nothing_family = bool(given) and is_placeholder(given), bool(family) and is_placeholder(family)
    if nothing_family and given and not nothing_given and family.istitle() and family.lower() in _ALSO_NAMES:
        draft.note("suspicious", "junk_value")
        nothing_family = False
    if nothing_given or nothing_family:
        draft.note("corrected", "junk_value")
    return "" if nothing_given else given, "" if nothing_family else family


def fill(draft: Draft, full: str, given: str, family: str) -> None:
    """Given and family name from their own fields, or else from the full name."""
    if given and family:
        _set(draft, _stripped(draft, given), _stripped(draft, family, family_field=True))
        if full.split()[-1:] != family.split()[-1:]:
            draft.suffix = draft.suffix or strip_titles(full.replace(",", " ").split(), draft.country, least=0).suffix
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


def _set(draft: Draft, given: list[str], family: list[str]) -> None:
    draft.given, draft.family = " ".join(given), " ".join(family)


def _stripped(draft: Draft, text: str, *, family_field: bool = False) -> list[str]:
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


def _split(draft: Draft, full: str) -> Order:
    """The full name by role: 'Family, Given', or in the order of its language."""
    parts = _named_parts(draft, full)
    if len(parts) > 1:
        two = len(parts) == 2
        draft.note("corrected" if two else "suspicious", "family_name_first" if two else "too_many_commas")
        return Order([word for part in parts[1:] for word in part.words], parts[0].words)
    if not parts:
        return Order([], [])
    words, suffix, titled, _ = parts[0]
    if len(words) == 1 and titled and not suffix and script_of(words[0]) == "Latn":
        return Order([], words)  # 'Dr. Example' is addressed by the family name
    order = order_of(words, draft.country)
    family_first = order.family and order.given and words[0] == order.family[0] != order.given[0]
    if family_first and not _writes_family_first(draft.country, words[0]):
        draft.note("corrected", "family_name_first")
    return order


def _named_parts(draft: Draft, full: str) -> list[Stripped]:
    """What stands between the commas, without titles, credentials and suffix."""
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
    return stripped


def _writes_family_first(country: str, word: str) -> bool:
    return country in FAMILY_FIRST_COUNTRIES or script_of(word) in ("Hani", "Jpan", "Hang")


def _complete(draft: Draft, full: str, given: str, family: str) -> None:
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
    return bool(words & others) or not first.isascii()


def repair(draft: Draft) -> None:
    """Capitals of both parts as people write them."""
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
