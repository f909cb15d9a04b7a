"""Who may decide: by kind, risk, tenant and number of records.

Every rule that applies must be met: a person decides who holds a role that each of them names, as many people as the
strictest asks for, on the weekdays that all leave. So a rule can only tighten, and order in the file does not count.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal, get_args

import pydantic

from kempt.agents.roles import DecidingRole, Role
from kempt.policy.autonomy import Decision, Verdict, restrained
from kempt.policy.conditions import OneOrMore, When
from kempt.policy.section import Days, Section, Why, refuse_repeated
from kempt.proposals.model import Features

Risk = Literal["low", "medium", "high"]
RISKS: tuple[Risk, ...] = get_args(Risk)
Decider = Literal["policy", DecidingRole]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class RiskRule(pydantic.BaseModel, frozen=True):
    """Which proposals carry which risk; the highest that applies counts."""

    id: str
    why: Why
    when: When
    risk: Literal["medium", "high"]


class AuthorityRule(pydantic.BaseModel, frozen=True):
    """Who may decide what; a condition that is left out holds always."""

    id: str
    why: Why
    when: When = When()
    risk: Annotated[tuple[Risk, ...], OneOrMore] | None = None
    tenant: Annotated[tuple[str, ...], OneOrMore] | None = None
    who: Annotated[tuple[Decider, ...], OneOrMore, pydantic.Field(min_length=1)]
    """`policy` means that autonomy may apply it without asking."""
    people: Literal[1, 2] = 1
    """How many people must approve; none of them proposed it. One is enough to reject."""
    weekday: Weekday | None = None
    """The day on which such proposals are decided, together."""

    def holds(self, features: Features, risk: Risk, tenant: str) -> bool:
        """Whether the rule is about such a proposal."""
        return (
            (self.tenant is None or tenant in self.tenant)
            and (self.risk is None or risk in self.risk)
            and self.when.holds(features)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who may decide one proposal, and the rules that say so."""

    risk: Risk
    who: frozenset[str]
    people: int
    weekdays: frozenset[Weekday]
    rules: tuple[str, ...]
    policy_version: str


class AuthorityPolicy(Section, frozen=True):
    """The matrix."""

    expire_after_days: Days
    """What nobody decided in so many days is closed; it comes back when policy decides it anew."""
    answer_within_days: Days = 5
    """What waits longer is late, and shown so."""
    undo_within_seconds: int = pydantic.Field(default=60, ge=0, le=3600)
    """What a steward decides in the web app is carried out so much later; until then she takes it back."""
    otherwise: Annotated[tuple[Decider, ...], OneOrMore, pydantic.Field(min_length=1)]
    """Who decides what no rule is about."""
    risks: tuple[RiskRule, ...]
    rules: tuple[AuthorityRule, ...]

    @pydantic.model_validator(mode="after")
    def _each_rule_counts(self) -> "AuthorityPolicy":
        refuse_repeated("rule ids", [*(risk.id for risk in self.risks), *(rule.id for rule in self.rules)])
        for rule in self.rules:
            if rule.people == 2 and set(rule.who) == {"policy"}:
                raise ValueError(f"rule '{rule.id}' asks for two people and names none who may decide.")
        return self

    def risk_of(self, features: Features) -> Risk:
        """The highest risk of the rules that apply; low without one."""
        found: list[Risk] = [rule.risk for rule in self.risks if rule.when.holds(features)]
        return max(found, key=RISKS.index, default="low")

    def over(self, features: Features, tenant: str) -> Authority:
        """Who may decide a proposal of a tenant."""
        risk = self.risk_of(features)
        applying = [rule for rule in self.rules if rule.holds(features, risk, tenant)]
        named: list[Collection[str]] = [rule.who for rule in applying] or [self.otherwise]
        days = {rule.weekday for rule in applying if rule.weekday is not None}
        return Authority(
            risk=risk,
            who=frozenset(named[0]).intersection(*named[1:]),
            people=max((rule.people for rule in applying), default=1),
            weekdays=frozenset(WEEKDAYS) if not days else frozenset(days) if len(days) == 1 else frozenset(),
            rules=tuple(rule.id for rule in applying) or ("otherwise",),
            policy_version=self.version,
        )


@dataclass(frozen=True, slots=True)
class Bounds:
    """What policy may not apply for a tenant, whatever autonomy says."""

    authority: AuthorityPolicy
    tenant: str

    @property
    def version(self) -> str:
        """Equal for two that leave policy the same."""
        return self.authority.version

    def restrain(self, features: Features, decision: Decision) -> Decision:
        """The decision, as a question where the matrix leaves it to people."""
        if decision.verdict is not Verdict.APPLY:
            return decision
        found = self.authority.over(features, self.tenant)
        if "policy" in found.who and found.people == 1:
            return decision
        for rule in reversed(found.rules):
            decision = restrained(decision, f"authority-{rule}")
        return decision


def refusal(
    authority: Authority,
    *,
    name: str,
    roles: Collection[Role],
    proposer: str,
    today: date,
    approving: bool,
    first_approver: str | None = None,
) -> str | None:
    """Why this person may not decide this now; None when she may.

    A proposer never approves what she proposed, and of two approvals each is another person's.
    """
    named = authority.who - {"policy"}
    if not named & set(roles):
        return f"is decided by {' or '.join(sorted(named)) or 'nobody'} ({', '.join(authority.rules)})"
    if WEEKDAYS[today.weekday()] not in authority.weekdays:
        return f"is decided on {', '.join(sorted(authority.weekdays)) or 'no day'} ({', '.join(authority.rules)})"
    if approving and name == proposer:
        return "is not approved by whoever proposed it"
    if approving and authority.people == 2 and name == first_approver:
        return "needs a second person to approve it"
    return None
