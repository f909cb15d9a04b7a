"""Where to look for duplicates: pairs of records that share something not too common.

A value that few records share makes pairs by itself; two values of different columns do when few records share both.
In a large table only some records, the seeds, look for their pairs: enough to learn from, and to tell which of these
ways find the duplicates at what price. Those are then gone for all records.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.blocks import sought
from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.runs import CORES

Numbers = NDArray[np.int64]
Records = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Caps:
    """How many records may share a value alone, and two values together, to be paired."""

    alone: int
    together: int


CAPS = (Caps(60, 40), Caps(45, 25), Caps(30, 15), Caps(22, 8), Caps(15, 4), Caps(10, 3))
"""The first that keeps within the budget is taken: what many share is more often chance."""
PAIRS_PER_RECORD, PAIRS_PER_SEED, FEW_PAIRS = 25, 60, 200_000
"""The budget: so many pairs a record, or a seed where not all records look for pairs, or so many in all."""
MOST_TIMES_FOUND = 12
"""A pair is found in three to nine ways. With so many in all, the budget is passed for certain."""
ALL_PLACES_UP_TO = 30_000
"""In larger tables a text has its two rarest words for keys, and the second one is minor."""
PLACES = 2
_HASH = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """Something that two records of one entity often share: of which field, and the values that each record has.

    Where a record has several, words of a text say, each column holds one; their codes mean the same values. A `minor`
    key finds pairs by itself only.
    """

    field: str
    columns: tuple[Column, ...]
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Way:
    """One way to find pairs: the keys that two records share, and the groups of records that share them.

    members[starts[g]:starts[g + 1]] are the records of group g, ascending.
    """

    keys: tuple[str, ...]
    members: Records
    starts: Numbers

    def within(self, caps: Caps) -> "Way":
        """Only groups that are not too large."""
        sizes = np.diff(self.starts)
        kept = sizes <= (caps.alone if len(self.keys) == 1 else caps.together)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[kept])])
        return Way(keys=self.keys, members=self.members[np.repeat(kept, sizes)], starts=starts)

    def most_pairs(self, seeds: NDArray[np.bool_] | None) -> int:
        """How many pairs with a seed the groups make; those of several groups counted as often."""
        sizes = np.diff(self.starts)
        if seeds is None or not len(sizes):
            return int((sizes * (sizes - 1) // 2).sum())
        looking = np.add.reduceat(seeds[self.members], self.starts[:-1], dtype=np.int64)
        return int((looking * (sizes - 1) - looking * (looking - 1) // 2).sum())

    def pairs(self, records: int, seeds: NDArray[np.bool_] | None) -> Numbers:
        """left * records + right of every pair in a group, with a seed among the two; some more than once."""
        sizes = np.diff(self.starts)
        size, start = np.repeat(sizes, sizes), np.repeat(self.starts[:-1], sizes)
        if seeds is None:
            # Each with those after it.
            first = np.arange(len(self.members))
            begin = first + 1
        else:
            # Each seed with all, itself too, which is left out in the end.
            first = np.flatnonzero(seeds[self.members])
            begin = start[first]
        others = start[first] + size[first] - begin
        left = np.repeat(first, others)
        right = np.arange(len(left)) + np.repeat(begin - np.cumsum(others) + others, others)
        one, other = self.members[left], self.members[right]
        keys: Numbers = np.minimum(one, other).astype(np.int64) * records + np.maximum(one, other)
        return keys if seeds is None else keys[one != other]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looked:
    """The pairs that were found, and by which ways."""

    records: int
    keys: Mapping[str, Key]
    seeds: NDArray[np.bool_] | None
    """The records that looked for pairs; None when all did."""
    caps: Caps
    ways: tuple[Way, ...]
    found: tuple[Numbers, ...]
    """Of each way its pairs, as positions in left and right, ascending."""
    left: Records
    right: Records


def look(keys: Mapping[str, Key], records: int, seeds: NDArray[np.bool_] | None = None) -> Looked:
    """The pairs of records that share one key, or two of different fields, that few records share."""
    if records > ALL_PLACES_UP_TO:
        keys = _fewer(keys)
    budget = max(FEW_PAIRS, PAIRS_PER_RECORD * records if seeds is None else PAIRS_PER_SEED * int(seeds.sum()))
    with ThreadPoolExecutor(CORES) as pool:
        ways = [way for way in pool.map(lambda make: make(), list(_ways(keys, seeds))) if len(way.members)]
        for caps in CAPS:
            kept = [way.within(caps) for way in ways]
            last = caps == CAPS[-1]
            if not last and sum(way.most_pairs(seeds) for way in kept) > MOST_TIMES_FOUND * budget:
                continue
            if last or _distinct(kept, records, seeds) <= budget:
                break
        found = list(pool.map(lambda way: way.pairs(records, seeds), kept))
    pairs = np.unique(np.concatenate([np.zeros(0, np.int64), *found]))
    left, right = pairs // max(1, records), pairs % max(1, records)
    return Looked(
        records=records,
        keys=keys,
        seeds=seeds,
        caps=caps,
        ways=tuple(kept),
        found=tuple(np.unique(np.searchsorted(pairs, each)) for each in found),
        left=left.astype(np.int32),
        right=right.astype(np.int32),
    )


def look_again(keys: Mapping[str, Key], records: int, ways: Sequence[tuple[str, ...]], caps: Caps) -> Looked:
    """The pairs that some ways find, with caps that are known, whoever else is there."""
    if not {name for way in ways for name in way} <= set(keys):
        keys = _fewer(keys)
    held = {name: [column.codes for column in key.columns] for name, key in keys.items()}
    found: list[Way] = []
    for way in ways:
        if len(way) == 1:
            key = keys[way[0]]
            wanted = np.append(np.ones(max(len(column.values) for column in key.columns), bool), False)
            found.append(_alone(way[0], key, wanted, None))
        else:
            found.append(_together((way[0], way[1]), held[way[0]], held[way[1]], None))
    kept = [way.within(caps) for way in found]
    pairs = np.unique(np.concatenate([np.zeros(0, np.int64), *(way.pairs(records, None) for way in kept)]))
    return Looked(
        records=records,
        keys=keys,
        seeds=None,
        caps=caps,
        ways=tuple(kept),
        found=(),
        left=(pairs // max(1, records)).astype(np.int32),
        right=(pairs % max(1, records)).astype(np.int32),
    )


def _distinct(ways: Sequence[Way], records: int, seeds: NDArray[np.bool_] | None) -> float:
    """About how many different pairs there are, from those that every sixteenth record has."""
    every = 1 if sum(way.most_pairs(seeds) for way in ways) <= FEW_PAIRS else 16
    asked = np.arange(records) % every == 0 if seeds is None else _every(seeds, every)
    pairs = np.unique(np.concatenate([np.zeros(0, np.int64), *(way.pairs(records, asked) for way in ways)]))
    # Of pairs between seeds either one may be asked; of others only the seed.
    return len(pairs) / (1 - (1 - 1 / every) ** 2) if seeds is None else len(pairs) * every


def _every(seeds: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    found = np.zeros(len(seeds), bool)
    found[np.flatnonzero(seeds)[::step]] = True
    return found


def _fewer(keys: Mapping[str, Key]) -> dict[str, Key]:
    """Each place of a key with several is a key of its own."""
    found: dict[str, Key] = {}
    for name, key in keys.items():
        for at, column in enumerate(key.columns[:PLACES]):
            place = name if len(key.columns) == 1 else f"{name}{at}"
            found[place] = Key(field=key.field, columns=(column,), minor=at > 0)
    return found


def _ways(keys: Mapping[str, Key], seeds: NDArray[np.bool_] | None) -> Iterator[Callable[[], Way]]:
    """A call for each way."""
    common: dict[str, list[Records]] = {}
    for name, key in keys.items():
        values = max(len(column.values) for column in key.columns)
        shared = sum(np.bincount(column.codes + 1, minlength=values + 1)[1:] for column in key.columns)
        asked = np.ones(values, bool)
        if seeds is not None:
            # What no seed has finds no pair with one.
            asked = np.zeros(values + 1, bool)
            for column in key.columns:
                asked[column.codes[seeds]] = True
            asked = asked[:values]
        often = np.append(asked & (shared > CAPS[-1].alone), False)
        common[name] = [np.where(often[column.codes], column.codes, -1) for column in key.columns]
        yield partial(_alone, name, key, np.append(asked & (shared > 1), False), seeds)
    for (one, first), (two, second) in combinations(keys.items(), 2):
        if first.field != second.field and not first.minor and not second.minor:
            yield partial(_together, (one, two), common[one], common[two], seeds)


def _alone(name: str, key: Key, wanted: NDArray[np.bool_], seeds: NDArray[np.bool_] | None) -> Way:
    """The records that have one of the wanted values, by it."""
    held = [np.flatnonzero(wanted[column.codes]) for column in key.columns]
    codes = [column.codes[records] for column, records in zip(key.columns, held, strict=True)]
    return _way((name,), held, codes, CAPS[0].alone, seeds)


def _together(
    names: tuple[str, str], ones: Sequence[Records], twos: Sequence[Records], seeds: NDArray[np.bool_] | None
) -> Way:
    """The records that have a common value of both keys, by both values."""
    held, codes = [], []
    size = max(int(two.max(initial=0)) for two in twos) + 1
    for one, two in product(ones, twos):
        both = None if seeds is None else sought(one, two, np.flatnonzero(seeds).astype(np.int32))
        records = np.flatnonzero((one >= 0) & (two >= 0)) if both is None else both
        held.append(records)
        codes.append(one[records].astype(np.int64) * size + two[records])
    return _way(names, held, codes, CAPS[0].together, seeds)


def _way(
    names: tuple[str, ...],
    held: Sequence[NDArray[Any]],
    codes: Sequence[NDArray[Any]],
    most: int,
    seeds: NDArray[np.bool_] | None,
) -> Way:
    """The groups of 2 to `most` records of one code, with a seed among them."""
    records, code = np.concatenate(held).astype(np.int32), np.concatenate(codes)
    if seeds is None:
        # Most values are shared by none: a table of counts by a hash of the value tells before any sorting.
        bits = max(8, len(code).bit_length() + 1)
        place = (code.astype(np.uint64) * _HASH) >> np.uint64(64 - bits)
        likely = np.bincount(place.astype(np.int64), minlength=1 << bits)[place] > 1
        records, code = records[likely], code[likely]
    records, code = _sorted(records, code)
    first = np.ones(len(code), bool)
    first[1:] = code[1:] != code[:-1]
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(code)))
    kept = (sizes > 1) & (sizes <= most)
    if seeds is not None and len(starts):
        kept &= np.add.reduceat(seeds[records], starts, dtype=int) > 0
    return Way(
        keys=names,
        members=records[np.repeat(kept, sizes)],
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[kept])]),
    )


def _sorted(records: Records, code: NDArray[Any]) -> tuple[Records, NDArray[Any]]:
    """By code, and by record where codes are the same; as one number, where it fits, since numbers sort fastest."""
    count = int(records.max(initial=0)) + 1
    if int(code.max(initial=0)) + 1 >= 2**63 // count:
        order = np.lexsort((records, code))
        return records[order], code[order]
    both = np.sort(code.astype(np.int64) * count + records)
    return (both % count).astype(np.int32), both // count
