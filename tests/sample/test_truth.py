"""The answers: complete, apart, and true of the rows that they are about."""

import re
from collections import Counter, defaultdict

from kempt.sample.draw import texts
from kempt.sample.person_rows import composite_keys
from kempt.sample.sources import DAYS
from tests.sample.conftest import Sample

PERSON_TRAPS = {
    *("household", "father_son", "twins", "namesake", "role_mailbox", "switchboard", "free_mail", "shared_domain"),
    *("nickname", "initial", "typo", "diacritics_lost", "transliterated", "swapped_names", "married_name", "old_job"),
    *("formatting", "duplicate", "plain"),
}
COMPANY_TRAPS = {"legal_form", "subsidiary", "company_namesake"}
DAILY_TRAPS = {"new_lead", "edited", "job_change", "recycled_phone", "deleted_at_source", "corrected", "malformed"}


def test_every_trap_occurs(sample: Sample) -> None:
    assert {line["kind"] for line in sample.truth} >= PERSON_TRAPS | COMPANY_TRAPS | DAILY_TRAPS


def test_every_well_formed_row_is_answered_exactly_once(sample: Sample) -> None:
    answers = [line for line in sample.truth if line["kind"] != "malformed"]
    malformed = {line["record_key"] for line in sample.of_kind("malformed")}
    seen = {
        f"{system}|{kind}|{row['_key']}"
        for tables in sample.days
        for (system, kind), rows in tables.items()
        for row in rows
        if row["_key"] and not row.get("_ragged")
    }

    answered = Counter(line["record_key"] for line in answers)

    assert set(answered.values()) == {1}
    assert seen - malformed <= answered.keys() <= seen


def test_a_record_is_answered_from_the_day_it_first_appears(sample: Sample) -> None:
    first: dict[str, str] = {}
    for day, tables in zip(DAYS, sample.days, strict=True):
        for (system, kind), rows in tables.items():
            for row in rows:
                first.setdefault(f"{system}|{kind}|{row['_key']}", day)

    answered = {line["record_key"]: line["first_day"] for line in sample.truth if line["kind"] != "corrected"}

    assert {key: first[key] for key in answered if key} == {key: day for key, day in answered.items() if key}


def test_malformed_rows_are_listed_one_by_one(sample: Sample) -> None:
    listed = [line for line in sample.of_kind("malformed") if line["first_day"] == DAYS[0]]
    found = 0
    for (system, _), rows in sample.days[0].items():
        keys = Counter(row["_key"] for row in rows)
        found += sum(_looks_malformed(system, row) or keys[row["_key"]] > 1 for row in rows)

    assert found == len(listed) > 0
    assert len(listed) <= 0.01 * sum(len(rows) for rows in sample.days[0].values())


def _looks_malformed(system: str, row: dict[str, str]) -> bool:
    values = [str(value) for name, value in row.items() if not name.startswith("_")]
    dated = any(re.search(r"2025-02-31|31\.02\.2025|02/31/2025", value) for value in values)
    emails = [value for name, value in row.items() if name.lower() in ("email", "e-mail") and value]
    return bool(row.get("_ragged")) or not row["_key"] or dated or "N/A" in values or any("@" not in e for e in emails)


def test_a_fifth_of_the_records_repeat_somebody(sample: Sample) -> None:
    clustered = [line["cluster_id"] for line in sample.truth if line["kind"] not in ("malformed", "corrected")]

    assert 0.18 < 1 - len(set(clustered)) / len(clustered) < 0.22


def test_duplicates_lie_within_and_across_systems_and_objects(sample: Sample) -> None:
    places = defaultdict(list)
    for line in sample.truth:
        if line["cluster_id"] and line["kind"] != "corrected":
            places[line["cluster_id"]].append((line["system"], line["object"]))
    repeated = [found for found in places.values() if len(found) > 1]

    assert any(len(set(found)) < len(found) for found in repeated)
    assert any(len({system for system, _ in found}) > 1 for found in repeated)
    assert any({"contact", "lead"} <= {kind for _, kind in found} for found in repeated)
    assert any({"salesforce", "billing"} <= {s for s, kind in found if kind == "company"} for found in repeated)


def test_people_and_companies_never_share_a_cluster(sample: Sample) -> None:
    kinds = defaultdict(set)
    for line in sample.truth:
        if line["cluster_id"]:
            kinds[line["cluster_id"]].add("company" if line["object"] == "company" else "person")

    assert all(len(found) == 1 for found in kinds.values())


def test_a_derived_key_is_the_one_that_landing_derives() -> None:
    keys = composite_keys(texts([" Ann@Shop.example", "bo@shop.example"]), texts(["Ann  Stone ", "Bo\tSand"]))

    assert keys.tolist() == ["ann@shop.example|ann stone", "bo@shop.example|bo sand"]
