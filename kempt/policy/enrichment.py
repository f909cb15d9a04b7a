"""Whom we ask for what is missing or old, in which order, and for how much."""

from collections.abc import Mapping
from typing import Annotated, Literal

import pydantic

from kempt.policy.section import Days, Section, Share, Why, refuse_repeated
from kempt.policy.survivorship import attributes_of
from kempt.records.model import EntityType

Reason = Literal["missing", "stale", "invalid"]


class ProviderRule(pydantic.BaseModel, frozen=True):
    """What one provider may be asked, and what that may cost in a day."""

    name: str
    entity_type: EntityType
    fields: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]
    price_per_call: Annotated[float, pydantic.Field(ge=0)]
    calls_per_day: Annotated[int, pydantic.Field(ge=0)]
    spend_per_day: Annotated[float, pydantic.Field(ge=0)]
    min_confidence: Share
    """An answer the provider is less sure of is not proposed."""
    reliability: Mapping[str, Share] = {}
    """How often it was found right, by field, as far as anybody checked; a field that is left out is unproven."""
    keep_answer_days: Days
    """The same question is not asked again within so many days, also when nothing was found."""
    why: Why

    @pydantic.model_validator(mode="after")
    def _asks_known_fields(self) -> "ProviderRule":
        refuse_repeated("fields", self.fields)
        if unasked := sorted(set(self.reliability) - set(self.fields)):
            raise ValueError(f"reliability is given for what is not asked: {', '.join(unasked)}.")
        if unknown := sorted(set(self.fields) - attributes_of(self.entity_type)):
            raise ValueError(f"a {self.entity_type} has no field {', '.join(unknown)}.")
        return self


class EnrichmentPolicy(Section, frozen=True):
    """The providers in the order in which they are asked; the first usable answer ends the search."""

    ask_when: Annotated[tuple[Reason, ...], pydantic.Field(min_length=1)]
    spend_per_day: Annotated[float, pydantic.Field(ge=0)]
    """Over all providers."""
    providers: tuple[ProviderRule, ...]

    @pydantic.model_validator(mode="after")
    def _names_each_provider_once(self) -> "EnrichmentPolicy":
        refuse_repeated("providers", [f"{rule.name} for {rule.entity_type}" for rule in self.providers])
        return self

    def providers_of(self, entity_type: EntityType) -> tuple[ProviderRule, ...]:
        """The providers to ask about an entity type, in order."""
        return tuple(rule for rule in self.providers if rule.entity_type == entity_type)
