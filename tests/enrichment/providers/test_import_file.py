"""A vendor's file: the newest word on each address, and nothing when the file contradicts itself."""

from datetime import date

import pytest

from kempt.enrichment.provider import Request
from kempt.enrichment.providers.import_file import ImportFile
from kempt.errors import StopRun

HEADER = "email,phone,job_title,linkedin,observed_on"


@pytest.fixture
def ask(tmp_path):
    def asked(*lines, header=HEADER, known=None, wanted=("phone", "job_title")):
        path = tmp_path / "vendor.csv"
        path.write_text("\n".join([header, *lines]), encoding="utf-8-sig")
        request = Request(key="k", known=known or {"email": "ada@example.com"}, wanted=wanted)
        (answer,) = ImportFile(path).lookup([request])
        return answer

    return asked


def values(answer):
    return {value.attribute: (value.value, value.observed_on) for value in answer.values}


def test_a_row_answers_by_address_in_any_case(ask):
    answer = ask("ADA@Example.com, +12025550101 ,Engineer,,2025-01-02")

    assert values(answer) == {
        "phone": ("+12025550101", date(2025, 1, 2)),
        "job_title": ("Engineer", date(2025, 1, 2)),
    }
    assert answer.evidence == "vendor.csv:2"


def test_the_newest_row_wins_field_by_field(ask):
    answer = ask(
        "ada@example.com,+12025550101,Engineer,,2024-01-02",
        "ada@example.com,,Manager,,2025-01-02",
    )

    assert {name: value for name, (value, _) in values(answer).items()} == {
        "phone": "+12025550101",
        "job_title": "Manager",
    }


def test_two_words_of_one_day_are_no_answer(ask):
    answer = ask(
        "ada@example.com,+12025550101,Engineer,,2025-01-02",
        "ada@example.com,+12025550101,Manager,,2025-01-02",
    )

    assert set(values(answer)) == {"phone"}


def test_a_number_of_one_person_identifies_more_weakly_than_an_address(ask):
    line = "ada@example.com,+1 (202) 555-0101,Engineer,,2025-01-02"
    by_phone = ask(line, known={"phone": "+12025550101"}, wanted=("job_title",))

    assert values(by_phone)["job_title"][0] == "Engineer"
    assert by_phone.match < ask(line).match


def test_a_number_of_several_people_identifies_nobody(ask):
    answer = ask(
        "ada@example.com,+12025550101,Engineer,,2025-01-02",
        "bob@example.com,+12025550101,Manager,,2025-01-02",
        known={"phone": "+12025550101"},
    )

    assert answer.values == ()


@pytest.mark.parametrize(
    "line",
    [
        "ada@example.com,+12025550101,Engineer,,someday",
        "ada@example.com,+12025550101,Engineer,,",
        "ada@example.com,+12025550101,Engineer",
        "ada@example.com,+12025550101,Engineer,,2025-01-02,one,too,many",
        f"ada@example.com,+12025550101,{'x' * 2000},,2025-01-02",
    ],
)
def test_a_row_that_cannot_be_read_is_left_out(ask, line):
    answer = ask(line, "ada@example.com,+12025550199,,,2020-01-02")

    assert values(answer) == {"phone": ("+12025550199", date(2020, 1, 2))}


def test_a_missing_column_is_named(ask):
    with pytest.raises(StopRun, match="job_title"):
        ask(header="email,phone,observed_on")


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(StopRun, match=r"vendor\.csv: no such file"):
        ImportFile(tmp_path / "vendor.csv").lookup(
            [Request(key="k", known={"email": "a@b.example"}, wanted=("phone",))]
        )


@pytest.mark.parametrize("content", [b"\xff\xfe\x00secret", HEADER.encode() + b'\n"secret'])
def test_a_file_that_is_no_csv_says_so_without_quoting_it(tmp_path, content):
    path = tmp_path / "vendor.csv"
    path.write_bytes(content)

    with pytest.raises(StopRun) as caught:
        ImportFile(path).lookup([Request(key="k", known={"email": "a@b.example"}, wanted=("phone",))])

    assert "secret" not in str(caught.value)
