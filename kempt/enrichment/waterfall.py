"""Asking the providers one after the other, each only for what the ones before could not tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from kempt.enrichment.answers import FieldEvidence, FieldProposal, Judge
from kempt.enrichment.asking import Spend, ask
from kempt.enrichment.budget import Budget, Used, cost_of
from kempt.enrichment.provider import Answer, AnswerCache, KeptAnswer, Provider
from kempt.enrichment.questions import Question, Subject, questions
from kempt.policy.enrichment import EnrichmentPolicy, ProviderRule
from kempt.records.model import EntityType


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The most that one provider will be asked, and what that would cost."""

    provider: str
    calls: int
    cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What a run brought: proposals, evidence on values we have, and the bill."""

    proposals: tuple[FieldProposal, ...]
    evidence: tuple[FieldEvidence, ...]
    spend: tuple[Spend, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Who is asked, under which policy, and what the answers are worth; the same input gives the same run.

    `reliability` is how often a provider is right about a field, by (provider, field). `standardize` turns a
    field's raw value into ours, or None when it is no such value. `key` keys the digests of the questions.
    """

    policy: EnrichmentPolicy
    entity_type: EntityType
    providers: Mapping[str, Provider]
    cache: AnswerCache
    reliability: Mapping[tuple[str, str], float]
    half_lives: Mapping[str, float]
    standardize: Callable[[str, str], str | None]
    key: bytes = field(repr=False)

    def estimate(self, subjects: Sequence[Subject], *, today: date, used: Mapping[str, Used]) -> tuple[Estimate, ...]:
        """What a run would cost at most: as if nobody but the last provider knew anything."""
        budget = Budget(self.policy, used)
        estimates = []
        for rule in self._rules():
            asked = self._questions(subjects, rule, frozenset())
            calls = min(len(asked) - len(self._kept(asked, rule, today)), budget.affordable(rule))
            budget.charge(rule, calls)
            estimates.append(Estimate(provider=rule.name, calls=calls, cost=cost_of(rule, calls)))
        return tuple(estimates)

    def run(self, subjects: Sequence[Subject], *, today: date, used: Mapping[str, Used]) -> Enrichment:
        """Asks every provider in the policy's order within the budget. `used` is what today's earlier runs used."""
        budget = Budget(self.policy, used)
        judge = Judge(
            reliability=self.reliability, half_lives=self.half_lives, standardize=self.standardize, today=today
        )
        spend = []
        for rule in self._rules():
            asked = self._questions(subjects, rule, judge.settled)
            kept = self._kept(asked, rule, today)
            missing = [question.request for question in asked if question.request.key not in kept]
            fresh, bill = ask(self.providers[rule.name], missing, rule, budget)
            about = {each.request.key: tuple(subject.subject_id for subject in each.subjects) for each in asked}
            self.cache.put([KeptAnswer(answer=each, asked_on=today, about=about[key]) for key, each in fresh.items()])
            answers = kept | fresh
            for question in asked:
                if answer := answers.get(question.request.key):
                    judge.take(answer, question, rule)
            spend.append(replace(bill, from_cache=len(kept)))
        return Enrichment(proposals=tuple(judge.proposals), evidence=tuple(judge.evidence), spend=tuple(spend))

    def _rules(self) -> tuple[ProviderRule, ...]:
        """The rules whose provider is at hand; one that is switched off is simply not there."""
        return tuple(rule for rule in self.policy.providers_of(self.entity_type) if rule.name in self.providers)

    def _questions(
        self, subjects: Sequence[Subject], rule: ProviderRule, settled: frozenset[tuple[str, str]]
    ) -> tuple[Question, ...]:
        return questions(
            subjects,
            provider=self.providers[rule.name],
            rule=rule,
            ask_when=self.policy.ask_when,
            settled=settled,
            key=self.key,
        )

    def _kept(self, asked: Sequence[Question], rule: ProviderRule, today: date) -> dict[str, Answer]:
        kept = self.cache.get([question.request.key for question in asked])
        return {
            key: entry.answer for key, entry in kept.items() if (today - entry.asked_on).days < rule.keep_answer_days
        }
