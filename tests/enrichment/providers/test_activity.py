"""The activity log: the last thing that happened at an address tells whether it works."""

from datetime import date

import pytest

from kempt.enrichment.provider import Request
from kempt.enrichment.providers.activity import ActivityLog, activities

REQUEST = Request(key="k", known={"email": "Ada@example.com"}, wanted=("email",))


@pytest.fixture
def log(tmp_path):
    def written(*lines):
        path = tmp_path / "activity.csv"
        path.write_text("\n".join(["email,kind,at", *lines]))
        return path

    return written


@pytest.mark.parametrize("kind", ["reply", "login", "meeting"])
def test_a_sign_of_life_confirms_the_address(log, kind):
    (answer,) = ActivityLog(log(f"ada@example.com,{kind},2025-05-01T10:00:00Z")).lookup([REQUEST])

    assert [(value.attribute, value.value, value.observed_on) for value in answer.values] == [
        ("email", "Ada@example.com", date(2025, 5, 1))
    ]
    assert answer.refuted == ()


@pytest.mark.parametrize(
    ("lines", "works"),
    [
        (["reply,2025-05-01", "bounce,2025-05-02"], False),
        (["bounce,2025-05-02", "reply,2025-05-03"], True),
        (["reply,2025-05-02", "bounce,2025-05-02"], False),
        (["bounce,2025-05-02", "reply,2025-05-02"], False),
    ],
)
def test_the_last_activity_counts_and_a_bounce_outweighs_the_same_day(log, lines, works):
    (answer,) = ActivityLog(log(*(f"ada@example.com,{line}" for line in lines))).lookup([REQUEST])

    assert (bool(answer.values), bool(answer.refuted)) == (works, not works)


def test_an_address_without_activity_is_a_miss(log):
    (answer,) = ActivityLog(log("bob@example.com,reply,2025-05-01")).lookup([REQUEST])

    assert (answer.values, answer.refuted) == ((), ())


def test_lines_that_say_nothing_are_left_out(log):
    path = log(
        "ada@example.com,opened,2025-05-01", "ada@example.com,reply,soon", ",reply,2025-05-01", "x,login,2025-05-01"
    )

    assert [(activity.kind, activity.line) for activity in activities(path)] == [("login", 5)]
