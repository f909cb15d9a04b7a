"""What answers are worth: proposals for gaps, and evidence on values that we have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from kempt.enrichment.provider import Answer, AnsweredValue
from kempt.enrichment.questions import Question, Subject
from kempt.hygiene.staleness import p_still_true
from kempt.policy.enrichment import ProviderRule, Reason

UNPROVEN_RELIABILITY = 0.7
"""How often a provider is taken to be right before anybody has checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProposal:
    """A value for a gap. The confidence is the product of the three numbers before it."""

    subject_id: str
    attribute: str
    value: str = field(repr=False)
    gap: Reason
    provider: str
    match: float
    reliability: float
    freshness: float
    confidence: float
    observed_on: date
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEvidence:
    """A provider confirms or refutes a value that the subject has."""

    subject_id: str
    attribute: str
    kind: Literal["confirmed", "refuted"]
    provider: str
    observed_on: date
    evidence: str


class Judge:
    """Weighs answers as they come and remembers which gaps need no further question."""

    def __init__(
        self,
        *,
        reliability: Mapping[tuple[str, str], float],
        half_lives: Mapping[str, float],
        standardize: Callable[[str, str], str | None],
        today: date,
    ) -> None:
        self._reliability = reliability
        self._half_lives = half_lives
        self._standardize = standardize
        self._today = today
        self.proposals: list[FieldProposal] = []
        self.evidence: list[FieldEvidence] = []

    @property
    def settled(self) -> frozenset[tuple[str, str]]:
        """The (subject, attribute) pairs that are answered."""
        answered: list[FieldProposal | FieldEvidence] = [*self.proposals, *self.evidence]
        return frozenset((item.subject_id, item.attribute) for item in answered)

    def take(self, answer: Answer, question: Question, rule: ProviderRule) -> None:
        """Turns one answer into proposals and evidence for everybody who waited for it."""
        for subject in question.subjects:
            for value in answer.values:
                self._weigh(value, answer, subject, rule)
            if answer.match >= rule.min_confidence:
                for refuted in answer.refuted:
                    self._note(subject, refuted.attribute, "refuted", refuted.observed_on, answer, rule)

    def _weigh(self, value: AnsweredValue, answer: Answer, subject: Subject, rule: ProviderRule) -> None:
        standardized = self._standardize(value.attribute, value.value)
        proposal = self._proposal(value, standardized or "", answer, subject, rule)
        ours = subject.observed_on.get(value.attribute)
        older_than_ours = ours is not None and value.observed_on <= ours and proposal.gap == "stale"
        repeats_ours = standardized == subject.known.get(value.attribute)
        if standardized is None or proposal.confidence < rule.min_confidence or older_than_ours:
            return
        if not repeats_ours:
            self.proposals.append(proposal)
        elif proposal.gap == "stale":
            self._note(subject, value.attribute, "confirmed", value.observed_on, answer, rule)

    def _proposal(
        self, value: AnsweredValue, standardized: str, answer: Answer, subject: Subject, rule: ProviderRule
    ) -> FieldProposal:
        reliability = self._reliability.get((rule.name, value.attribute), UNPROVEN_RELIABILITY)
        age_days = (self._today - value.observed_on).days
        freshness = p_still_true(age_days, self._half_lives.get(value.attribute))
        return FieldProposal(
            subject_id=subject.subject_id,
            attribute=value.attribute,
            value=standardized,
            gap=subject.gaps[value.attribute],
            provider=rule.name,
            match=answer.match,
            reliability=reliability,
            freshness=round(freshness, 6),
            confidence=round(answer.match * reliability * freshness, 6),
            observed_on=value.observed_on,
            evidence=answer.evidence,
        )

    def _note(
        self,
        subject: Subject,
        name: str,
        kind: Literal["confirmed", "refuted"],
        observed_on: date,
        answer: Answer,
        rule: ProviderRule,
    ) -> None:
        self.evidence.append(
            FieldEvidence(
                subject_id=subject.subject_id,
                attribute=name,
                kind=kind,
                provider=rule.name,
                observed_on=observed_on,
                evidence=answer.evidence,
            )
        )
