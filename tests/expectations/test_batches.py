"""Batch gates: a source is judged by its own history."""

from dataclasses import replace

import pandas as pd
import pytest

from expectations.batches import BatchProfile, FieldProfile, Limits, evaluate_batch, profile_of

USUAL = BatchProfile(
    rows=1000,
    fields={
        "email": FieldProfile(null_rate=0.1, distinct_share=0.95),
        "country": FieldProfile(null_rate=0.0, distinct_share=0.002, categories={"DE": 0.5, "FR": 0.5}),
    },
)
HISTORY = [USUAL, USUAL, USUAL]


def with_field(name, **changes):
    return replace(USUAL, fields={**USUAL.fields, name: replace(USUAL.fields[name], **changes)})


def broken(profile, history=HISTORY):
    found = evaluate_batch(profile, history)
    assert found.blocking == bool(found.failures)
    return {(failure.rule, failure.record_id) for failure in found.failures}


@pytest.mark.parametrize(
    ("profile", "failure"),
    [
        (replace(USUAL, rows=499), ("volume", "batch")),
        (replace(USUAL, rows=0, fields={}), ("volume", "batch")),
        (replace(USUAL, rows=10_001), ("volume", "batch")),
        (with_field("email", null_rate=0.31), ("null_rate_jump", "email")),
        (with_field("email", distinct_share=0.05), ("distinct_share_change", "email")),
        (with_field("country", categories={"DE": 0.9, "FR": 0.1}), ("category_shift", "country")),
        (with_field("country", categories={"Germany": 1.0}), ("category_shift", "country")),
    ],
)
def test_what_is_unlike_the_history_blocks(profile, failure):
    assert broken(profile) == {failure}


@pytest.mark.parametrize(
    "profile",
    [
        USUAL,
        replace(USUAL, rows=500),
        replace(USUAL, rows=10_000),
        with_field("email", null_rate=0.3),
        with_field("email", null_rate=0.0),
        with_field("country", categories={"DE": 0.6, "FR": 0.4}),
    ],
)
def test_what_is_within_the_limits_goes_on(profile):
    assert broken(profile) == set()


def test_the_first_batch_and_a_new_field_have_nothing_to_differ_from():
    new = replace(USUAL, fields={**USUAL.fields, "phone": FieldProfile(null_rate=1.0, distinct_share=0.0)})

    assert broken(USUAL, history=[]) == set()
    assert broken(new) == set()


def test_one_strange_batch_in_the_past_does_not_move_the_baseline():
    history = [USUAL, USUAL, replace(USUAL, rows=1)]

    assert broken(replace(USUAL, rows=499), history) == {("volume", "batch")}
    assert broken(replace(USUAL, rows=500), history) == set()


def test_shares_of_a_small_batch_are_not_judged():
    few = BatchProfile(rows=5, fields={"email": FieldProfile(null_rate=1.0, distinct_share=0.0)})

    assert broken(few, history=[replace(USUAL, rows=6)]) == set()
    assert broken(few) == {("volume", "batch")}


def test_limits_are_arguments():
    profile = replace(USUAL, rows=800)

    assert evaluate_batch(profile, HISTORY).blocking is False
    assert evaluate_batch(profile, HISTORY, Limits(smallest_volume=0.9)).blocking is True


def test_a_profile_keeps_no_value_of_a_person():
    frame = pd.DataFrame(
        {"email": ["a@example.com", None, "", "b@example.com"], "country": ["DE", "DE", "DE", "FR"]}
    ).convert_dtypes()

    profile = profile_of(frame, ["email", "country"])

    assert profile.rows == 4
    assert profile.fields["email"] == FieldProfile(null_rate=0.5, distinct_share=1.0)
    assert profile.fields["country"].categories == {"DE": 0.75, "FR": 0.25}
    assert "example.com" not in repr(profile)
