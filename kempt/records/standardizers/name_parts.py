"""The words of a personal name: titles, credentials and suffixes taken off, capitals repaired."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from kempt.records.standardizers.name_lists import (
    CREDENTIALS,
    DOTTED_HONORIFICS,
    DOUBTFUL_CREDENTIALS,
    HONORIFIC_ENDINGS,
    HONORIFICS,
    LAST_HONORIFICS,
    LOCAL_HONORIFICS,
    LOWERED_PARTICLES,
    MAC_NAMES,
    SUFFIXES,
)
from kempt.records.standardizers.scripts import letters_key
from kempt.records.standardizers.text import Cleaned, clean, worst

MAX_LENGTH = 200

_APOSTROPHES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u02bc\u02b9\u2032\u0060\u00b4\uff07", "'") | dict.fromkeys("™℠®©", "")
)
_ASIDE = re.compile(
    r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|\"[^\"]*\"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|(?<!\w)'[^']+'(?!\w))\s*"
)
_BORN = re.compile(r"[\s,]+(?:née?|geb(?:\.|oren(?:e)?)|born|maiden name|roz\.|født|född|o\.s\.)\s+.*$", re.IGNORECASE)
_SIGN = re.compile(r"[^\w\s.,'&/@:·・･‧\u0300-\u036f\u0900-\u0dff\u0e00-\u0fff\u200c\u200d-]|[_*]")
_GLUED_TITLE = re.compile(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
_TURKISH = re.compile(r"[İığĞ]")
_CONNECTORS = frozenset(("&", "and", "und", "u.", "et", "y", "e", "og", "och", "en", "/"))
_PIECES = re.compile(r"([-'.\s])")


class Stripped(NamedTuple):
    """The words of a name that name the person, its suffix, and whether titles were taken off."""

    words: list[str]
    suffix: str | None
    titled: bool
    several: bool = False


def prepare(raw: str) -> Cleaned:
    """A name as plain words: compatibility forms resolved, remarks and signs gone."""
    if raw.isascii() and raw.replace(" ", "").isalpha() and len(raw) <= MAX_LENGTH:
        value = " ".join(raw.split())
        return Cleaned(value, "valid", "") if value == raw else Cleaned(value, "corrected", "whitespace")
    cleaned = clean(raw, MAX_LENGTH)
    found, text = (cleaned.flag, cleaned.reason), cleaned.value
    while (plain := _plain(text)) != text:
        text = plain
    if text != cleaned.value:
        found = worst(
            found,
            (
                "corrected",
                "remark_removed" if _ASIDE.search(cleaned.value) or _BORN.search(cleaned.value) else "spelling",
            ),
        )
    return Cleaned(text, *found)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))[:MAX_LENGTH]
    for remark in (_ASIDE, _BORN):
        shorter = remark.sub(" ", text).strip()
        text = shorter if any(map(str.isalpha, shorter)) else text
    text = clean(_GLUED_TITLE.sub(_apart, _SIGN.sub(" ", text)), MAX_LENGTH).value
    return text.strip(" ,;/&:-")


def _apart(dot: re.Match[str]) -> str:
    """'Dr.Anna' is two words, 'Dott.ssa' is one."""
    return ". " if dot.string[dot.end()].isupper() else "."


def word_key(word: str) -> str:
    """A word as the name lists spell it."""
    return letters_key(word).replace(" ", "")


def strip_titles(words: Sequence[str], country: str, *, behind_comma: bool = False, least: int = 1) -> Stripped:
    """The words without titles before and credentials behind, as long as `least` words are left."""
    kept, suffix, several = list(words), None, False
    while len(kept) > least and _is_title(kept[0], country):
        kept = kept[1:]
        if len(kept) > 2 and kept[0].lower() in _CONNECTORS and _is_title(kept[1], country):
            kept, several = kept[1:], True
    while len(kept) > least:
        key = word_key(kept[-1])
        if not suffix and key in SUFFIXES and _is_suffix(kept, key, least):
            suffix = SUFFIXES[key]
        elif not (_is_credential(kept, key, behind_comma) or (key in LAST_HONORIFICS and kept[-1].islower())):
            break
        kept = kept[:-1]
    titled = len(kept) + bool(suffix) < len(words)
    if kept and kept[-1].endswith(HONORIFIC_ENDINGS) and not kept[-1].isascii():
        ending = next(ending for ending in HONORIFIC_ENDINGS if kept[-1].endswith(ending))
        if len(kept[-1]) > len(ending) + 1:
            kept[-1], titled = kept[-1][: -len(ending)], True
    kept[-1:] = [word.rstrip(",") for word in kept[-1:]]
    return Stripped(kept, suffix, titled, several)


def _is_title(word: str, country: str) -> bool:
    key = word_key(word)
    return (
        key in HONORIFICS
        or (word.endswith(".") and key in DOTTED_HONORIFICS)
        or (key in LOCAL_HONORIFICS and country in LOCAL_HONORIFICS[key])
    )


def _is_suffix(words: list[str], key: str, least: int) -> bool:
    if key in ("nd", "rd", "th"):
        return words[-1].lower() in ("2nd", "3rd", "4th")
    return len(words) > least + 1 or key not in ("junior", "senior", "jun", "sen")


def _is_credential(words: list[str], key: str, behind_comma: bool) -> bool:
    if key not in CREDENTIALS:
        return False
    if behind_comma or key not in DOUBTFUL_CREDENTIALS or "." in words[-1][:-1]:
        return True
    return words[-1].isupper() and len(words) > 2 and not " ".join(words[:-1]).isupper()


def only_additions(words: Sequence[str]) -> bool:
    """Whether a part between commas holds no name: 'PhD', 'Jr.', 'Mr', 'M.B.A.'."""
    keys = [word_key(word) for word in words]
    return all(key in CREDENTIALS or key in SUFFIXES or key in HONORIFICS for key in keys)


def looks_turkish(text: str) -> bool:
    """Whether a text has the letters that only Turkish and its neighbours tell apart: dotted İ, dotless ı, ğ."""
    return bool(_TURKISH.search(text))


def repair_case(text: str, country: str) -> str:
    """Capitals as people write them, when a text has only capitals or only small letters."""
    turkish = country in ("TR", "AZ")
    if not (text.isupper() or text.islower()):
        return " ".join(_repair_prefixed(word, turkish) for word in text.split(" "))
    words = text.split(" ")
    repaired = [_titled(word, country, turkish) for word in words]
    for position, word in enumerate(words[:-1]):
        small = _lower(word, turkish)
        after_de = position > 0 and repaired[position - 1] == "de" and small in ("la", "las", "los", "le")
        if after_de or (small in LOWERED_PARTICLES and country != "IT"):
            repaired[position] = small
    return unicodedata.normalize("NFC", " ".join(repaired))


def _repair_prefixed(word: str, turkish: bool) -> str:
    """'MacDONALD' and "o'BRIEN": the prefix is right and the rest is shouted."""
    for prefix in ("Mac", "Mc"):
        if word.startswith(prefix) and len(word) > len(prefix) + 2 and word[len(prefix) :].isupper():
            return prefix + _capital(word[len(prefix) :], turkish)
    return word


def _titled(word: str, country: str, turkish: bool) -> str:
    pieces = _PIECES.split(_lower(word, turkish))
    for position, piece in enumerate(pieces):
        before = pieces[position - 1] if position else ""
        lead = pieces[position - 2] if position > 1 else ""
        # "O'Hara", "D'Angelo" and "Dell'Orto", but "Sa'id" and "Jeanne's".
        if before != "'" or lead in ("o", "O", "d", "D", "l", "L", "Dell", "Dall", "All"):
            pieces[position] = _capital_word(piece, country, turkish)
    return "".join(pieces)


def _capital_word(piece: str, country: str, turkish: bool) -> str:
    if piece.startswith("mc") and len(piece) > 4:
        return "Mc" + _capital(piece[2:], turkish)
    if piece.startswith("mac") and piece[3:] in MAC_NAMES:
        return "Mac" + _capital(piece[3:], turkish)
    if piece.startswith("ij") and country in ("NL", "BE"):
        return "IJ" + piece[2:]
    return _capital(piece, turkish)


def _capital(piece: str, turkish: bool) -> str:
    small = _lower(piece, turkish)
    if turkish and small.startswith("i"):
        return "İ" + small[1:]
    first = small[:1].title()
    return (first if len(first) == 1 else small[:1]) + small[1:]  # the capital of 'ŉ' is two letters


def _lower(text: str, turkish: bool) -> str:
    if turkish:
        text = text.replace("I", "ı")
    return text.replace("İ", "i").lower()
