"""Which value wins, per strategy, and that the cell says why."""

import random
from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.survivorship.compose import Ingredients, contenders
from tests.sizes import size
from tests.survivorship import reference
from tests.survivorship.factory import STRATEGIES, cells_of, claim, emptied, policy, record


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect(config={"threads": 1}) as opened:
        yield opened


def only(strategy, attribute="job_title"):
    return policy({attribute: ("override", strategy)})


@pytest.mark.parametrize(
    ("strategy", "winner", "loser"),
    [
        ("source_trust", {"system": "crm"}, {"system": "sheet", "observed_on": date(2025, 2, 2)}),
        ("source_trust", {"system": "sheet"}, {"system": "unheard_of"}),
        ("recency", {"system": "sheet", "observed_on": date(2025, 2, 2)}, {"system": "crm"}),
        ("recency", {"updated_at": "2024-06-02T00:00:00Z"}, {"updated_at": "2024-06-01T23:59:59Z"}),
        ("recency", {"observed_on": date(2025, 2, 2)}, {"updated_at": "2031-01-01T00:00:00Z"}),
    ],
    ids=["more trusted", "known system", "seen later", "changed later", "a clock that runs ahead"],
)
def test_each_strategy_decides_by_its_own_measure(connection, strategy, winner, loser):
    records = [record("r1", job_title="loses", **loser), record("r2", job_title="wins", **winner)]

    cell = cells_of(connection, records, rules=only(strategy))["e", "job_title"]

    assert (cell["value"], cell["record_id"], cell["strategy"]) == ("wins", "r2", strategy)
    assert (cell["conflict"], cell["losers"]) == (True, 1)
    assert cell["confidence"] == policy().confidence[strategy]


def test_the_longest_value_says_most(connection):
    records = [record("r1", job_title="Eng"), record("r2", system="sheet", job_title="Engineer")]

    cell = cells_of(connection, records, rules=only("longest"))["e", "job_title"]

    assert (cell["value"], cell["strategy"]) == ("Engineer", "longest")


def test_the_record_that_fills_most_fields_is_the_most_complete(connection):
    records = [record("r1", job_title="Engineer"), record("r2", job_title="Eng", phone="+12025550101")]

    cell = cells_of(connection, records, rules=only("completeness"))["e", "job_title"]

    assert (cell["value"], cell["strategy"]) == ("Eng", "completeness")


@pytest.mark.parametrize(("better", "worse"), [("is_free", "is_role"), (None, "is_free"), (None, "is_role")])
def test_a_mailbox_of_her_own_is_preferred(connection, better, worse):
    records = [
        record("r1", email="a@x.example", observed_on=date(2024, 1, 1), **{better: True} if better else {}),
        record("r2", email="b@x.example", **{worse: True}),
    ]
    rules = policy({"email": ("override", "domain_rule", "recency")})

    cell = cells_of(connection, records, rules=rules)["e", "email"]

    assert (cell["record_id"], cell["strategy"]) == ("r1", "domain_rule")


def test_what_a_source_says_is_empty_wins_and_loses_like_a_value(connection):
    said = record("r1", system="web", remarks=emptied("phone"))
    other = record("r2", phone="+12025550101")
    remarked = record("r3", remarks=[{"attribute": "phone", "flag": "corrected", "reason": "format"}])

    alone = cells_of(connection, [said, remarked])["e", "phone"]
    trusted = cells_of(connection, [said, other], rules=only("source_trust", "phone"))["e", "phone"]
    older = other | {"observed_on": date(2024, 1, 1)}
    newer = cells_of(connection, [said, older], rules=only("recency", "phone"))["e", "phone"]
    silent = cells_of(connection, [record("r1"), other])["e", "phone"]

    assert (alone["value"], alone["origin"], alone["record_id"]) == (None, "record", "r1")
    assert (trusted["value"], trusted["conflict"]) == ("+12025550101", True)
    assert (newer["value"], newer["strategy"], newer["losers"]) == (None, "recency", 1)
    assert (silent["value"], silent["strategy"]) == ("+12025550101", "undisputed")


@pytest.mark.parametrize(("better", "worse"), [("valid", "suspicious"), ("corrected", "suspicious")])
def test_the_better_flag_has_more_quality(connection, better, worse):
    records = [
        record("r1", email="worse@example.com", email_flag=worse),
        record("r2", system="sheet", email="better@example.com", email_flag=better),
    ]

    cell = cells_of(connection, records)["e", "email"]

    assert (cell["value"], cell["strategy"]) == ("better@example.com", "quality")


