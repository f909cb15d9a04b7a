"""Every issue rule fires on what it is about, on nothing else, and closes with its cause."""

from datetime import date

import duckdb
import pytest

from kempt.hygiene.issues import ISSUE_RULES, find_issues
from tests.hygiene.factory import records, table

TODAY = date(2025, 6, 1)
HALF_LIVES = {"email": 700.0, "job_title": 400.0}


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


def issues(connection, *, entity_type="person", evidence=None, today=TODAY):
    count = find_issues(
        connection,
        records="records",
        entity_type=entity_type,
        half_lives=HALF_LIVES,
        stale_below=0.5,
        today=today,
        target="hygiene_issue",
        evidence=evidence,
    )
    rows = connection.execute("select record_id, rule, attribute, severity from hygiene_issue order by all").fetchall()
    assert len(rows) == count
    return rows


def test_a_good_record_has_no_issue(connection):
    records(connection, {})

    assert issues(connection) == []


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        ({"email_flag": "invalid"}, ("value_invalid", "email", "error")),
        ({"phone_flag": "suspicious"}, ("value_suspicious", "phone", "warning")),
        ({"country_flag": "corrected"}, ("value_corrected", "country", "info")),
        ({"birth_date": "2025-06-02"}, ("birth_date_impossible", "birth_date", "error")),
        ({"birth_date": "1900-01-01"}, ("birth_date_impossible", "birth_date", "error")),
        ({"full_name": None, "full_name_flag": "missing", "given_name": None, "family_name": None},
         ("identity_incomplete", None, "warning")),
        ({"email": None, "email_flag": "missing", "phone": None, "phone_flag": "missing"},
         ("unreachable", None, "warning")),
        ({"updated_at": "2024-01-01T00:00:00Z"}, ("value_stale", "job_title", "warning")),
    ],
)  # fmt: skip
def test_each_rule_fires_on_its_own_cause(connection, change, issue):
    records(connection, {}, change)

    assert issues(connection) == [("r1", *issue)]


def test_an_invalid_value_tells_nobody_who_this_is_nor_reaches_anybody(connection):
    records(connection, {
        "full_name_flag": "invalid", "given_name": None, "family_name": None,
        "email_flag": "invalid", "phone_flag": "invalid",
    })  # fmt: skip

    assert {"identity_incomplete", "unreachable"} <= {rule for _, rule, _, _ in issues(connection)}


def test_every_rule_is_known_with_a_reason(connection):
    records(connection, {"email_flag": "invalid", "phone_flag": "corrected", "updated_at": "2001-01-01T00:00:00Z"})
    issues(connection)

    found = set(connection.execute("select distinct rule, severity, reason from hygiene_issue").fetchall())

    assert found <= {(rule.rule, rule.severity, rule.reason) for rule in ISSUE_RULES}


def test_an_issue_closes_when_its_cause_is_gone_and_keeps_its_id_while_it_lasts(connection):
    records(connection, {"email_flag": "invalid"}, {"phone_flag": "invalid"})
    issues(connection)
    before = dict(connection.execute("select record_id, issue_id from hygiene_issue").fetchall())

    records(connection, {}, {"phone_flag": "invalid"})
    issues(connection)

    assert dict(connection.execute("select record_id, issue_id from hygiene_issue").fetchall()) == {"r1": before["r1"]}


def test_values_without_a_time_of_their_own_age_from_the_day_they_were_seen(connection):
    records(connection, {"updated_at": None, "observed_on": "2020-01-01"})

    assert {(rule, attribute) for _, rule, attribute, _ in issues(connection)} == {
        ("value_stale", "email"),
        ("value_stale", "job_title"),
    }


def test_a_clock_that_runs_ahead_does_not_keep_a_value_young(connection):
    records(connection, {"updated_at": "2030-01-01T00:00:00Z", "observed_on": "2020-01-01"})

    assert ("r0", "value_stale", "email", "warning") in issues(connection)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("confirmed", "2025-05-20")], []),
        ([("refuted", "2025-05-20")], [("r0", "value_refuted", "email", "error")]),
        ([("refuted", "2025-05-20"), ("confirmed", "2025-05-21")], []),
        ([("confirmed", "2025-05-20"), ("refuted", "2025-05-21")], [("r0", "value_refuted", "email", "error")]),
        ([("refuted", "2025-04-01")], []),
    ],
    ids=["reply", "bounce", "reply after bounce", "bounce after reply", "bounce before the value was entered"],
)
def test_the_latest_evidence_counts(connection, events, expected):
    records(connection, {})
    table(
        connection,
        "evidence",
        [{"record_id": "r0", "attribute": "email", "kind": kind, "at": at} for kind, at in events],
    )

    assert issues(connection, evidence="evidence") == expected


def test_fresh_evidence_clears_staleness(connection):
    records(connection, {"job_title": None, "updated_at": "2020-01-01T00:00:00Z"})
    table(connection, "evidence", [{"record_id": "r0", "attribute": "email", "kind": "confirmed", "at": "2025-05-20"}])

    assert issues(connection, evidence="evidence") == []
    assert [rule for _, rule, _, _ in issues(connection)] == ["value_stale"]


def test_a_domain_ages_as_the_web_site_it_comes_from(connection):
    row = {"record_id": "c0", "source": "crm", "observed_on": "2015-01-01", "updated_at": None, "email": "a@b.example"}
    table(connection, "records", [{**row, "company_name": "Example Works", "domain": "works.example"}])

    find_issues(
        connection,
        records="records",
        entity_type="company",
        half_lives={"website": 100.0},
        stale_below=0.5,
        today=TODAY,
        target="hygiene_issue",
    )

    assert connection.execute("select rule, attribute from hygiene_issue").fetchall() == [("value_stale", "domain")]


def test_a_company_is_known_by_its_name_or_domain(connection):
    row = {
        "record_id": "c0",
        "source": "crm",
        "observed_on": "2025-06-01",
        "updated_at": None,
        "company_name": None,
        "domain": None,
        "phone": "+12025550101",
    }
    table(connection, "records", [row, {**row, "record_id": "c1", "domain": "works.example"}])

    assert issues(connection, entity_type="company") == [("c0", "identity_incomplete", None, "warning")]
