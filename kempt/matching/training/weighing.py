"""Why a pair weighs what it weighs, comparison by comparison."""

from dataclasses import dataclass

import numpy as np

from kempt.matching.calibration import IDENTITY, Calibration
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
    constraints: tuple[tuple[str, str], ...] = ()
    """What holds whatever they weigh: what a policy's constraint says, and what follows, `apart` or `ask`."""

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
