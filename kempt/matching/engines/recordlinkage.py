"""The match engine to read: recordlinkage pairs the records and compares them, for small sets.

It shares no line with the compiled kernel, so the other engines are held to it. Import it late: recordlinkage takes
seconds to load.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import recordlinkage
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein
from recordlinkage.base import BaseCompareFeature
from recordlinkage.index import Block

from kempt.errors import StopRun
from kempt.matching.conditions import COMPARATORS, Comparator
from kempt.matching.engine import Plan
from kempt.matching.kernel.blocks import Rule
from kempt.matching.kernel.program import Condition, Conditions
from kempt.matching.kernel.runs import Met, Scored

MOST_RECORDS = 20_000
"""What takes the kernel a second takes pandas minutes and gigabytes."""

_Texts: TypeAlias = Mapping[str, NDArray[np.object_]]
"""The values of some columns, one per pair, None where no value is given."""
_Vectors: TypeAlias = Mapping[str, Mapping[str, Mapping[int, float]]]
"""By column and text the weight of each of its tokens."""


class RecordLinkageEngine:
    """Runs a plan over at most MOST_RECORDS records; more are refused with StopRun."""

    name = "recordlinkage"
    # A spec's columns have no vectors, which cosine compares; a plan of undescribed files gives its texts some.
    comparators: frozenset[Comparator] = frozenset(COMPARATORS) - {"cosine"}

    def score(self, plan: Plan, cut: int) -> Scored:
        """Every candidate pair once that weighs at least `cut`, by left and right."""
        frame = _frame(plan)
        of_rules = [_paired(frame, rule) for rule in plan.rules]
        pairs = np.unique(np.concatenate([np.empty(0, np.int64), *of_rules]))
        made = np.array([np.isin(pairs, each) for each in of_rules], bool).reshape(len(of_rules), len(pairs))
        alone = made & (made.sum(axis=0) == 1)
        by_rule, of_its_own = (tuple(each.sum(axis=1).tolist()) for each in (made, alone))
        left, right = np.divmod(pairs, max(1, len(frame)))
        scored = _scored(plan, frame, left, right)
        kept = scored.bits >= cut
        return Scored(
            left=scored.left[kept],
            right=scored.right[kept],
            pattern=scored.pattern[kept],
            bits=scored.bits[kept],
            rules=_packed(made)[kept],
            broken=scored.broken[kept],
            met=replace(scored.met, by_rule=by_rule, alone=of_its_own),
        )

    def score_pairs(self, plan: Plan, left: NDArray[Any], right: NDArray[Any]) -> Scored:
        """The given pairs, in their order."""
        return _scored(plan, _frame(plan), np.asarray(left, np.int64), np.asarray(right, np.int64))


def _frame(plan: Plan) -> pd.DataFrame:
    """A row per record, a column of texts or None per column."""
    records = plan.columns.records
    if records > MOST_RECORDS:
        raise StopRun(
            f"the recordlinkage engine takes up to {MOST_RECORDS:,} records, and these are {records:,}. "
            "Name the duckdb engine instead; it finds the same pairs."
        )
    texts = {
        # Code -1, of a value that is not given, reads the None that is appended.
        name: np.array([*column.values.to_pylist(), None], object)[column.codes]
        for name, column in plan.columns.columns.items()
    }
    return pd.DataFrame(texts, index=pd.RangeIndex(records), dtype=object)


def _paired(frame: pd.DataFrame, rule: Rule) -> NDArray[np.int64]:
    """The pairs of one rule, as left * records + right: records with a whole key, in blocks up to the cap."""
    columns = list(rule.columns)
    keyed = frame.dropna(subset=columns)
    # Not by groupby, which takes an empty text and "\x00" for the same.
    keys = list(zip(*(keyed[name] for name in columns), strict=True))
    sizes = Counter(keys)
    kept = keyed[np.array([sizes[key] <= rule.max_block for key in keys], bool)]
    if len(kept) < 2:  # recordlinkage divides by the number of possible pairs
        return np.empty(0, np.int64)
    pairs = recordlinkage.Index([Block(columns)]).index(kept)
    # recordlinkage names the later record first.
    return np.asarray(pairs.get_level_values(1) * len(frame) + pairs.get_level_values(0), np.int64)


def _scored(plan: Plan, frame: pd.DataFrame, left: NDArray[np.int64], right: NDArray[np.int64]) -> Scored:
    """The pairs in their order, made by no rule."""
    vectors = _vectors(plan)
    comparisons = [FirstLevel(frame, levels, vectors) for levels in plan.comparisons]
    constraints = [FirstLevel(frame, (conditions, ()), vectors) for conditions in plan.constraints]
    features = [*comparisons, *constraints]
    outcomes = np.zeros((len(left), len(features)), np.uint8)
    if len(left):
        pairs = pd.MultiIndex.from_arrays([left, right])
        outcomes = recordlinkage.Compare(features).compute(pairs, frame).to_numpy(np.uint8)
    levels = outcomes[:, : len(comparisons)]
    pattern = np.zeros(len(left), np.uint64)
    for each, level in zip(comparisons, levels.T, strict=True):
        pattern = pattern * np.uint64(len(each.levels)) + level
    return Scored(
        left=left.astype(np.int32),
        right=right.astype(np.int32),
        pattern=pattern,
        bits=plan.prior + plan.bits(left, right, levels).sum(axis=1),
        rules=np.zeros(len(left), np.uint64),
        broken=_packed(outcomes[:, len(comparisons) :].T == 0),
        met=Met(pairs=len(left), measures=sum(each.measured for each in features), by_rule=(), alone=()),
    )


def _vectors(plan: Plan) -> _Vectors:
    """The sparse vector of each text of the columns that have some."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for name, column in plan.columns.columns.items():
        if column.vectors is None:
            continue
        starts, both = column.vectors.starts, column.vectors.tokens
        found[name] = {
            text: dict(both[at:end].tolist())
            for text, at, end in zip(column.values.to_pylist(), starts[:-1], starts[1:], strict=True)
        }
    return found


