"""Subjects, a policy, a scripted provider and a cache in memory for the enrichment tests."""

from datetime import date

from kempt.enrichment.provider import Answer, AnsweredValue, Capabilities, KeptAnswer
from kempt.enrichment.questions import Subject
from kempt.enrichment.waterfall import Waterfall
from kempt.policy.enrichment import EnrichmentPolicy

TODAY = date(2025, 6, 1)


class MemoryCache:
    """Keeps answers for as long as the test runs."""

    def __init__(self):
        self.kept = {}

    def get(self, keys):
        return {key: self.kept[key] for key in keys if key in self.kept}

    def put(self, kept: list[KeptAnswer]):
        self.kept.update({entry.answer.key: entry for entry in kept})


class ScriptedProvider:
    """Knows what it was given by e-mail address, raises what it was told to, and remembers what it was asked."""

    def __init__(self, name="vendor", knows=None, *, fields=("phone", "job_title"), match=1.0, raises=(), batch=1):
        self.name = name
        self.capabilities = Capabilities(
            entity_type="person", fields=fields, needs=(("email",),), requests_per_call=batch
        )
        self.knows = knows or {}
        self.match = match
        self.raises = list(raises)
        self.asked = []

    def lookup(self, requests):
        self.asked += requests
        if self.raises and (error := self.raises.pop(0)):
            raise error
        return [self._answer(request) for request in requests]

    def _answer(self, request):
        told = self.knows.get(request.known["email"], {})
        values = [told[name] for name in request.wanted if name in told]
        return Answer(key=request.key, match=self.match, values=tuple(values), evidence="line:1")


def says(attribute, value, observed_on=TODAY):
    """What a provider knows of one field."""
    return {attribute: AnsweredValue(attribute=attribute, value=value, observed_on=observed_on)}


def subject(subject_id="r1", *, gaps=None, observed_on=None, **known):
    """A person known by an address, without a telephone number unless told otherwise."""
    known = {"email": f"{subject_id}@example.com", **known}
    return Subject(
        subject_id=subject_id,
        known=known,
        observed_on=observed_on or {},
        gaps={"phone": "missing"} if gaps is None else gaps,
    )


def rule(name="vendor", **changes):
    """A provider that costs 0.1 a call and may be asked a hundred times a day."""
    return {
        "name": name,
        "entity_type": "person",
        "fields": ("phone", "job_title"),
        "price_per_call": 0.1,
        "calls_per_day": 100,
        "spend_per_day": 100.0,
        "min_confidence": 0.5,
        "keep_answer_days": 30,
        "why": "Written for the tests of enrichment.",
        **changes,
    }


def waterfall(
    *providers, rules=None, cache=None, spend_per_day=100.0, ask_when=("missing", "stale", "invalid"), **more
):
    """The providers in this order, each fully reliable."""
    rules = rules or [rule(provider.name) for provider in providers]
    content = {"ask_when": ask_when, "spend_per_day": spend_per_day, "providers": tuple(rules)}
    options = {
        "entity_type": "person",
        "reliability": {
            (provider.name, name): 1.0 for provider in providers for name in ("phone", "job_title", "email")
        },
        "half_lives": {},
        "standardize": lambda field, value: value.strip() or None,
        "key": b"a key for the tests only",
        **more,
    }
    return Waterfall(
        policy=EnrichmentPolicy.model_validate(content),
        providers={provider.name: provider for provider in providers},
        cache=cache or MemoryCache(),
        **options,
    )
