"""Every event is told in a sentence; nothing that is in one can make the telling fail."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.telling.sentences import KINDS, actor, counted, sentence, stem

ROOT = Path(__file__).parents[2]
RECORD, OTHER = "54bd7c2e-0000-5000-8000-000000000001", "54bd7c2e-0000-5000-8000-000000000002"
TYPE = re.compile(r'"([a-z_]+\.v\d+)"')
NOT_EVENTS = {"health.v1"}


def written() -> set[str]:
    """The types of events that stand in the code."""
    files = [*(ROOT / "kempt").rglob("*.py")]
    return {name for file in files for name in TYPE.findall(file.read_text(encoding="utf-8"))} - NOT_EVENTS


def test_every_event_that_is_written_is_told() -> None:
    assert len(written()) > 30
    assert {stem(name) for name in written()} - set(KINDS) == set()


@pytest.mark.parametrize(
    ("type", "body", "told"),
    [
        (
            "proposal_approved.v1",
            {"decider": "ines", "kind": "field_change", "attribute": "job_title", "proposal_id": "p1"},
            "ines approved a change of value of job_title (p1).",
        ),
        (
            "entity_minted.v2",
            {"entity_type": "person", "entity_id": "per_a", "joined": [RECORD, OTHER], "left": [], "gone": []},
            f"New person per_a: it took in 2 records ({RECORD}, {OTHER}).",
        ),
        ("entity_redirected.v2", {"entity_id": "per_a", "redirect_to": "per_b"},
         "per_a was merged and leads to per_b from now on."),
        (
            "values_unmasked.v1",
            {"by": "ines", "role": "steward", "fields": ["email"], "subject": "per_a", "purpose": "a call"},
            "ines (steward) saw field email of per_a unmasked, for: a call.",
        ),
        ("record_erased.v1", {"by": "ines", "record_id": RECORD, "rows": {"vault": 2, "raw": 1}},
         f"ines erased {RECORD}: 3 rows."),
        (
            "golden_record_changed.v2",
            {"entity_id": "per_a", "cells": [["r1", "record", "t", {"phone": [], "email": []}], ["r2", {"city": []}]]},
            "The golden record of per_a changed: city, email, phone.",
        ),
        (
            "proposal_decided.v2",
            {"verdict": "review", "kind": "merge", "proposal_id": "p1", "agent": "matcher", "reasons": ["otherwise"]},
            "Policy asks a steward about a merge (p1), proposed by matcher: otherwise.",
        ),
    ],
)  # fmt: skip
def test_what_happened_reads_as_a_sentence(type: str, body: dict[str, object], told: str) -> None:
    assert sentence(type, body) == told


def test_of_many_ids_a_few_are_named() -> None:
    body = {"entity_type": "person", "entity_id": "per_a", "joined": [f"r{n}" for n in range(500)]}

    assert sentence("entity_members_changed.v2", body) == "Person per_a took in 500 records (r0, r1, r2 and 497 more)."


def test_what_an_older_version_does_not_say_is_left_out() -> None:
    assert sentence("entity_minted.v1", {"entity_id": "per_a"}) == "Entity minted: entity_id per_a."
    assert sentence("something_new.v9", {"record_id": "r1", "size": 3}) == "Something new: record_id r1."


def test_no_character_turns_the_text_round() -> None:
    body = {"by": "ines\u202e", "proposal_id": "p1", "decision_id": "d", "why": "\x1b[2Jgone"}

    assert sentence("decision_withdrawn.v1", body).isprintable()


def test_counts_name_nobody() -> None:
    assert counted("proposal_approved.v1", 1) == "1 proposal approved"
    assert counted("golden_record_changed.v2", 1200) == "1,200 golden records changed"
    assert counted("something_new.v1", 2) == "2 “something new”"


PARTS = st.sampled_from(
    ["by", "decider", "entity_id", "joined", "kind", "cells", "rows", "roles", "verdict", "reasons"]
)
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5), lambda each: st.lists(each, max_size=3), max_leaves=5
)


@settings(max_examples=60)
@given(type=st.sampled_from(sorted(KINDS)), body=st.dictionaries(PARTS, VALUES, max_size=8))
def test_no_body_is_too_odd_to_be_told(type: str, body: dict[str, object]) -> None:
    assert sentence(f"{type}.v1", body)
    actor(body)
