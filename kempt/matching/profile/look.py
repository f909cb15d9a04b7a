"""Where to look for duplicates: pairs of records that share something not too common.

A value that few records share makes pairs by itself; two values of different columns do when few records share both.
In a large table only some records, the seeds, look for their pairs: enough to learn from, and to tell which of these
ways find the duplicates at what price. Those are then gone for all records.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.runs import CORES
from kempt.matching.profile.ways import Caps, Key, Numbers, Records, Way, way_of, ways_of

CAPS = (Caps(60, 40), Caps(45, 25), Caps(30, 15), Caps(22, 8), Caps(15, 4), Caps(10, 3))
"""The first that keeps within the budget is taken: what many share is more often chance."""
PAIRS_PER_RECORD, PAIRS_PER_SEED, FEW_PAIRS = 25, 60, 200_000
"""The budget: so many pairs a record, or a seed where not all records look for pairs, or so many in all."""
MOST_TIMES_FOUND = 12
"""A pair is found in three to nine ways. With so many in all, the budget is passed for certain."""
ALL_PLACES_UP_TO = 30_000
"""In larger tables a text has its two rarest words for keys, and the second one is minor."""
PLACES = 2


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

    @property
    def pairs_alone(self) -> "Looked":
        """Only the pairs: keys and ways, which take more memory than all else here, are given back."""
        return replace(self, keys={}, ways=(), found=())


def look(keys: Mapping[str, Key], records: int, seeds: NDArray[np.bool_] | None = None) -> Looked:
    """The pairs of records that share one key, or two of different fields, that few records share."""
    if records > ALL_PLACES_UP_TO:
        keys = _fewer(keys)
    budget = max(FEW_PAIRS, PAIRS_PER_RECORD * records if seeds is None else PAIRS_PER_SEED * int(seeds.sum()))
    with ThreadPoolExecutor(CORES) as pool:
        ways = [way for way in pool.map(lambda make: make(), list(ways_of(keys, seeds, CAPS))) if len(way.members)]
        made = list(pool.map(lambda way: way.most_pairs(seeds), ways))
        for caps in CAPS:
            last = caps == CAPS[-1]
            times = sum(int(each[way.sizes <= way.most(caps)].sum()) for way, each in zip(ways, made, strict=True))
            if not last and times > MOST_TIMES_FOUND * budget:
                continue
            kept = list(pool.map(lambda way, caps=caps: way.within(caps), ways))
            if last or _distinct(kept, times, records, seeds) <= budget:
                break
        found = list(pool.map(lambda way: way.pairs(records, seeds), kept))
    pairs, places = _numbered(found)
    left, right = pairs // max(1, records), pairs % max(1, records)
    return Looked(
        records=records,
        keys=keys,
        seeds=seeds,
        caps=caps,
        ways=tuple(kept),
        found=places,
        left=left.astype(np.int32),
        right=right.astype(np.int32),
    )


def look_again(keys: Mapping[str, Key], records: int, rules: Sequence[Rule]) -> Looked:
    """The pairs that rules by names of keys find, whoever else is there."""
    if not {name for rule in rules for name in rule.columns} <= set(keys):
        keys = _fewer(keys)
    with ThreadPoolExecutor(CORES) as pool:
        kept = list(pool.map(lambda rule: way_of({name: keys[name] for name in rule.columns}, rule.max_block), rules))
        found = list(pool.map(lambda way: way.pairs(records, None), kept))
    pairs = _ascending(np.concatenate([np.zeros(0, np.int64), *found]))
    return Looked(
        records=records,
        keys=keys,
        seeds=None,
        caps=CAPS[0],
        ways=tuple(kept),
        found=(),
        left=(pairs // max(1, records)).astype(np.int32),
        right=(pairs % max(1, records)).astype(np.int32),
    )


def _numbered(found: Sequence[Numbers]) -> tuple[Numbers, tuple[Numbers, ...]]:
    """The distinct pairs of all ways, ascending, and where those of each way are among them."""
    lists = [_ascending(each) for each in found]
    pairs = _ascending(np.concatenate([np.zeros(0, np.int64), *lists]))
    return pairs, tuple(np.searchsorted(pairs, each) for each in lists)


def _ascending(pairs: Numbers) -> Numbers:
    """Each pair once; sorting is faster here than what numpy's unique does."""
    ordered = np.sort(pairs)
    return ordered[np.diff(ordered, prepend=-1) > 0]


def _distinct(ways: Sequence[Way], times: int, records: int, seeds: NDArray[np.bool_] | None) -> float:
    """About how many different pairs there are of those found so many times, from those of every sixteenth record."""
    every = 1 if times <= FEW_PAIRS else 16
    asked = np.arange(records) % every == 0 if seeds is None else _every(seeds, every)
    pairs = _ascending(np.concatenate([np.zeros(0, np.int64), *(way.pairs(records, asked) for way in ways)]))
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
