import pytest

from kempt.errors import StopRun
from kempt.policy.enrichment import EnrichmentPolicy
from kempt.policy.hygiene import HygienePolicy
from kempt.policy.survivorship import SurvivorshipPolicy
from kempt.strict_yaml import parse

WHY = "a reason that is long enough"
SURVIVORSHIP = f"""
entity_type: person
attributes:
  - {{attribute: email, strategies: [override, quality, recency], why: {WHY}}}
  - {{attribute: phone, strategies: [override, recency], why: {WHY}, half_life_days: 10}}
  - {{attribute: birth_date, strategies: [override, majority], why: {WHY}}}
trust: {{crm: 80}}
default_trust: 40
undisputed_confidence: 0.95
confidence: {{override: 1.0, quality: 0.9, recency: 0.8, majority: 0.7}}
"""
HYGIENE = f"""
stale_below: 0.35
ageing:
  person:
    email: {{half_life_days: 900, why: {WHY}}}
    phone: {{half_life_days: 800, why: {WHY}}}
"""
ENRICHMENT = f"""
ask_when: [missing]
spend_per_day: 5.0
providers:
  - name: list
    entity_type: person
    fields: [email]
    price_per_call: 0.1
    calls_per_day: 10
    spend_per_day: 1.0
    min_confidence: 0.5
    keep_answer_days: 30
    why: {WHY}
"""


def test_half_lives_have_one_home_and_a_rule_may_differ():
    hygiene = parse(HygienePolicy, HYGIENE)

    aged = hygiene.aged(parse(SurvivorshipPolicy, SURVIVORSHIP))

    assert [rule.half_life_days for rule in aged.attributes] == [900, 10, None]
    assert hygiene.half_lives("person") == {"email": 900.0, "phone": 800.0}
    assert hygiene.half_lives("company") == {}


@pytest.mark.parametrize(
    ("model", "text", "message"),
    [
        (
            SurvivorshipPolicy,
            SURVIVORSHIP.replace("[override, recency]", "[recency, override]"),
            "begin with 'override'",
        ),
        (SurvivorshipPolicy, SURVIVORSHIP.replace("attribute: phone", "attribute: registry_id"), "no attribute"),
        (SurvivorshipPolicy, SURVIVORSHIP.replace(", majority: 0.7", ""), "confidence is missing for: majority"),
        (SurvivorshipPolicy, SURVIVORSHIP.replace("attribute: phone", "attribute: email"), "given twice"),
        (HygienePolicy, HYGIENE.replace("stale_below: 0.35", "stale_below: 1.0"), "stale_below"),
        (HygienePolicy, HYGIENE.replace("phone:", "registry_id:"), "no attribute registry_id"),
        (EnrichmentPolicy, ENRICHMENT.replace("[email]", "[shoe_size]"), "no field shoe_size"),
        (EnrichmentPolicy, ENRICHMENT.replace("price_per_call: 0.1", "price_per_call: -0.1"), "price_per_call"),
    ],
)
def test_a_section_that_cannot_be_meant_is_refused(model, text, message):
    with pytest.raises(StopRun, match=message):
        parse(model, text)


def test_every_part_of_the_content_is_in_the_version():
    before = parse(SurvivorshipPolicy, SURVIVORSHIP).version

    assert parse(SurvivorshipPolicy, SURVIVORSHIP.replace("crm: 80", "crm: 81")).version != before
    assert parse(SurvivorshipPolicy, "# note\n" + SURVIVORSHIP).version == before