def _packed(flags: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """One bit per row of flags, the first row lowest."""
    places = np.arange(len(flags), dtype=np.uint64)[:, None]
    bits: NDArray[np.uint64] = np.bitwise_or.reduce(flags.astype(np.uint64) << places, axis=0)
    return bits


class FirstLevel(BaseCompareFeature):  # type: ignore[misc]  # recordlinkage has no types
    """For each pair the position of the first level whose conditions all hold."""

    def __init__(self, frame: pd.DataFrame, levels: Sequence[Conditions], vectors: _Vectors) -> None:
        self.levels = levels
        self.vectors = vectors
        self.columns = list(frame.columns)
        self.measured = 0
        """Pairs of texts that were compared."""
        super().__init__(self.columns, self.columns)

    def _compute_vectorized(self, *values: pd.Series) -> NDArray[np.uint8]:
        texts = [each.to_numpy() for each in values]
        left = dict(zip(self.columns, texts[: len(self.columns)], strict=True))
        right = dict(zip(self.columns, texts[len(self.columns) :], strict=True))
        level = np.zeros(len(texts[0]), np.uint8)
        undecided = np.arange(len(level))
        for at, conditions in enumerate(self.levels):
            holding = undecided
            for each in conditions:
                holding = holding[self._holds(each, _of(left, holding), _of(right, holding))]
            level[holding] = at
            undecided = np.setdiff1d(undecided, holding, assume_unique=True)
        return level

    def _holds(self, condition: Condition, left: _Texts, right: _Texts) -> NDArray[np.bool_]:
        one, other = left[condition.column], right[condition.column]
        missing: NDArray[np.bool_] = pd.isna(one) | pd.isna(other)
        equal: NDArray[np.bool_] = one == other
        match condition.comparator:
            case "missing":
                return missing
            case "unshared":
                return missing | ~equal
            case "exact":
                return ~missing & equal
            case "differs":
                return ~missing & ~equal
            case "swapped":
                crossed: NDArray[np.bool_] = (one == right[condition.other]) & (left[condition.other] == other)
                return ~missing & crossed
        holds = ~missing
        holds[holds] = self._alike(condition, one[holds], other[holds])
        return holds

    def _alike(self, condition: Condition, one: NDArray[np.object_], other: NDArray[np.object_]) -> list[bool]:
        """Compares every two texts once, however many pairs have them."""
        pairs = list(zip(one, other, strict=True))
        if condition.comparator == "cosine":
            of = self.vectors[condition.column]
            below = condition.operator == "<"
            known = {pair: (cosine(of[pair[0]], of[pair[1]]) >= condition.limit) != below for pair in set(pairs)}
        else:
            known = {pair: alike(condition, *pair) for pair in set(pairs)}
        self.measured += len(known)
        return [known[pair] for pair in pairs]


def _of(texts: _Texts, pairs: NDArray[np.int64]) -> _Texts:
    return {name: values[pairs] for name, values in texts.items()}


def cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """The product of two sparse vectors, summed up in the order of their tokens."""
    return sum((one[token] * other[token] for token in sorted(one.keys() & other.keys())), 0.0)


def alike(condition: Condition, one: str, other: str) -> bool:
    """Whether two given texts are as alike as the condition asks, counted in code points."""
    limit, negated = condition.limit, condition.operator in ("<", ">")
    match condition.comparator:
        case "initial":
            return min(len(one), len(other)) == 1 and one[0] == other[0]
        case "contains":
            return f" {one} " in f" {other} " or f" {other} " in f" {one} "
        case "jaro_winkler":
            return bool(JaroWinkler.similarity(one, other) >= limit) != negated
        case "token_overlap":
            words, others = set(one.split(" ")), set(other.split(" "))
            return (len(words & others) / len(words | others) >= limit) != negated
        case "levenshtein":
            return bool(Levenshtein.distance(one, other) <= limit) != negated
        case "damerau":
            return bool(OSA.distance(one, other) <= limit) != negated
    raise ValueError(f"the recordlinkage engine has no comparator '{condition.comparator}'.")
