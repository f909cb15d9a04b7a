"""Addresses that some records have whole in one column, and others in parts in several: compared whole.

Neither column would otherwise be compared between such two records; and parts that always agree together, a street, its
town and its postcode, would count several times in a table too small to show that they depend on each other.
"""

import re
from collections.abc import Mapping

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.roles import Role

_PLACE_WORD = re.compile(
    r"(?<![a-z])(street|road|addr(ess)?|line|city|town|district|county|region|state|country|post(al|code)?|zip|code|full)"
    r"(?![a-z])"
)
_WHOLE = re.compile(r"full|^address$|^addr$")
_LETTERS = re.compile("[a-z]+")
_ROLES = ("text", "word", "code", "number")
HARDLY = 0.1
"""A whole and a street are two ways to say the same when no larger share of those who have one has both."""


def find_address(read: Mapping[str, Column], roles: Mapping[str, Role]) -> tuple[str, tuple[str, ...]] | None:
    """A column with whole addresses, and the columns with the parts of those that are not there."""
    places = {name: _whose(name) for name in read if roles[name] in _ROLES}
    for whole in (name for name in read if roles[name] == "text" and _WHOLE.search(name.lower())):
        parts = tuple(name for name, whose in places.items() if name != whole and whose == places[whole])
        if places[whole] is not None and any(
            roles[part] == "text" and _apart(read[part], read[whole]) for part in parts
        ):
            return whole, parts
    return None


def _apart(one: Column, other: Column) -> bool:
    """Whether hardly any record has both."""
    has, had = one.codes >= 0, other.codes >= 0
    return bool((has & had).sum() <= HARDLY * min(has.sum(), had.sum()))


def _whose(column: str) -> str | None:
    """What is left of a column's name without the words for places: whose address it is; None if it names no place."""
    rest = _PLACE_WORD.sub(" ", column.lower())
    return None if rest == column.lower() else " ".join(_LETTERS.findall(rest))
