"""What is fetched for providers is all that they could be asked about, and little else."""

import random
from datetime import datetime, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.enrichment.provider import Capabilities
from kempt.enrichment.questions import Subject, questions
from kempt.hygiene.staleness import p_still_true
from kempt.policy.enrichment import EnrichmentPolicy
from kempt.policy.load import load_policies
from kempt.usecases.gaps import NAMED_BY, Gaps
from tests.enrichment.factory import TODAY, ScriptedProvider, rule
from tests.installation import ROOT
from tests.sizes import size

HYGIENE = load_policies(ROOT / "policies").hygiene
ATTRIBUTES = ("email", "phone", "job_title", "company_name", "country", "city")
RULES = (
    rule("log", fields=("email",)),
    rule("vendor", fields=("phone", "job_title", "country")),
    rule("absent", fields=("company_name",)),
)
Cells = dict[str, dict[str, tuple[str, datetime]]]


def provider(name: str, *, fields: tuple[str, ...], needs: tuple[tuple[str, ...], ...]) -> ScriptedProvider:
    scripted = ScriptedProvider(name)
    scripted.capabilities = Capabilities(entity_type="person", fields=fields, needs=needs)
    return scripted


PROVIDERS = (
    provider("log", fields=("email",), needs=(("email",),)),
    provider("vendor", fields=("phone", "job_title"), needs=(("email", "company_name"), ("city",))),
)


def entities(seed: int) -> Cells:
    """Some people of whom more or less is known, for a longer or shorter time."""
    chance = random.Random(seed)
    return {
        f"e{n}": {
            name: (f"{name} {n}", datetime(TODAY.year, TODAY.month, TODAY.day) - timedelta(chance.choice((1, 6000))))
            for name in ATTRIBUTES
            if chance.random() < 0.7
        }
        for n in range(12)
    }


def gaps(connection: duckdb.DuckDBPyConnection, cells: Cells, ask_when: tuple[str, ...]) -> Gaps:
    columns = "entity_id varchar, attribute varchar, value varchar, observed_at timestamp"
    connection.execute(f"create table person_cell ({columns})")
    rows = [(entity, name, *cell) for entity, known in cells.items() for name, cell in known.items()]
    if rows:
        connection.executemany("insert into person_cell values (?, ?, ?, ?)", rows)
    policy = EnrichmentPolicy.model_validate({"ask_when": ask_when, "spend_per_day": 1.0, "providers": RULES})
    return Gaps(lake=connection, entity_type="person", enrichment=policy, hygiene=HYGIENE, today=TODAY)


def plainly(cells: Cells) -> list[Subject]:
    """Everybody with a gap that any rule would have filled, and all that is known of them."""
    half_lives = HYGIENE.half_lives("person")
    wanted = {name for each in RULES for name in each["fields"]}
    found = []
    for entity, known in cells.items():
        days = {name: at.date() for name, (_, at) in known.items()}
        old = {
            name
            for name, day in days.items()
            if p_still_true((TODAY - day).days, half_lives.get(name)) < HYGIENE.stale_below
        }
        reasons = dict.fromkeys(wanted - known.keys(), "missing") | dict.fromkeys(wanted & old, "stale")
        values = {name: value for name, (value, _) in known.items()}
        if reasons and known.keys() & set(NAMED_BY):
            found.append(Subject(subject_id=entity, known=values, observed_on=days, gaps=reasons))
    return found


@settings(deadline=None, max_examples=size(20))
@given(
    seed=st.integers(0, 2**32),
    at_hand=st.sets(st.sampled_from(PROVIDERS)),
    ask_when=st.sampled_from([("missing",), ("stale",), ("missing", "stale", "invalid")]),
)
def test_the_same_is_asked_as_when_all_is_fetched(seed, at_hand, ask_when):
    cells = entities(seed)
    with duckdb.connect(config={"threads": 1}) as connection:
        searched = gaps(connection, cells, ask_when)
        fetched = searched.subjects({each.name: each for each in at_hand})

        assert searched.count() == len(plainly(cells))
        assert [subject.subject_id for subject in fetched] == sorted(subject.subject_id for subject in fetched)

    by_name = {each.subject_id: each for each in fetched}
    for each in at_hand:
        (its_rule,) = (one for one in searched.enrichment.providers if one.name == each.name)
        told = {"provider": each, "rule": its_rule, "ask_when": ask_when, "settled": frozenset(), "key": b"key"}
        expected = questions(plainly(cells), **told)

        assert [one.request for one in questions(fetched, **told)] == [one.request for one in expected]
        for one in expected:
            for subject in one.subjects:
                mine = by_name[subject.subject_id]
                for name in one.request.wanted:
                    assert mine.gaps[name] == subject.gaps[name]
                    assert mine.known.get(name) == subject.known.get(name)
                    assert mine.observed_on.get(name) == subject.observed_on.get(name)


@pytest.mark.parametrize("at_hand", [(), ("log",), ("vendor",), ("stranger",)])
def test_nobody_is_fetched_whom_nobody_could_be_asked_about(at_hand):
    cells = {
        "known well": {name: (name, datetime(2025, 5, 31)) for name in ("email", "phone", "job_title")},
        "complete but for a city that is old": {
            **{name: (name, datetime(2025, 5, 31)) for rule in RULES for name in rule["fields"]},
            "city": ("Town", datetime(2000, 1, 1)),
        },
        "no address": {"phone": ("1", datetime(2025, 5, 31))},
    }
    with duckdb.connect() as connection:
        searched = gaps(connection, cells, ("missing", "stale"))
        strangers = {"stranger": provider("stranger", fields=("phone",), needs=(("email",),))}
        providers = {each.name: each for each in PROVIDERS} | strangers

        assert searched.subjects({name: providers[name] for name in at_hand}) == []
        assert searched.count() == 2


def test_no_more_is_fetched_than_a_provider_could_use():
    cells = {"e": {name: (name, datetime(2025, 5, 31)) for name in ("email", "phone", "company_name", "city", "owner")}}
    with duckdb.connect() as connection:
        (fetched,) = gaps(connection, cells, ("missing",)).subjects({"vendor": PROVIDERS[1]})

    assert fetched.known.keys() == {"email", "phone", "company_name", "city"}
    assert fetched.gaps == {"job_title": "missing"}
