"""Examples that the authority matrix must answer as its authors meant: policies/tests/authority.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from kempt.errors import StopRun
from kempt.policy.authority import WEEKDAYS, AuthorityPolicy, Decider, Risk, Weekday
from kempt.policy.section import Why, refuse_repeated
from kempt.proposals.model import Features
from kempt.strict_yaml import parse

FILE = "authority.yaml"


class AuthorityCase(pydantic.BaseModel, frozen=True):
    """A proposal's features, and who must be able to decide it by which rules."""

    id: str
    why: Why
    given: dict[str, Any]
    tenant: str = "any"
    risk: Risk = "low"
    who: tuple[Decider, ...]
    people: Literal[1, 2]
    weekday: Weekday | None = None
    because: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]

    def problem(self, policy: AuthorityPolicy) -> str:
        """What the matrix says otherwise; nothing when it says the same."""
        try:
            features = Features(**{**self.given, "objects": tuple(self.given.get("objects", ()))})
        except (TypeError, StopRun) as error:
            return f"these are no features of a proposal: {error}"
        found = policy.over(features, self.tenant)
        days = {self.weekday} if self.weekday else set(WEEKDAYS)
        expected = (self.risk, set(self.who), self.people, days, set(self.because))
        got = (found.risk, set(found.who), found.people, set(found.weekdays), set(found.rules))
        if expected == got:
            return ""
        return (
            f"expected {self.people} of {', '.join(sorted(self.who))} at {self.risk} risk because of "
            f"{', '.join(self.because)}, got {found.people} of {', '.join(sorted(found.who))} at {found.risk} risk "
            f"because of {', '.join(found.rules)}."
        )


class AuthorityCases(pydantic.BaseModel, frozen=True):
    """A file of cases."""

    cases: Annotated[tuple[AuthorityCase, ...], pydantic.Field(min_length=1)]

    @pydantic.model_validator(mode="after")
    def _names_each_case_once(self) -> "AuthorityCases":
        refuse_repeated("case ids", [case.id for case in self.cases])
        return self


def check_authority(file: Path, policy: AuthorityPolicy) -> Mapping[str, str]:
    """What is wrong by case, and by rule that no case shows; an empty text where nothing is."""
    if not file.exists():
        return {FILE: f"{file}: no such file. Every rule of the matrix needs a case."}
    cases = parse(AuthorityCases, file).cases
    wrong = {f"{FILE}:{case.id}": case.problem(policy) for case in cases}
    told = {name: f"{name}: {problem}" if problem else "" for name, problem in wrong.items()}
    shown = {reason for case in cases for reason in case.because}
    silent = sorted({rule.id for rule in policy.rules} - shown)
    return told | {rule: f"no case shows rule '{rule}'." for rule in silent}
