"""Examples that a policy must decide as its authors meant: policies/tests/*.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pydantic

from kempt.errors import StopRun
from kempt.policy.authority_cases import FILE, check_authority
from kempt.policy.autonomy import HANDS_OFF, OTHERWISE, Decision, Verdict, decide
from kempt.policy.load import Folders, Policies, load_policies
from kempt.policy.section import Why, refuse_repeated
from kempt.proposals.model import Features
from kempt.strict_yaml import parse


class Case(pydantic.BaseModel, frozen=True):
    """A proposal's features, the verdict it must get, and the rules that must have asked for it."""

    id: str
    why: Why
    given: dict[str, Any]
    verdict: Verdict
    because: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]

    @property
    def features(self) -> Features:
        """The features that are given."""
        given = dict(self.given)
        given["objects"] = tuple(given.get("objects", ()))
        return Features(**given)


class Cases(pydantic.BaseModel, frozen=True):
    """A file of cases."""

    cases: Annotated[tuple[Case, ...], pydantic.Field(min_length=1)]

    @pydantic.model_validator(mode="after")
    def _names_each_case_once(self) -> "Cases":
        refuse_repeated("case ids", [case.id for case in self.cases])
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One case, or one thing that the cases should show, and what is wrong with it; nothing when it is as it should."""

    name: str
    message: str

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.message


def load_cases(folder: Path, own: Path | None = None) -> dict[str, Case]:
    """Every case of autonomy below policies/tests, by file and id; a file of `own` stands in for that of its name."""
    return {
        f"{path.name}:{case.id}": case
        for path in Folders(base=folder, own=own).cases()
        if path.name != FILE
        for case in parse(Cases, path).cases
    }


def check_policies(folder: Path, own: Path | None = None) -> tuple[Checked, ...]:
    """Load every policy, decide every case, and see that each rule of autonomy and authority is the reason in one."""
    policies = load_policies(folder, own)
    told = check_authority(Folders(base=folder, own=own).file(f"tests/{FILE}"), policies.authority)
    people = (Checked(name=name, message=message) for name, message in told.items())
    return (*check_cases(policies, load_cases(folder, own)), *people)


def check_cases(policies: Policies, cases: Mapping[str, Case]) -> tuple[Checked, ...]:
    """Decide every case, and see that each rule of autonomy is the reason in one."""
    decided = [Checked(name=name, message=_wrong(name, case, policies)) for name, case in cases.items()]
    shown = {reason for case in cases.values() for reason in case.because}
    rules = {rule.id for rule in policies.autonomy.rules}
    silent = [Checked(name=rule, message=f"no case shows rule '{rule}'.") for rule in sorted(rules - shown)]
    floors = {f"floor-{floor.id}" for floor in policies.protection.floors}
    unknown = sorted(shown - rules - floors - {HANDS_OFF, OTHERWISE})
    stray = [Checked(name=reason, message=f"cases name '{reason}', which is no rule.") for reason in unknown]
    return (*decided, *silent, *stray)


def decided_case(case: Case, policies: Policies) -> Decision:
    """What policies say to a case."""
    return decide(case.features, policies.autonomy, policies.protection.floors)


def _wrong(name: str, case: Case, policies: Policies) -> str:
    try:
        decision = decided_case(case, policies)
    except (TypeError, StopRun) as error:
        return f"{name}: these are no features of a proposal: {error}"
    if decision.verdict is case.verdict and set(decision.reasons) == set(case.because):
        return ""
    return (
        f"{name}: expected {case.verdict} because of {', '.join(case.because)}, "
        f"got {decision.verdict} because of {', '.join(decision.reasons)}."
    )
