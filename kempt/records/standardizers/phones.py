"""Telephone numbers in E.164, with their extension and country."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from kempt.records.standardizers.junk import is_placeholder
from kempt.records.standardizers.text import Finding, Flag, clean, worst

MAX_LENGTH = 100

_REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
_PLAIN = re.compile(r"[+0-9(][0-9 ().-]{4,30}")
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS = re.compile(r"[^\W\d_]+[.:]?")
_SEVERAL = re.compile(r"\s*(?:[;|]|\s/\s|,(?=\s*[+0(])|\s(?:or|oder|ou|and|und|et|o|y)\s)\s*", re.IGNORECASE)
_EXTENSION = re.compile(
    r"[\s,;.(/-]*(?:(?<![^\W\d_])(?:extension|extn?|x|durchwahl|dw|klappe|kl|poste|interno|int|anexo|ramal|toestel|tst|anknytning|ankn"
    r"|wew|linka|mellék|dahili|доб|дополнительный)(?![^\W\d_])|#|内線|內線|分机|轉|내선)[\s.:#=]*(\d{1,7})\W*$",
    re.IGNORECASE,
)
_LONG_DISTANCE = re.compile(r"^(?:\+\s*(?:\+|00)|00\s*\+|\(\+\)|0011\s?)")
_FREEPHONE = re.compile(
    r"(?:\+?1[\s.-]*)?\(?(8(?:00|33|44|55|66|77|88)|900)\)?[\s.-]*([A-Za-z0-9][A-Za-z0-9\s.-]{5,20}[A-Za-z0-9])"
)
_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_SPREADSHEET = re.compile(r"\+?\d[.,]\d+[eE]\+?\d\d?")
_DECIMAL_ZERO = re.compile(r"(?<=\d{7})[.,]0$")
_SAME_DIGIT = re.compile(r"(\d)\1{7,}$")
_COUNTING = ("01234567890123456789", "98765432109876543210")
_KEEP_ZERO = frozenset(("IT", "SM", "VA", "CG", "CI", "GA"))  # elsewhere a zero left in front is a trunk prefix
_LENGTHS: dict[int, str] = {
    ValidationResult.INVALID_COUNTRY_CODE: "unknown_country_code",
    ValidationResult.TOO_SHORT: "wrong_length_for_country",
    ValidationResult.TOO_LONG: "wrong_length_for_country",
    ValidationResult.INVALID_LENGTH: "wrong_length_for_country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "no_area_code",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A standardized telephone number."""

    phone: str | None = None
    extension: str | None = None
    phone_country: str | None = None
    flag: Flag
    reason: str


class _Reading(NamedTuple):
    """A number, the country it is assigned in, and what was assumed; or why there is none."""

    number: PhoneNumber | None
    country: str | None
    how: str


def standardize_phone(raw: str | None, default_country: str | None = None) -> Phone:
    """A number in E.164. A national number needs the country it was written in.

    What its numbering plan allows but nobody was assigned stays, marked suspicious: plans change faster than software.
    """
    if not raw:
        return Phone(flag="missing", reason="")
    cleaned = clean(raw, MAX_LENGTH)
    text, found = cleaned.value, (cleaned.flag, cleaned.reason)
    if not text or is_placeholder(text):
        return Phone(flag="missing", reason="junk_value" if text else "blank")
    extension, text = None, _DECIMAL_ZERO.sub("", text)
    if not _PLAIN.fullmatch(text):
        text, extension, found = _one_number(text, found)
    if problem := _problem(text, cleaned.reason):
        return Phone(flag="invalid", reason=problem)
    region = default_country.strip().upper() if default_country else ""
    reading = _parse(text, region if region in _REGIONS else None)
    return _described(reading, extension, region, raw, found)


