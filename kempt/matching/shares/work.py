"""What a worker does: it compares the records that it is sent with the compiled kernel, and tells what it found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kempt.matching.kernel.blocks import Blocks, RuleBlocks
from kempt.matching.kernel.clusters import connect
from kempt.matching.kernel.columns import Column, Columns, Vectors
from kempt.matching.kernel.program import Program
from kempt.matching.kernel.runs import Met, Scored, score, score_across, scores_of_pairs
from kempt.matching.kernel.weights import Frequency, LevelWeight, Weights
from kempt.matching.shares.answers import ANSWER, NUMBERS, joined
from kempt.matching.shares.cut import ALL, EARLIER, LATER
from kempt.matching.shares.recipe import Recipe, SentWeight


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Compares what it is sent with the kernel, on one thread. It travels once, with the job."""

    recipe: Recipe
    cut: int
    forest: bool = False
    """Answer with a spanning forest of the pairs instead of the pairs: enough to know what hangs together."""

    def answers(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """One partition: the rows of some shares, in any order."""
        arrived = list(batches)
        if arrived:
            yield from self._answer(pa.Table.from_batches(arrived)).to_batches(max_chunksize=50_000)

    def _answer(self, rows: pa.Table) -> pa.Table:
        if "other" not in rows.column_names:
            sent = _Sent(self.recipe, rows)
            return self._told(sent, sent.scored(self.cut))
        is_pair = pc.is_valid(rows["other"])
        sent, pairs = _Sent(self.recipe, rows.filter(pc.invert(is_pair))), rows.filter(is_pair)
        left, right = (np.searchsorted(sent.numbers, pairs[name].to_numpy()) for name in ("record", "other"))
        found = scores_of_pairs(sent.program, sent.weights, left, right, cut=self.cut)
        return self._told(sent, found, pairs["at"].to_numpy())

    def _told(self, sent: "_Sent", found: Scored, at: NDArray[np.int64] | None = None) -> pa.Table:
        if self.forest:
            return _told_forest(sent, found)
        ends = {name: sent.numbers[getattr(found, name)] for name in ("left", "right")}
        numbers = {name: getattr(found, name).view(np.int64) for name in NUMBERS}
        told = pa.table({**ends, **numbers, "at": pa.nulls(len(found.left), pa.int64()) if at is None else at})
        return _with_met(told, found.met)


def _told_forest(sent: "_Sent", found: Scored) -> pa.Table:
    """Each record that is not the first of its component with the one that is: fewer rows than records."""
    first = connect(len(sent.numbers), found.left, found.right)
    others = np.flatnonzero(first != np.arange(len(first)))
    return _with_met(pa.table({"left": sent.numbers[first[others]], "right": sent.numbers[others]}), found.met)


def _with_met(told: pa.Table, met: Met) -> pa.Table:
    counts = [met.pairs, met.measures, *met.by_rule, *met.alone]
    summed = pa.table({"met": pa.array([counts], pa.list_(pa.int64()))})
    # The empty table brings the columns that neither has.
    every = pa.concat_tables([ANSWER.empty_table(), told, summed], promote_options="default")
    return every.select(ANSWER.names)


class _Sent:
    """The records of one partition, encoded anew: a worker needs no dictionary but that of what it holds."""

    def __init__(self, recipe: Recipe, rows: pa.Table) -> None:
        self.recipe = recipe
        self.rows = rows
        # Numbers ascend, so left stays before right.
        self.numbers, first, self.local = np.unique(rows["record"].to_numpy(), return_index=True, return_inverse=True)
        self.records = rows.take(pa.array(first))
        self.columns = Columns.of({name: self._column(name, at) for at, name in enumerate(recipe.columns)})
        self.program = Program.of(self.columns, recipe.comparisons, recipe.constraints)
        levels = [[self._weight(each) for each in weights] for weights in recipe.levels]
        self.weights = Weights.of(self.program, recipe.prior, levels, recipe.dependence)

    def _column(self, name: str, at: int) -> Column:
        column = Column.of(self.records[f"c{at}"])
        if name not in self.recipe.vectors:
            return column
        _, first = np.unique(column.codes, return_index=True)
        rows = pa.array(first[len(first) - len(column.values) :])
        tokens, weights = (self.records[f"{field}{at}"].combine_chunks().take(rows) for field in "tw")
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(pc.list_value_length(tokens).to_numpy())])
        return column.with_vectors(Vectors.of(starts, tokens.flatten().to_numpy(), weights.flatten().to_numpy()))

    def _weight(self, sent: SentWeight) -> LevelWeight:
        frequencies = tuple(self._frequency(column, field) for column, field in sent.frequencies)
        return LevelWeight(bits=sent.bits, frequencies=frequencies, at_most=sent.at_most)

    def _frequency(self, column: str, field: str) -> Frequency:
        """A value weighs what all records make of it; every record that has it brought that along."""
        codes, brought = self.columns.columns[column].codes, self.records[field].fill_null(0).to_numpy()
        bits = np.zeros(len(self.columns.columns[column].values), np.int32)
        bits[codes[codes >= 0]] = brought[codes >= 0]
        return Frequency(column=column, bits=bits)

    def scored(self, cut: int) -> Scored:
        """All pairs of the shares that weigh at least `cut`, without those that an earlier rule makes."""
        share, rule, side = (self.rows[name].to_numpy() for name in ("share", "rule", "side"))
        order = np.lexsort((self.local, side, share))
        whole, halves = order[side[order] == ALL], order[side[order] != ALL]
        blocks = Blocks(
            rules=tuple(self._blocks(whole[rule[whole] == at], share) for at in range(len(self.recipe.rules))),
            keys=np.array([self.columns.mask(*columns) for columns in self.recipe.rules], np.uint64),
            left_out=self.records["left_out"].to_numpy().view(np.uint64),
        )
        found = [score(self.program, blocks, self.weights, cut)]
        starts = np.flatnonzero(np.diff(share[halves], prepend=-1))
        for both in np.split(halves, starts[1:]) if len(halves) else ():
            earlier, later = (self.local[both[side[both] == each]] for each in (EARLIER, LATER))
            at = int(rule[both[0]])
            found.append(score_across(self.program, blocks, self.weights, cut, (at, earlier, later)))
        return joined(found)

    def _blocks(self, rows: NDArray[np.int64], share: NDArray[np.int64]) -> RuleBlocks:
        starts = np.flatnonzero(np.diff(share[rows], prepend=-1))
        return RuleBlocks(members=self.local[rows].astype(np.int32), starts=np.append(starts, len(rows)))
