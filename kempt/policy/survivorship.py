"""Which value of a field survives when several records describe one entity: the rules, not the work.

A strategy is a step that narrows the candidates; the next step only sees what is still level:

- `override`      a value that a person set here, newest first
- `source_trust`  the value from the system with the highest trust
- `recency`       the value that was observed last
- `majority`      the value that most systems agree on; copies inside one system count once
- `completeness`  the value from the record that says most about the entity
- `longest`       the longest value
- `quality`       valid or corrected before suspicious; invalid never
- `domain_rule`   what the rule's `prefers` asks for: a `work_mailbox` before a free one, and that before one of a role;
                  a `legal_name`, which says its legal form, before one without

What is level after all listed steps is settled by TIE_BREAK, which is a total order: the same records give the
same winner in every order of arrival.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import pydantic

from kempt.policy.routing import Routing
from kempt.policy.section import Days, Section, Share, Why, refuse_repeated
from kempt.records.model import ENTITY_OF, FIELDS, EntityType

Strategy = Literal[
    "override", "source_trust", "recency", "majority", "completeness", "longest", "quality", "domain_rule"
]
DomainRule = Literal["work_mailbox", "legal_name"]
ABOUT: Mapping[DomainRule, str] = {"work_mailbox": "email", "legal_name": "company_name"}
"""The attribute that each domain rule can judge."""

Consistency = Literal["serializable", "bounded", "eventual"]
"""What is promised of an attribute: a person changes a `serializable` one only as she saw it, in one order with changes
of who is who; what providers say in a `bounded` one is watched for its age; an `eventual` one follows with the runs."""

TIE_BREAK = ("trust descending", "observed_at descending", "value ascending", "record_id ascending")
"""How what is still level is settled, in this order."""


class AttributeRule(pydantic.BaseModel, frozen=True):
    """How one attribute's surviving value is chosen."""

    attribute: str
    strategies: Annotated[tuple[Strategy, ...], pydantic.Field(min_length=1)]
    why: Why
    consistency: Consistency = "eventual"
    within_days: Days | None = None
    """How old what providers said may be in a `bounded` attribute before somebody is told."""
    prefers: DomainRule | None = None
    """What `domain_rule` asks for; given exactly when that is among the strategies."""
    half_life_days: Days | None = None
    """After so many days half of such values are no longer true; when left out, what hygiene.yaml says of it."""

    @pydantic.model_validator(mode="after")
    def _steps_are_in_order(self) -> "AttributeRule":
        refuse_repeated("strategies", list(self.strategies))
        if self.strategies[0] != "override":
            raise ValueError("strategies must begin with 'override': a person's value is never outvoted.")
        if (self.prefers is None) == ("domain_rule" in self.strategies):
            raise ValueError("domain_rule and prefers need each other.")
        if (self.within_days is None) == (self.consistency == "bounded"):
            raise ValueError("consistency: bounded and within_days need each other.")
        if self.prefers is not None and ABOUT[self.prefers] != self.attribute:
            raise ValueError(f"{self.prefers} is about {ABOUT[self.prefers]}, not about {self.attribute}.")
        return self


class SurvivorshipPolicy(Section, frozen=True):
    """The rules of one entity type, how far each system is trusted, and what each strategy's winner is worth."""

    entity_type: EntityType
    attributes: Annotated[tuple[AttributeRule, ...], pydantic.Field(min_length=1)]
    trust: Mapping[str, int]
    default_trust: int
    confidence: Mapping[Strategy, Share]
    """Confidence of a value that this strategy decided, before ageing."""
    undisputed_confidence: Share
    """Confidence of a value that nothing contradicted."""
    routing: Routing | None = None
    """Whose an entity is after records came together; without it, the golden owner's."""

    @pydantic.model_validator(mode="after")
    def _covers_known_attributes(self) -> "SurvivorshipPolicy":
        names = [rule.attribute for rule in self.attributes]
        refuse_repeated("attributes", names)
        if unknown := sorted(set(names) - attributes_of(self.entity_type)):
            raise ValueError(f"a {self.entity_type} has no attribute {', '.join(unknown)}.")
        used = {strategy for rule in self.attributes for strategy in rule.strategies}
        if missing := sorted(used - set(self.confidence)):
            raise ValueError(f"confidence is missing for: {', '.join(missing)}.")
        return self

    def rule_of(self, attribute: str) -> AttributeRule | None:
        """The rule of an attribute; None when the policy leaves it out."""
        return next((rule for rule in self.attributes if rule.attribute == attribute), None)


def attributes_of(entity_type: EntityType) -> frozenset[str]:
    """The canonical fields an entity of this type can have."""
    return frozenset(field.name for field in FIELDS if any(ENTITY_OF[each] == entity_type for each in field.objects))
