"""Whose an entity is follows from golden state and policy alone, in any order."""

import random
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempt.policy.routing import Routing
from kempt.survivorship.routing import Named, Route, route

WHY = "Written for the tests of routing."


def named(owner, trust=50, day=1):
    return Named(owner=owner, trust=trust, observed_at=datetime(2025, 1, day))


def rules(**changes):
    return Routing(why=WHY, **changes)


LEFT = {"inactive": ("ann",)}
EAST = {"territories": {"DE": "eva"}}


@pytest.mark.parametrize(
    ("said", "golden", "country", "policy", "owner", "reason"),
    [
        ([named("ann")], "ann", "DE", rules(), "ann", "only_owner"),
        ([named("ann"), named("bob")], "bob", "DE", rules(), "bob", "two_owners"),
        ([named("ann"), named("bob", 90)], None, None, rules(), "bob", "two_owners"),
        ([named("ann", day=2), named("bob")], None, None, rules(), "ann", "two_owners"),
        ([named("ann"), named("bob")], None, None, rules(), "ann", "two_owners"),
        ([named("ann", 90), named("bob")], "ann", "DE", rules(**LEFT), "bob", "inactive_owner"),
        ([named("ann", 90), named("bob"), named("cem")], "ann", None, rules(**LEFT), "bob", "two_owners"),
        ([named("ann")], "ann", "DE", rules(**LEFT, **EAST), "eva", "inactive_owner"),
        ([named("ann")], "ann", "FR", rules(**LEFT, **EAST, fallback="desk"), "desk", "inactive_owner"),
        ([named("ann")], "ann", "FR", rules(**LEFT, **EAST), None, "nobody"),
        ([named("bob")], "bob", "DE", rules(**EAST, territory_first=True), "eva", "territory"),
        (
            [named("bob")],
            "bob",
            "DE",
            rules(territories={"DE": "ann"}, **LEFT, territory_first=True),
            "bob",
            "only_owner",
        ),
    ],
)
def test_the_owner_and_the_reason(said, golden, country, policy, owner, reason):
    found = route(said, golden=golden, overridden=False, country=country, rules=policy)

    assert found == Route(owner=owner, reason=reason)


def test_what_a_person_said_stands_whoever_left():
    for golden in ("ann", None):
        found = route([named("bob")], golden=golden, overridden=True, country="DE", rules=rules(**LEFT, **EAST))

        assert found == Route(owner=golden, reason="override")


@given(
    said=st.lists(st.builds(named, st.sampled_from("abc"), st.sampled_from([1, 2]), st.integers(1, 3)), min_size=1),
    left=st.sets(st.sampled_from("abc")),
    golden=st.sampled_from([None, "a", "b"]),
    seed=st.integers(0, 99),
)
def test_the_same_in_any_order_and_never_somebody_who_left(said, left, golden, seed):
    policy = rules(inactive=tuple(sorted(left)))
    found = route(said, golden=golden, overridden=False, country=None, rules=policy)
    shuffled = [*said, said[0]]
    random.Random(seed).shuffle(shuffled)

    assert route(shuffled, golden=golden, overridden=False, country=None, rules=policy) == found
    assert found.owner not in left
    assert found.owner is None or found.owner in {each.owner for each in said}
