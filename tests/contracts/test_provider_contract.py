"""What every provider promises, whatever it asks and however."""

import pytest

from kempt.enrichment.provider import AnsweredValue, Request
from kempt.enrichment.providers.activity import ActivityLog
from kempt.enrichment.providers.gleif import Gleif
from kempt.enrichment.providers.import_file import ImportFile
from kempt.enrichment.providers.register_client import RateLimit, RegisterClient
from kempt.errors import StopRun
from kempt.policy.survivorship import attributes_of
from tests.enrichment.factory import ScriptedProvider, says, waterfall
from tests.enrichment.factory import subject as person
from tests.enrichment.fake_register import FakeRegister, company

KNOWN = {
    "email": ("ada@example.com", "nobody@example.com"),
    "company_name": ("Example Works GmbH", "Nobody Knows AG"),
    "country": ("DE", "DE"),
    "phone": ("+12025550101", "+12025550199"),
}


@pytest.fixture
def import_file(tmp_path):
    path = tmp_path / "vendor.csv"
    path.write_text("email,phone,job_title,linkedin,observed_on\nada@example.com,+12025550101,Engineer,,2025-01-02\n")
    return ImportFile(path), ImportFile(tmp_path / "gone.csv")


@pytest.fixture
def activity(tmp_path):
    path = tmp_path / "activity.csv"
    path.write_text("email,kind,at\nada@example.com,reply,2025-01-02\n")
    return ActivityLog(path), ActivityLog(tmp_path / "gone.csv")


@pytest.fixture
def gleif():
    with (
        FakeRegister(company(1, "Example Works GmbH")) as register,
        RegisterClient(register.url, rate=RateLimit(1000), first_wait=0.01, timeout=2.0) as client,
    ):
        yield Gleif(client, enabled=True), Gleif(client, enabled=False)


@pytest.fixture
def scripted():
    return (
        ScriptedProvider(knows={"ada@example.com": says("phone", "+12025550101")}),
        ScriptedProvider(raises=[StopRun("switched off")]),
    )


@pytest.fixture(params=["import_file", "activity", "gleif", "scripted"])
def providers(request):
    """A provider at work, and the same kind that cannot work."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def provider(providers):
    return providers[0]


def question(provider, *, unknown=False, wanted=None, key="k"):
    needed = provider.capabilities.needs[0]
    return Request(
        key=key,
        known={name: KNOWN[name][unknown] for name in needed},
        wanted=wanted or provider.capabilities.fields,
    )


def test_it_declares_what_it_needs_and_offers(provider):
    assert provider.name
    assert provider.capabilities.needs
    assert provider.capabilities.requests_per_call >= 1
    assert set(provider.capabilities.fields) <= attributes_of(provider.capabilities.entity_type)


def test_it_answers_what_it_knows_with_a_probability_a_day_and_evidence(provider):
    (answer,) = provider.lookup([question(provider)])

    assert answer.key == "k"
    assert 0 < answer.match <= 1
    assert answer.values
    assert answer.evidence
    assert all(isinstance(value, AnsweredValue) and value.value and value.observed_on for value in answer.values)


def test_it_answers_only_what_was_asked(provider):
    for wanted in provider.capabilities.fields:
        for answer in provider.lookup([question(provider, wanted=(wanted,))]):
            assert {value.attribute for value in answer.values} <= {wanted}


def test_nothing_known_is_an_answer_without_values(provider):
    for answer in provider.lookup([question(provider, unknown=True)]):
        assert (answer.values, answer.refuted) == ((), ())


def test_no_question_has_no_answer(provider):
    assert list(provider.lookup([])) == []


def test_several_requests_are_told_apart_by_key(provider):
    answers = provider.lookup([question(provider, key="known"), question(provider, key="unknown", unknown=True)])

    assert {answer.key for answer in answers if answer.values} == {"known"}


def test_the_same_question_has_the_same_answer(provider):
    assert provider.lookup([question(provider)]) == provider.lookup([question(provider)])


def test_one_that_cannot_work_at_all_says_so_once_and_for_all(providers):
    _, broken = providers

    with pytest.raises(StopRun):
        broken.lookup([question(broken)])


def test_neither_questions_nor_answers_print_what_they_hold(provider):
    asked = question(provider)
    (answer,) = provider.lookup([asked])

    for secret in [*asked.known.values(), *(value.value for value in answer.values)]:
        if len(secret) > 2:
            assert secret not in repr(asked)
            assert secret not in repr(answer).replace(answer.evidence, "")


def test_neither_proposals_nor_the_waterfall_print_what_they_hold():
    asked = waterfall(ScriptedProvider(knows={"r1@example.com": says("phone", "+12025550101")}))
    someone = person()

    enrichment = asked.run([someone], today=says("phone", "x")["phone"].observed_on, used={})

    assert enrichment.proposals
    assert "+12025550101" not in repr(enrichment)
    assert "example.com" not in repr(someone)
    assert "a key for" not in repr(asked)
