"""The health score: components sum, junk does not pay, and before and after use one formula."""

from datetime import date

import duckdb
import pytest

from kempt.hygiene.health import golden_health, record_health
from tests.hygiene.factory import records, table

TODAY = date(2025, 5, 1)


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        yield opened


def measure(connection, **options):
    return record_health(
        connection,
        records="records",
        entity_type="person",
        half_lives={"email": 100.0},
        today=TODAY,
        target="health",
        **options,
    )


def test_a_complete_fresh_single_record_is_perfectly_healthy(connection):
    records(connection, {})

    assert measure(connection).total.score == 100.0


def test_each_dimension_falls_with_its_own_fault(connection):
    records(
        connection,
        {},
        {"job_title": None},
        {"phone_flag": "suspicious"},
        {"updated_at": "2025-01-21T00:00:00Z"},
        {"email": None, "email_flag": "invalid"},
    )
    measure(connection)

    rows = connection.execute(
        "select completeness, validity, freshness, uniqueness from health order by record_id"
    ).fetchall()

    assert rows == [
        (1.0, 1.0, 1.0, 1.0),
        (pytest.approx(5 / 6, abs=1e-6), 1.0, 1.0, 1.0),
        (1.0, pytest.approx(5.5 / 6, abs=1e-6), 1.0, 1.0),
        (1.0, 1.0, pytest.approx(5.5 / 6, abs=1e-6), 1.0),
        (pytest.approx(5 / 6, abs=1e-6), pytest.approx(5 / 6, abs=1e-6), 1.0, 1.0),
    ]


def test_junk_does_not_raise_the_score(connection):
    records(connection, {"email": None, "email_flag": "missing"}, {"email": "junk", "email_flag": "invalid"})
    measure(connection)

    empty, junk = connection.execute("select score from health order by record_id").fetchall()

    assert junk < empty


def test_components_of_records_add_up_to_the_whole(connection):
    records(connection, {}, {"job_title": None}, {"phone_flag": "suspicious"}, {"full_name": None})
    table(connection, "members", [{"record_id": f"r{n}", "entity_id": e} for n, e in enumerate("aabc")])

    report = measure(connection, members="members")

    score, parts = connection.execute(
        "select avg(score), 25 * avg(completeness + validity + freshness + uniqueness) from health"
    ).fetchone()
    assert report.total.records == 4
    assert report.total.uniqueness == 0.75
    assert report.total.score == pytest.approx(score, abs=1e-4)
    assert report.total.score == pytest.approx(parts, abs=1e-4)


def test_each_source_is_told_apart(connection):
    records(connection, {"source": "crm"}, {"source": "sheet", "job_title": None, "country": None}, {"source": "crm"})

    report = measure(connection)

    assert set(report.by_source) == {"crm", "sheet"}
    assert report.by_source["crm"].score == 100.0
    assert report.by_source["sheet"].completeness == pytest.approx(4 / 6, abs=1e-6)


def test_nothing_measured_is_not_healthy(connection):
    records(connection, {})
    connection.execute("delete from records")

    assert measure(connection).total.score == 0.0


def test_an_override_is_not_blamed_for_the_value_it_replaced(connection):
    records(connection, {"phone_flag": "suspicious"})
    cell = {"entity_id": "e", "attribute": "phone", "value": "x", "record_id": "r0", "observed_at": "2025-05-01"}

    def validity(origin):
        table(connection, "cells", [{**cell, "origin": origin}])
        report = golden_health(
            connection,
            cells="cells",
            records="records",
            entity_type="person",
            half_lives={},
            today=TODAY,
            target="golden_health",
        )
        return report.total.validity

    assert (validity("record"), validity("override")) == (0.5, 1.0)


def test_a_golden_record_is_measured_by_the_same_formula(connection):
    records(connection, {"job_title": None, "phone_flag": "suspicious"}, {"email": None, "email_flag": "missing"})
    cells = [
        {"entity_id": "e", "attribute": attribute, "value": "x", "record_id": record, "origin": "record",
         "observed_at": "2025-05-01 00:00:00"}
        for attribute, record in [("full_name", "r0"), ("email", "r0"), ("phone", "r0"), ("job_title", "r1"),
                                  ("company_name", "r1")]
    ]  # fmt: skip
    table(connection, "cells", cells)

    report = golden_health(
        connection,
        cells="cells",
        records="records",
        entity_type="person",
        half_lives={"email": 100.0},
        today=TODAY,
        target="golden_health",
    )

    assert report.total.records == 1
    assert report.total.completeness == pytest.approx(5 / 6, abs=1e-6)
    assert report.total.validity == pytest.approx(4.5 / 5, abs=1e-6)
    assert report.total.freshness == 1.0
    assert report.total.uniqueness == 1.0
