"""Asking one provider within its budget, and telling apart one failed look-up from a provider that is down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from kempt.enrichment.budget import Budget, cost_of
from kempt.enrichment.provider import Answer, Provider, Request
from kempt.errors import Retry, SkipRecord, StopRun
from kempt.policy.enrichment import ProviderRule

# A provider that fails so often in a row is down, whatever it says.
FAILURES_IN_A_ROW = 5


Stopped = Literal["", "out of budget", "keeps failing", "refuses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What one provider was asked, and what came of it. Misses and failures are paid for like hits."""

    provider: str
    calls: int = 0
    from_cache: int = 0
    hits: int = 0
    misses: int = 0
    failures: int = 0
    not_asked: int = 0
    cost: Decimal = Decimal(0)
    cost_of_misses: Decimal = Decimal(0)
    stopped: Stopped = ""
    message: str = ""


def ask(
    provider: Provider, requests: Sequence[Request], rule: ProviderRule, budget: Budget
) -> tuple[dict[str, Answer], Spend]:
    """The answers by request key, and the bill. A request that failed has no answer, so it is asked again one day."""
    answers: dict[str, Answer] = {}
    spend = Spend(provider=rule.name)
    left = list(requests)
    failed_in_a_row = 0
    while left and not spend.stopped:
        size = min(provider.capabilities.requests_per_call, budget.affordable(rule))
        if size == 0:
            spend = replace(spend, stopped="out of budget")
            break
        call, left = left[:size], left[size:]
        cost = budget.charge(rule, len(call))
        spend = replace(spend, calls=spend.calls + len(call), cost=spend.cost + cost)
        try:
            given = _checked(provider, call)
        except (SkipRecord, Retry):
            failed_in_a_row += 1
            stopped: Stopped = "keeps failing" if failed_in_a_row == FAILURES_IN_A_ROW else ""
            spend = replace(spend, failures=spend.failures + len(call), stopped=stopped)
        except StopRun as refusal:
            spend = replace(spend, failures=spend.failures + len(call), stopped="refuses", message=str(refusal))
        else:
            failed_in_a_row = 0
            answers |= given
            spend = _tallied(spend, given, rule)
    return answers, replace(spend, not_asked=len(left))


def _checked(provider: Provider, call: Sequence[Request]) -> dict[str, Answer]:
    """One answer for each request; silence is a miss, and an answer to what was not asked breaks the contract."""
    wanted = {request.key: frozenset(request.wanted) for request in call}
    given = provider.lookup(call)
    answers = {answer.key: answer for answer in given}
    for answer in given:
        fields = {value.attribute for value in answer.values} | {value.attribute for value in answer.refuted}
        if answer.key not in wanted or not fields <= wanted[answer.key] or not 0 <= answer.match <= 1:
            raise StopRun(f"Provider {provider.name} answered what it was not asked. Correct it or switch it off.")
    if len(answers) < len(given):
        raise StopRun(f"Provider {provider.name} answered a request twice. Correct it or switch it off.")
    return {key: answers.get(key, Answer(key=key, match=0.0)) for key in wanted}


def _tallied(spend: Spend, given: dict[str, Answer], rule: ProviderRule) -> Spend:
    misses = sum(not (answer.values or answer.refuted) for answer in given.values())
    return replace(
        spend,
        hits=spend.hits + len(given) - misses,
        misses=spend.misses + misses,
        cost_of_misses=spend.cost_of_misses + cost_of(rule, misses),
    )
