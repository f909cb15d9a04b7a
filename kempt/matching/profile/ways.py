"""One way to look for duplicates: the groups of records that share a key, or two keys of different fields."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.blocks import flags, meeting
from kempt.matching.kernel.columns import Column
from kempt.matching.kernel.runs import CORES

Numbers = NDArray[np.int64]
Records = NDArray[np.int32]

_HASH = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Caps:
    """How many records may share a value alone, and two values together, to be paired."""

    alone: int
    together: int


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

    @property
    def sizes(self) -> Numbers:
        """Records of each group."""
        return np.diff(self.starts)

    def within(self, caps: Caps) -> "Way":
        """Only groups that are not too large."""
        sizes = self.sizes
        kept = sizes <= self.most(caps)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[kept])])
        return Way(keys=self.keys, members=self.members[np.repeat(kept, sizes)], starts=starts)

    def most(self, caps: Caps) -> int:
        """How many records a group may have."""
        return caps.alone if len(self.keys) == 1 else caps.together

    def most_pairs(self, seeds: NDArray[np.bool_] | None) -> Numbers:
        """How many pairs with a seed each group makes; those of several groups counted as often."""
        sizes = self.sizes
        if seeds is None or not len(sizes):
            return sizes * (sizes - 1) // 2
        looking = np.add.reduceat(seeds[self.members], self.starts[:-1], dtype=np.int64)
        made: Numbers = looking * (sizes - 1) - looking * (looking - 1) // 2
        return made

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


def ways_of(
    keys: Mapping[str, Key], seeds: NDArray[np.bool_] | None, caps: Sequence[Caps]
) -> Iterator[Callable[[], Way]]:
    """A call for each way, with groups up to the first of the caps; what more than the last one share is common."""
    if seeds is not None and all(len(key.columns) == 1 for key in keys.values()):
        yield from _ways_of_seeds(keys, np.flatnonzero(seeds).astype(np.int32), caps)
        return
    looking = None if seeds is None else np.flatnonzero(seeds).astype(np.int32)
    with ThreadPoolExecutor(CORES) as pool:
        common = dict(
            zip(keys, pool.map(lambda key: _common(key, looking, caps[-1].alone), keys.values()), strict=True)
        )
    for name, key in keys.items():
        yield partial(_alone, name, key, looking, caps[0].alone)
    for (one, _), (two, _) in _in_twos(keys):
        yield partial(_together, (one, two), common[one], common[two], looking, caps[0].together)


def _in_twos(keys: Mapping[str, Key]) -> Iterator[tuple[tuple[str, Key], tuple[str, Key]]]:
    """Keys of different fields, every two that may go together."""
    for (one, first), (two, second) in combinations(keys.items(), 2):
        if first.field != second.field and not first.minor and not second.minor:
            yield (one, first), (two, second)


def _ways_of_seeds(keys: Mapping[str, Key], seeds: Records, caps: Sequence[Caps]) -> Iterator[Callable[[], Way]]:
    """The same where some records look, and each has one value of a key: the kernel finds whom they meet.

    Looked at are the records with a value that a seed has; where two are shared, one of the common ones.
    """
    codes = {name: key.columns[0].codes for name, key in keys.items()}

    def asked(name: str) -> tuple[NDArray[np.bool_], NDArray[np.uint64], NDArray[np.uint64]]:
        """Which seeds have a common value; the records with a value of theirs, and those with a common one."""
        often, own = _often(keys[name], caps[-1].alone), codes[name][seeds]
        sought = np.zeros(len(often), bool)
        sought[own[own >= 0]] = True
        return often[own], flags(sought[codes[name]]), flags((sought & often)[codes[name]])

    with ThreadPoolExecutor(CORES) as pool:
        found = dict(zip(keys, pool.map(asked, keys), strict=True))
    for name in keys:
        yield partial(_met, (name,), codes[name], None, found[name][1], seeds, caps[0].alone)
    for (one, _), (two, _) in _in_twos(keys):
        (first, _, ones), (second, _, twos) = found[one], found[two]
        both = seeds[first & second]
        yield partial(_met, (one, two), codes[one], codes[two], ones & twos, both, caps[0].together)


def _met(
    names: tuple[str, ...], one: Records, two: Records | None, asked: NDArray[np.uint64], seeds: Records, most: int
) -> Way:
    members, starts = meeting(one, two, asked, seeds, most)
    return Way(keys=names, members=members, starts=starts)


def _often(key: Key, few: int) -> NDArray[np.bool_]:
    """Which values, by code, more than a few records have; False for -1."""
    values = max(len(column.values) for column in key.columns)
    shared = sum(np.bincount(column.codes + 1, minlength=values + 1)[1:] for column in key.columns)
    return np.append(shared > few, False)


def way_of(keys: Mapping[str, Key], most: int) -> Way:
    """The groups of up to `most` records that share a value of one key, or values of two."""
    if len(keys) == 1:
        ((name, key),) = keys.items()
        return _alone(name, key, None, most)
    one, two = keys
    return _together((one, two), _Held.of(keys[one]), _Held.of(keys[two]), None, most)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Held:
    """Values of a key: per column and record the code, or -1."""

    columns: tuple[Records, ...]
    held: tuple[Records, ...]
    """The records of each column that have one, ascending."""

    @classmethod
    def of(cls, key: Key, counted: NDArray[np.bool_] | None = None) -> "_Held":
        """All values, or those that count by their code."""
        columns = tuple(column.codes for column in key.columns)
        if counted is not None:
            columns = tuple(np.where(counted[codes], codes, np.int32(-1)) for codes in columns)
        return cls(columns=columns, held=tuple(map(_given, columns)))


def _common(key: Key, seeds: Records | None, few: int) -> _Held:
    """The values that many share, and a seed has where not all look."""
    often = _often(key, few)
    if seeds is not None:
        # What no seed has finds no pair with one.
        asked = np.zeros(len(often), bool)
        for column in key.columns:
            asked[column.codes[seeds]] = True
        often &= asked
    return _Held.of(key, often)


def _alone(name: str, key: Key, seeds: Records | None, most: int) -> Way:
    """The records that share a value of the key, by it."""
    codes = [column.codes for column in key.columns]
    return _way((name,), [(each, None, _given(each)) for each in codes], most, seeds)


def _given(codes: Records) -> Records:
    return np.flatnonzero(codes >= 0).astype(np.int32)


def _together(names: tuple[str, str], ones: _Held, twos: _Held, seeds: Records | None, most: int) -> Way:
    """The records that have a common value of both keys, by both values."""
    sides = (zip(each.columns, each.held, strict=True) for each in (ones, twos))
    both = [(one, two, min(held, other, key=len)) for (one, held), (two, other) in product(*sides)]
    return _way(names, both, most, seeds)


def _way(
    names: tuple[str, ...],
    both: Sequence[tuple[Records, Records | None, Records]],
    most: int,
    seeds: Records | None,
) -> Way:
    """The groups of 2 to `most` records with the same codes, a seed among them; each column with those to look at."""
    records = np.concatenate([held for _, _, held in both])
    size = max(int(two.max(initial=0)) for _, two, _ in both if two is not None) + 1 if both[0][1] is not None else 1
    code = np.concatenate([one[held] * np.int64(size) + (0 if two is None else two[held]) for one, two, held in both])
    missing = np.concatenate([(one[held] < 0) | (False if two is None else two[held] < 0) for one, two, held in both])
    records, code = _shared(records[~missing], code[~missing])
    records, code = _sorted(records, code)
    first = np.ones(len(code), bool)
    first[1:] = code[1:] != code[:-1]
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(code)))
    kept = (sizes > 1) & (sizes <= most)
    if seeds is not None and len(starts):
        kept &= np.add.reduceat(np.isin(records, seeds), starts, dtype=int) > 0
    return Way(
        keys=names,
        members=records[np.repeat(kept, sizes)],
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[kept])]),
    )


def _shared(records: Records, code: NDArray[Any]) -> tuple[Records, NDArray[Any]]:
    """Without most of those whose code nobody shares: a table of counts by a hash tells before any sorting."""
    bits = max(8, len(code).bit_length() + 1)
    place = (code.astype(np.uint64) * _HASH) >> np.uint64(64 - bits)
    likely = np.bincount(place.astype(np.int64), minlength=1 << bits)[place] > 1
    return records[likely], code[likely]


def _sorted(records: Records, code: NDArray[Any]) -> tuple[Records, NDArray[Any]]:
    """By code, and by record where codes are the same; as one number, where it fits, since numbers sort fastest."""
    count = int(records.max(initial=0)) + 1
    if int(code.max(initial=0)) + 1 >= 2**63 // count:
        order = np.lexsort((records, code))
        return records[order], code[order]
    both = np.sort(code.astype(np.int64) * count + records)
    return (both % count).astype(np.int32), both // count
