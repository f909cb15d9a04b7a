"""Records and how they are compared: the ground on which training, weighing and clustering stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.engine import Plan
from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.clusters import connect, contract, pairs_within
from kempt.matching.kernel.columns import Column, Columns
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import CORES, levels_of_pairs, scores_of_pairs, totals_of_levels
from kempt.matching.kernel.weights import NO_CUT, Frequency, LevelWeight, Weights
from kempt.matching.plan import Comparison
from kempt.matching.training.chances import Belief
from kempt.matching.training.priors import believed_shares
from kempt.matching.training.shares import Shares
from kempt.matching.training.train import Labels, Learned
from kempt.matching.weights import MICRO

COMPLETE_UP_TO = 1200
"""In a component of at most so many records every pair is compared."""

MicroBits = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """Records and comparisons; a pair is two numbers of records."""

    columns: Columns
    comparisons: tuple[Comparison, ...]
    known: Mapping[str, Shares] | None = None
    """How common the values of columns are, where that is frozen."""
    scales: tuple[float, ...] = ()
    """How much rarity counts in each comparison, where labels told; else all of it."""
    threads: int = CORES

    @property
    def records(self) -> int:
        """How many there are."""
        return self.columns.records

    @cached_property
    def program(self) -> Program:
        """The comparisons as the kernel runs them."""
        return Program.of(self.columns, [[outcome.when for outcome in each.outcomes] for each in self.comparisons])

    @cached_property
    def beliefs(self) -> tuple[Belief, ...]:
        """What is held of each comparison before training."""
        held = [believed_shares(each, self.records) for each in self.comparisons]
        return tuple(
            Belief(
                chances=chances,
                grip=grip,
                at_most={at: o.at_most for at, o in enumerate(each.outcomes) if o.at_most is not None},
                by_chance={
                    at: o.by_chance_at_most for at, o in enumerate(each.outcomes) if o.by_chance_at_most is not None
                },
            )
            for each, (chances, grip) in zip(self.comparisons, held, strict=True)
        )

    @cached_property
    def shares(self) -> Mapping[str, Shares]:
        """How common the values of the columns are whose rarity counts."""
        named = {name for each in self.comparisons for outcome in each.outcomes for name in outcome.frequency_of}
        return self.known or {name: Shares.of(self.columns.columns[name]) for name in sorted(named)}

    @property
    def scales_of_all(self) -> tuple[float, ...]:
        """The scale of each comparison."""
        return self.scales or (1.0,) * len(self.comparisons)

    @cached_property
    def levels(self) -> tuple[tuple[LevelWeight, ...], ...]:
        """What the rarity of shared values adds to each outcome: more or less than an average value says."""
        columns = self.columns.columns
        bits = {
            name: shares.rarity(columns[name].values) if self.known else shares.rarity_in(columns[name])
            for name, shares in self.shares.items()
        }
        rarity = [
            {name: Frequency(column=name, bits=np.round(each * scale).astype(np.int32)) for name, each in bits.items()}
            for scale in self.scales_of_all
        ]
        return tuple(
            tuple(
                LevelWeight(bits=0, frequencies=tuple(of_own[name] for name in outcome.frequency_of))
                for outcome in each.outcomes
            )
            for each, of_own in zip(self.comparisons, rarity, strict=True)
        )

    @cached_property
    def identical(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Pairs that connect records which say the same in every column, and something: whatever it is worth."""
        key = np.zeros(self.records, np.uint64)
        for column in self.columns.columns.values():
            key = (key ^ column.codes.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        # Most records are alone with their key: a table of counts tells before any sorting.
        bits = max(8, self.records.bit_length())
        place = (key >> np.uint64(64 - bits)).astype(np.int64)
        likely = np.flatnonzero(np.bincount(place, minlength=1 << bits)[place] > 1)
        order = likely[np.argsort(key[likely], kind="stable")]
        alike = np.flatnonzero(key[order[1:]] == key[order[:-1]])
        one, other = order[alike], order[alike + 1]
        width = len(self.columns.columns)
        rows = self.columns.codes[: self.records * width].reshape(-1, width)
        equal = (rows[one] == rows[other]).all(axis=1) & (rows[one] >= 0).any(axis=1)
        return one[equal].astype(np.int32), other[equal].astype(np.int32)

    def weights(self, learned: Learned) -> Weights:
        """What every outcome weighs."""
        return Weights.of(self.program, round(learned.prior_bits * MICRO), self.levels, learned.dependence)

    def plan(self, learned: Learned, rules: tuple[Rule, ...] = (), keys: dict[str, Column] | None = None) -> Plan:
        """The plan that an engine runs; with the rules, whose `keys` are columns besides those that are compared."""
        columns = Columns.of({**self.columns.columns, **(keys or {})}) if keys else self.columns
        return Plan(
            columns=columns,
            rules=rules,
            comparisons=[[outcome.when for outcome in each.outcomes] for each in self.comparisons],
            constraints=(),
            prior=round(learned.prior_bits * MICRO),
            levels=self.levels,
            dependence=learned.dependence,
        )

    def outcomes(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.uint8]:
        """The outcome of every comparison, a row a pair."""
        return levels_of_pairs(self.program, left, right, threads=self.threads)

    def weigh(self, learned: Learned, left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.float64]:
        """What each pair weighs in all, in bits."""
        return self.scored(self.weights(learned), left, right) / MICRO

    def weigh_levels(
        self, learned: Learned, left: NDArray[Any], right: NDArray[Any], levels: NDArray[np.uint8]
    ) -> MicroBits:
        """What pairs weigh in all, in millionths, whose outcomes are known."""
        weights = self.weights(learned)
        return totals_of_levels(self.program, weights, left, right, levels, threads=self.threads)

    def scored(self, weights: Weights, left: NDArray[Any], right: NDArray[Any]) -> MicroBits:
        """The same in millionths, with weights that are known already."""
        return scores_of_pairs(self.program, weights, left, right, cut=NO_CUT, threads=self.threads).bits

    def cluster(self, learned: Learned, left: NDArray[Any], right: NDArray[Any], bits: MicroBits, cut: float) -> Labels:
        """Each record's cluster: all pairs inside a component of likely links count, also those that speak against.

        `left`, `right` and `bits` are the candidates and their weights in millionths, `cut` is in bits. Rows that say
        the same are always together.
        """
        weights, limit = self.weights(learned), round(cut * MICRO)
        likely = bits > limit
        # Most records have no likely link; the others get numbers of their own.
        inside = np.zeros(self.records, bool)
        inside[left[likely]] = inside[right[likely]] = True
        records = np.flatnonzero(inside).astype(np.int32)
        number = np.full(self.records, -1, np.int32)
        number[records] = np.arange(len(records))
        component = connect(len(records), number[left[likely]], number[right[likely]])
        sizes = np.bincount(component, minlength=len(records))
        # Of a component of two the one pair is a likely link, and joins them.
        small, twos = (sizes > 2) & (sizes <= COMPLETE_UP_TO), (sizes == 2)[component]
        one, other = pairs_within(component, np.flatnonzero(small))
        inner = self.scored(weights, records[one], records[other])
        # Where all pairs of a component are likely, all means are.
        unlikely = np.bincount(component[one[inner <= limit]], minlength=len(records)) > 0
        unsettled = unlikely[component[one]]
        one, other, inner = one[unsettled], other[unsettled], inner[unsettled]
        # In a component too large for that the candidates are what is known.
        known = np.flatnonzero(inside[left] & inside[right])
        here, there = number[left[known]], number[right[known]]
        rest = (component[here] == component[there]) & ~small[component[here]] & ~twos[here]
        clusters = contract(
            len(records),
            np.concatenate([one, here[rest]]),
            np.concatenate([other, there[rest]]),
            np.concatenate([inner, bits[known[rest]]]),
            unknown=self._unknown(weights),
            cut=limit,
        )
        clusters = np.where(twos | (small & ~unlikely)[component], component, clusters)
        same, again = self.identical
        joined = np.arange(self.records, dtype=np.int32)
        joined[records] = records[clusters]
        if not len(same):
            return joined
        linked = np.flatnonzero(joined != np.arange(self.records))
        return connect(self.records, np.concatenate([joined[linked], same]), np.concatenate([linked, again]))

    def _unknown(self, weights: Weights) -> int:
        """What a pair weighs that nothing is known of: as much as strangers do on average."""
        rng = np.random.default_rng(0)
        left, right = rng.integers(0, self.records, (2, 2000))
        apart = left != right
        bits = self.scored(weights, left[apart], right[apart])
        return int(bits.mean()) if len(bits) else 0