def test_a_number_that_only_was_written_in_another_way_is_no_worse(connection):
    rules = policy({"phone": ("override", "quality", "recency")})
    records = [
        record("r1", phone="+12025550101", phone_flag="valid", observed_on=date(2026, 1, 1)),
        record("r2", phone="+12025550102", phone_flag="corrected", observed_on=date(2026, 1, 2)),
    ]

    cell = cells_of(connection, records, rules=rules)["e", "phone"]

    assert (cell["value"], cell["strategy"]) == ("+12025550102", "recency")


def test_copies_inside_one_system_are_one_vote(connection):
    copies = [record(f"r{n}", system="crm", phone="+12025550101") for n in range(5)]
    others = [record("s1", system="web", phone="+12025550102"), record("s2", system="sheet", phone="+12025550102")]

    cell = cells_of(connection, [*copies, *others])["e", "phone"]

    assert (cell["value"], cell["strategy"], cell["losers"]) == ("+12025550102", "majority", 6)


def test_majority_counts_only_what_earlier_steps_left_level(connection):
    rules = policy({"job_title": ("override", "recency", "majority")})
    records = [
        record("r1", system="crm", job_title="old", observed_on=date(2024, 1, 1)),
        record("r2", system="web", job_title="old", observed_on=date(2024, 1, 1)),
        record("r3", system="sheet", job_title="old", observed_on=date(2025, 1, 1)),
        record("r4", system="web", job_title="new", observed_on=date(2025, 1, 1)),
        record("r5", system="crm", job_title="new", observed_on=date(2025, 1, 1)),
    ]

    assert cells_of(connection, records, rules=rules)["e", "job_title"]["value"] == "new"


@pytest.mark.parametrize("flag", ["invalid", "missing"])
def test_an_invalid_value_never_wins_not_even_alone(connection, flag):
    records = [record("r1", email="bad@example.com", email_flag=flag, job_title="Engineer")]

    assert set(cells_of(connection, records)) == {("e", "job_title")}


def test_a_name_comes_from_one_record(connection):
    records = [
        record("r1", system="crm", full_name="Ada Example", family_name="Example"),
        record("r2", system="web", full_name="Bob Sample", given_name="Bob", family_name="Sample"),
    ]

    cells = cells_of(connection, records)

    assert {part: cells["e", part]["value"] for _, part in cells} == {
        "full_name": "Ada Example",
        "family_name": "Example",
    }


@pytest.mark.parametrize("newer", [{"country": "FR"}, {"city": "Newtown", "country": "FR"}])
def test_part_of_an_address_never_blanks_a_whole_one(connection, newer):
    records = [
        record("r1", street="1 Example Street", city="Oldtown", observed_on=date(2020, 1, 1)),
        record("r2", observed_on=date(2025, 1, 1), **newer),
    ]

    cells = cells_of(connection, records)

    assert {part: cell["record_id"] for (_, part), cell in cells.items()} == {"street": "r1", "city": "r1"}


def test_a_person_is_never_outvoted(connection):
    records = [record(f"r{n}", system=system, job_title="Engineer") for n, system in enumerate(("crm", "web"))]
    claims = [
        claim("r1", "job_title", "Manager", observed_at=datetime(2020, 1, 1)),
        claim("r0", "job_title", "Director", observed_at=datetime(2021, 1, 1)),
        claim("r0", "job_title", "Clerk", "enrichment", observed_at=datetime(2025, 6, 1)),
    ]

    cell = cells_of(connection, records, claims=claims)["e", "job_title"]

    assert (cell["value"], cell["origin"], cell["record_id"]) == ("Director", "override", "r0")
    assert (cell["strategy"], cell["conflict"], cell["losers"]) == ("override", True, 3)


def test_an_override_follows_the_record_it_was_based_on(connection):
    records = [record("r1", job_title="Engineer"), record("r2", job_title="Engineer")]
    claims = [claim("r2", "job_title", "Manager")]

    cells = cells_of(connection, records, members={"r1": "one", "r2": "two"}, claims=claims)

    assert (cells["one", "job_title"]["value"], cells["two", "job_title"]["value"]) == ("Engineer", "Manager")


