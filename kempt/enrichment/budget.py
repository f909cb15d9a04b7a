"""What may still be asked and spent today; the limits of the policy are hard."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kempt.policy.enrichment import EnrichmentPolicy, ProviderRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one provider was asked today before this run, and what that cost."""

    calls: int = 0
    cost: Decimal = Decimal(0)


class Budget:
    """Counts calls and money down to the limits. Money is decimal: a thousand calls at 0.1 cost exactly 100."""

    def __init__(self, policy: EnrichmentPolicy, used: Mapping[str, Used]) -> None:
        spent = sum((before.cost for before in used.values()), Decimal(0))
        self._left = _money(policy.spend_per_day) - spent
        self._used = dict(used)

    def affordable(self, rule: ProviderRule) -> int:
        """How many calls this provider may still be asked."""
        used = self._used.get(rule.name, Used())
        calls = rule.calls_per_day - used.calls
        price = _money(rule.price_per_call)
        if price:
            calls = min(calls, int((_money(rule.spend_per_day) - used.cost) // price), int(self._left // price))
        return max(calls, 0)

    def charge(self, rule: ProviderRule, calls: int) -> Decimal:
        """Counts calls, whatever comes of them, and returns what they cost."""
        cost = cost_of(rule, calls)
        used = self._used.get(rule.name, Used())
        self._used[rule.name] = Used(calls=used.calls + calls, cost=used.cost + cost)
        self._left -= cost
        return cost


def cost_of(rule: ProviderRule, calls: int) -> Decimal:
    """The price of so many calls."""
    return _money(rule.price_per_call) * calls


def _money(amount: float) -> Decimal:
    return Decimal(str(amount))
