"""Row gates: who is kept back, under which rule, and that nothing personal comes out."""

from datetime import date

import pandas as pd
import pytest

from expectations.rows import evaluate_rows

TODAY = date(2025, 6, 1)
PERSON = {
    "full_name": "Ada Example",
    "full_name_flag": "valid",
    "given_name": "Ada",
    "family_name": "Example",
    "email": "ada@example.com",
    "email_flag": "valid",
    "phone": "+12025550101",
    "phone_flag": "valid",
    "birth_date": "1980-02-03",
    "birth_date_flag": "valid",
}
NAMELESS = {"full_name": None, "full_name_flag": "missing", "given_name": None, "family_name": None}
NO_EMAIL = {"email": None, "email_flag": "missing"}
NO_PHONE = {"phone": None, "phone_flag": "missing"}
BAD_EMAIL = {"email": None, "email_flag": "invalid"}
JUNK_NAME = {"full_name": None, "full_name_flag": "invalid", "given_name": None, "family_name": None}


def frame_of(*rows):
    return pd.DataFrame([{"record_id": f"r{n}", **row} for n, row in enumerate(rows)]).convert_dtypes()


def rules_broken(object_type, *rows):
    found = evaluate_rows(frame_of(*rows), object_type, TODAY)
    return {(failure.record_id, failure.rule) for failure in found.failures}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({**NAMELESS, **NO_EMAIL, **NO_PHONE}, "has_identity"),
        ({**NAMELESS, **BAD_EMAIL, **NO_PHONE}, "usable_email"),
        ({**JUNK_NAME, **NO_EMAIL, **NO_PHONE}, "not_junk"),
        ({**JUNK_NAME, **BAD_EMAIL, **NO_PHONE}, "not_junk"),
        ({**NAMELESS, **NO_EMAIL, "phone": None, "phone_flag": "invalid"}, "not_junk"),
        ({"full_name_flag": "invalid", "given_name": None, "family_name": None, **NO_EMAIL, **NO_PHONE}, "not_junk"),
        ({"birth_date": "1899-12-31"}, "birth_date_possible"),
        ({"birth_date": "0203-01-01"}, "birth_date_possible"),
        ({"birth_date": "2025-06-02"}, "birth_date_possible"),
        ({"birth_date": None, "birth_date_flag": "invalid"}, "birth_date_readable"),
    ],
)
def test_a_bad_person_is_kept_back_under_exactly_one_rule(changes, rule):
    broken = rules_broken("contact", PERSON, {**PERSON, **changes})

    assert broken == {("r1", rule)}


@pytest.mark.parametrize(
    "changes",
    [
        {**NO_EMAIL, **NO_PHONE},
        {**BAD_EMAIL, **NO_PHONE},
        {**NAMELESS, **NO_PHONE},
        {**NAMELESS, **NO_EMAIL},
        {**JUNK_NAME, **BAD_EMAIL},
        {"full_name": None, "full_name_flag": "missing"},
        {"email_flag": "suspicious"},
        {"birth_date": None, "birth_date_flag": "missing"},
        {"birth_date": "1900-01-01"},
        {"birth_date": "2025-06-01"},
    ],
)
def test_one_usable_thing_is_enough_to_go_on(changes):
    assert rules_broken("lead", {**PERSON, **changes}) == set()


def test_values_without_flags_are_taken_as_usable():
    assert rules_broken("contact", {"email": "ada@example.com"}) == set()
    assert rules_broken("contact", {"email": None}) == {("r0", "has_identity")}


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        ({"company_name": "Example Works", "domain": None}, set()),
        ({"company_name": None, "domain": "works.example"}, set()),
        ({"company_name": None, "domain": None}, {("r0", "has_identity")}),
        ({"company_name": None, "company_name_flag": "invalid", "domain": None}, {("r0", "not_junk")}),
        ({"company_name": None, "domain": None, "domain_flag": "invalid"}, {("r0", "not_junk")}),
        ({"company_name": None, "company_name_flag": "invalid", "domain": "works.example"}, set()),
    ],
)
def test_a_company_needs_a_name_or_a_domain(row, rules):
    assert rules_broken("company", row) == rules


def test_dates_are_read_as_dates_too():
    row = {**PERSON, "birth_date": date(1850, 1, 1)}

    assert rules_broken("contact", row) == {("r0", "birth_date_possible")}


def test_the_result_holds_ids_and_counts_only():
    found = evaluate_rows(frame_of(PERSON, {**PERSON, "birth_date": "1850-01-01"}), "contact", TODAY)

    assert found.evaluated == 2
    assert not found.blocking
    assert {outcome.name: outcome.failed_count for outcome in found.expectations}["birth_date_possible"] == 1
    assert "Example" not in repr(found)
    assert "1850-01" not in repr(found)


def test_an_empty_frame_passes():
    found = evaluate_rows(frame_of(PERSON).iloc[:0], "contact", TODAY)

    assert found.evaluated == 0
    assert found.failures == ()
    assert all(outcome.success for outcome in found.expectations)
