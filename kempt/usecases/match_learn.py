"""What labels teach about a run's model: a candidate beside it, used by nobody until somebody names it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.matching.calibration import IDENTITY
from kempt.matching.kernel.clusters import pairs_within
from kempt.matching.report.matched import Matched
from kempt.matching.training.chances import Chances
from kempt.matching.training.filemodel import FileModel
from kempt.matching.training.guard import objections
from kempt.matching.training.reweigh import Reweighed, missing_labels, reweigh
from kempt.matching.training.train import Learned
from kempt.matching.weights import MICRO

LARGEST = 100
"""Records of a labelled cluster of which every pair is judged; a larger one would outweigh all others."""


def candidate_of(matched: Matched, truth: Mapping[str, str]) -> tuple[FileModel | None, dict[str, Any]]:
    """A model re-weighted by what labels say of pairs, and what is to be said of it.

    Judged are the kept pairs of which both records are labelled; all pairs that are one, also those that weigh so
    little that they were not kept: they are what is to be learned; and as many random pairs that are not.
    None where there are too few, or where what was learned is refused; what is said then holds why.
    """
    said = [truth.get(record) for record in matched.ids.to_pylist()]
    numbers = {cluster: at for at, cluster in enumerate(sorted(set(truth.values())))}
    cluster = np.array([-1 if each is None else numbers[each] for each in said])
    left, right = _judged(matched, cluster)
    same = cluster[left] == cluster[right]
    if missing := missing_labels(same):
        return None, {"judged_pairs": len(same), "refused": [missing]}
    ground, model = matched.ground, FileModel.of(matched.artifact)
    bits = ground.plan(model.learned).bits(left, right, ground.outcomes(left, right)) / MICRO
    found = reweigh(bits, model.learned.prior_bits, same, cluster[left], matched.cut)
    told = found.as_json([each.name for each in model.comparisons])
    learned = _scaled(model.learned, found)
    refused = objections(learned, model.comparisons, ground.records)
    if found.held_out.f1 < found.before.f1:
        refused = (*refused, f"held out it is worse: F1 {found.held_out.f1:.4f}, now {found.before.f1:.4f}")
    told |= {"refused": list(refused), "from_model": matched.version}
    scales = tuple(round(a * b, 6) for a, b in zip(ground.scales_of_all, found.scales, strict=True))
    candidate = replace(
        model, learned=learned, scales=scales, calibration=IDENTITY, report={**model.report, "labels": told}
    )
    return (None, told) if refused else (candidate, {**told, "version": candidate.as_artifact().version})


def _judged(matched: Matched, cluster: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The pairs that labels speak of, each once."""
    pairs, told = matched.pairs, np.flatnonzero(cluster >= 0)
    kept = (cluster[pairs.left] >= 0) & (cluster[pairs.right] >= 0)
    sizes = np.bincount(cluster[told])
    one, other = pairs_within(cluster[told].astype(np.int32), np.flatnonzero((sizes > 1) & (sizes <= LARGEST)))
    inside = np.column_stack([told[one], told[other]])
    strangers = told[np.random.default_rng(0).integers(0, len(told), (len(inside), 2))]
    strangers = strangers[cluster[strangers[:, 0]] != cluster[strangers[:, 1]]]
    every = np.concatenate([np.column_stack([pairs.left, pairs.right])[kept], inside, strangers])
    left, right = np.unique(np.sort(every, axis=1), axis=0).astype(np.int32).T
    return left, right


def _scaled(learned: Learned, found: Reweighed) -> Learned:
    def scaled(chances: Chances) -> Chances:
        return Chances(
            alone=tuple(table * scale for table, scale in zip(chances.alone, found.scales, strict=True)),
            given=tuple(
                tuple((other, table * scale) for other, table in tables)
                for tables, scale in zip(chances.given, found.scales, strict=True)
            ),
            surprise=chances.surprise,
        )

    odds = 2.0 ** float(np.clip(found.prior_bits, -60, 60))
    return Learned(match=scaled(learned.match), other=scaled(learned.other), prior=odds / (1 + odds))
