"""Writing systems: which one a text is in, whether a word mixes look-alikes, and its ASCII spelling for comparison."""

import re
from bisect import bisect_right
from collections import Counter

from anyascii import anyascii

# ISO 15924 codes by the first code point of each range; '-' marks what belongs to no script: digits, marks, signs.
_TABLE = """
0000=- 0041=Latn 005B=- 0061=Latn 007B=- 00AA=Latn 00AB=- 00BA=Latn 00BB=- 00C0=Latn 00D7=- 00D8=Latn 00F7=-
00F8=Latn 02B0=- 0370=Grek 0400=Cyrl 0530=Armn 0590=Hebr 0600=Arab 0700=- 0750=Arab 0780=- 0870=Arab 0900=Deva
0980=Beng 0A00=Guru 0A80=Gujr 0B00=Orya 0B80=Taml 0C00=Telu 0C80=Knda 0D00=Mlym 0D80=Sinh 0E00=Thai 0E80=Laoo
0F00=Tibt 1000=Mymr 10A0=Geor 1100=Hang 1200=Ethi 13A0=Cher 1400=- 1780=Khmr 1800=- 1C80=Cyrl 1C90=Geor 1CC0=-
1D00=Latn 1D26=Grek 1D2B=Cyrl 1D2C=Latn 1DC0=- 1E00=Latn 1F00=Grek 2000=- 2C60=Latn 2C80=- 2D00=Geor 2D30=-
2DE0=Cyrl 2E00=- 2E80=Hani 2FE0=- 3005=Hani 3008=- 3041=Hira 30A0=Kana 3100=- 3131=Hang 3190=- 31F0=Kana
3200=- 3400=Hani 4DC0=- 4E00=Hani A000=- A640=Cyrl A6A0=- A720=Latn A800=- AB30=Latn AB70=Cher ABC0=-
AC00=Hang D800=- F900=Hani FB00=Latn FB13=Armn FB1D=Hebr FB50=Arab FE00=- FE70=Arab FF00=- FF21=Latn FF3B=-
FF41=Latn FF5B=- FF66=Kana FFA1=Hang FFE0=- 1D400=Latn 1D6A8=Grek 1D7CE=- 20000=Hani 323B0=-
"""
_RANGES = [(int(start, 16), script.strip("-")) for start, script in (range_.split("=") for range_ in _TABLE.split())]
_STARTS = tuple(start for start, _ in _RANGES)
_LOOK_ALIKES = {"Latn", "Cyrl", "Grek", "Armn", "Cher"}

_WORD = re.compile(r"[^\W\d_]+")
_APOSTROPHE = re.compile(r"['\u2018\u2019\u02bb\u02bc\u02b9\u2032\u0060\u00b4]")
# Signs are left out before spelling: an emoji would become the English word for it.
_SIGN = re.compile(
    r"[\u0080-\u00a9\u00ab-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u245f\u2500-\u2bff"
    r"\u3001-\u3004\u3008-\u3020\u3030\u303d\u30fb\ue000-\uf8ff\ufe00-\ufe0f\U0001f000-\U0001fbff]"
)
_LATIN_RANGES = ((0xAA, 0xAA), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x24F), (0x1E00, 0x1EFF))
_LATIN = re.compile(rf"[\x00-\x7f{''.join(f'{chr(first)}-{chr(last)}' for first, last in _LATIN_RANGES)}]+")
_LATIN_SPELLING = {
    code: anyascii(chr(code)).replace("'", "") for first, last in _LATIN_RANGES for code in range(first, last + 1)
}
_NOT_LETTERS = re.compile(r"[^a-z]+")
_NOT_LETTERS_OR_DIGITS = re.compile(r"[^a-z0-9]+")


def is_latin(text: str) -> bool:
    """Whether a text has no letters, or signs, but ASCII and the Latin letters of Europe and Vietnam."""
    return _LATIN.fullmatch(text) is not None


def script_of(text: str) -> str | None:
    """The ISO 15924 code of the script that most letters are in, 'Jpan' when kana are among them; None without any."""
    if is_latin(text):
        return "Latn" if any(map(str.isalpha, text)) else None
    counts = Counter(script for script in map(_script, text) if script)
    if not counts:
        return None
    if (
        counts["Hira"] + counts["Kana"]
        and counts["Hira"] + counts["Kana"] + counts["Hani"] >= counts.most_common(1)[0][1]
    ):
        return "Jpan"
    return min(counts, key=lambda script: (-counts[script], script))


def mixes_scripts(text: str) -> bool:
    """Whether one word holds letters of two scripts that look alike, as in 'Pаypal' with a Cyrillic 'а'."""
    if is_latin(text):
        return False
    return any(
        len({_script(char) for char in word} & _LOOK_ALIKES) > 1 for word in _WORD.findall(text) if not word.isascii()
    )


def _script(char: str) -> str:
    return _RANGES[bisect_right(_STARTS, ord(char)) - 1][1]


def letters_key(text: str) -> str:
    """ASCII letters in lower case, words parted by one space: 'Zoë O’Hara-Łuk' -> 'zoe ohara luk'."""
    if text.isascii() and text.isalpha():
        return text.lower()
    return _NOT_LETTERS.sub(" ", _ascii_words(text)).strip()


def words_key(text: str) -> str:
    """Like letters_key, but digits stay: 'Studio 54, Köln' -> 'studio 54 koln'."""
    return _NOT_LETTERS_OR_DIGITS.sub(" ", _ascii_words(text)).strip()


def _ascii_words(text: str) -> str:
    if text.isascii():
        return text.replace("'", "").replace("`", "").lower()
    text = _APOSTROPHE.sub("", text)
    if is_latin(text):
        text = text.translate(_LATIN_SPELLING)
    else:
        text = anyascii(_SIGN.sub(" ", text)).replace("'", "").replace("`", "")
    return text.lower()
