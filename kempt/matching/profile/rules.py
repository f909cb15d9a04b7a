"""Which ways of looking for duplicates are gone for all records: those that find most of them for least."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.columns import Column
from kempt.matching.profile.look import Looked
from kempt.matching.profile.ways import Numbers

MOST_RULES = 20
MISSED = 0.005
"""The share of the duplicates known so far that need not be found again."""
PAIRS_PER_RECORD, FEW_PAIRS = 2.5, 1_000_000
"""What may be compared: so many pairs a record, or so many in all. In a large table the last rules find hardly any."""
SORTING = 0.1
"""What a way costs before any pair: sorting the records, in pairs a record."""
STEPS = np.array([2, 3, 4, 6, 8, 11, 15, 22, 30, 45, 60])
"""A way is taken up to one of these sizes: of records that share something with many others few are duplicates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenRules:
    """Blocking rules by names of keys, the columns these are, and how many of the duplicates known so far they find."""

    rules: tuple[Rule, ...]
    keys: dict[str, Column]
    found: int
    known: int


def choose_rules(looked: Looked, together: NDArray[np.bool_]) -> ChosenRules:
    """Rules by which the pairs that are `together` are found, of the candidates of those that looked.

    Each time the way is taken, or taken further, that finds most that is not found yet for its price (greedy weighted
    set cover, Chvatal 1979, "A greedy heuristic for the set-covering problem").
    """
    looking = looked.records if looked.seeds is None else int(looked.seeds.sum())
    share = 1 - (1 - looking / looked.records) ** 2
    cover = _Cover.of(looked, together)
    missing, made = np.ones(int(together.sum()), bool), np.zeros(len(looked.left), bool)
    taken = np.full(len(looked.ways), -1)
    while missing.sum() > MISSED * len(missing):
        way, step = cover.best(missing, taken, share, SORTING * looked.records)
        if way < 0:
            break
        found = looked.found[way]
        made[found[cover.group_sizes(way, found) <= STEPS[step]]] = True
        if taken.max() >= 0 and made.sum() / share > max(FEW_PAIRS, PAIRS_PER_RECORD * looked.records):
            break
        taken[way] = step
        missing[cover.pair[(cover.way == way) & (cover.step <= step)]] = False
    chosen = [(looked.ways[at], int(STEPS[taken[at]])) for at in np.flatnonzero(taken >= 0)]
    rules = tuple(Rule(columns=way.keys, max_block=min(way.most(looked.caps), largest)) for way, largest in chosen)
    return ChosenRules(
        rules=rules,
        keys={name: looked.keys[name].columns[0] for rule in rules for name in rule.columns},
        found=int((~missing).sum()),
        known=len(missing),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cover:
    """Which way finds which of the known pairs, from which of the STEPS on, and how many pairs up to each step."""

    looked: Looked
    way: Numbers
    step: Numbers
    pair: Numbers
    pairs: Numbers
    """Ways x steps."""
    room: NDArray[np.int32]
    """A number for each record, to work with."""

    @classmethod
    def of(cls, looked: Looked, together: NDArray[np.bool_]) -> "_Cover":
        number = np.cumsum(together) - 1
        found = [each[together[each]] for each in looked.found]
        pairs = np.zeros((len(found), len(STEPS)), np.int64)
        cover = cls(
            looked=looked, pairs=pairs, room=np.empty(looked.records, np.int32),
            way=np.repeat(np.arange(len(found)), [len(each) for each in found]),
            step=np.zeros(sum(map(len, found)), np.int64),
            pair=number[np.concatenate([np.zeros(0, np.int64), *found])],
        )  # fmt: skip
        for at, way in enumerate(looked.ways):
            cover.step[cover.way == at] = np.searchsorted(STEPS, cover.group_sizes(at, found[at]))
            sizes = np.full(len(way.sizes), way.most(looked.caps)) if looked.seeds is None else way.sizes
            np.add.at(pairs[at], np.searchsorted(STEPS, sizes), way.most_pairs(looked.seeds))
        np.cumsum(pairs, axis=1, out=pairs)
        return cover

    def group_sizes(self, at: int, pairs: Numbers) -> NDArray[np.int32]:
        """How many records share what the pairs of a way share; where all look, a way is taken as a whole."""
        way = self.looked.ways[at]
        if self.looked.seeds is None:
            return np.full(len(pairs), way.most(self.looked.caps), np.int32)
        self.room[way.members] = np.repeat(way.sizes, way.sizes)
        return self.room[self.looked.left[pairs]]

    def best(self, missing: NDArray[np.bool_], taken: Numbers, share: float, sorting: float) -> tuple[int, int]:
        """The way, and up to which step, that finds most for its price; -1 where none finds anything."""
        counts = np.bincount(self.way * len(STEPS) + self.step, missing[self.pair], self.pairs.size)
        gain = np.cumsum(counts.reshape(self.pairs.shape), axis=1)
        before = np.where(taken >= 0, self.pairs[np.arange(len(taken)), taken], 0)
        price = (self.pairs - before[:, None]) / share + np.where(taken < 0, sorting, 0.0)[:, None]
        if (taken >= 0).sum() >= MOST_RULES:
            gain[taken < 0] = 0
        worth = np.where(gain > 0, gain / np.maximum(price, 1.0), 0.0)
        at = int(worth.argmax())
        return divmod(at, len(STEPS)) if worth.size and worth.flat[at] else (-1, -1)
