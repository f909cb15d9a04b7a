"""Which pairs of records are looked at, by all records and by some."""

from collections import Counter
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.matching.kernel.columns import Column
from kempt.matching.profile import look as module
from kempt.matching.profile import rules
from kempt.matching.profile.look import CAPS, look
from kempt.matching.profile.rules import choose_rules
from kempt.matching.profile.ways import Caps, Key
from tests.sizes import size

VALUES = st.lists(st.tuples(*[st.sampled_from(["a", "b", "c", None])] * 3), min_size=2, max_size=14)


@pytest.fixture
def tight(monkeypatch):
    """Values that three share are common, and pairs of values may be shared by four."""
    monkeypatch.setattr(module, "CAPS", (Caps(2, 4),))


def keys_of(**fields):
    return {
        name: Key(field=name, columns=(Column.of(pa.array(values, pa.string())),)) for name, values in fields.items()
    }


def pairs(looked):
    return list(zip(looked.left.tolist(), looked.right.tolist(), strict=True))


def expected(rows, alone, together):
    """Pairs that share one value held by few, or two of common ones that few hold together."""
    found = set()
    for a, b in combinations(range(len(rows)), 2):
        shared = [at for at in range(3) if rows[a][at] is not None and rows[a][at] == rows[b][at]]
        held = {at: sum(row[at] == rows[a][at] for row in rows) for at in shared}
        both = {
            (x, y): sum(row[x] == rows[a][x] and row[y] == rows[a][y] for row in rows)
            for x, y in combinations([at for at in shared if held[at] > alone], 2)
        }
        if any(count <= alone for count in held.values()) or any(count <= together for count in both.values()):
            found.add((a, b))
    return sorted(found)


@given(VALUES, st.sets(st.integers(0, 13)))
@settings(max_examples=size(60), deadline=None)
def test_records_that_share_what_few_share_are_paired_once_and_no_others(rows, looking):
    keys = keys_of(**{name: [row[at] for row in rows] for at, name in enumerate(("x", "y", "z"))})
    seeds = np.isin(np.arange(len(rows)), list(looking))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CAPS", (Caps(2, 4),))
        everyone, some = look(keys, len(rows)), look(keys, len(rows), seeds)

    assert pairs(everyone) == expected(rows, 2, 4)
    assert pairs(some) == [(a, b) for a, b in expected(rows, 2, 4) if seeds[a] or seeds[b]]


@pytest.mark.usefixtures("tight")
def test_each_way_knows_which_pairs_it_found():
    looked = look(keys_of(x=["a", "a", "b", "b", "b"], y=["p", "q", "p", "p", "p"]), 5)

    by_way = {
        way.keys: [pairs(looked)[at] for at in found] for way, found in zip(looked.ways, looked.found, strict=True)
    }

    assert by_way == {("x",): [(0, 1)], ("x", "y"): [(2, 3), (2, 4), (3, 4)]}


def test_two_keys_of_one_field_are_not_put_together():
    common = ["same"] * (CAPS[0].alone + 1)
    keys = keys_of(x=common, y=common[:3] + [f"{n}" for n in range(len(common) - 3)])

    assert len(pairs(look(keys, len(common)))) == 3
    merged = {name: Key(field="x", columns=key.columns) for name, key in keys.items()}
    assert len(pairs(look(merged, len(common)))) == 3


def test_words_are_found_wherever_they_stand():
    words = Column.of(pa.array(["alpha", "beta", "beta"]))
    first = Column(codes=np.array([0, 1], np.int32), values=words.values)
    second = Column(codes=np.array([1, 0], np.int32), values=words.values)

    assert pairs(look({"words": Key(field="text", columns=(first, second))}, 2)) == [(0, 1)]


