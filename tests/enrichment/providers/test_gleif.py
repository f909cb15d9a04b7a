"""GLEIF against a register on this machine: whom it takes for the company, and what it does when things go wrong."""

import logging
import time
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest

from kempt.enrichment.provider import Request
from kempt.enrichment.providers import gleif
from kempt.enrichment.providers.gleif import Gleif, is_lei
from kempt.enrichment.providers.register_client import RateLimit, RegisterClient
from kempt.errors import Retry, SkipRecord, StopRun
from tests.enrichment.fake_register import FakeRegister, company, lei

ASKED = {"company_name": "Example Works GmbH", "country": "DE"}


@pytest.fixture
def register():
    with FakeRegister(company(1, "Example Works GmbH"), company(2, "Other Trade AG")) as running:
        yield running


@pytest.fixture
def client(register):
    with RegisterClient(register.url, rate=RateLimit(1000), first_wait=0.01, timeout=2.0) as opened:
        yield opened


def ask(client, known=ASKED, wanted=("registry_id", "city")):
    (answer,) = Gleif(client, enabled=True).lookup([Request(key="k", known=known, wanted=wanted)])
    return answer


def values(answer):
    return {value.attribute: value.value for value in answer.values}


def test_a_company_is_found_by_name_and_country(client, register):
    answer = ask(client)

    assert values(answer) == {"registry_id": lei(1), "city": "Exampletown"}
    assert answer.match == 0.97
    assert answer.values[0].observed_on == date(2025, 3, 4)
    assert answer.evidence == f"lei:{lei(1)}"
    assert register.requests[0]["filter[entity.legalAddress.country]"] == "DE"


def test_an_empty_field_of_the_register_is_not_an_answer(client):
    assert values(ask(client, wanted=("region", "street"))) == {"street": "Example Street 1, Floor 2"}


def test_nothing_found_is_a_miss(client):
    assert ask(client, {"company_name": "Nobody", "country": "DE"}).values == ()


@pytest.mark.parametrize("changes", [{"country": "FR"}, {"name": "Entirely Different Bank"}])
def test_another_company_in_the_answer_does_not_match(client, register, changes):
    register.companies = [company(3, **{"name": "Example Works GmbH", **changes})]
    register.ignores_filters = True

    assert ask(client).match < 0.6


@pytest.mark.parametrize(
    "changes", [{"status": "INACTIVE"}, {"registration": "DUPLICATE"}, {"lei": "ZZZZ0000000000000100"}]
)
def test_dead_entities_and_false_identifiers_are_passed_over(client, register, changes):
    register.companies = [company(1, "Example Works GmbH", **changes)]

    assert ask(client).values == ()


def test_two_companies_that_fit_alike_are_nobody(client, register):
    register.companies.append(company(9, "Example Works GmbH"))

    assert ask(client).values == ()


def test_without_a_country_a_name_is_weaker_evidence(client):
    assert ask(client, {"company_name": "Example Works GmbH"}).match == 0.8


def test_the_legal_form_does_not_matter_much(client):
    assert ask(client, {"company_name": "Example Works", "country": "DE"}).match > 0.9


def test_pages_are_read_from_our_host_only(client, register, monkeypatch):
    monkeypatch.setattr(gleif, "PAGE_SIZE", 1)
    register.companies = [company(n, f"Example Works GmbH Holding {n} International") for n in (5, 6)]
    register.companies.append(company(1, "Example Works GmbH"))

    assert values(ask(client))["registry_id"] == lei(1)
    assert [query["page[number]"] for query in register.requests] == ["1", "2", "3"]


def test_switched_off_nothing_leaves_the_house(client, register):
    with pytest.raises(StopRun, match="switched off"):
        Gleif(client, enabled=False).lookup([Request(key="k", known=ASKED, wanted=("city",))])

    assert register.requests == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_busy_and_broken_is_tried_again(client, register, status):
    register.next_answers = [(status, {"Retry-After": "0"}, ""), (status, {}, "")]

    assert values(ask(client))["registry_id"] == lei(1)
    assert len(register.requests) == 3


def test_the_wait_that_the_register_asks_for_is_kept(client, register):
    register.next_answers = [(429, {"Retry-After": "1"}, "")]
    started = time.monotonic()

    ask(client)

    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(
    "told", ["3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)], ids=["seconds", "date"]
)
def test_too_long_a_wait_is_left_to_another_run(client, register, told):
    register.next_answers = [(429, {"Retry-After": told}, "")]

    with pytest.raises(Retry):
        ask(client)

    assert len(register.requests) == 1


def test_a_register_that_stays_broken_may_be_asked_later(client, register):
    register.next_answers = [(503, {}, "")] * 10

    with pytest.raises(Retry):
        ask(client)

    assert len(register.requests) == 4


def test_a_register_that_cannot_be_reached_may_be_asked_later():
    with FakeRegister() as gone:
        url = gone.url
    with RegisterClient(url, rate=RateLimit(1000), first_wait=0.01, timeout=0.5) as client, pytest.raises(Retry):
        ask(client)


@pytest.mark.parametrize(
    "body",
    [
        "<html>maintenance</html>",
        b"\xff\xfe",
        "[]",
        "{}",
        '{"data": [{"attributes": {}}], "meta": {"pagination": {"lastPage": 1}}}',
        '{"data": []}',
        '{"data": null, "meta": {"pagination": {"lastPage": 1}}}',
    ],
)
def test_a_malformed_answer_costs_one_look_up(client, register, body):
    register.next_answers = [(200, {}, body)]

    with pytest.raises(SkipRecord):
        ask(client)

    assert values(ask(client))["registry_id"] == lei(1)


def test_an_endless_answer_is_cut_off(client, register, monkeypatch):
    monkeypatch.setattr("kempt.enrichment.providers.register_client.LARGEST_BODY_BYTES", 100)

    with pytest.raises(SkipRecord, match="100 bytes"):
        ask(client)


@pytest.mark.parametrize(
    ("status", "error"), [(400, SkipRecord), (404, SkipRecord), (403, StopRun), (302, StopRun), (410, StopRun)]
)
def test_a_refusal_is_told_apart_from_a_bad_question(client, register, status, error):
    register.next_answers = [(status, {"Location": "http://elsewhere.invalid/"}, "")]

    with pytest.raises(error, match=str(status)):
        ask(client)

    assert len(register.requests) == 1


def test_neither_errors_nor_logs_name_the_company(client, register, caplog):
    caplog.set_level(logging.DEBUG)
    register.next_answers = [(503, {}, "Example Works")] * 10

    with pytest.raises(Retry) as caught:
        ask(client)

    spoken = [str(caught.value), *(record.getMessage() for record in caplog.records if record.levelno >= logging.INFO)]
    assert all("Works" not in text for text in spoken)


def test_calls_in_any_minute_stay_within_the_limit():
    now = [0.0]
    made = []

    def wait(seconds):
        now[0] += seconds

    rate = RateLimit(3, clock=lambda: now[0], wait=wait)
    for step in (0.0, 1.0, 1.0, 5.0, 0.0, 100.0, 0.0):
        now[0] += step
        rate.pass_through()
        made.append(now[0])

    assert made == [0.0, 1.0, 2.0, 60.0, 61.0, 161.0, 161.0]


@pytest.mark.parametrize("text", ["", "ZZZZ", lei(1)[:-1] + "X", lei(1).lower(), "０" * 20, "-" * 20])
def test_what_is_no_identifier_is_refused(text):
    assert not is_lei(text)
    assert is_lei(lei(1))