def test_what_a_person_said_last_stands_whatever_day_it_speaks_of(connection):
    claims = [
        claim("r1", "job_title", "Manager", observed_at=datetime(2021, 1, 1), spoken=1),
        claim("r1", "job_title", "Director", observed_at=datetime(2020, 1, 1), spoken=2),
    ]

    assert cells_of(connection, [record("r1")], claims=claims)["e", "job_title"]["value"] == "Director"


def test_empty_on_purpose_is_a_value_of_its_own(connection):
    records = [record("r1", job_title="Engineer"), record("r2", phone="+12025550101")]
    claims = [claim("r1", "job_title", None), claim("r1", "phone", None, "enrichment")]

    cells = cells_of(connection, records, claims=claims)

    assert (cells["e", "job_title"]["value"], cells["e", "job_title"]["origin"]) == (None, "override")
    assert (cells["e", "job_title"]["losers"], cells["e", "job_title"]["conflict"]) == (1, True)
    assert cells["e", "phone"]["value"] == "+12025550101", "a provider that says nothing empties nothing"


def test_an_override_of_one_part_leaves_the_others(connection):
    records = [record("r1", full_name="Ada Example", given_name="Ada", family_name="Example")]

    cells = cells_of(connection, records, claims=[claim("r1", "given_name", "Adah")])

    assert cells["e", "given_name"]["value"] == "Adah"
    assert cells["e", "family_name"]["value"] == "Example"


def test_a_provider_fills_what_is_empty_and_is_never_surer_than_it_said(connection):
    claims = [claim("r1", "job_title", "Engineer", "enrichment", confidence=0.4)]

    cell = cells_of(connection, [record("r1", email="a@example.com")], claims=claims)["e", "job_title"]

    assert (cell["value"], cell["origin"], cell["source"]) == ("Engineer", "enrichment", "vendor")
    assert (cell["confidence"], cell["strategy"]) == (0.4, "undisputed")


def test_level_with_a_provider_the_record_wins(connection):
    rules = policy({"job_title": ("override", "recency")}, trust={"enrichment": 90, "crm": 90})
    claims = [claim("r1", "job_title", "Clerk", "enrichment")]

    cell = cells_of(connection, [record("r1", job_title="Engineer")], claims=claims, rules=rules)["e", "job_title"]

    assert (cell["value"], cell["strategy"]) == ("Engineer", "tie_break")


def test_newer_contradiction_ages_the_winner(connection):
    rules = policy({"job_title": ("override", "source_trust")}, half_lives={"job_title": 100})
    records = [
        record("r1", job_title="Engineer", observed_on=date(2025, 1, 1)),
        record("r2", system="sheet", job_title="Manager", observed_on=date(2025, 4, 11)),
    ]

    cell = cells_of(connection, records, rules=rules)["e", "job_title"]

    assert (cell["value"], cell["confidence"]) == ("Engineer", 0.45)


def test_what_no_rule_covers_is_kept_under_the_default_rule(connection):
    cell = cells_of(connection, [record("r1", country="FR")], rules=policy({"email": ("override",)}))["e", "country"]

    assert (cell["value"], cell["rule"]) == ("FR", "default")


def test_every_cell_has_its_whole_provenance(connection):
    records = [record("r1", job_title="Engineer", email="a@example.com"), record("r2", street="1 Example Street")]
    claims = [claim("r2", "phone", "+12025550101"), claim("r1", "city", "Town", "enrichment")]

    for cell in cells_of(connection, records, claims=claims).values():
        assert all(value is not None for value in cell.values())


