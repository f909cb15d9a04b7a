"""How a column that was read is compared, and under which keys duplicates are looked for."""

from collections.abc import Mapping, Sequence

import numpy as np

from kempt.matching.kernel.columns import Column
from kempt.matching.plan import Comparison
from kempt.matching.profile import comparisons as compare
from kempt.matching.profile import features as make
from kempt.matching.profile.known import Known
from kempt.matching.profile.look import ALL_PLACES_UP_TO, PLACES
from kempt.matching.profile.roles import FIRST, Role
from kempt.matching.profile.ways import Key

RARE_WORDS = 6
PATTERNS, COMPARISONS = 2**60, 24
NAME_WORDS = 7.0
"""What has more words on average is no name alone, and strangers share some of them."""


def features_of(name: str, role: Role, column: Column) -> tuple[dict[str, Column], Comparison | None]:
    """The columns that are compared for one that was read, and how, where that follows from its role alone."""
    if role == "email":
        mailbox, domain = f"{name}:mailbox", f"{name}:domain"
        made = {name: column, mailbox: make.local_part(column), domain: make.domain(column)}
        return made, compare.compare_emails(name, mailbox, domain)
    if role == "date":
        turned, year, rest = f"{name}:turned", f"{name}:year", f"{name}:rest"
        made = {name: column, year: make.first(column, 4), rest: make.after(column, 4), turned: make.turned(column)}
        return made, compare.compare_dates(name, turned, year, rest)
    if role == "phone":
        local = f"{name}:local"
        return {name: column, local: make.last(column, 7)}, compare.compare_phones(name, local)
    return {name: column}, None


def fitting(
    made: Sequence[Comparison], columns: Mapping[str, Column], roles: Mapping[str, Role]
) -> tuple[Comparison, ...]:
    """As many comparisons as one pattern holds, in their own order.

    Names, e-mails, phones and dates come first; then those of which records share values that tell most.
    """

    def rank(comparison: Comparison) -> tuple[bool, float]:
        column = comparison.outcomes[0].when[0].column
        says_who = any(outcome.by_chance_at_most for outcome in comparison.outcomes)
        return roles.get(column, "family_name") not in FIRST and not says_who, -_telling(columns[column])

    product, kept = 1, set[str]()
    for each in sorted(made, key=rank):
        if product * len(each.outcomes) < PATTERNS and len(kept) < COMPARISONS:
            product *= len(each.outcomes)
            kept.add(each.name)
    return tuple(each for each in made if each.name in kept)


def _telling(column: Column) -> float:
    """How many bits a record's value says on average, where another record shares it."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=1)
    shared = counts[counts > 1]
    return float(-(shared * np.log2(shared / max(1, counts.sum()))).sum() / max(1, len(column.codes)))


def names_alone(column: Column) -> bool:
    """Whether its values have so few words that they name something and say no more."""
    return len(column.words.items) / max(1, len(column.values)) <= NAME_WORDS


def keys_of(name: str, role: Role, columns: Mapping[str, Column], known: Known | None) -> dict[str, Key]:
    """The whole value, and parts of it that survive a slip somewhere else."""
    column = columns[name]
    found: dict[str, tuple[Column, ...]] = {name: (column,)}
    if role in ("word", "given_name", "family_name"):
        found |= {f"{name}^": (make.first(column, 3),), f"{name}$": (make.last(column, 3),)}
    elif role == "text":
        # A known way may ask for every place, whatever the number of records now.
        places = PLACES if known is None and len(column.codes) > ALL_PLACES_UP_TO else RARE_WORDS
        words = make.rarest_words(column, places, known.spreads[name] if known else None)
        found |= {f"{name}^": (make.first(column, 5),), f"{name}~": words}
    elif role == "date":
        found |= {each: (columns[each],) for each in (f"{name}:year", f"{name}:rest")}
    elif role == "email":
        found |= {each: (columns[each],) for each in (f"{name}:mailbox", f"{name}:domain")}
    elif role in ("code", "number", "phone"):
        found[f"{name}^"] = (make.first(column, 4),)
    return {key: Key(field=name, columns=of_key) for key, of_key in found.items()}
