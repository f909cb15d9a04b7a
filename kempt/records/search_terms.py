"""What a record is found by, and what somebody typed to find it: the same terms on both sides.

A term is a kind and a folded value, as `word:krause` or `tel:3125077`. What is kept of a term is a keyed token; the
term itself goes no further than this process.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from kempt.records.standardizers.domains import standardize_domain
from kempt.records.standardizers.emails import standardize_email
from kempt.records.standardizers.legal_forms import AND_WORDS, SUFFIXES
from kempt.records.standardizers.mail_lists import FREE_MAIL
from kempt.records.standardizers.nickname_roots import nickname_key
from kempt.records.standardizers.scripts import words_key

FoundBy = Literal["mail", "phone", "domain", "words"]

LAST_DIGITS = 7
"""Numbers are found by so many digits at their end, however the beginning was typed; the rest is compared later."""
_MOST_WORDS = 8
_PHONE = re.compile(r"[+0-9(][0-9 ()./\-]*")
_TRUNK_ZERO = re.compile(r"\(0\)")
_NOT_DIGITS = re.compile(r"\D+")
_NO_NAME = AND_WORDS | {spelling for spelling in SUFFIXES if " " not in spelling}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to understand what was typed. Whatever is found has all terms, and a number that ends with `digits`."""

    found_by: FoundBy
    terms: tuple[str, ...]
    digits: str = ""


def terms_of(values: Mapping[str, str]) -> set[str]:
    """The terms of a record, from its canonical fields."""
    found = set()
    if mail := values.get("email"):
        found.add("mail:" + mail.lower())
        if site := _site_of_mail(mail.rpartition("@")[2]):
            found.add(site)
    if domain := values.get("domain"):
        found.add("site:" + domain)
    if number := values.get("phone"):
        found.add("tel:" + digits_of(number)[-LAST_DIGITS:])
    if name := values.get("full_name") or f"{values.get('given_name', '')} {values.get('family_name', '')}":
        found.update(_words(name))
    if company := values.get("company_name"):
        found.update(_company_words(company))
    return found


def readings(query: str) -> tuple[Reading, ...]:
    """The ways in which a query may be meant, the most exact first; none for a query without letters and digits."""
    return tuple(_readings(query.strip()))


def digits_of(number: str) -> str:
    """The digits of a telephone number, extension and trunk zero left out."""
    if number[1:].isdecimal():
        return number.removeprefix("+")
    return _NOT_DIGITS.sub("", _TRUNK_ZERO.sub("", number.partition("x")[0]))


def _readings(query: str) -> Iterator[Reading]:
    if "@" in query:
        mail = standardize_email(query).email or query.lower()
        yield Reading(found_by="mail", terms=("mail:" + mail,))
        if query.startswith("@") and (site := standardize_domain(query[1:]).domain):
            yield Reading(found_by="domain", terms=("site:" + site,))
        return
    if _PHONE.fullmatch(query):
        digits = digits_of(query).lstrip("0")
        if len(digits) >= LAST_DIGITS:
            yield Reading(found_by="phone", terms=("tel:" + digits[-LAST_DIGITS:],), digits=digits)
    elif "." in query and " " not in query and (site := standardize_domain(query).domain):
        yield Reading(found_by="domain", terms=("site:" + site,))
    words = _words(query)
    if told := [word for word in words if word.removeprefix("word:") not in _NO_NAME] or words:
        yield Reading(found_by="words", terms=tuple(dict.fromkeys(told))[:_MOST_WORDS])


@lru_cache(maxsize=100_000)
def _site_of_mail(host: str) -> str | None:
    """The domain of an address; None of one at a provider whom millions share."""
    domain = standardize_domain(host).domain
    return None if domain is None or domain in FREE_MAIL else "site:" + domain


def _words(text: str) -> list[str]:
    return [_word(word) for word in words_key(text).split() if len(word) > 1]


@lru_cache(maxsize=100_000)
def _company_words(text: str) -> tuple[str, ...]:
    """The words of a company's name but its legal form, unless there are no others."""
    words = [word for word in words_key(text).split() if len(word) > 1]
    return tuple(map(_word, [word for word in words if word not in _NO_NAME] or words))


@lru_cache(maxsize=100_000)
def _word(word: str) -> str:
    """Nicknames count as their names everywhere, so that nobody has to know which word of a query is a given name."""
    return "word:" + (nickname_key(word) or word if word.isalpha() else word)
