"""The risk budget: how much may be applied without asking, by how often that was found right.

Precision is counted by segment: kind, entity type and the rules that asked for the change, as they read. A rule that
is rewritten has to prove itself anew.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

import pydantic

from kempt.ids import canonical_json, digest
from kempt.policy.autonomy import AutonomyPolicy, Decision
from kempt.policy.section import Days, Section, Share, Why, refuse_repeated
from kempt.proposals.model import KINDS, Features, ProposalKind

_Count = Annotated[int, pydantic.Field(ge=0)]
_Part = Annotated[Share, pydantic.Field(gt=0, lt=1)]

Z = 1.959964
"""The quantile of a two-sided 95 % interval."""

ALL = "all"
"""The segment of a switch that stands for every segment."""


class Limit(pydantic.BaseModel, frozen=True):
    """What the changes of one kind may cost: each number is for one segment."""

    kind: ProposalKind
    why: Why
    target_precision: _Part
    """The 95 % lower bound of audited precision that must be reached."""
    trial_allowance: _Count
    """How many changes may be applied in all before there are audits enough to tell."""
    per_run: _Count
    per_day: _Count
    audit_applied: Share
    """The share of applied changes that is drawn for audit."""
    audit_rejected: Share

    @pydantic.model_validator(mode="after")
    def _fit(self) -> "Limit":
        if self.per_run > self.per_day:
            raise ValueError(f"{self.kind}: per_run {self.per_run} is above per_day {self.per_day}.")
        return self


class Breaker(pydantic.BaseModel, frozen=True):
    """So many audits with the verdict `wrong` within so many days stop a segment until somebody resumes it."""

    wrong: Annotated[int, pydantic.Field(ge=1)]
    within_days: Days
    why: Why


class Promotion(pydantic.BaseModel, frozen=True):
    """How much a candidate may differ from the policy in force and still be activated without force: shares."""

    why: Why
    verdicts_changed: Share
    """Of the proposals looked at."""
    newly_applied: Share
    """Of the proposals looked at: those that would be applied and are not now."""
    records_moved: Share
    """Of the records: those that would belong to another entity."""
    values_changed: Share
    """Of the values of golden records."""


class BudgetPolicy(Section, frozen=True):
    """The limits of every kind, what holds before there are audits, when a segment stops, and what may be promoted."""

    until_audited: Literal["review", "apply"]
    """What becomes of changes beyond the trial allowance while audits are too few: asked, or applied within caps."""
    limits: tuple[Limit, ...]
    breaker: Breaker
    promotion: Promotion

    @pydantic.model_validator(mode="after")
    def _covers_every_kind(self) -> "BudgetPolicy":
        kinds = [limit.kind for limit in self.limits]
        refuse_repeated("kinds", kinds)
        if missing := sorted(set(KINDS) - set(kinds)):
            raise ValueError(f"limits are missing for: {', '.join(missing)}.")
        return self

    def of(self, kind: ProposalKind) -> Limit:
        """The limit of a kind."""
        return next(limit for limit in self.limits if limit.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What is known of one segment when a run decides: audits by verdict, changes applied, and who stopped it."""

    right: int = 0
    wrong: int = 0
    applied: int = 0
    applied_today: int = 0
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many more changes a segment may apply in this run, and the reason given to those beyond."""

    changes: int
    reason: str


def lower_bound(right: int, audited: int) -> float:
    """The 95 % lower bound of a share, right of audited, between 0 and 1 (Wilson, 1927); 0 without audits."""
    if not audited:
        return 0.0
    share, square = right / audited, Z * Z
    middle = share + square / (2 * audited)
    spread = Z * math.sqrt(share * (1 - share) / audited + square / (4 * audited * audited))
    return max(0.0, round((middle - spread) / (1 + square / audited), 6))


def audits_needed(target: float) -> int:
    """The fewest audits that can show a precision: as many as suffice when all of them are right."""
    return math.ceil(round(Z * Z * target / (1 - target), 6))


def room(budget: BudgetPolicy, kind: ProposalKind, spent: Spent) -> Room:
    """What a segment may still do on its own. Stopped, or audited and not found right: nothing."""
    limit = budget.of(kind)
    if spent.stopped:
        return Room(changes=0, reason="budget-stopped")
    caps = min(
        Room(changes=limit.per_run, reason="budget-per-run"),
        Room(changes=max(0, limit.per_day - spent.applied_today), reason="budget-per-day"),
        key=lambda each: each.changes,
    )
    audited = spent.right + spent.wrong
    if audited >= audits_needed(limit.target_precision):
        if lower_bound(spent.right, audited) >= limit.target_precision:
            return caps
        return Room(changes=0, reason="budget-precision")
    if budget.until_audited == "apply":
        return caps
    trial = Room(changes=max(0, limit.trial_allowance - spent.applied), reason="budget-trial")
    return min(trial, caps, key=lambda each: each.changes)


def segment_of(features: Features, rules: Iterable[str], policy: AutonomyPolicy) -> str:
    """The segment of a change that these rules ask for: `merge/person/merge-near-certain-people@1f0c9a2b`."""
    named = sorted(rules)
    bodies = [
        rule.model_dump(mode="json", include={"when", "verdict"}) for rule in policy.rules if rule.id in set(named)
    ]
    return f"{features.kind}/{features.entity_type}/{'+'.join(named)}@{digest(canonical_json(bodies))[:8]}"


class Segments:
    """Names the segment of each decision; a name is worked out once."""

    def __init__(self, policy: AutonomyPolicy) -> None:
        self.policy = policy
        self.known: dict[tuple[str, str, tuple[str, ...]], str] = {}

    def __call__(self, features: Features, decision: Decision) -> str:
        """The segment of a change, by the rules that gave its verdict."""
        key = (features.kind, features.entity_type, decision.reasons)
        if (name := self.known.get(key)) is None:
            name = self.known[key] = segment_of(features, decision.reasons, self.policy)
        return name
