"""Small damage to a text: the slips of a typist and the habits of a form."""

from kempt.sample.draw import Chance, Texts, Whole, texts

_NEIGHBOURS = {
    **dict(zip("abcdefghijklm", ("s", "v", "x", "s", "r", "g", "h", "j", "o", "k", "l", "k", "n"), strict=True)),
    **dict(zip("nopqrstuvwxyz", ("m", "i", "o", "w", "t", "d", "r", "y", "b", "e", "z", "t", "x"), strict=True)),
}


def misspell(chance: Chance, values: Texts) -> Texts:
    """Each text with one letter dropped, doubled, swapped with the next, or hit beside its key."""
    slips, places = chance.integers(0, 4, len(values)), chance.random(len(values))
    return texts([_slip(text, int(slip), place) for text, slip, place in zip(values, slips, places, strict=True)])


def _slip(text: str, slip: int, place: float) -> str:
    if len(text) < 3:
        return text + text[-1:]
    at = 1 + int(place * (len(text) - 2))
    here, following = text[at], text[at + 1]
    if slip == 0:
        return text[:at] + text[at + 1 :]
    if slip == 1:
        return text[:at] + here + text[at:]
    if slip == 2 and here != following:
        return text[:at] + following + here + text[at + 2 :]
    return text[:at] + _NEIGHBOURS.get(here, "e" if here != "e" else "r") + text[at + 1 :]


def restyle(values: Texts, style: Whole) -> Texts:
    """The same words in upper case, in lower case, with stray spaces, or with a space too many between words."""
    return texts([_restyle(text, int(way)) for text, way in zip(values, style, strict=True)])


def _restyle(text: str, style: int) -> str:
    if style == 0:
        return text.upper()
    if style == 1:
        return text.lower()
    return f" {text} " if style == 2 else f"{text.replace(' ', '  ')} "
