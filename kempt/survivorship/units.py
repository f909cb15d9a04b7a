"""Attributes that only make sense together, and so come from one record."""

from dataclasses import dataclass

from kempt.policy.survivorship import AttributeRule, Consistency, SurvivorshipPolicy
from kempt.records.model import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Attributes that win or lose as one.

    Who fills fewer of the `core` groups loses before any strategy is asked, so that a lone country or a new city
    without a street never blanks a whole address. `rule_names` are the attributes whose policy rule is the unit's,
    first found first.
    """

    name: str
    parts: tuple[str, ...]
    core: tuple[tuple[str, ...], ...]
    rule_names: tuple[str, ...]

    def rule(self, policy: SurvivorshipPolicy) -> AttributeRule | None:
        """The policy rule that settles this unit; None when the policy leaves it to the default."""
        return next((rule for name in self.rule_names if (rule := policy.rule_of(name)) is not None), None)

    def consistency(self, policy: SurvivorshipPolicy) -> Consistency:
        """The class that the unit's rule gives it; eventual without one."""
        rule = self.rule(policy)
        return "eventual" if rule is None else rule.consistency

    def core_group(self, part: str) -> int | None:
        """The number of the core group a part belongs to; None when the unit makes sense without it."""
        return next((number for number, group in enumerate(self.core) if part in group), None)


def _single(name: str, *also: str) -> Unit:
    return Unit(name=name, parts=(name,), core=((name,),), rule_names=(name, *also))


_ADDRESS_PARTS = ("street", "city", "region", "postal_code", "country")
_NAME = Unit(
    name="name",
    parts=("full_name", "given_name", "family_name", "suffix"),
    core=(("full_name", "family_name"),),
    rule_names=("full_name", "family_name", "given_name"),
)
_ADDRESS = Unit(
    name="address",
    parts=_ADDRESS_PARTS,
    core=(("street",), ("city", "postal_code")),
    rule_names=_ADDRESS_PARTS,
)

UNITS: dict[EntityType, tuple[Unit, ...]] = {
    "person": (
        _NAME,
        _ADDRESS,
        *(_single(name) for name in ("email", "phone", "job_title", "birth_date", "company_name")),
        _single("domain", "website"),
        *(_single(name) for name in ("channel", "campaign", "owner")),
    ),
    "company": (
        _ADDRESS,
        *(_single(name) for name in ("company_name", "email", "phone")),
        _single("domain", "website"),
        *(_single(name) for name in ("registry_id", "industry", "employees", "owner")),
    ),
}