_VALUES = st.sampled_from([None, None, "", "a", "B", "b", "long"])
_FLAGS = st.sampled_from([None, "valid", "corrected", "suspicious", "invalid", "missing"])
_MOMENTS = st.sampled_from([None, "2024-01-01T00:00:00Z", "2024-06-01T12:00:00Z", "2030-01-01T00:00:00Z"])
_TEXTS = ("full_name", "given_name", "family_name", "email", "phone", "job_title", "street", "city", "country")
_RECORD = st.fixed_dictionaries(
    {
        "system": st.sampled_from(["crm", "web", "sheet", "other"]),
        "observed_on": st.sampled_from([date(2024, 1, 1), date(2025, 1, 1)]),
        "updated_at": _MOMENTS,
        **dict.fromkeys(_TEXTS, _VALUES),
        **dict.fromkeys(("email_flag", "phone_flag", "country_flag"), _FLAGS),
        **dict.fromkeys(("is_role", "is_free"), st.booleans()),
        "remarks": st.sampled_from([None, [], emptied("phone"), emptied("street", "city"), emptied("email")]),
    }
)
_CLAIM = st.fixed_dictionaries(
    {
        "record": st.integers(0, 7),
        "attribute": st.sampled_from(_TEXTS),
        "value": st.sampled_from([None, "", "a", "c", "long"]),
        "origin": st.sampled_from(["override", "enrichment", "enrichment"]),
        "confidence": st.sampled_from([0.5, 0.9]),
        "observed_at": st.sampled_from([datetime(2024, 3, 1), datetime(2025, 1, 1)]),
        "spoken": st.integers(0, 2),
    }
)
_STEPS = st.permutations(["source_trust", "recency", "majority", "completeness", "longest", "quality"])


@settings(deadline=None, max_examples=size(50))
@given(
    rows=st.lists(_RECORD, min_size=1, max_size=8),
    owners=st.lists(st.sampled_from("xy"), min_size=8, max_size=8),
    made=st.lists(_CLAIM, max_size=5),
    steps=st.fixed_dictionaries(dict.fromkeys(STRATEGIES, _STEPS)),
    lengths=st.fixed_dictionaries(dict.fromkeys(STRATEGIES, st.integers(0, 6))),
    seed=st.integers(0, 1000),
)
def test_the_statement_agrees_with_the_plain_reference_in_any_order(
    connection, rows, owners, made, steps, lengths, seed
):
    records = [record(f"r{n}", **row) for n, row in enumerate(rows)]
    members = {row["record_id"]: owner for row, owner in zip(records, owners, strict=False)}
    claims = [
        claim(f"r{row['record']}", **{key: row[key] for key in row if key != "record"})
        for row in made
        if row["record"] < len(records)
    ]
    asked = {name: ("override", *order[: lengths[name]]) for name, order in steps.items()}
    asked["email"] = (*asked["email"], "domain_rule")
    rules = policy(asked, half_lives={"job_title": 200})
    expected = reference.compose(records, members, claims, rules)
    random.Random(seed).shuffle(records)
    random.Random(seed).shuffle(claims)

    found = cells_of(connection, records, members=members, claims=claims, rules=rules)

    assert {
        key: {name: cell[name] for name in next(iter(expected.values()), {})} for key, cell in found.items()
    } == expected


def test_the_losers_are_named_with_the_step_they_lost_at(connection):
    records = [
        record("r1", job_title="Buyer", observed_on=date(2025, 2, 1)),
        record("r2", job_title="Clerk"),
        record("r3", job_title="Clerk", system="web"),
        record("r4", phone="+12025550101"),
    ]
    cells_of(connection, records)
    rules = policy({"job_title": ("override", "recency", "source_trust")})
    ingredients = Ingredients(entity_type="person", members="members", records="records", claims="claims", policy=rules)

    found = contenders(connection, ingredients, "job_title")

    assert [(each.record_id, each.value, each.lost_by) for each in found] == [
        ("r1", "Buyer", None), ("r2", "Clerk", "recency"), ("r3", "Clerk", "recency"),
    ]  # fmt: skip


def test_every_order_of_arrival_gives_the_same_winners(connection):
    """Level on every step on purpose: equal trust, equal moments, the same value in another case."""
    chance = random.Random(7)
    say = {"email": ["a@x.example", "b@x.example"], "job_title": ["Buyer", "buyer"], "city": ["Town", "town"]}
    records = [
        record(
            f"r{n}",
            system=chance.choice(["crm", "web"]),
            remarks=chance.choice([None, emptied("phone")]),
            phone=chance.choice([None, "+12025550101"]),
            **{name: chance.choice(these) for name, these in say.items()},
        )
        for n in range(12)
    ]
    claims = [claim(f"r{n}", "city", chance.choice(["Town", "Ville"]), "enrichment") for n in range(4)]
    claims += [claim("r1", "job_title", value, spoken=1) for value in ("Clerk", "clerk")]
    winners = cells_of(connection, records, claims=claims)

    for _ in range(size(15)):
        chance.shuffle(records)
        chance.shuffle(claims)
        assert cells_of(connection, records, claims=claims) == winners
