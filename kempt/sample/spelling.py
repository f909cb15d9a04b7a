"""Every name in all the ways systems spell it: native, Latin, without diacritics, transliterated, in a mailbox."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from kempt.sample.draw import Flags, Pool, Texts, Whole, texts
from kempt.sample.family_names import COMMON, DOUBLED, FEMININE_ENDINGS, PARTS
from kempt.sample.given_names import CHINESE_SYLLABLES, MEN, WOMEN

CULTURES: tuple[str, ...] = ("en", "de", "fr", "nl", "es", "pl", "jp", "cn")
_EXPANDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "oe", "å": "aa"}
)
_STROKES = str.maketrans({"ł": "l", "Ł": "L", "ß": "ss", "ø": "o", "đ": "d"})


@dataclass(frozen=True, slots=True)
class NameTable:
    """Names of several groups; every array is indexed by the same position."""

    pool: Pool
    native: Texts
    latin: Texts
    plain: Texts
    expanded: Texts
    mailbox: Texts
    nickname: Texts
    feminine: Whole

    def of_sex(self, names: Whole, man: Flags) -> Whole:
        """The names as men and women bear them: Kowalski, Kowalska."""
        return np.where(man, names, self.feminine[names])

    def marked(self) -> Flags:
        """Which names lose something when their diacritics go."""
        return np.not_equal(self.latin, self.plain).astype(np.bool_)

    def respelt(self) -> Flags:
        """Which names are transliterated with other letters than their plain ones: Mueller, not Muller."""
        return np.not_equal(self.expanded, self.plain).astype(np.bool_)


def without_diacritics(text: str) -> str:
    """Müller -> Muller, Łukasz -> Lukasz."""
    decomposed = unicodedata.normalize("NFD", text.translate(_STROKES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def expanded(text: str) -> str:
    """Müller -> Mueller; other letters lose their marks."""
    return without_diacritics(text.translate(_EXPANDED))


def slug(text: str, *, between: str = "") -> str:
    """The lower-case letters and digits of a text, as a mailbox or a domain would have them."""
    return re.sub("[^a-z0-9]+", between, expanded(text).lower()).strip("-")


def given_table() -> NameTable:
    """Given names, grouped by culture and within it women before men: group = 2 * culture + (0 woman, 1 man)."""
    chinese = list(_chinese_given())
    groups = []
    for culture in CULTURES:
        for names in (WOMEN, MEN):
            groups.append(chinese if culture == "cn" else names[culture].split())
    return _table(groups)


def family_table() -> NameTable:
    """Family names by culture, common ones first, then the long tail put together from parts."""
    return _table([list(dict.fromkeys([*COMMON[culture].split(), *_tail(culture)])) for culture in CULTURES])


def _chinese_given() -> Iterator[str]:
    syllables = [syllable.split("=") for syllable in CHINESE_SYLLABLES.split()]
    for latin, native in syllables:
        yield f"{latin.capitalize()}={native}"
    for (first, sign), (second, other) in product(syllables, repeat=2):
        if sign != other:
            yield f"{first.capitalize()}{second}={sign}{other}"


def _tail(culture: str) -> Iterator[str]:
    if culture in DOUBLED:
        common = COMMON[culture].split()
        yield from (f"{first}_{second}" for first, second in product(common, repeat=2) if first != second)
    if culture not in PARTS:
        return
    stems, endings = (part.split() for part in PARTS[culture])
    mixed = sorted(product(range(len(stems)), range(len(endings))), key=lambda at: (at[0] * 7 + at[1] * 11) % 101)
    for stem, ending in ((stems[i], endings[j]) for i, j in mixed):
        first, _, sign = stem.partition("=")
        second, _, other = ending.partition("=")
        joined = first + (second if first.endswith("_") else second.lower())
        if not sign or sign != other:
            yield f"{joined}={sign}{other}" if sign else joined


def _table(groups: Sequence[Sequence[str]]) -> NameTable:
    feminine_forms = sorted({form for group in groups for name in group if (form := _feminine(name)) != name})
    pool = Pool.of(groups)
    entries = [str(value).replace("_", " ") for value in (*pool.values, *feminine_forms)]
    names = [entry.partition(":")[0] for entry in entries]
    latin = [name.partition("=")[0] for name in names]
    position = {name: at for at, name in enumerate(feminine_forms, start=len(pool.values))}
    return NameTable(
        pool=pool,
        native=texts([name.partition("=")[2] or name for name in names]),
        latin=texts(latin),
        plain=_spelt(without_diacritics(name) for name in latin),
        expanded=_spelt(expanded(name) for name in latin),
        mailbox=_spelt(slug(name) for name in latin),
        nickname=texts([entry.partition(":")[2] for entry in entries]),
        feminine=np.array(
            [position.get(_feminine(str(name)), at) for at, name in enumerate((*pool.values, *feminine_forms))]
        ),
    )


def _spelt(names: Iterable[str]) -> Texts:
    return texts(list(names))


def _feminine(name: str) -> str:
    for masculine, feminine in FEMININE_ENDINGS:
        if name.endswith(masculine):
            return name.removesuffix(masculine) + feminine
    return name
