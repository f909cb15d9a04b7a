"""What Kempt may do on its own: rules, the verdicts they give, and the decision that follows.

The strictest verdict among the rules that apply wins. What no rule covers is never applied.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

import pydantic

from kempt.policy.section import Section, Share, Why, refuse_repeated
from kempt.proposals.model import Features, ProposalKind
from kempt.records.model import EntityType, ObjectType

HANDS_OFF = "what-a-person-entered-stays"
"""The reason given when a rule would apply a change over a person's value: no policy can allow that."""


class Verdict(StrEnum):
    """What becomes of a proposal."""

    APPLY = "apply"
    REVIEW = "review"
    REJECT = "reject"


STRICTNESS = (Verdict.APPLY, Verdict.REVIEW, Verdict.REJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, the rules that asked for it, and the policy they stand in."""

    verdict: Verdict
    reasons: tuple[str, ...]
    policy_version: str


def _as_tuple(value: Any) -> Any:
    """One value or a list of them: both are written in YAML."""
    return tuple(value) if isinstance(value, list) else (value,)


_OneOrMore = pydantic.BeforeValidator(_as_tuple)
_Names = Annotated[tuple[str, ...], _OneOrMore]


class When(pydantic.BaseModel, frozen=True):
    """The conditions of a rule; all that are given must hold. Limits include their own value."""

    kind: Annotated[tuple[ProposalKind, ...], _OneOrMore] | None = None
    entity_type: Annotated[tuple[EntityType, ...], _OneOrMore] | None = None
    agent: _Names | None = None
    attribute: _Names | None = None
    origin: _Names | None = None
    any_object: Annotated[tuple[ObjectType, ...], _OneOrMore] | None = None
    min_confidence: Share | None = None
    max_confidence: Share | None = None
    min_cluster_size: Annotated[int, pydantic.Field(ge=2)] | None = None
    max_cluster_size: Annotated[int, pydantic.Field(ge=2)] | None = None
    same_source: bool | None = None
    fills_empty: bool | None = None
    overrides_human: bool | None = None

    @pydantic.model_validator(mode="after")
    def _limits_leave_room(self) -> "When":
        for name in ("confidence", "cluster_size"):
            low, high = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if low is not None and high is not None and low > high:
                raise ValueError(f"min_{name} is above max_{name}, so the rule never applies.")
        return self

    def holds(self, features: Features) -> bool:
        """Whether every given condition is true; a condition on what the proposal does not have is not."""
        return all(_HOLDS[name](features, wanted) for name, wanted in self if wanted is not None)


_HOLDS: Mapping[str, Callable[[Features, Any], bool]] = {
    "kind": lambda of, wanted: of.kind in wanted,
    "entity_type": lambda of, wanted: of.entity_type in wanted,
    "agent": lambda of, wanted: of.agent in wanted,
    "attribute": lambda of, wanted: of.attribute in wanted,
    "origin": lambda of, wanted: of.origin in wanted,
    "any_object": lambda of, wanted: any(each in wanted for each in of.objects),
    "min_confidence": lambda of, wanted: of.confidence >= wanted,
    "max_confidence": lambda of, wanted: of.confidence <= wanted,
    "min_cluster_size": lambda of, wanted: of.cluster_size is not None and of.cluster_size >= wanted,
    "max_cluster_size": lambda of, wanted: of.cluster_size is not None and of.cluster_size <= wanted,
    "same_source": lambda of, wanted: of.same_source is wanted,
    "fills_empty": lambda of, wanted: of.fills_empty is wanted,
    "overrides_human": lambda of, wanted: of.overrides_human is wanted,
}


class Rule(pydantic.BaseModel, frozen=True):
    """One rule: under which conditions it asks for which verdict, and why."""

    id: str
    why: Why
    when: When
    verdict: Verdict


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


def decide(features: Features, policy: AutonomyPolicy) -> Decision:
    """The strictest verdict among the rules that apply, and every rule that asked for it."""
    return _decide(features, policy, policy.version)


def decider(policy: AutonomyPolicy) -> Callable[[Features], Decision]:
    """`decide` for many proposals under one policy: what its rules cannot tell apart is decided once.

    A rule sees of a confidence only on which side of each limit it lies.
    """
    version = policy.version
    limits = sorted(
        {limit for rule in policy.rules for limit in (rule.when.min_confidence, rule.when.max_confidence) if limit}
    )
    known: dict[tuple[object, ...], Decision] = {}

    def decide_one(of: Features) -> Decision:
        seen = (
            *(bisect_left(limits, of.confidence), bisect_right(limits, of.confidence)),
            *(of.kind, of.entity_type, of.agent, of.attribute, of.origin, of.objects),
            *(of.cluster_size, of.same_source, of.fills_empty, of.overrides_human),
        )
        if (decision := known.get(seen)) is None:
            decision = known[seen] = _decide(of, policy, version)
        return decision

    return decide_one


def decide_many(proposals: Iterable[Features], policy: AutonomyPolicy) -> list[Decision]:
    """The decision on each proposal, in order."""
    return list(map(decider(policy), proposals))


def _decide(features: Features, policy: AutonomyPolicy, version: str) -> Decision:
    applying = [rule for rule in policy.rules if rule.when.holds(features)]
    verdict = max((rule.verdict for rule in applying), key=STRICTNESS.index, default=policy.otherwise)
    reasons = tuple(rule.id for rule in applying if rule.verdict is verdict) or ("otherwise",)
    if features.overrides_human and verdict is Verdict.APPLY:
        verdict, reasons = Verdict.REVIEW, (HANDS_OFF,)
    return Decision(verdict=verdict, reasons=reasons, policy_version=version)
