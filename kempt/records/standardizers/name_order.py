"""Which words of a whole name are given names and which are the family name."""

from collections.abc import Sequence
from typing import NamedTuple

from kempt.records.standardizers.name_lists import (
    CHINESE_DOUBLE,
    CHINESE_SINGLE,
    CYRILLIC_PATRONYMIC,
    FAMILY_FIRST_SURNAMES,
    GIVEN_NAMES,
    JAPANESE,
    JAPANESE_SINGLE,
    KOREAN_DOUBLE,
    LATIN_PATRONYMIC,
    PARTICLES,
    SECOND_GIVEN_NAMES,
    SMALL_PARTICLES,
)
from kempt.records.standardizers.name_parts import word_key
from kempt.records.standardizers.scripts import script_of
from kempt.records.standardizers.word_tables import words

_HISPANIC = words("ES MX AR CO CL PE VE EC BO PY UY CR PA GT HN SV NI DO CU PR PT BR AO MZ")
_CYRILLIC_COUNTRIES = words("RU BY KZ UA KG")
MIDDLE_DOTS = "·・･‧"
FAMILY_FIRST_COUNTRIES = frozenset(("HU", "VN"))  # in Latin letters too
# Where a name of two words may have its family name first.
OTHER_ORDERS = FAMILY_FIRST_COUNTRIES | _CYRILLIC_COUNTRIES | FAMILY_FIRST_SURNAMES.keys()


class Order(NamedTuple):
    """The words of a name by their role."""

    given: list[str]
    family: list[str]


def order_of(words: Sequence[str], country: str) -> Order:
    """The given names and the family name of a whole name as it is written in one field."""
    text = " ".join(words)
    if not text.isascii():
        script = script_of(text)
        if script in ("Hani", "Jpan", "Hang"):
            return _east_asian(text, country)
        if script == "Arab":
            words = _joined_servants(words)
    if len(words) == 1:
        return Order(list(words), [])
    if position := _shouted(words):
        return (
            Order(list(words[position:]), list(words[:position]))
            if position > 0
            else Order(list(words[:position]), list(words[position:]))
        )
    if _family_comes_first(words, country):
        return Order(list(words[1:]), [words[0]])
    start = _family_start(words, country)
    return Order(list(words[:start]), list(words[start:]))


def _family_start(words: Sequence[str], country: str) -> int:
    """Where the family name starts when it comes last: at its first particle, else at the last word."""
    if words[0].islower() and word_key(words[0]) in PARTICLES and not words[-1].islower():
        return 0
    for position in range(1, len(words) - 1):
        if _is_particle(words[position], words):
            return position
    last = len(words) - 1
    if word_key(words[1]).endswith(LATIN_PATRONYMIC) or words[1].lower().endswith(CYRILLIC_PATRONYMIC):
        return min(2, last)
    if (
        country in _HISPANIC
        and last >= 2
        and word_key(words[-2]) not in SECOND_GIVEN_NAMES
        and len(word_key(words[-2])) > 1
    ):
        return last - 1
    return last


def _is_particle(word: str, words: Sequence[str]) -> bool:
    key = word.lower() if word.startswith("'") else word_key(word)
    if key not in PARTICLES and word.lower() not in PARTICLES and word not in ("بن", "ابن", "بنت"):
        return False
    all_one_case = " ".join(words).isupper() or " ".join(words).islower()
    return key not in SMALL_PARTICLES or (word.islower() and not all_one_case)


def _shouted(words: Sequence[str]) -> int:
    """How many leading words a shouted family name has, negative for trailing ones: 'DUPONT Jean', 'Jean DUPONT'."""
    shouting = [word.isupper() and (len(word_key(word)) > 2 or word.lower() in PARTICLES) for word in words]
    if all(shouting) or not any(shouting):
        return 0
    first, last = shouting.index(True), len(shouting) - 1 - shouting[::-1].index(True)
    if not all(shouting[first : last + 1]) or any(
        word.isupper() for word in (*words[:first], *words[last + 1 :]) if len(word_key(word)) > 2
    ):
        return 0
    if first == 0:
        return last + 1
    while first > 1 and words[first - 1].lower() in PARTICLES:
        first -= 1
    return first - len(words) if last == len(words) - 1 else 0


def _family_comes_first(words: Sequence[str], country: str) -> bool:
    keys = [word_key(word) for word in words]
    if len(words) == 3 and (keys[2].endswith(LATIN_PATRONYMIC) or words[2].lower().endswith(CYRILLIC_PATRONYMIC)):
        return not (keys[1].endswith(LATIN_PATRONYMIC) or keys[0] in GIVEN_NAMES)
    if surnames := FAMILY_FIRST_SURNAMES.get(country):
        return keys[0] in surnames and (keys[-1] not in surnames or country == "CN")
    if keys[0] == "nguyen":
        return keys[-1] != "nguyen"
    if country == "HU" or country in _CYRILLIC_COUNTRIES or script_of(words[0]) == "Cyrl":
        return len(words) == 2 and keys[1] in GIVEN_NAMES and keys[0] not in GIVEN_NAMES
    return False


def _joined_servants(words: Sequence[str]) -> list[str]:
    """'عبد' never stands alone: it is half of a name."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in ("عبد", "أبو", "ابو"):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


def _east_asian(text: str, country: str) -> Order:
    """Family name first, whether a space parts it or not; foreign names in katakana are written given name first."""
    for dot in MIDDLE_DOTS:
        if dot in text:
            given, _, family = text.rpartition(dot)
            return Order(given.replace(dot, " ").split(), family.split())
    words = text.split()
    if len(words) > 1:
        return Order(words[1:], words[:1])
    length = _family_length(text, country)
    return Order([text[length:]] if text[length:] else [], [text[:length]]) if length else Order([text], [])


def _family_length(name: str, country: str) -> int:
    """How many characters of an unspaced name are the family name; 0 when only a guess could tell."""
    if script_of(name) == "Hang":
        return 0 if len(name) < 2 or len(name) > 5 else 2 if name[:2] in KOREAN_DOUBLE and len(name) > 2 else 1
    if len(name) < 2 or len(name) > 6:
        return 0
    if country not in ("CN", "TW", "HK", "MO", "SG"):
        if found := next((length for length in (3, 2) if name[:length] in JAPANESE and len(name) > length), 0):
            return found
        if country == "JP" or script_of(name) == "Jpan":
            return 1 if name[0] in JAPANESE_SINGLE and len(name) < 4 else 2 if len(name) > 2 else 1
    if name[:2] in CHINESE_DOUBLE and len(name) > 2:
        return 2
    if name[0] in CHINESE_SINGLE and len(name) < 4:
        return 1
    return 2 if len(name) == 4 else 1 if len(name) < 4 else 0
