"""People who act on their own behalf, and what their role lets them see."""

from dataclasses import dataclass

from kempt.agents.roles import Role
from kempt.errors import StopRun

MAY_UNMASK: frozenset[Role] = frozenset({"steward", "merge_authority", "team_lead", "privacy_officer"})
LONGEST_PURPOSE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who it is, and in which role."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasking:
    """Values are shown as they are, to one person, for one purpose. Both go on record; write no value into either."""

    by: Actor
    purpose: str

    def __post_init__(self) -> None:
        if self.by.role not in MAY_UNMASK:
            raise StopRun(
                f"{self.by.name} is a {self.by.role} and sees masked values only. "
                f"These roles may see more: {', '.join(sorted(MAY_UNMASK))}."
            )
        if not 1 <= len(self.purpose.strip()) <= LONGEST_PURPOSE:
            raise StopRun(f"What for? Values are shown for a purpose of 1 to {LONGEST_PURPOSE} characters.")
