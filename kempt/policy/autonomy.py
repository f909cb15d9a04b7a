"""What Kempt may do on its own: rules, the verdicts they give, and the decision that follows.

The strictest verdict among the rules that apply wins. What no rule covers is never applied.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal

import pydantic

from kempt.policy.conditions import When
from kempt.policy.protection import Floor
from kempt.policy.section import Section, Why, refuse_repeated
from kempt.proposals.model import Features

HANDS_OFF = "what-a-person-entered-stays"
"""The reason given when a rule would apply a change over a person's value: no policy can allow that."""

OTHERWISE = "otherwise"
"""The reason given when no rule applies."""

RESTRAINTS = ("clustering-", "budget-", "authority-")
"""What may hold a change back besides policy, as its reasons begin: doubts of clustering, and the risk budget."""
STANDS = "clustering-stands"
"""Of a merge that policy took before and would not take now: it stands until a steward parts it."""


class Verdict(StrEnum):
    """What becomes of a proposal."""

    APPLY = "apply"
    REVIEW = "review"
    REJECT = "reject"


STRICTNESS = (Verdict.APPLY, Verdict.REVIEW, Verdict.REJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, the rules that asked for it, those that asked for less, and the policy they stand in."""

    verdict: Verdict
    reasons: tuple[str, ...]
    policy_version: str
    lost: tuple[str, ...] = ()


class Rule(pydantic.BaseModel, frozen=True):
    """One rule: under which conditions it asks for which verdict, and why."""

    id: str
    why: Why
    when: When
    verdict: Verdict

    @pydantic.model_validator(mode="after")
    def _has_a_name_of_its_own(self) -> "Rule":
        if self.id in (HANDS_OFF, OTHERWISE) or self.id.startswith((*RESTRAINTS, "floor-")):
            raise ValueError(f"'{self.id}' is a reason that Kempt gives itself. Choose another id.")
        return self


class AutonomyPolicy(Section, frozen=True):
    """What may be applied without asking."""

    otherwise: Literal[Verdict.REVIEW, Verdict.REJECT]
    rules: Annotated[tuple[Rule, ...], pydantic.Field(min_length=1)]

    @pydantic.model_validator(mode="after")
    def _each_rule_counts(self) -> "AutonomyPolicy":
        refuse_repeated("rule ids", [rule.id for rule in self.rules])
        first: dict[When, Rule] = {}
        for rule in self.rules:
            other = first.setdefault(rule.when, rule)
            if other is not rule:
                raise ValueError(f"rules '{other.id}' and '{rule.id}' have the same conditions. Keep the one you mean.")
        return self


def decide(features: Features, policy: AutonomyPolicy, floors: Sequence[Floor] = ()) -> Decision:
    """The strictest verdict among the rules that apply, and every rule that asked for it.

    What no floor allows to be applied is asked about, whatever the rules say.
    """
    return _decide(features, policy, policy.version, floors)


def decider(policy: AutonomyPolicy, floors: Sequence[Floor] = ()) -> Callable[[Features], Decision]:
    """`decide` for many proposals under one policy: what its rules cannot tell apart is decided once.

    A rule sees of a confidence only on which side of each limit it lies.
    """
    version = policy.version
    seen_by = [rule.when for rule in policy.rules] + [each for floor in floors for each in (floor.when, floor.needs)]
    limits = sorted({limit for when in seen_by for limit in (when.min_confidence, when.max_confidence) if limit})
    known: dict[tuple[object, ...], Decision] = {}

    def decide_one(of: Features) -> Decision:
        seen = (
            *(bisect_left(limits, of.confidence), bisect_right(limits, of.confidence)),
            *(of.kind, of.entity_type, of.agent, of.attribute, of.origin, of.objects),
            *(of.cluster_size, of.same_source, of.fills_empty, of.overrides_human),
        )
        if (decision := known.get(seen)) is None:
            decision = known[seen] = _decide(of, policy, version, floors)
        return decision

    return decide_one


def restrained(decision: Decision, by: str) -> Decision:
    """A decision that something besides policy holds back: a change that is not rejected is asked about.

    So is one that stands although policy would reject it now.
    """
    if decision.verdict is Verdict.REJECT and by != STANDS:
        return decision
    asked = decision.reasons if decision.verdict is not Verdict.APPLY else ()
    lost = decision.reasons if decision.verdict is Verdict.APPLY else ()
    return replace(decision, verdict=Verdict.REVIEW, reasons=(by, *asked), lost=(*lost, *decision.lost))


def restraints_of(reasons: Iterable[str]) -> tuple[str, ...]:
    """What held a change back besides policy, the last one first."""
    return tuple(reason for reason in reasons if reason.startswith(RESTRAINTS))


def repeated(features: Features, policy: AutonomyPolicy, floors: Sequence[Floor], reasons: Sequence[str]) -> Decision:
    """A recorded decision made once more, from what policy is told and from what else held the change back."""
    decision = decide(features, policy, floors)
    for restraint in reversed(restraints_of(reasons)):
        decision = restrained(decision, restraint)
    return decision


def _decide(features: Features, policy: AutonomyPolicy, version: str, floors: Sequence[Floor]) -> Decision:
    applying = [rule for rule in policy.rules if rule.when.holds(features)]
    verdict = max((rule.verdict for rule in applying), key=STRICTNESS.index, default=policy.otherwise)
    reasons = tuple(rule.id for rule in applying if rule.verdict is verdict) or (OTHERWISE,)
    lost = tuple(rule.id for rule in applying if rule.verdict is not verdict)
    if verdict is Verdict.APPLY:
        missed = tuple(f"floor-{floor.id}" for floor in floors if not floor.allows(features))
        if refused := (HANDS_OFF,) if features.overrides_human else missed:
            verdict, reasons, lost = Verdict.REVIEW, refused, reasons
    return Decision(verdict=verdict, reasons=reasons, policy_version=version, lost=lost)