def test_many_pairs_are_kept_within_a_budget(monkeypatch):
    monkeypatch.setattr(module, "FEW_PAIRS", 1000)
    rng = np.random.default_rng(4)
    keys = keys_of(**{name: rng.integers(0, 40, 1200).astype(str).tolist() for name in ("x", "y", "z")})

    looked = look(keys, 1200)

    assert looked.caps != CAPS[0]
    assert len(looked.left) <= module.PAIRS_PER_RECORD * 1200


def test_rules_are_chosen_that_find_what_is_known_for_least():
    # Three ways find the one known pair; two of them many others besides.
    rng = np.random.default_rng(4)
    names = [f"{n}" for n in rng.integers(0, 60, 300)]
    mails = ["one", "one", *(f"m{n}" for n in range(298))]
    looked = look(keys_of(name=["a", "a", *names[2:]], mail=mails, town=["t", "t", *names[:1:-1]]), 300)
    together = np.array([pair == (0, 1) for pair in pairs(looked)])

    chosen = choose_rules(looked, together)

    assert [rule.columns for rule in chosen.rules] == [("mail",)]
    assert (chosen.found, chosen.known) == (1, 1)


@given(VALUES)
@settings(max_examples=size(40), deadline=None)
def test_the_rules_find_every_pair_that_is_known(rows):
    keys = keys_of(**{name: [row[at] for row in rows] for at, name in enumerate(("x", "y", "z"))})
    looked = look(keys, len(rows))
    together = np.arange(len(looked.left)) % 2 == 0

    chosen = choose_rules(looked, together)

    found = {
        pair
        for rule in chosen.rules
        for way, at in zip(looked.ways, looked.found, strict=True)
        if way.keys == rule.columns
        for pair in at.tolist()
    }
    assert set(np.flatnonzero(together).tolist()) <= found
    assert max(Counter(rule.columns for rule in chosen.rules).values(), default=1) == 1


@given(VALUES)
@settings(max_examples=size(40), deadline=None)
def test_a_rule_goes_as_far_as_the_known_pairs_that_it_is_taken_for(rows):
    # Everybody looks as a seed: groups are taken up to a size.
    named = {name: [row[at] for row in rows] for at, name in enumerate(("x", "y", "z"))}
    looked = look(keys_of(**named), len(rows), np.ones(len(rows), bool))
    known = [pair for pair in pairs(looked) if sum(pair) % 2]

    chosen = choose_rules(looked, np.array([pair in known for pair in pairs(looked)], bool))

    found = set()
    for rule in chosen.rules:
        said = list(zip(*(named[name] for name in rule.columns), strict=True))
        for pair in known:
            one, other = (said[at] for at in pair)
            if one == other and None not in one and said.count(one) <= rule.max_block:
                found.add(pair)
    assert (chosen.found, chosen.known) == (len(found), len(known))
    assert len(found) == len(known)


def test_of_what_many_share_only_small_groups_are_paired_where_duplicates_are():
    # Two duplicates share a town with nobody else; towns of eight hold none.
    towns = ["own", "own", *(f"t{n // 8}" for n in range(800))]
    looked = look(keys_of(town=towns), 802, np.ones(802, bool))

    chosen = choose_rules(looked, np.array([pair == (0, 1) for pair in pairs(looked)]))

    assert [(rule.columns, rule.max_block) for rule in chosen.rules] == [(("town",), 2)]


def test_no_more_is_compared_than_there_is_time_for(monkeypatch):
    # Each column finds a duplicate of its own, among many pairs that are none.
    rng = np.random.default_rng(4)
    keys = keys_of(**{name: [f"{n}" for n in rng.integers(0, 80, 400)] for name in ("x", "y", "z")})
    looked = look(keys, 400, np.ones(400, bool))
    together = np.arange(len(looked.left)) % 50 == 0
    found_by_all = choose_rules(looked, together)
    monkeypatch.setattr(rules, "FEW_PAIRS", 0)
    monkeypatch.setattr(rules, "PAIRS_PER_RECORD", 2.5)

    chosen = choose_rules(looked, together)

    assert 0 < chosen.found < found_by_all.found == found_by_all.known
