"""What each comparison is worth where people have said which pairs are one: the same evidence, scaled.

A logistic regression (recordlinkage's) over what each comparison weighs in each judged pair, dependence and rarity
counted in. A scale per comparison and a prior are all it learns: a few hundred judgements carry no more, and what
colleagues or towns share by chance was seen in all records. Judged on pairs whose clusters it has not seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST, FEWEST_OF_A_KIND = 200, 20
"""Judged pairs that are needed, and those of them that are one, or not."""
FOLDS = 5
MOST = 3.0
"""No comparison comes to weigh more than so many times what it did."""

Bits = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How right a model is over judged pairs: links above the cut against what people said."""

    precision: float
    recall: float
    f1: float
    surprise: float
    """Bits a pair: how much the judgements surprise the model; 0 when it is sure and right throughout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reweighed:
    """The new scale of each comparison and the prior in bits, and how right old and new are, pairs held out."""

    scales: tuple[float, ...]
    prior_bits: float
    pairs: int
    before: Held
    held_out: Held

    def as_json(self, names: Sequence[str]) -> dict[str, Any]:
        """For the model's report."""
        return {
            "judged_pairs": self.pairs,
            "scales": dict(zip(names, self.scales, strict=True)),
            "before": {name: getattr(self.before, name) for name in Held.__slots__},
            "held_out": {name: getattr(self.held_out, name) for name in Held.__slots__},
        }


def missing_labels(same: NDArray[np.bool_]) -> str | None:
    """What has still to be judged before anything can be learned; None when there is enough."""
    if len(same) < FEWEST:
        return f"{FEWEST - len(same)} more judged pairs are needed: {FEWEST} at least, and there are {len(same)}"
    for count, what in ((int(same.sum()), "one"), (int((~same).sum()), "not one")):
        if count < FEWEST_OF_A_KIND:
            return f"{FEWEST_OF_A_KIND - count} more pairs are needed that are {what}: there are {count}"
    return None


def reweigh(bits: Bits, prior_bits: float, same: NDArray[np.bool_], group: NDArray[np.int64], cut: float) -> Reweighed:
    """Learns from judged pairs: `bits` is pairs x comparisons, `same` what was said, `group` what is held out together.

    `cut` is the weight in bits above which pairs are linked.
    """
    totals = np.zeros(len(same))
    for fold in range(FOLDS):
        out = group % FOLDS == fold
        if out.any() and not out.all() and len(np.unique(same[~out])) == 2:
            scales, prior = _fitted(bits[~out], same[~out])
            totals[out] = prior + bits[out] @ scales
        else:
            totals[out] = prior_bits + bits[out].sum(axis=1)
    scales, prior = _fitted(bits, same)
    return Reweighed(
        scales=tuple(round(float(each), 6) for each in scales),
        prior_bits=round(prior, 6),
        pairs=len(same),
        before=_held(prior_bits + bits.sum(axis=1), same, cut),
        held_out=_held(totals, same, cut),
    )


def _fitted(bits: Bits, same: NDArray[np.bool_]) -> tuple[Bits, float]:
    """Scales and prior in bits; a comparison that would count against itself is left out, and the rest fitted anew."""
    # Importing recordlinkage takes seconds.
    import pandas as pd
    from recordlinkage import LogisticRegressionClassifier

    scales, kept = np.zeros(bits.shape[1]), np.flatnonzero(bits.any(axis=0))
    # Two records of which nothing is known are not one: judged pairs are no sample of all, and seldom tell.
    silent = max(FEWEST_OF_A_KIND, len(bits) // 10)
    bits, same = np.vstack([bits, np.zeros((silent, bits.shape[1]))]), np.append(same, np.zeros(silent, bool))
    while len(kept):
        pairs = pd.MultiIndex.from_arrays([np.arange(len(bits)), np.arange(len(bits))])
        classifier = LogisticRegressionClassifier()
        classifier.fit(pd.DataFrame(bits[:, kept], index=pairs), pairs[same])
        found = np.asarray(classifier.coefficients, float) / math.log(2)
        if (found >= 0).all():
            scales[kept] = np.minimum(found, MOST)
            return scales, float(np.asarray(classifier.intercept).ravel()[0]) / math.log(2)
        kept = kept[found >= 0]
    share = (same.sum() + 1) / (len(same) + 2)
    return scales, math.log2(share / (1 - share))


def _held(totals: Bits, same: NDArray[np.bool_], cut: float) -> Held:
    linked = totals > cut
    right = float((linked & same).sum())
    precision, recall = right / max(1, linked.sum()), right / max(1, same.sum())
    surprise = np.logaddexp2(0, np.where(same, -totals, totals)).mean()
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Held(**{
        name: round(float(value), 6)
        for name, value in zip(Held.__slots__, (precision, recall, f1, surprise), strict=True)
    })  # fmt: skip
