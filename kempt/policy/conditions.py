"""The conditions of a rule: which proposals it is about."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Annotated, Any

import pydantic

from kempt.policy.section import Share
from kempt.proposals.model import Features, ProposalKind
from kempt.records.model import EntityType, ObjectType


def _as_tuple(value: Any) -> Any:
    """One value or a list of them: both are written in YAML."""
    return tuple(value) if isinstance(value, list) else (value,)


OneOrMore = pydantic.BeforeValidator(_as_tuple)
Names = Annotated[tuple[str, ...], OneOrMore]


class When(pydantic.BaseModel, frozen=True):
    """The conditions of a rule; all that are given must hold. Limits include their own value."""

    kind: Annotated[tuple[ProposalKind, ...], OneOrMore] | None = None
    entity_type: Annotated[tuple[EntityType, ...], OneOrMore] | None = None
    agent: Names | None = None
    attribute: Names | None = None
    origin: Names | None = None
    any_object: Annotated[tuple[ObjectType, ...], OneOrMore] | None = None
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
        return all(HOLDS[name](features, wanted) for name, wanted in self.given)

    @cached_property
    def given(self) -> tuple[tuple[str, Any], ...]:
        """The conditions that are given, by name."""
        wanted = {name: getattr(self, name) for name in type(self).model_fields}
        return tuple((name, each) for name, each in wanted.items() if each is not None)


HOLDS: Mapping[str, Callable[[Features, Any], bool]] = {
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
