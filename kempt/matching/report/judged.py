"""How right a run is where labels say what is one: at its threshold, and at others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kempt.matching.evaluate import Evaluation, Intervals, Scores, evaluate
from kempt.matching.report.matched import Matched
from kempt.matching.training.train import Labels

THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The evaluation of what was found, and of what would be at other thresholds."""

    name: str
    found: Evaluation
    curve: tuple[tuple[float, Evaluation], ...]

    def as_json(self) -> dict[str, Any]:
        """For report.json."""
        found = self.found
        return {
            "file": self.name,
            "records": found.records,
            "only_matched": found.only_predicted,
            "only_labelled": found.only_true,
            "true_pairs": found.true_pairs,
            "linked_pairs": found.predicted_pairs,
            "right_pairs": found.right_pairs,
            "pairwise": _scores(found.pairwise, found.pairwise_intervals),
            "bcubed": _scores(found.bcubed, found.bcubed_intervals),
            "exact_clusters": round(found.exact_clusters, 6),
            "curve": [
                {"threshold": at, "pairwise": _scores(each.pairwise), "bcubed": _scores(each.bcubed)}
                for at, each in self.curve
            ],
        }


def judge(
    matched: Matched, truth: Mapping[str, str], *, name: str, step: Callable[[int, int], None] = lambda done, of: None
) -> Judged:
    """Clusters again at each threshold; what was learned stays as it is. `step` hears how many are done."""
    ids: list[str] = matched.ids.to_pylist()

    def against(labels: Labels) -> Evaluation:
        return evaluate(dict(zip(ids, labels.tolist(), strict=True)), truth)

    curve = []
    for done, threshold in enumerate(THRESHOLDS):
        step(done, len(THRESHOLDS))
        same = threshold == matched.threshold
        labels = matched.labels if same else matched.clusters_at(threshold)
        curve.append((threshold, against(labels)))
    return Judged(name=name, found=against(matched.labels), curve=tuple(curve))


def _scores(scores: Scores, intervals: Intervals | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("precision", "recall", "f1"):
        found[name] = round(getattr(scores, name), 6)
        if intervals is not None:
            found[f"{name}_interval"] = [round(end, 6) for end in getattr(intervals, name)]
    return found
