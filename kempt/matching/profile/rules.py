"""Which ways of looking for duplicates are gone for all records: those that find most of them for least."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.columns import Column
from kempt.matching.profile.look import Looked

MOST_RULES = 20
MISSED = 0.005
"""The share of the duplicates known so far that need not be found again."""
SORTING = 0.25
"""What a way costs before any pair: sorting the records, in pairs a record."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenRules:
    """Blocking rules, the columns they need, and how many of the duplicates known so far they find."""

    ways: tuple[tuple[str, ...], ...]
    """The keys of each rule."""
    rules: tuple[Rule, ...]
    keys: dict[str, Column]
    found: int
    known: int


def choose_rules(looked: Looked, together: NDArray[np.bool_]) -> ChosenRules:
    """Rules by which the pairs that are `together` are found, of the candidates of those that looked.

    Each time the way is taken that finds most that is not found yet for its price (greedy weighted set cover, Chvatal
    1979, "A greedy heuristic for the set-covering problem").
    """
    looking = looked.records if looked.seeds is None else int(looked.seeds.sum())
    share = 1 - (1 - looking / looked.records) ** 2
    price = np.array([len(found) / share + SORTING * looked.records for found in looked.found])
    missing, known = together.copy(), int(together.sum())
    chosen: list[int] = []
    while len(chosen) < MOST_RULES and missing.sum() > MISSED * known:
        worth = np.array([missing[found].sum() for found in looked.found]) / price
        best = int(worth.argmax())
        if not worth[best]:
            break
        chosen.append(best)
        missing[looked.found[best]] = False
    ways = [looked.ways[at] for at in sorted(chosen)]
    caps = {1: looked.caps.alone, 2: looked.caps.together}
    return ChosenRules(
        ways=tuple(way.keys for way in ways),
        rules=tuple(Rule(columns=way.keys, max_block=caps[len(way.keys)]) for way in ways),
        keys={name: looked.keys[name].columns[0] for way in ways for name in way.keys},
        found=known - int(missing.sum()),
        known=known,
    )
