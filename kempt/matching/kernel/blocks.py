"""Which records agree on the key of a blocking rule, and so are paired."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.kernel import library as native
from kempt.matching.kernel.columns import Columns
from kempt.matching.kernel.library import MAX_RULES, address, done, library


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Columns on which two records must agree; each part of a key, a prefix too, is a column of its own."""

    columns: tuple[str, ...]
    max_block: int
    """A larger block is not paired but reported."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RuleBlocks:
    """The kept blocks of a rule: members[starts[b]:starts[b + 1]] for block b, ascending; and what was left out."""

    members: NDArray[np.int32]
    starts: NDArray[np.int64]
    blocks_left_out: int = 0
    largest_block: int = 0
    """Of those left out."""
    pairs_not_made: int = 0

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Records of each kept block."""
        return np.diff(self.starts)

    @property
    def pairs(self) -> NDArray[np.int64]:
        """Pairs of each kept block, those of other rules too."""
        return self.sizes * (self.sizes - 1) // 2

    def take(self, blocks: NDArray[Any]) -> "RuleBlocks":
        """Only these blocks (numbers, or a flag for each)."""
        chosen = np.arange(len(self.sizes))[blocks]
        sizes = self.sizes[chosen]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[chosen] - starts[:-1], sizes)
        return replace(self, members=self.members[places], starts=starts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """The blocks of all rules, in their order: a pair belongs to the first rule that makes it."""

    rules: tuple[RuleBlocks, ...]
    keys: NDArray[np.uint64]
    """The columns of each rule's key, one bit each."""
    left_out: NDArray[np.uint64]
    """Per record one bit for each rule that left its block out, and so made no pair of it."""

    @classmethod
    def of(cls, columns: Columns, rules: Sequence[Rule]) -> "Blocks":
        """Sorts the records by the key of each rule. A record that misses a part of the key is in no block."""
        if len(rules) > MAX_RULES:
            raise ValueError(f"the kernel takes up to {MAX_RULES} blocking rules.")
        left_out = np.zeros(columns.records, np.uint64)
        # One rule after the other: what sorting needs is a twentieth of all memory.
        made = tuple(_cut(*_sorted(columns, rule), rule.max_block, at, left_out) for at, rule in enumerate(rules))
        keys = np.array([columns.mask(*rule.columns) for rule in rules], np.uint64)
        return cls(rules=made, keys=keys, left_out=left_out)

    @property
    def native(self) -> tuple[Any, tuple[Any, ...]]:
        """The rules as the library reads them, and the memory they point to."""
        left_out = self.left_out if self.left_out.any() else None
        return native.Rules(len(self.keys), address(self.keys), address(left_out)), (self.keys, left_out)


def flags(records: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """One bit a record."""
    bits = np.zeros(-(-len(records) // 64) * 8, np.uint8)
    packed = np.packbits(records, bitorder="little")
    bits[: len(packed)] = packed
    return bits.view(np.uint64)


def meeting(
    one: NDArray[np.int32],
    two: NDArray[np.int32] | None,
    asked: NDArray[np.uint64],
    seeds: NDArray[np.int32],
    most: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The groups of 2 to `most` records that share their codes with a seed: members[starts[g]:starts[g + 1]].

    Code -1, of one column or of the other, shares nothing. Only records with a bit in `asked` are looked at.
    """
    room = min(len(one), len(seeds) * (most + 1))
    starts, members = np.zeros(len(seeds) + 1, np.int64), np.empty(room, np.int32)
    given = (len(one), address(one), address(two), address(asked), address(seeds), len(seeds), most)
    groups = library().blocks_meeting(*given, address(starts), address(members), room)
    done(groups)
    starts = starts[: groups + 1].copy()
    return members[: starts[-1]].copy(), starts


def _cut(
    keys: NDArray[np.uint64], members: NDArray[np.int32], most: int, at: int, left_out: NDArray[np.uint64]
) -> RuleBlocks:
    """The blocks of a rule; `left_out` gets its bit for the records of those that are too large."""
    starts, report = np.zeros(len(members) // 2 + 2, np.int64), np.zeros(3, np.int64)
    pointers = (address(starts), address(left_out), address(report))
    kept = library().blocks_cut(address(keys), address(members), len(members), most, at, *pointers)
    starts = starts[: kept + 1].copy()
    over, largest, pairs = (int(number) for number in report)
    return RuleBlocks(
        members=members[: starts[-1]].copy(),
        starts=starts,
        blocks_left_out=over,
        largest_block=largest,
        pairs_not_made=pairs,
    )


def _sorted(columns: Columns, rule: Rule) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Keys in order and the record of each. Two records have one key only if they have the same codes."""
    if not rule.columns or rule.max_block < 2:
        raise ValueError("a blocking rule needs columns, and blocks of at least two.")
    codes, width = columns.codes, len(columns.columns)
    positions = [columns.position(name) for name in rule.columns]
    sizes = [max(1, len(columns.columns[name].values)) for name in rule.columns]
    while True:
        parts = _fitting(sizes)
        keys, members = np.empty(columns.records, np.uint64), np.empty(columns.records, np.int32)
        chosen = np.array(positions[:parts], np.int64), np.array(sizes[:parts], np.uint64)
        given = (address(codes), columns.records, width, address(chosen[0]), address(chosen[1]), parts)
        count = library().blocks_sort(*given, address(keys), address(members))
        done(count)
        keys, members = keys[:count], members[:count]
        if parts == len(positions):
            return keys, members
        codes, width, positions, sizes = _renumbered(keys, members, codes, width, positions[parts:], sizes[parts:])


def _fitting(sizes: list[int]) -> int:
    """How many of the columns one 64-bit number holds."""
    product, parts = 1, 0
    for size in sizes:
        product *= size
        if product >= 2**64:
            break
        parts += 1
    return parts


def _renumbered(
    keys: NDArray[np.uint64],
    members: NDArray[np.int32],
    codes: NDArray[np.int32],
    width: int,
    positions: list[int],
    sizes: list[int],
) -> tuple[NDArray[np.int32], int, list[int], list[int]]:
    """The columns that did not fit, after one that numbers the keys of those that did."""
    numbers = np.cumsum(np.concatenate([np.zeros(1, np.int64), keys[1:] != keys[:-1]])[: len(keys)])
    rest = codes[: len(codes) // width * width].reshape(-1, width)
    table = np.full((len(rest), 1 + len(positions)), -1, np.int32)
    table[members, 0] = numbers
    table[:, 1:] = rest[:, positions]
    found = int(numbers[-1]) + 1 if len(numbers) else 1
    return table.reshape(-1), table.shape[1], list(range(table.shape[1])), [found, *sizes]
