"""Values of records, shown so that a reader can compare them and a stranger learns little."""

import unicodedata
from collections.abc import Iterator
from itertools import groupby

from kempt.records.model import FIELDS

HIDDEN = "•"
SHORT_WORD, FEW_DIGITS = 2, 4
"""A word of so many letters, or a value of so many digits, would be told by what is shown of it."""
LONGEST = 48
_TELLS_NOTHING = {"source", "object_type", "presence"} | {field.name for field in FIELDS if field.pii == "none"}
# Scripts in which one character is a word or a syllable, and the first one mostly the family name.
_WHOLE_WORDS = ("CJK", "HANGUL", "HIRAGANA", "KATAKANA", "BOPOMOFO", "YI")


def mask(value: str) -> str:
    """The first letter of each word and the last two digits, all others hidden."""
    text = unicodedata.normalize("NFC", value.strip())
    masked = "".join(_masked(text))
    return masked if len(masked) <= LONGEST else masked[:LONGEST] + "…"


def shown_of(attribute: str, value: str) -> str:
    """A value of a canonical field for somebody who need not know it: whole when it tells nothing of anybody."""
    return value if attribute in _TELLS_NOTHING else mask(value)


def shown_whole(_attribute: str, value: str) -> str:
    """A value as it is, for whoever said what she needs it for."""
    return value


def visible(text: str) -> str:
    """Control and bidi characters written out, so that no value turns the text round it."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _masked(text: str) -> Iterator[str]:
    digits_left = sum(_kind(char) == "digit" for char in text)
    shown_digits = 2 if digits_left > FEW_DIGITS else 0
    for kind, run in groupby(text, _kind):
        chars = list(run)
        if kind == "letter":
            yield _word(chars)
        elif kind == "digit":
            for char in chars:
                yield char if digits_left <= shown_digits else HIDDEN
                digits_left -= 1
        else:
            yield "".join(char if kind == "kept" else HIDDEN for char in chars)


def _word(chars: list[str]) -> str:
    letters = [char for char in chars if unicodedata.category(char)[0] == "L"]
    told = len(letters) > SHORT_WORD and not unicodedata.name(letters[0], "").startswith(_WHOLE_WORDS)
    return (letters[0] if told else HIDDEN) + HIDDEN * max(0, len(letters) - 1)


def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] in "LM":
        return "letter"
    if category[0] == "N":
        return "digit"
    # Punctuation and spaces tell how a value is built; what cannot be printed is written out by whoever shows it.
    return "kept" if category[0] in "PZC" or char in "+=|~<>$" else "other"
