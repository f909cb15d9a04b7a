"""What dbt makes of waiting extracts: the newest word of a source, nothing twice, nothing lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kempt.ids import record_id
from kempt.usecases.settle import settle_extracts
from tests.factory import ARNE, CRM, LENE, MONDAY, SHOP, TUESDAY, WEDNESDAY, Desk, person


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Contacts after each day, by source key."""

    desk: Desk
    monday: dict[str, dict[str, Any]]
    tuesday: dict[str, dict[str, Any]]
    remapped: dict[str, dict[str, Any]]
    late: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def days(open_desk: Callable[[], Desk]) -> Days:
    """Tuesday lacks Lene and has Arne twice, contradicting. Then the mapping changes, then a Tuesday comes late."""
    desk = open_desk()
    monday = _day(desk, MONDAY, CRM, SHOP)
    twice = (person("c4", **ARNE | {"title": "Baker"}), person("c4", **ARNE | {"title": "Brewer"}))
    tuesday = _day(desk, TUESDAY, (*CRM[:2], *twice), ())
    desk.declare("crm", version=2, empty="{job_title: ['-'], phone: ['']}")
    new, old = (person("s1", "Marie", "Quendel", f"{word}@quendel.example") for word in ("new", "old"))
    otto = CRM[1] | {"title": "-"}
    remapped = _day(desk, WEDNESDAY, (CRM[0], otto, person("c4", **ARNE | {"title": "Brewer"})), (new, SHOP[1]))
    late = _day(desk, TUESDAY, (), (old, SHOP[1]))
    return Days(desk=desk, monday=monday, tuesday=tuesday, remapped=remapped, late=late)


def _day(
    desk: Desk, day: str, crm: tuple[dict[str, str], ...], shop: tuple[dict[str, str], ...]
) -> dict[str, dict[str, Any]]:
    for source, rows in (("crm", crm), ("shop", shop)):
        if rows:
            desk.drop(source, day, rows)
    desk.land(day)
    desk.canonical()
    settle_extracts(desk.tenant)
    columns = ("source_key", "presence", "job_title", "email", "mapping_version", "record_id", "observed_on", "remarks")
    rows = desk.lake(f"select {', '.join(columns)} from contact")
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def test_a_record_has_the_id_that_python_would_give_it(days: Days) -> None:
    for key, contact in days.monday.items():
        system = "crm" if key.startswith("c") else "shop"

        assert contact["record_id"] == record_id(days.desk.name, system, "contact", key)


def test_a_row_that_a_snapshot_lacks_was_deleted_at_its_source(days: Days) -> None:
    assert days.monday["c3"]["presence"] == "present"
    assert days.tuesday["c3"]["presence"] == "deleted"
    assert days.tuesday["c3"]["job_title"] == LENE["title"]


def test_a_row_that_could_not_be_read_is_not_taken_for_deleted(days: Days) -> None:
    ((presence,),) = days.desk.lake("select presence from standardized_contact where source_key = 'c4'")

    assert "c4" not in days.tuesday
    assert (presence, days.remapped["c4"]["presence"]) == ("present", "present")


def test_a_new_mapping_standardizes_unchanged_rows_again(days: Days) -> None:
    assert days.tuesday["c1"]["mapping_version"].startswith("1-")
    assert days.remapped["c1"]["mapping_version"].startswith("2-")


def test_a_late_extract_does_not_overwrite_a_newer_word(days: Days) -> None:
    assert days.late["s1"]["email"] == "new@quendel.example"
    assert str(days.late["s1"]["observed_on"]) == WEDNESDAY


def test_a_source_says_by_its_mapping_that_a_field_is_empty_on_purpose(days: Days) -> None:
    otto, marie = ({each["attribute"] for each in days.remapped[key]["remarks"] if each["flag"] == "empty"}
                   for key in ("c2", "c1"))  # fmt: skip

    assert otto == {"job_title", "phone"}
    assert (days.remapped["c2"]["job_title"], marie) == (None, set())
    assert not [each for each in days.monday["c2"]["remarks"] if each["flag"] == "empty"]
