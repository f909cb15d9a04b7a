"""The provider's file and the activity log."""

import csv

import pyarrow.parquet as pq

from kempt.sample.sources import DAYS
from tests.sample.conftest import Sample
from tests.sample.reading import Row


def read(sample: Sample, name: str) -> list[Row]:
    return list(csv.DictReader((sample.directory / sample.tenant / "enrichment" / name).open(encoding="utf-8")))


def test_the_vendor_knows_three_people_in_ten(sample: Sample) -> None:
    people = {line["cluster_id"] for line in sample.truth if line["object"] != "company" and line["cluster_id"]}

    answers = read(sample, "vendor.csv")

    assert list(answers[0]) == ["email", "phone", "job_title", "linkedin", "observed_on"]
    assert 0.27 < len(answers) / len(people) < 0.33
    assert len({answer["email"] for answer in answers}) == len(answers)


def test_the_truth_says_which_answers_are_wrong(sample: Sample) -> None:
    truth = pq.read_table(sample.directory / "truth" / f"{sample.tenant}_enrichment.parquet").to_pylist()

    wrong = [line["wrong_field"] for line in truth if line["wrong_field"]]

    assert [line["email"] for line in truth] == [answer["email"] for answer in read(sample, "vendor.csv")]
    assert {"phone", "job_title", "linkedin"} == {*wrong}
    assert 0.02 < len(wrong) / len(truth) < 0.05


def test_the_vendor_fills_gaps(sample: Sample) -> None:
    known = {answer["email"]: answer for answer in read(sample, "vendor.csv")}
    rows = sample.days[0]["hubspot", "contact"]

    filled = [row for row in rows if row["email"] in known and not row["phone"] and known[row["email"]]["phone"]]

    assert len(filled) > 20


def test_mail_to_people_who_changed_jobs_bounces_on_that_day(sample: Sample) -> None:
    entries = read(sample, "activity.csv")
    late = {entry["email"] for entry in entries if entry["at"] >= DAYS[1]}
    moved = sample.of_kind("job_change")
    known = {_email(sample.keyed(0, line["system"], line["object"])[line["source_key"]]) for line in moved}

    assert {entry["kind"] for entry in entries} == {"reply", "bounce", "login", "meeting"}
    assert {entry["kind"] for entry in entries if entry["at"] >= DAYS[1]} == {"bounce"}
    assert len(late) == len({line["cluster_id"] for line in moved})
    assert len(late & known) > len(known) / 2


def test_the_log_is_in_order(sample: Sample) -> None:
    moments = [entry["at"] for entry in read(sample, "activity.csv")]

    assert moments == sorted(moments)


def _email(row: Row) -> str:
    return next(value.strip().lower() for name, value in row.items() if name.lower() == "email")
