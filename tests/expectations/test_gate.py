"""A gate that cannot answer says so; it never passes and never blames the data."""

from types import SimpleNamespace

import great_expectations.expectations as gxe
import pandas as pd
import pytest

from expectations import gate
from expectations.gate import GateError, Rule, judge
from kempt.errors import StopRun


def rule(expectation, name="broken"):
    return Rule(name=name, field="value", reason="a reason", expectation=expectation)


FRAME = pd.DataFrame({"record_id": ["r0", "r1"], "value": ["secret-value", None]})


def test_an_expectation_that_raises_is_an_error_of_the_gate():
    broken = rule(gxe.ExpectColumnValuesToNotBeNull(column="no_such_column"))

    with pytest.raises(GateError, match="'broken' raised") as caught:
        judge(FRAME, [broken], id_column="record_id")

    assert isinstance(caught.value, StopRun)


def test_the_error_does_not_quote_the_data():
    broken = rule(gxe.ExpectColumnValuesToBeBetween(column="value", min_value=1))

    with pytest.raises(GateError) as caught:
        judge(FRAME, [broken], id_column="record_id")

    assert "secret-value" not in str(caught.value)


def test_one_broken_expectation_is_not_hidden_by_good_ones():
    rules = [
        rule(gxe.ExpectColumnValuesToNotBeNull(column="record_id"), "good"),
        rule(gxe.ExpectColumnValuesToNotBeNull(column="no_such_column")),
    ]

    with pytest.raises(GateError):
        judge(FRAME, rules, id_column="record_id")


@pytest.mark.parametrize(
    "results",
    [
        [],
        [
            SimpleNamespace(
                expectation_config=SimpleNamespace(meta={"rule": "filled"}),
                exception_info={"raised_exception": False},
                success=False,
                result={"unexpected_index_list": []},
            )
        ],
    ],
    ids=["no result at all", "a failure without failing rows"],
)
def test_an_answer_that_says_nothing_is_not_a_pass(monkeypatch, results):
    monkeypatch.setattr(gate, "_validate", lambda *arguments: results)

    with pytest.raises(GateError, match="filled"):
        judge(FRAME, [rule(None, "filled")], id_column="record_id")


def test_failing_ids_are_told_per_rule():
    rules = [
        rule(gxe.ExpectColumnValuesToNotBeNull(column="value"), "filled"),
        rule(gxe.ExpectColumnValuesToNotBeNull(column="record_id"), "named"),
    ]

    assert judge(FRAME, rules, id_column="record_id") == {"filled": ("r1",), "named": ()}


def test_ids_must_be_unique():
    twice = pd.concat([FRAME, FRAME])

    with pytest.raises(GateError, match="record_id"):
        judge(twice, [rule(gxe.ExpectColumnValuesToNotBeNull(column="value"))], id_column="record_id")
