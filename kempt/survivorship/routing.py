"""Whose an entity is, worked out from what is golden and what its records say. Nothing else is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kempt.policy.routing import Routing

Reason = Literal["override", "territory", "only_owner", "two_owners", "inactive_owner", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An owner, as one record names her, with the trust in its system and when it said so."""

    owner: str
    trust: int
    observed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Whose it is and why; None when policy knows nobody."""

    owner: str | None
    reason: Reason


def route(
    named: Sequence[Named], *, golden: str | None, overridden: bool, country: str | None, rules: Routing
) -> Route:
    """The owner, the same for the same input in any order.

    A person's override stands. Then the territory, if policy puts it first; then the golden owner, as long as she is
    active; then the active owner whom the most trusted system named, newest first; then territory and fallback.
    """
    if overridden:
        return Route(owner=golden, reason="override")
    territory = rules.territories.get(country or "")
    territory = None if territory in rules.inactive else territory
    if rules.territory_first and territory is not None:
        return Route(owner=territory, reason="territory")
    everybody = {each.owner for each in named}
    active = sorted(everybody - set(rules.inactive))
    if not active:
        owner = territory or rules.fallback
        return Route(owner=owner, reason="nobody" if owner is None else "inactive_owner")
    if len(active) == 1:
        return Route(owner=active[0], reason="only_owner" if len(everybody) == 1 else "inactive_owner")
    if golden in active:
        return Route(owner=golden, reason="two_owners")
    best = min(
        (each for each in named if each.owner in active),
        key=lambda each: (-each.trust, -each.observed_at.timestamp(), each.owner),
    )
    return Route(owner=best.owner, reason="two_owners")
