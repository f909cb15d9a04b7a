"""Streets, places and postal codes: the value as people write it, and a key in which short and long forms agree."""

import re
import unicodedata
from dataclasses import dataclass

from kempt.records.standardizers.address_words import (
    DROPPED,
    GLUED,
    LANGUAGE_OF,
    PLACES,
    REGIONS,
    STREET_WORDS,
    UNITS,
)
from kempt.records.standardizers.junk import is_placeholder, is_test
from kempt.records.standardizers.name_parts import repair_case
from kempt.records.standardizers.postal_patterns import LENGTHS_WITH_ZERO, PATTERNS, PREFIXES
from kempt.records.standardizers.scripts import is_latin, letters_key, mixes_scripts, words_key
from kempt.records.standardizers.text import Finding, Flag, clean, worst

MAX_LENGTH = 255


_PO_BOX = re.compile(
    r"(?<!\w)(?:p\.?\s?o\.?\s?b(?:ox)?|post\s?office\s?box|postfach|post\s?box|postbus|bo[iî]te\s?postale|b\.?\s?p|casella\s?postale"
    r"|apartado(?:\s?(?:de\s?correos|postal))?|apdo|caixa\s?postal|skrytka(?:\s?pocztowa)?|postboks|pb|box|а/я)\.?\s*(?:n[ro°º]?\.?\s*)?(\d[\d\s]*)",
    re.IGNORECASE,
)
_HAS_STREET = re.compile(r"[^\W\d_]{3,}")
_SPANISH_C = re.compile(r"(?<!\w)c/\s*|(?<!\w)c\.º\s*", re.IGNORECASE)
_ITALIAN = re.compile(r"(?<!\w)(v|p|c)\.(le|za|zza|so)(?!\w)", re.IGNORECASE)
_RUSSIAN = re.compile(r"(?<!\w)(пр|б|наб|пер)-(т|р|я|к)(?!\w)", re.IGNORECASE)
_NUMBER_SIGN = re.compile(r"(?:n[°º]|№|nr\.|#)\s*(?=\d)", re.IGNORECASE)
_EAST_ASIAN = re.compile(r"(?<=\d)\s*(?:丁目|番地の?|番|号室|号|號|弄|栋|室|번지|번길|호)\s*")
_HOUSE_LETTER = re.compile(r"(?<=\d) (?=[a-z]$)")
_RANGE = re.compile(r"(?<=\d)\s*[-–/]\s*(?=\d)")
_NUMBER = re.compile(r"\d+[a-z]?")
_QUALIFIER = re.compile(r"\s*(?:\([^()]*\)|,.*)$")
_SAINT = re.compile(r"^(?:st|sankt|sint|szt|sv|saint|santo|san|sao)(?= )|(?<= )st(?= )")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9 -]{0,10}[A-Z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A street address."""

    street: str | None = None
    street_key: str | None = None
    flag: Flag
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A city, town or region."""

    place: str | None = None
    place_key: str | None = None
    flag: Flag
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalCode:
    """A postal code as its country writes it."""

    postal_code: str | None = None
    flag: Flag
    reason: str


def standardize_street(raw: str | None, country: str | None = None) -> Street:
    """The street with capitals repaired, and a key that holds its words in short form and the house number last."""
    if not raw:
        return Street(flag="missing", reason="")
    cleaned = clean(raw, MAX_LENGTH)
    if not cleaned.value or is_placeholder(cleaned.value):
        return Street(flag="missing", reason="junk_value" if cleaned.value else "blank")
    region = country.strip().upper() if country else ""
    street = _cased(cleaned.value, region)
    found = worst((cleaned.flag, cleaned.reason), ("valid", "") if street == cleaned.value else ("corrected", "case"))
    doubts: Finding = ("valid", "")
    if is_test(street):
        doubts = ("suspicious", "test_value")
    elif mixes_scripts(street):
        doubts = ("suspicious", "mixed_script")
    elif "@" in street or "://" in street:
        doubts = ("suspicious", "not_a_street")
    elif not any(map(str.isalpha, street)):
        doubts = ("suspicious", "no_letters")
    flag, reason = worst(doubts, found)
    return Street(street=street, street_key=_street_key(street, region) or None, flag=flag, reason=reason)


def _cased(text: str, country: str) -> str:
    """Shouted and whispered addresses in ordinary case; what holds a digit, or is that short, is a code."""
    if not (text.isupper() or text.islower()) or not _HAS_STREET.search(text):
        return text
    repaired = _settled_case(text, country).split(" ")
    return " ".join(
        old if text.isupper() and (len(old) < 3 or any(map(str.isdigit, old))) else new
        for old, new in zip(text.split(" "), repaired, strict=True)
    )


def _settled_case(text: str, country: str) -> str:
    """Capitals repaired, unless that makes something else of the text, such as what looks like a broken encoding."""
    repaired = repair_case(text, country)
    if repaired == text or (repaired.isascii() and not {"&", "<"} & set(repaired)):
        return repaired
    return repaired if clean(repaired, MAX_LENGTH).value == repaired else text


def _street_key(street: str, country: str) -> str:
    language = LANGUAGE_OF.get(country, "")
    text = street
    if not is_latin(text):
        text = _RUSSIAN.sub(r"\1\2", _EAST_ASIAN.sub("-", unicodedata.normalize("NFKC", text)).strip("- "))
    if box := _PO_BOX.search(text):
        return f"po box {re.sub(r'[^0-9]', '', box[1])}"
    if language == "es":
        text = _SPANISH_C.sub("calle ", text)
    text = _ITALIAN.sub(r"\1\2", _NUMBER_SIGN.sub(" ", text))
    text = _HOUSE_LETTER.sub("", words_key(_RANGE.sub(" ", text)))
    words = [_short(word, language) for word in text.split()]
    return " ".join(_number_last([word for word in words if word not in DROPPED] or words))


def _short(word: str, language: str) -> str:
    if short := STREET_WORDS[language].get(word):
        return short
    for ending, short in GLUED.get(language, ()):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + short
    # 'Hauptstraße' is German wherever its country was not written down.
    return word.removesuffix("strasse") + "str" if word.endswith("strasse") and len(word) > 9 else word


def _number_last(words: list[str]) -> list[str]:
    """A house number in front moves behind the street, before what names a flat or a floor."""
    leading = 0
    while leading < len(words) - 1 and _NUMBER.fullmatch(words[leading]):
        leading += 1
    leading += bool(leading) and words[leading] in ("bis", "ter", "quater") and leading < len(words) - 1
    unit = next((place for place in range(leading + 1, len(words)) if words[place] in UNITS), len(words))
    return words[leading:unit] + words[:leading] + words[unit:]


def standardize_place(raw: str | None) -> Place:
    """A city or region with capitals repaired, and a key in which its names in other languages agree."""
    if not raw:
        return Place(flag="missing", reason="")
    cleaned = clean(raw, MAX_LENGTH)
    if not cleaned.value or is_placeholder(cleaned.value):
        return Place(flag="missing", reason="junk_value" if cleaned.value else "blank")
    value = cleaned.value.strip(" ,;")
    place = value if len(value) < 4 and value.isupper() else _settled_case(value, "")
    if not any(map(str.isalpha, place)):
        return Place(flag="invalid", reason="no_letters")
    found = worst(
        (cleaned.flag, cleaned.reason),
        ("valid", "") if place == cleaned.value else ("corrected", "case" if place != value else "spelling"),
    )
    doubts: Finding = ("valid", "")
    if is_test(place):
        doubts = ("suspicious", "test_value")
    elif mixes_scripts(place):
        doubts = ("suspicious", "mixed_script")
    elif any(map(str.isdigit, place)):
        doubts = ("suspicious", "digits_in_place")
    flag, reason = worst(doubts, found)
    return Place(place=place, place_key=_place_key(place) or None, flag=flag, reason=reason)


def _place_key(place: str) -> str:
    key = letters_key(place)
    if place.isupper() and key in REGIONS:
        return REGIONS[key]
    if key not in PLACES and ("(" in place or "," in place):
        key_alone = letters_key(_QUALIFIER.sub("", place))
        key = key_alone if key_alone in PLACES else key
    if key in PLACES:
        return PLACES[key]
    return _SAINT.sub(lambda saint: saint.group() if saint.group() in ("san", "santo", "sao") else "saint", key)


def standardize_postal(raw: str | None, country: str | None = None) -> PostalCode:
    """A postal code in the form of its country. Without a country only its characters are checked."""
    if not raw:
        return PostalCode(flag="missing", reason="")
    cleaned = clean(raw, 40)
    if not cleaned.value or is_placeholder(cleaned.value):
        return PostalCode(flag="missing", reason="junk_value" if cleaned.value else "blank")
    text = unicodedata.normalize("NFKC", cleaned.value).upper().replace("〒", "").replace("–", "-").strip(" .,-")
    text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    text = re.sub(r"(?<=\d{3})[.,]0$", "", text)
    region = country.strip().upper() if country else ""
    if not _CODE.fullmatch(text):
        return PostalCode(flag="invalid", reason="bad_characters")
    code, found = _in_form(text, region) if region in PATTERNS else (text, _any_form(text))
    if code is None:
        return PostalCode(flag="invalid", reason=found[1])
    if len(set(re.sub(r"\W", "", code))) == 1 and code[0] in "09":
        return PostalCode(flag="invalid", reason="junk_value")
    flag, reason = worst(
        found, (cleaned.flag, cleaned.reason), ("valid", "") if code == raw else ("corrected", "format")
    )
    return PostalCode(postal_code=code, flag=flag, reason=reason)


def _any_form(text: str) -> Finding:
    return ("valid", "") if any(map(str.isdigit, text)) and len(text) > 2 else ("suspicious", "unlikely_postal_code")


def _in_form(text: str, country: str) -> tuple[str | None, Finding]:
    pattern, form = PATTERNS[country]
    bare = re.sub(r"[\s-]", "", re.sub(rf"^(?:{PREFIXES.get(country, country)})[\s-]*(?=\d)", "", text))
    if found := pattern.fullmatch(bare):
        return _written(found, form), ("valid", "")
    if (
        bare.isdecimal()
        and len(bare) + 1 == LENGTHS_WITH_ZERO.get(country)
        and (found := pattern.fullmatch("0" + bare))
    ):
        return _written(found, form), ("corrected", "leading_zero_lost")
    return None, ("invalid", "wrong_format_for_country")


def _written(found: re.Match[str], form: str) -> str:
    return form.format(*(part or "" for part in found.groups())).strip(" -")
