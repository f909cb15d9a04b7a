from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.errors import StopRun
from kempt.policy.autonomy import HANDS_OFF, STRICTNESS, AutonomyPolicy, Verdict, decide, decider
from kempt.proposals.model import Features
from kempt.strict_yaml import parse
from tests.sizes import size

WHY = "a reason that is long enough"
POLICY = f"""
otherwise: review
rules:
  - {{id: sure, why: {WHY}, when: {{kind: merge, min_confidence: 0.9}}, verdict: apply}}
  - {{id: crowd, why: {WHY}, when: {{kind: merge, min_cluster_size: 5}}, verdict: review}}
  - {{id: leads, why: {WHY}, when: {{kind: merge, any_object: lead, max_confidence: 0.2}}, verdict: reject}}
  - {{id: fill, why: {WHY}, when: {{kind: field_change, attribute: [phone, city], fills_empty: true}}, verdict: apply}}
  - {{id: one-source, why: {WHY}, when: {{same_source: true, max_confidence: 0.95}}, verdict: review}}
"""


def policy(text: str = POLICY) -> AutonomyPolicy:
    return parse(AutonomyPolicy, text, name="policy")


def merge(**changes: object) -> Features:
    given = Features(
        kind="merge",
        entity_type="person",
        agent="matcher",
        confidence=0.97,
        cluster_size=2,
        same_source=False,
        objects=("contact",),
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def field_change(**changes: object) -> Features:
    given = Features(
        kind="field_change",
        entity_type="person",
        agent="enricher",
        confidence=0.9,
        attribute="phone",
        fills_empty=True,
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def test_the_strictest_verdict_wins_and_names_every_rule_that_asked_for_it():
    decision = decide(merge(cluster_size=6, same_source=True, confidence=0.93), policy())

    assert decision.verdict is Verdict.REVIEW
    assert decision.reasons == ("crowd", "one-source")
    assert decision.policy_version == policy().version


def test_what_no_rule_covers_is_never_applied():
    decision = decide(field_change(attribute="birth_date"), policy())

    assert (decision.verdict, decision.reasons) == (Verdict.REVIEW, ("otherwise",))
    with pytest.raises(StopRun, match="otherwise"):
        policy(POLICY.replace("otherwise: review", "otherwise: apply"))


@pytest.mark.parametrize(
    ("same_source", "confidence", "verdict"),
    [
        (False, 0.9, Verdict.APPLY),
        (False, 0.899999, Verdict.REVIEW),
        (True, 0.95, Verdict.REVIEW),
        (True, 0.950001, Verdict.APPLY),
    ],
)
def test_a_limit_includes_its_own_value(same_source, confidence, verdict):
    assert decide(merge(confidence=confidence, same_source=same_source), policy()).verdict is verdict


def test_a_value_that_a_person_entered_is_not_replaced_whatever_the_rules_say():
    decision = decide(field_change(overrides_human=True), policy())

    assert (decision.verdict, decision.reasons) == (Verdict.REVIEW, (HANDS_OFF,))


def test_a_condition_on_what_a_proposal_does_not_have_does_not_hold():
    text = POLICY + f"  - {{id: small, why: {WHY}, when: {{max_cluster_size: 3}}, verdict: reject}}\n"

    assert decide(merge(), policy(text)).reasons == ("small",)
    assert decide(field_change(), policy(text)).reasons == ("fill",)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (POLICY.replace(f"why: {WHY}, when: {{kind: merge, min_confidence: 0.9}}", "when: {kind: merge}"), "why"),
        (POLICY.replace("min_confidence: 0.9", "min_confidense: 0.9"), "Did you mean 'min_confidence'"),
        (POLICY.replace("id: crowd", "id: sure"), "given twice"),
        (POLICY.replace("min_cluster_size: 5", "min_confidence: 0.9"), "same conditions"),
        (POLICY.replace("min_confidence: 0.9", "min_confidence: 0.9, max_confidence: 0.8"), "never applies"),
        (POLICY.replace("kind: merge, min_cluster_size", "kind: marriage, min_cluster_size"), "kind"),
    ],
)
def test_a_policy_that_cannot_mean_what_it_says_is_refused_with_its_line(wrong, message):
    with pytest.raises(StopRun, match=rf"policy:\d+: .*{message}"):
        policy(wrong)


def test_the_version_follows_the_content_and_not_the_layout():
    assert policy("# a comment\n" + POLICY.replace(", when:", ",   when:")).version == policy().version
    assert policy(POLICY.replace("min_confidence: 0.9", "min_confidence: 0.91")).version != policy().version


confidences = st.sampled_from([0.0, 0.2, 0.2000001, 0.5, 0.9, 0.95, 0.950001, 1.0]) | st.floats(0, 1)
merges = st.builds(
    merge,
    confidence=confidences,
    cluster_size=st.integers(2, 7),
    same_source=st.booleans(),
    objects=st.sampled_from([("contact",), ("lead",), ("contact", "lead")]),
)
fields = st.builds(
    field_change,
    confidence=confidences,
    attribute=st.sampled_from(["phone", "city", "email"]),
    fills_empty=st.booleans(),
    overrides_human=st.booleans(),
)


@settings(max_examples=size(50), deadline=None)
@given(st.lists(merges | fields, max_size=30))
def test_deciding_many_is_deciding_each(proposals):
    assert list(map(decider(policy()), proposals)) == [decide(features, policy()) for features in proposals]


@settings(max_examples=size(50), deadline=None)
@given(merges | fields, st.sampled_from(list(Verdict)))
def test_a_further_rule_can_only_make_a_covered_proposal_stricter(features, verdict):
    more = policy(POLICY + f"  - {{id: further, why: {WHY}, when: {{}}, verdict: {verdict}}}\n")
    before, after = decide(features, policy()), decide(features, more)

    if before.reasons != ("otherwise",):
        assert STRICTNESS.index(after.verdict) >= STRICTNESS.index(before.verdict)


def test_a_limit_of_confidence_is_kept_to_the_last_proposal():
    proposals = [merge(confidence=n / 50_000) for n in range(50_000)]

    decisions = list(map(decider(policy()), proposals))

    assert sum(decision.verdict is Verdict.APPLY for decision in decisions) == 5_000