def _one_number(text: str, found: Finding) -> tuple[str, str | None, Finding]:
    """The first number of a text without its extension and notes."""
    parts = [part for part in _SEVERAL.split(text) if sum(map(str.isdecimal, part)) >= 6]
    if len(parts) > 1:
        text, found = parts[0], worst(("suspicious", "multiple_values"), found)
    extension = _EXTENSION.search(text)
    text = text[: extension.start()] if extension else text
    if _LETTER.search(text):
        if freephone := _FREEPHONE.fullmatch(text):
            dialled = re.sub(r"[\s.-]", "", freephone[2]).upper().translate(_KEYPAD)[:7]
            return (
                f"+1{freephone[1]}{dialled}",
                extension and extension[1],
                worst(found, ("corrected", "vanity_letters")),
            )
        if _SPREADSHEET.fullmatch(text):
            return text, None, found
        text, found = _LETTERS.sub(" ", text), worst(found, ("corrected", "note_removed"))
    return text.strip(" :;,."), extension and extension[1], found


def _problem(text: str, cleaning: str) -> str:
    """Why a text is no number in any country."""
    digits = "".join(filter(str.isdecimal, text))
    if not digits.isascii():
        digits = "".join(str(int(char)) for char in digits)
    if not digits:
        return "not_a_number"
    if cleaning == "too_long":
        return cleaning
    if _SPREADSHEET.fullmatch(text):
        return "scientific_notation"
    if len(set(digits)) == 1 or _SAME_DIGIT.search(digits):
        return "junk_value"
    return "junk_value" if len(digits) > 5 and any(digits in counting for counting in _COUNTING) else ""


def _parse(text: str, region: str | None) -> _Reading:
    """The number and its country, and what was assumed to read it; or why it cannot be read."""
    text = _LONG_DISTANCE.sub("+", text)
    if text.startswith(("+", "＋")):
        return _read(text, None)
    reading = _read(text, region)
    if reading.country:
        return reading
    for prefix in ("00", "011"):
        abroad = _read("+" + text[len(prefix) :], None) if text.startswith(prefix) else reading
        if abroad is not reading and abroad.number and phonenumbers.is_possible_number(abroad.number):
            return abroad
    digits = sum(map(str.isdecimal, text))
    if digits > 11 or (digits == 11 and text.lstrip("(").startswith("1")):
        abroad = _read("+" + text, None)
        if abroad.country:
            return abroad._replace(how="assumed_international")
    return reading


def _read(text: str, region: str | None) -> _Reading:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return _Reading(None, None, "unknown_country_code" if text.startswith(("+", "＋")) else "no_country")
        not_a_number = error.error_type == NumberParseException.NOT_A_NUMBER
        return _Reading(None, None, "not_a_number" if not_a_number else "wrong_length_for_country")
    return _Reading(number, _country(number, region), "")


def _country(number: PhoneNumber, likely: str | None) -> str | None:
    """The country in whose plan a number is assigned; '001' for plans of no country, None for no plan."""
    if likely and phonenumbers.is_valid_number_for_region(number, likely):
        return likely
    country = phonenumbers.region_code_for_number(number)
    if country and country != likely and phonenumbers.is_valid_number_for_region(number, country):
        return country
    return None


def _described(reading: _Reading, extension: str | None, region: str, raw: str, found: Finding) -> Phone:
    number, country, how = reading
    if number is None:
        return Phone(flag="suspicious" if how == "no_country" else "invalid", reason=how)
    if problem := _LENGTHS.get(phonenumbers.is_possible_number_with_reason(number)):
        return Phone(flag="invalid", reason=problem)
    if how:
        found = worst(found, ("suspicious", how))
    written = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if country is None:
        regions = phonenumbers.region_codes_for_country_code(number.country_code or 0)
        if number.italian_leading_zero and regions[0] not in _KEEP_ZERO:
            return Phone(flag="invalid", reason="wrong_length_for_country")
        found = worst(("suspicious", "unassigned_range"), found)
        country = region if region in regions else regions[0]
    if written != raw:
        found = worst(found, ("corrected", "format"))
    return Phone(
        phone=written,
        extension=extension or number.extension or None,
        phone_country=None if country == "001" else country,
        flag=found[0],
        reason=found[1],
    )
