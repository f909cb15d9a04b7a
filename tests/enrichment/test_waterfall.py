"""Who is asked for what, in which order, for how much, and what comes of the answers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.enrichment.budget import Used
from kempt.enrichment.provider import Answer, RefutedValue
from kempt.errors import Retry, SkipRecord, StopRun
from tests.enrichment.factory import TODAY, MemoryCache, ScriptedProvider, rule, says, subject, waterfall
from tests.sizes import size


def run(asked, subjects, *, today=TODAY, used=None):
    return asked.run(subjects, today=today, used=used or {})


def found(enrichment):
    return [(item.subject_id, item.attribute, item.value, item.provider) for item in enrichment.proposals]


def test_only_gaps_are_asked_for_with_no_more_than_the_provider_needs():
    vendor = ScriptedProvider()
    person = subject("r1", gaps={"phone": "missing"}, job_title="Engineer", birth_date="1980-01-01")

    run(waterfall(vendor), [person, subject("r2", gaps={})])

    (request,) = vendor.asked
    assert request.wanted == ("phone",)
    assert request.known == {"email": "r1@example.com"}


def test_a_reason_that_the_policy_does_not_name_is_not_asked_for():
    vendor = ScriptedProvider()

    run(waterfall(vendor, ask_when=("missing",)), [subject(gaps={"phone": "stale"})])

    assert vendor.asked == []


def test_an_invalid_value_is_not_used_to_ask():
    vendor = ScriptedProvider()

    run(waterfall(vendor), [subject(gaps={"email": "invalid", "phone": "missing"})])

    assert vendor.asked == []


def test_the_next_provider_is_asked_only_for_what_is_still_missing():
    first = ScriptedProvider("first", {"r1@example.com": says("phone", "+12025550101")})
    second = ScriptedProvider("second", {"r1@example.com": says("job_title", "Engineer")})
    person = subject(gaps={"phone": "missing", "job_title": "missing"})

    enrichment = run(waterfall(first, second), [person])

    assert [request.wanted for request in second.asked] == [("job_title",)]
    assert found(enrichment) == [("r1", "phone", "+12025550101", "first"), ("r1", "job_title", "Engineer", "second")]


def test_the_confidence_is_match_times_reliability_times_freshness():
    vendor = ScriptedProvider(
        knows={"r1@example.com": says("phone", "+12025550101", TODAY - timedelta(days=100))}, match=0.9
    )
    asked = waterfall(vendor, reliability={("vendor", "phone"): 0.8}, half_lives={"phone": 100.0}, rules=[
        rule(min_confidence=0.36)
    ])  # fmt: skip

    (proposal,) = run(asked, [subject()]).proposals

    assert (proposal.match, proposal.reliability, proposal.freshness) == (0.9, 0.8, 0.5)
    assert proposal.confidence == 0.36


@pytest.mark.parametrize("match", [0.0, 0.49])
def test_an_answer_about_somebody_else_is_not_proposed(match):
    vendor = ScriptedProvider(knows={"r1@example.com": says("phone", "+12025550101")}, match=match)

    assert run(waterfall(vendor), [subject()]).proposals == ()


def test_what_is_no_such_value_is_not_proposed():
    vendor = ScriptedProvider(knows={"r1@example.com": says("phone", " ")})

    assert run(waterfall(vendor), [subject()]).proposals == ()


STALE = {"gaps": {"phone": "stale"}, "observed_on": {"phone": date(2024, 1, 1)}, "phone": "+12025550101"}


def test_the_same_newer_value_confirms_ours_and_settles_it():
    vendor = ScriptedProvider("first", {"r1@example.com": says("phone", "+12025550101", date(2025, 1, 1))})
    second = ScriptedProvider("second")

    enrichment = run(waterfall(vendor, second), [subject(**STALE)])

    assert enrichment.proposals == ()
    assert [(item.attribute, item.kind, item.observed_on) for item in enrichment.evidence] == [
        ("phone", "confirmed", date(2025, 1, 1))
    ]
    assert second.asked == []


@pytest.mark.parametrize("value", ["+12025550101", "+12025550102"])
def test_older_data_than_ours_neither_confirms_nor_replaces(value):
    vendor = ScriptedProvider(knows={"r1@example.com": says("phone", value, date(2023, 1, 1))})

    enrichment = run(waterfall(vendor), [subject(**STALE)])

    assert (enrichment.proposals, enrichment.evidence) == ((), ())


@pytest.mark.parametrize(("match", "kinds"), [(1.0, ["refuted"]), (0.49, [])])
def test_a_refuted_value_becomes_evidence_when_it_is_surely_ours(match, kinds):
    vendor = ScriptedProvider()
    vendor.lookup = lambda requests: [
        Answer(key=request.key, match=match, refuted=(RefutedValue(attribute="phone", observed_on=TODAY),))
        for request in requests
    ]

    enrichment = run(waterfall(vendor), [subject(**STALE)])

    assert [evidence.kind for evidence in enrichment.evidence] == kinds


def test_equal_questions_are_asked_once_for_everybody():
    vendor = ScriptedProvider(knows={"desk@example.com": says("phone", "+12025550101")})

    enrichment = run(
        waterfall(vendor), [subject("r2", email="desk@example.com"), subject("r1", email="desk@example.com")]
    )

    assert len(vendor.asked) == 1
    assert [item.subject_id for item in enrichment.proposals] == ["r1", "r2"]


def test_hits_and_misses_are_kept_and_not_paid_for_again():
    cache = MemoryCache()
    vendor = ScriptedProvider(knows={"r1@example.com": says("phone", "+12025550101")})
    people = [subject("r1"), subject("r2")]
    first = run(waterfall(vendor, cache=cache), people)

    again = run(waterfall(vendor, cache=cache), people, today=TODAY + timedelta(days=29))

    assert len(vendor.asked) == 2
    assert found(again) == found(first)
    assert (again.spend[0].calls, again.spend[0].from_cache, again.spend[0].cost) == (0, 2, 0)


def test_an_old_answer_is_asked_for_again():
    cache = MemoryCache()
    vendor = ScriptedProvider()
    run(waterfall(vendor, cache=cache), [subject()])

    run(waterfall(vendor, cache=cache), [subject()], today=TODAY + timedelta(days=30))

    assert len(vendor.asked) == 2


def test_the_cache_key_does_not_tell_the_address():
    cache = MemoryCache()

    run(waterfall(ScriptedProvider(), cache=cache), [subject()])

    assert all("@" not in key and len(key) == 64 for key in cache.kept)


@pytest.mark.parametrize(
    ("limits", "calls"),
    [
        ({"rules": [rule(calls_per_day=3)]}, 3),
        ({"rules": [rule(spend_per_day=0.45)]}, 4),
        ({"spend_per_day": 0.3}, 3),
        ({"rules": [rule(price_per_call=0.0)], "spend_per_day": 0.0}, 7),
    ],
    ids=["calls", "money of the provider", "money of all", "free"],
)
@pytest.mark.parametrize("batch", [1, 2, 10])
def test_the_budget_is_a_hard_stop(limits, calls, batch):
    vendor = ScriptedProvider(batch=batch)

    (spend,) = run(waterfall(vendor, **limits), [subject(f"r{n}") for n in range(7)]).spend

    assert len(vendor.asked) == spend.calls == calls
    assert spend.not_asked == 7 - calls
    assert spend.stopped == ("out of budget" if calls < 7 else "")


def test_what_was_used_earlier_today_counts():
    vendor = ScriptedProvider()
    asked = waterfall(vendor, rules=[rule(calls_per_day=5)])

    (spend,) = run(
        asked, [subject(f"r{n}") for n in range(7)], used={"vendor": Used(calls=3, cost=Decimal("0.3"))}
    ).spend

    assert spend.calls == 2


def test_one_provider_cannot_spend_what_another_has_spent():
    first, second = ScriptedProvider("first"), ScriptedProvider("second")

    enrichment = run(waterfall(first, second, spend_per_day=0.5), [subject(f"r{n}") for n in range(3)])

    assert [spend.calls for spend in enrichment.spend] == [3, 2]


def test_paid_blanks_are_shown():
    vendor = ScriptedProvider(knows={"r1@example.com": says("phone", "+12025550101")})

    (spend,) = run(waterfall(vendor), [subject("r1"), subject("r2"), subject("r3")]).spend

    assert (spend.hits, spend.misses) == (1, 2)
    assert (spend.cost, spend.cost_of_misses) == (Decimal("0.3"), Decimal("0.2"))


@pytest.mark.parametrize("error", [SkipRecord("not this one"), Retry("not now")])
def test_one_failed_look_up_costs_one_look_up_and_is_not_remembered(error):
    cache = MemoryCache()
    vendor = ScriptedProvider(raises=[error, None, None])

    (spend,) = run(waterfall(vendor, cache=cache), [subject(f"r{n}") for n in range(3)]).spend

    assert (spend.calls, spend.failures, spend.misses) == (3, 1, 2)
    assert len(cache.kept) == 2


def test_a_provider_that_refuses_is_not_asked_again_and_the_next_one_is():
    first = ScriptedProvider("first", raises=[StopRun("the key has expired")])
    second = ScriptedProvider("second", {"r1@example.com": says("phone", "+12025550101")})

    enrichment = run(waterfall(first, second), [subject("r1"), subject("r2")])

    assert len(first.asked) == 1
    assert (enrichment.spend[0].stopped, enrichment.spend[0].message) == ("refuses", "the key has expired")
    assert found(enrichment) == [("r1", "phone", "+12025550101", "second")]


def test_a_provider_that_keeps_failing_is_left_alone():
    vendor = ScriptedProvider(raises=[Retry("down")] * 20)

    (spend,) = run(waterfall(vendor), [subject(f"r{n}") for n in range(20)]).spend

    assert (spend.calls, spend.not_asked, spend.stopped) == (5, 15, "keeps failing")


def test_a_provider_that_recovers_is_asked_on():
    vendor = ScriptedProvider(raises=[*[Retry("down")] * 4, None] * 4)

    (spend,) = run(waterfall(vendor), [subject(f"r{n:02}") for n in range(20)]).spend

    assert (spend.calls, spend.failures, spend.stopped) == (20, 16, "")


@pytest.mark.parametrize(
    "answers",
    [
        lambda request: [Answer(key="another", match=1.0)],
        lambda request: [Answer(key=request.key, match=1.0), Answer(key=request.key, match=1.0)],
        lambda request: [Answer(key=request.key, match=1.5)],
        lambda request: [Answer(key=request.key, match=1.0, values=tuple(says("email", "x@example.com").values()))],
    ],
    ids=["another key", "twice", "no probability", "a field nobody asked for"],
)
def test_an_answer_to_what_was_not_asked_stops_the_provider(answers):
    vendor = ScriptedProvider()
    vendor.lookup = lambda requests: answers(requests[0])

    enrichment = run(waterfall(vendor), [subject("r1"), subject("r2")])

    assert enrichment.spend[0].stopped == "refuses"
    assert enrichment.proposals == ()


def test_a_provider_that_is_not_at_hand_is_passed_over():
    vendor = ScriptedProvider("there")

    enrichment = run(waterfall(vendor, rules=[rule("switched_off"), rule("there")]), [subject()])

    assert [spend.provider for spend in enrichment.spend] == ["there"]


@settings(deadline=None, max_examples=size(50))
@given(
    people=st.permutations([f"r{n}" for n in range(6)]),
    known=st.sets(st.sampled_from([f"r{n}" for n in range(6)])),
    money=st.integers(0, 15),
)
def test_any_order_gives_the_same_run_within_the_estimate_and_the_budget(people, known, money):
    def once(order):
        first = ScriptedProvider("first", {f"{name}@example.com": says("phone", "+12025550101") for name in known})
        asked = waterfall(first, ScriptedProvider("second"), spend_per_day=money / 10)
        subjects = [subject(name) for name in order]
        estimate = asked.estimate(subjects, today=TODAY, used={})
        assert first.asked == []
        return estimate, run(asked, subjects)

    estimate, enrichment = once(people)

    assert (estimate, enrichment) == once(sorted(people))
    assert sum(spend.cost for spend in enrichment.spend) <= Decimal(money) / 10
    assert sum(spend.cost for spend in enrichment.spend) <= sum(part.cost for part in estimate)
    assert estimate[0].calls >= enrichment.spend[0].calls
