"""Guard-rails that hold for every tenant: a tenant's own policy may be stricter than these, and never looser."""

from collections.abc import Mapping
from typing import Annotated

import pydantic

from kempt.policy.conditions import When
from kempt.policy.section import Section, Share, Why, refuse_repeated
from kempt.proposals.model import KINDS, Features, ProposalKind


class Floor(pydantic.BaseModel, frozen=True):
    """What a change must show before any policy may apply it without asking."""

    id: str
    why: Why
    when: When
    """The changes that it is about."""
    needs: When
    """What must hold for them."""

    def allows(self, features: Features) -> bool:
        """Whether such a change may be applied, as far as this floor goes."""
        return not self.when.holds(features) or self.needs.holds(features)


class ProtectionPolicy(Section, frozen=True):
    """Floors under what is applied, and under the budget that each kind of change is applied from."""

    floors: tuple[Floor, ...]
    min_target_precision: Mapping[ProposalKind, Share]
    """No budget may aim at less."""
    min_audit_share: Share
    """No budget may have less of what was applied looked at."""
    max_per_day: Annotated[int, pydantic.Field(ge=0)]
    """No budget may let a rule apply more in a day."""
    max_trial_allowance: Annotated[int, pydantic.Field(ge=0)]
    """No budget may let a rule apply more without audits."""

    @pydantic.model_validator(mode="after")
    def _names_each_once(self) -> "ProtectionPolicy":
        refuse_repeated("floor ids", [floor.id for floor in self.floors])
        if missing := sorted(set(KINDS) - set(self.min_target_precision)):
            raise ValueError(f"min_target_precision is missing for: {', '.join(missing)}.")
        return self
