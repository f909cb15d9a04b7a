"""Writing systems: which one a text is in, whether a word mixes look-alikes, and its ASCII spelling for comparison."""

import re
from bisect import bisect_right
from collections import Counter

from anyascii import anyascii

# ISO 15924 codes by first code point of each range; '' marks what belongs to no script (digits, marks, signs).
_RANGES: tuple[tuple[int, str], ...] = (
    (0x0000, ""), (0x0041, "Latn"), (0x005B, ""), (0x0061, "Latn"), (0x007B, ""), (0x00AA, "Latn"), (0x00AB, ""),
    (0x00BA, "Latn"), (0x00BB, ""), (0x00C0, "Latn"), (0x00D7, ""), (0x00D8, "Latn"), (0x00F7, ""), (0x00F8, "Latn"),
    (0x02B0, ""), (0x0370, "Grek"), (0x0400, "Cyrl"), (0x0530, "Armn"), (0x0590, "Hebr"), (0x0600, "Arab"),
    (0x0700, ""), (0x0750, "Arab"), (0x0780, ""), (0x0870, "Arab"), (0x0900, "Deva"), (0x0980, "Beng"),
    (0x0A00, "Guru"), (0x0A80, "Gujr"), (0x0B00, "Orya"), (0x0B80, "Taml"), (0x0C00, "Telu"), (0x0C80, "Knda"),
    (0x0D00, "Mlym"), (0x0D80, "Sinh"), (0x0E00, "Thai"), (0x0E80, "Laoo"), (0x0F00, "Tibt"), (0x1000, "Mymr"),
    (0x10A0, "Geor"), (0x1100, "Hang"), (0x1200, "Ethi"), (0x13A0, "Cher"), (0x1400, ""), (0x1780, "Khmr"),
    (0x1800, ""), (0x1C80, "Cyrl"), (0x1C90, "Geor"), (0x1CC0, ""), (0x1D00, "Latn"), (0x1D26, "Grek"), (0x1D2B, "Cyrl"),
    (0x1D2C, "Latn"), (0x1DC0, ""), (0x1E00, "Latn"), (0x1F00, "Grek"), (0x2000, ""), (0x2C60, "Latn"), (0x2C80, ""),
    (0x2D00, "Geor"), (0x2D30, ""), (0x2DE0, "Cyrl"), (0x2E00, ""), (0x2E80, "Hani"), (0x2FE0, ""), (0x3005, "Hani"),
    (0x3008, ""), (0x3041, "Hira"), (0x30A0, "Kana"), (0x3100, ""), (0x3131, "Hang"), (0x3190, ""), (0x31F0, "Kana"),
    (0x3200, ""), (0x3400, "Hani"), (0x4DC0, ""), (0x4E00, "Hani"), (0xA000, ""), (0xA640, "Cyrl"), (0xA6A0, ""),
    (0xA720, "Latn"), (0xA800, ""), (0xAB30, "Latn"), (0xAB70, "Cher"), (0xABC0, ""), (0xAC00, "Hang"), (0xD800, ""),
    (0xF900, "Hani"), (0xFB00, "Latn"), (0xFB13, "Armn"), (0xFB1D, "Hebr"), (0xFB50, "Arab"), (0xFE00, ""),
    (0xFE70, "Arab"), (0xFF00, ""), (0xFF21, "Latn"), (0xFF3B, ""), (0xFF41, "Latn"), (0xFF5B, ""), (0xFF66, "Kana"),
    (0xFFA1, "Hang"), (0xFFE0, ""), (0x1D400, "Latn"), (0x1D6A8, "Grek"), (0x1D7CE, ""), (0x20000, "Hani"), (0x323B0, ""),
)  # fmt: skip
_STARTS = tuple(start for start, _ in _RANGES)
_LOOK_ALIKES = {"Latn", "Cyrl", "Grek", "Armn", "Cher"}

_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHE = re.compile(r"['\u2018\u2019\u02bb\u02bc\u02b9\u2032\u0060\u00b4]")
# Signs are left out before spelling: an emoji would become the English word for it.
_SIGN = re.compile(
    r"[\u0080-\u00a9\u00ab-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff"
    r"\u3001-\u3004\u3008-\u3020\u3030\u303d\u30fb\ue000-\uf8ff\ufe00-\ufe0f\U0001f000-\U0001fbff]"
)
_NOT_LETTERS = re.compile(r"[^a-z]+")
_NOT_LETTERS_OR_DIGITS = re.compile(r"[^a-z0-9]+")


def script_of(text: str) -> str | None:
    """The ISO 15924 code of the script most letters are in; 'Jpan' for kana with or without kanji; None without letters."""
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else None
    counts = Counter(script for script in map(_script, text) if script)
    if not counts:
        return None
    if counts["Hira"] + counts["Kana"] and counts["Hira"] + counts["Kana"] + counts["Hani"] >= counts.most_common(1)[0][1]:
        return "Jpan"
    return min(counts, key=lambda script: (-counts[script], script))


def mixes_scripts(text: str) -> bool:
    """Whether one word holds letters of two scripts that look alike, as in 'Pаypal' with a Cyrillic 'а'."""
    if text.isascii():
        return False
    return any(len({_script(char) for char in word} & _LOOK_ALIKES) > 1 for word in _WORD.findall(text) if not word.isascii())


def _script(char: str) -> str:
    return _RANGES[bisect_right(_STARTS, ord(char)) - 1][1]


def letters_key(text: str) -> str:
    """ASCII letters in lower case, words parted by one space: 'Zoë O’Hara-Łuk' -> 'zoe ohara luk'."""
    return _NOT_LETTERS.sub(" ", _ascii_words(text)).strip()


def words_key(text: str) -> str:
    """Like letters_key, but digits stay: 'Studio 54, Köln' -> 'studio 54 koln'."""
    return _NOT_LETTERS_OR_DIGITS.sub(" ", _ascii_words(text)).strip()


def _ascii_words(text: str) -> str:
    text = _APOSTROPHE.sub("", text)
    if not text.isascii():
        text = anyascii(_SIGN.sub(" ", text)).replace("'", "").replace("`", "")
    return text.lower()
