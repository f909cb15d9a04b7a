"""Free text, and the cleaning that every other kind of value starts with."""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, NamedTuple

import ftfy

from kempt.records.standardizers.junk import is_placeholder

Flag = Literal["valid", "corrected", "suspicious", "invalid", "missing"]
Finding = tuple[Flag, str]  # the flag and its machine reason, '' when valid

MAX_LENGTH = 1000  # characters; what is longer is no field of a CRM but a document in the wrong place

_EDGE = "\ufeff\u200b\u200e\u200f \t\r\n\u00a0\0"  # what copying and pasting leaves at the ends, in good faith
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(
    r"</?(?:a|b|body|br|div|em|font|h[1-6]|html|i|iframe|img|input|li|ol|p|script|span|strong|style|svg|t[dhr]|table|u|ul)"
    r"(?:[\s/][^<>]{0,500})?>",
    re.IGNORECASE,
)
_MOJIBAKE = re.compile(
    r"[\u00c2-\u00c5\u00ce-\u00d1\u00d7-\u00d9\u00e2\u00e3\u00ef][\u0080-\u00bf\u0152-\u017e\u0192\u02c6\u02dc\u2013-\u2122]"
)
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BLANK_LETTER = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0]")
# Joiners are spelling in Persian, and after a virama in the scripts of India; elsewhere they only hide.
_SPELLED_JOINER = re.compile(
    r"(?<=[\u0620-\u06ff])\u200c(?=[\u0620-\u06ff])"
    r"|(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d])[\u200c\u200d]"
)
_SHIELDS = ("\ufdd0", "\ufdd1")  # noncharacters: stand for a spelled ZWNJ and ZWJ while the rest is removed


class Cleaned(NamedTuple):
    """Text fit to be read, and the most serious thing that had to be done to it."""

    value: str
    flag: Flag
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A standardized free text."""

    value: str | None
    flag: Flag
    reason: str


def worst(found: Finding, *others: Finding) -> Finding:
    """The most serious finding; the first one named when two are equally serious."""
    for other in others:
        if _SEVERITY[other[0]] > _SEVERITY[found[0]]:
            found = other
    return found


_SEVERITY: dict[Flag, int] = {"valid": 0, "corrected": 1, "suspicious": 2, "invalid": 3, "missing": 4}


def clean(raw: str, max_length: int = MAX_LENGTH) -> Cleaned:
    """The text in NFC with single spaces, without control, invisible or broken characters."""
    if raw.isascii() and raw.isprintable() and "&" not in raw and "<" not in raw and len(raw) <= max_length:
        value = " ".join(raw.split())
        return Cleaned(value, "valid", "") if value == raw else Cleaned(value, "corrected", "whitespace")
    # Twice the cap is read, so that a long run of invisible characters does not hide the text.
    value, findings = _settle(raw[: 2 * max_length])
    if len(value) > max_length:
        value, _ = _settle(value[:max_length])
        value = value[:max_length].rstrip()
    if len(raw) > max_length:
        findings.insert(0, ("suspicious", "too_long"))
    if value != raw:
        findings.append(("corrected", "whitespace"))
    return Cleaned(value, *worst(*findings, ("valid", "")))


def _settle(value: str) -> tuple[str, list[Finding]]:
    """Repaired until nothing changes: one repair may uncover the next, such as an entity inside an entity.

    It ends because every repair but the composition of characters makes the text shorter.
    """
    findings: list[Finding] = []
    while (repaired := _repair(value, findings)) != value:
        value = repaired
    return value, findings


def _repair(value: str, findings: list[Finding]) -> str:
    if not value.isascii():
        value = _fix_encoding(value, findings)
    if not value.isprintable():
        value = _without_invisible(value, findings)
    if "&" in value and _ENTITY.search(value):
        value = _ENTITY.sub(lambda entity: html.unescape(entity.group()), value)
        findings.append(("corrected", "html_entities"))
    if "<" in value and _TAG.search(value):
        value = _TAG.sub(" ", value)
        findings.append(("suspicious", "markup"))
    if not unicodedata.is_normalized("NFC", value):
        value = unicodedata.normalize("NFC", value)
        findings.append(("corrected", "unicode_form"))
    return " ".join(value.split())


def _fix_encoding(value: str, findings: list[Finding]) -> str:
    if _SURROGATE.search(value):
        value = _SURROGATE.sub("", value)
        findings.append(("suspicious", "broken_encoding"))
    if _MOJIBAKE.search(value):
        fixed = ftfy.fix_encoding(value)
        if fixed != value and ftfy.fix_encoding(fixed) == fixed and len(fixed) < len(value):
            value = fixed
            findings.append(("corrected", "mojibake"))
    if _BLANK_LETTER.search(value):
        value = _BLANK_LETTER.sub("", value)
        findings.append(("corrected", "invisible_characters"))
    if "\ufffd" in value:
        findings.append(("suspicious", "broken_encoding"))
    return value


def _without_invisible(value: str, findings: list[Finding]) -> str:
    """The text without characters that do not print; those that part words become spaces."""
    value = value.replace(_SHIELDS[0], "").replace(_SHIELDS[1], "")
    shielded = _SPELLED_JOINER.sub(lambda joiner: _SHIELDS[joiner.group() == "\u200d"], value)
    kept = "".join(map(_visible, shielded))
    if _BIDI.search(shielded):
        findings.append(("suspicious", "bidi_control"))
    elif any(unicodedata.category(char) == "Cf" for char in shielded.strip(_EDGE)):
        findings.append(("suspicious", "invisible_characters"))
    elif "".join(kept.split()) != "".join(shielded.split()):
        findings.append(("corrected", "invisible_characters"))
    return kept.replace(_SHIELDS[0], "\u200c").replace(_SHIELDS[1], "\u200d")


def _visible(char: str) -> str:
    if char.isprintable() or char in _SHIELDS:
        return char
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn") else char


def standardize_text(raw: str | None) -> Text:
    """Trimmed, composed, printable text; a placeholder such as 'N/A' counts as missing."""
    if not raw:
        return Text(value=None, flag="missing", reason="")
    cleaned = clean(raw)
    if not cleaned.value:
        return Text(value=None, flag="missing", reason="blank")
    if is_placeholder(cleaned.value):
        return Text(value=None, flag="missing", reason="junk_value")
    return Text(value=cleaned.value, flag=cleaned.flag, reason=cleaned.reason)
