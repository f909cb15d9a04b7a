"""What was learned, as it is used and kept: pairs scored comparison by comparison, and explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kempt.ids import canonical_json, digest
from kempt.matching.calibration import IDENTITY, Calibration
from kempt.matching.plan import Comparison
from kempt.matching.training.chances import Chances
from kempt.matching.training.ground import Ground
from kempt.matching.training.train import Learned
from kempt.matching.weights import MICRO


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one comparison found in a pair and what that weighs, in bits."""

    comparison: str
    outcome: str
    says: str
    bits: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a pair weighs what it weighs: the prior and all findings sum up to the total.

    `needed` names the findings without each of which the pair would be on the other side of the cut.
    """

    prior: float
    findings: tuple[Finding, ...]
    needed: tuple[str, ...]
    calibration: Calibration = IDENTITY

    @property
    def probability(self) -> float:
        """What the total means, to six decimals."""
        return round(float(self.calibration.probabilities(np.array([self.bits]))[0]), 6)

    @property
    def bits(self) -> float:
        """The total."""
        return round(self.prior + sum(finding.bits for finding in self.findings), 6)


def explain(
    ground: Ground, learned: Learned, left: int, right: int, *, cut: float, calibration: Calibration = IDENTITY
) -> Explanation:
    """The pair of two records, by their numbers."""
    one, other = np.array([left]), np.array([right])
    plan, levels = ground.plan(learned), ground.outcomes(one, other)
    findings = tuple(
        Finding(
            comparison=comparison.name,
            outcome=comparison.outcomes[level].name,
            says=comparison.outcomes[level].says,
            bits=round(int(bits) / MICRO, 6),
        )
        for comparison, level, bits in zip(ground.comparisons, levels[0], plan.bits(one, other, levels)[0], strict=True)
    )
    explanation = Explanation(prior=round(plan.prior / MICRO, 6), findings=findings, needed=())
    linked = explanation.bits > cut

    def without(at: int) -> float:
        """The total had one comparison not been possible; what depended on it then stands for itself."""
        silent = levels.copy()
        silent[:, at] = 0
        return float(plan.bits(one, other, silent).sum() + plan.prior) / MICRO

    needed = tuple(
        finding.comparison for at, finding in enumerate(findings) if levels[0, at] and (without(at) > cut) != linked
    )
    return Explanation(prior=explanation.prior, findings=findings, needed=needed, calibration=calibration)


def as_json(learned: Learned, comparisons: Sequence[Comparison], calibration: Calibration) -> dict[str, Any]:
    """The model as it is kept; its version is the digest of all the rest."""
    content = {
        "comparisons": [
            {"name": each.name, "outcomes": [outcome.name for outcome in each.outcomes]} for each in comparisons
        ],
        "prior": learned.prior,
        "match": _chances(learned.match),
        "other": _chances(learned.other),
        "calibration": calibration.as_json(),
    }
    return {"version": digest(canonical_json(content)), **content}


def from_json(kept: dict[str, Any]) -> Learned:
    """The model as it was kept."""
    return Learned(prior=kept["prior"], match=_read(kept["match"]), other=_read(kept["other"]))


def _chances(chances: Chances) -> dict[str, Any]:
    return {
        "alone": [table.tolist() for table in chances.alone],
        "given": [[[other, table.tolist()] for other, table in tables] for tables in chances.given],
        "surprise": [[[other, table.tolist()] for other, table in tables] for tables in chances.surprise],
    }


def _read(kept: dict[str, Any]) -> Chances:
    def tables(name: str) -> tuple[tuple[tuple[int, NDArray[np.float64]], ...], ...]:
        return tuple(tuple((other, np.array(table)) for other, table in each) for each in kept[name])

    return Chances(
        alone=tuple(np.array(table) for table in kept["alone"]), given=tables("given"), surprise=tables("surprise")
    )
