"""Names of persons: which columns hold whole ones, what order their words have, and who is junior or senior."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.features import derived, filled
from kempt.matching.profile.roles import Role

_FULL_NAME = re.compile(r"full.*name|name.*full")
_WHOLE = re.compile(rf"{_FULL_NAME.pattern}|^name$|^contact$")
_GENERATIONS = {"sr": "1", "senior": "1", "jr": "2", "junior": "2", "ii": "2", "iii": "3", "iv": "4"}
_SUFFIXES = (*_GENERATIONS, "md", "phd", "esq", "")
_HAN = re.compile("[\u4e00-\u9fff]{2,3}")


def given_first(column: Column) -> Column:
    """Whole names with the family name last: it stands first in "Stone, Ada" and in 王伟."""
    return derived(column, _given_first)


def _given_first(name: str) -> str:
    if _HAN.fullmatch(name.strip()):
        return f"{name.strip()[1:]} {name.strip()[0]}"
    family, *given = name.split(",")
    return f"{given[0]} {family}" if len(given) == 1 and given[0].strip(" .").lower() not in _SUFFIXES else name


def with_whole_names(
    read: Mapping[str, Column],
    roles: Mapping[str, Role],
    given: str,
    family: str,
    times: tuple[Counter[str], Counter[str]],
) -> Mapping[str, Column]:
    """Given and family name, where a record lacks one, from columns with whole names, which then go.

    The family name is last, unless the given and family names that are known, and how often, say that it is first.
    """
    firsts, lasts = times

    def word(value: str, *, of_family: bool) -> str:
        words = without_generation(value).split()
        first, last = words[0], words[-1]
        turned = lasts[first] + firsts[last] > firsts[first] + lasts[last]
        return last if of_family != turned else first

    left = dict(read)
    for whole in [name for name in read if is_whole(name, roles[name])]:
        del left[whole]
        for name in (given, family):
            left[name] = filled(left[name], read[whole], partial(word, of_family=name == family))
    return left


def times(column: Column) -> Counter[str]:
    """How many records have each value."""
    times = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values))
    return Counter(dict(zip(column.values.to_pylist(), times.tolist(), strict=True)))


def is_whole(name: str, role: Role) -> bool:
    """Whether it holds whole names; one without a space is one in scripts that have none."""
    says = _WHOLE if role == "text" else _FULL_NAME
    return role in ("text", "word") and bool(says.search(name.lower()))


def generation_of(columns: Sequence[Column], *, tells: bool | None = None) -> Column | None:
    """Whether a name is that of the father, the son or the grandson: Sr, Jr, III.

    None if that `tells` nothing; unless it is known, because no two records differ.
    """
    found = derived(columns[0], _generation)
    for column in columns[1:]:
        found = filled(found, column, _generation)
    tells = len(found.values) > 1 if tells is None else tells
    return found if tells else None


def without_generation(name: str) -> str:
    """The name without what tells father and son apart."""
    return name.rsplit(" ", 1)[0] if _generation(name) else name


def _generation(name: str) -> str | None:
    first, _, last = name.rpartition(" ")
    return _GENERATIONS.get(last) if first else None
