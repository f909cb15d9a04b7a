"""Which records go into which share of the work, and the rows in which they travel.

A share is a block of a rule. A large block is cut into parts, and a share is then one part, or two of which each record
of one meets each of the other: no worker holds a whole hub, and no hub waits for one worker.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kempt.matching.engine import Plan
from kempt.matching.kernel.blocks import Blocks
from kempt.matching.shares.recipe import Recipe, frequencies

LARGE = 1_000
"""Records above which a block is cut: two parts of this size make a million pairs, less than a second's work."""
GIVEN = 200_000
"""Given pairs that travel together, sorted, so that most records go to one worker only."""

ALL, EARLIER, LATER = 0, 1, 2
"""How a record takes part in a share: all meet all, or every earlier record meets every later one."""

_PLACE = pa.struct([("share", pa.int64()), ("rule", pa.int8()), ("side", pa.int8())])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Places:
    """Which record goes into which share, a row each; and the pairs that all shares make, each as often as rules do."""

    record: NDArray[np.int32]
    share: NDArray[np.int64]
    rule: NDArray[np.int8]
    side: NDArray[np.int8]
    pairs: int

    @classmethod
    def of_blocks(cls, blocks: Blocks) -> "Places":
        """Every kept block is a share; one that is too large is several."""
        made, first = [], 0
        for rule, of_rule in enumerate(blocks.rules):
            large = of_rule.sizes > LARGE
            small = of_rule.take(~large)
            shares = first + np.repeat(np.arange(len(small.sizes)), small.sizes)
            made.append((small.members, shares, rule, ALL))
            first += len(small.sizes)
            for block in np.flatnonzero(large):
                members = of_rule.members[of_rule.starts[block] : of_rule.starts[block + 1]]
                for records, share, side in _cut(members):
                    made.append((records, np.full(len(records), first + share), rule, side))
                first = int(made[-1][1][-1]) + 1
        sizes = [len(records) for records, *_ in made]
        return cls(
            record=np.concatenate([np.empty(0, np.int32), *(records for records, *_ in made)]),
            share=np.concatenate([np.empty(0, np.int64), *(shares for _, shares, *_ in made)]),
            rule=np.repeat(np.array([rule for *_, rule, _ in made], np.int8), sizes),
            side=np.repeat(np.array([side for *_, side in made], np.int8), sizes),
            pairs=sum(int(of_rule.pairs.sum()) for of_rule in blocks.rules),
        )

    @classmethod
    def of_pairs(cls, left: NDArray[np.int32], right: NDArray[np.int32], shares: NDArray[np.int64]) -> "Places":
        """The records of pairs that are given, with the share that each pair is in."""
        every = np.unique(np.concatenate([shares << 32 | left, shares << 32 | right]))
        nothing = np.zeros(len(every), np.int8)
        records, numbers = (every & 0xFFFFFFFF).astype(np.int32), every >> 32
        return cls(record=records, share=numbers, rule=nothing, side=nothing, pairs=len(left))


def _cut(members: NDArray[np.int32]) -> Iterator[tuple[NDArray[np.int32], int, int]]:
    """The parts of a large block, each with itself and with every later one: records, number of the share, side."""
    parts = np.array_split(members, -(-len(members) // LARGE))
    share = 0
    for at, part in enumerate(parts):
        yield part, share, ALL
        for later in parts[at + 1 :]:
            share += 1
            yield part, share, EARLIER
            yield later, share, LATER
        share += 1


def record_rows(plan: Plan, recipe: Recipe, places: Places, at_once: int) -> Iterator[pa.Table]:
    """The records that are in any share, `at_once` a table: what comparing them takes, and their places as a list.

    Fields: record, left_out (its rules, a bit each), c0... (a column: its text, or its code where no comparator reads
    texts), t0... and w0... (tokens and weights of the vector of its text, where one is compared), f0... (a frequency:
    the bits of its value), places (share, rule, side).
    """
    order = np.argsort(places.record, kind="stable")
    records, first = np.unique(places.record[order], return_index=True)
    bounds = np.append(first, len(order))
    for start in range(0, len(records), at_once):
        chosen = records[start : start + at_once]
        edges = bounds[start : start + len(chosen) + 1]
        rows = order[edges[0] : edges[-1]]
        inside = [pa.array(each[rows]) for each in (places.share, places.rule, places.side)]
        lists = pa.StructArray.from_arrays(inside, fields=list(_PLACE))
        yield pa.table(
            {
                "record": chosen,
                "left_out": plan.blocks.left_out[chosen].view(np.int64),
                **_values(plan, recipe, chosen),
                "places": pa.ListArray.from_arrays(pa.array(edges - edges[0], pa.int32()), lists),
            }
        )


def _values(plan: Plan, recipe: Recipe, records: NDArray[np.int32]) -> dict[str, pa.Array]:
    codes, fields = {}, {}
    for at, (name, column) in enumerate(plan.columns.columns.items()):
        chosen = column.codes[records]
        codes[name] = pa.array(chosen, mask=chosen < 0)
        fields[f"c{at}"] = column.values.take(codes[name]).cast(pa.string()) if name in recipe.texts else codes[name]
        if name in recipe.vectors and column.vectors is not None:
            vectors = column.vectors
            for field, items in (("t", vectors.tokens["token"]), ("w", vectors.tokens["weight"])):
                lists = pa.LargeListArray.from_arrays(pa.array(vectors.starts), pa.array(np.ascontiguousarray(items)))
                fields[f"{field}{at}"] = lists.take(codes[name]).cast(pa.list_(lists.type.value_type))
    for name, frequency in frequencies(plan).items():
        fields[name] = pa.array(frequency.bits).take(codes[frequency.column])
    return fields


def pair_rows(left: NDArray[np.int32], right: NDArray[np.int32]) -> tuple[pa.Table, Places]:
    """Given pairs as rows of their shares, with their places in what was given; and where their records go.

    Fields: record and other (the two), at, share.
    """
    order = np.lexsort((right, left))
    left, right, shares = left[order], right[order], np.arange(len(order), dtype=np.int64) // GIVEN
    rows = pa.table({"record": left, "other": right, "at": order.astype(np.int64), "share": shares})
    return rows, Places.of_pairs(left, right, shares)
