"""How fast values grow old, and when they are old enough to be asked for again."""

from collections.abc import Mapping
from typing import Annotated

import pydantic

from kempt.policy.section import Days, Section, Share, Why
from kempt.policy.survivorship import SurvivorshipPolicy, attributes_of
from kempt.records.model import EntityType

_Likely = Annotated[Share, pydantic.Field(gt=0, lt=1)]


class Ageing(pydantic.BaseModel, frozen=True):
    """After how many days half of such values are no longer true."""

    half_life_days: Days
    why: Why


class HygienePolicy(Section, frozen=True):
    """The half-lives of both entity types; an attribute that is not listed does not age."""

    stale_below: _Likely
    """A value is stale once it is less likely than this to be still true."""
    ageing: Mapping[EntityType, Mapping[str, Ageing]]

    @pydantic.model_validator(mode="after")
    def _ages_known_attributes(self) -> "HygienePolicy":
        for entity_type, attributes in self.ageing.items():
            if unknown := sorted(set(attributes) - attributes_of(entity_type)):
                raise ValueError(f"a {entity_type} has no attribute {', '.join(unknown)}.")
        return self

    def half_lives(self, entity_type: EntityType) -> dict[str, float]:
        """Half-life in days of every attribute that ages."""
        return {name: float(ageing.half_life_days) for name, ageing in self.ageing.get(entity_type, {}).items()}

    def aged(self, survivorship: SurvivorshipPolicy) -> SurvivorshipPolicy:
        """Survivorship rules that know how their attributes age; a half-life that a rule gives itself stands."""
        ageing = self.ageing.get(survivorship.entity_type, {})
        rules = tuple(
            rule.model_copy(update={"half_life_days": ageing[rule.attribute].half_life_days})
            if rule.half_life_days is None and rule.attribute in ageing
            else rule
            for rule in survivorship.attributes
        )
        return survivorship.model_copy(update={"attributes": rules})
