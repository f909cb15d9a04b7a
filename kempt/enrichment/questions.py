"""What is worth asking: only gaps, only what the provider offers, with as little of what we know as it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kempt.enrichment.provider import Capabilities, Provider, Request
from kempt.ids import canonical_json, keyed_digest
from kempt.policy.enrichment import ProviderRule, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A record with what is known of it and what is not, or no longer.

    A field that is empty on purpose is no gap: leave it out of `gaps` and nobody is asked for it.
    """

    subject_id: str
    known: Mapping[str, str] = field(repr=False)
    observed_on: Mapping[str, date]
    gaps: Mapping[str, Reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request and everybody who waits for its answer: the same question is asked once."""

    request: Request
    subjects: tuple[Subject, ...]


def questions(
    subjects: Sequence[Subject],
    *,
    provider: Provider,
    rule: ProviderRule,
    ask_when: Sequence[Reason],
    settled: frozenset[tuple[str, str]],
    key: bytes,
) -> tuple[Question, ...]:
    """The questions for one provider in the order of their keys, without what is `settled`: (subject, attribute)."""
    asked: dict[str, tuple[Request, list[Subject]]] = {}
    offered = [name for name in rule.fields if name in provider.capabilities.fields]
    for subject in sorted(subjects, key=lambda subject: subject.subject_id):
        wanted = tuple(
            name for name in offered if subject.gaps.get(name) in ask_when and (subject.subject_id, name) not in settled
        )
        known = _needed(subject, provider.capabilities)
        if wanted and known:
            request = Request(key=_key(provider.name, known, wanted, key), known=known, wanted=wanted)
            asked.setdefault(request.key, (request, []))[1].append(subject)
    return tuple(Question(request=request, subjects=tuple(who)) for _, (request, who) in sorted(asked.items()))


def _needed(subject: Subject, capabilities: Capabilities) -> dict[str, str]:
    """The fields of the first alternative that is known; an invalid value is not known."""
    usable = {name for name, value in subject.known.items() if value and subject.gaps.get(name) != "invalid"}
    alternative = next((names for names in capabilities.needs if usable.issuperset(names)), ())
    return {name: subject.known[name] for name in alternative}


def _key(provider: str, known: Mapping[str, str], wanted: Sequence[str], key: bytes) -> str:
    return keyed_digest(key, canonical_json([provider, dict(known), list(wanted)]).decode())
