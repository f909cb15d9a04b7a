"""What may be merged without asking rests on more than a household or an office shares."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kempt.matching.bands import BANDS, bands_of, sound_evidence
from kempt.matching.kernel.runs import Met, Scored
from kempt.matching.profile import comparisons as compare
from kempt.matching.weights import MICRO, bits_of

COMPARISONS = (
    compare.compare_names("given", "family", "root"),
    compare.compare_emails("email", "email:mailbox", "email:domain"),
    compare.compare_phones("phone", "phone:local"),
    compare.compare_dates("born", "born:turned", "born:year", "born:rest"),
    compare.compare_generations("generation"),
    compare.compare("passport_number", "code", identifies=True),
    compare.compare("firm", "text", own_name=True),
    compare.compare("address", "text"),
    compare.compare("gender", "category"),
)
NAMES = ("name", "email", "phone", "born", "generation", "passport_number", "firm", "address", "gender")


class Levels:
    """Stands for the kernel's program: the patterns are the rows of what was found."""

    def __init__(self, levels: list[list[int]]) -> None:
        self.levels = np.array(levels, np.uint8)

    def levels_of(self, patterns: Any) -> Any:
        return self.levels[patterns.astype(int)]


def ground_of(levels: list[list[int]], sharing: int = 0) -> Any:
    """Records of which so many beyond the first two have the values that are one's own as well."""
    same = SimpleNamespace(codes=np.zeros(2 + sharing, np.int32))
    columns = SimpleNamespace(columns=dict.fromkeys(("email", "phone", "passport_number", "firm"), same))
    return SimpleNamespace(program=Levels(levels), comparisons=COMPARISONS, columns=columns)


def row(**found: str) -> list[int]:
    return [
        [outcome.name for outcome in each.outcomes].index(found.get(name, "not_given"))
        for name, each in zip(NAMES, COMPARISONS, strict=True)
    ]


def sound(sharing: int = 0, **found: str) -> bool:
    """Of a pair; each that shares its own values is a cluster by itself."""
    ends, labels = (np.array([end], np.int32) for end in (0, 1)), np.array([0, 0, *range(2, 2 + sharing)])
    return bool(sound_evidence(ground_of([row(**found)], sharing), *ends, np.zeros(1, np.uint64), labels)[0])


@pytest.mark.parametrize(
    "found",
    [
        {"name": "same", "phone": "same"},
        {"name": "nickname", "address": "same"},
        {"name": "family_only", "email": "same"},
        {"name": "family_only", "born": "same"},
        {"email": "same", "address": "within_0.75"},
        {"passport_number": "same", "name": "same"},
        {"firm": "within_0.9", "phone": "same"},
    ],
)
def test_agreement_on_what_is_ones_own_and_on_something_besides_is_enough(found):
    assert sound(**found)


@pytest.mark.parametrize(
    ("found", "lacks"),
    [
        ({"name": "other_given", "phone": "same", "address": "same", "born": "same"}, "twins have two given names"),
        ({"name": "family_only", "phone": "same", "address": "same"}, "a household shares all of that"),
        ({"phone": "same", "address": "same", "gender": "same"}, "an office shares all of that"),
        ({"name": "same"}, "namesakes agree on nothing else"),
        ({"name": "same", "gender": "same"}, "half of all namesakes are of one gender"),
        ({"born": "same", "address": "same"}, "strangers are born on one day"),
        ({"name": "same", "address": "same", "generation": "other"}, "father and son"),
        ({"name": "same", "address": "same", "born": "other"}, "two birth dates"),
        ({"name": "same", "address": "same", "passport_number": "other"}, "two passports"),
        ({"firm": "within_0.75", "phone": "same"}, "two sites of one agency"),
        ({}, "nothing is known"),
    ],
)
def test_whatever_it_weighs_other_evidence_is_not(found, lacks):
    assert not sound(**found), lacks


@pytest.mark.parametrize("own", [{"email": "same"}, {"passport_number": "same"}, {"firm": "same"}])
def test_a_value_that_several_clusters_have_is_nobodys_own(own):
    assert sound(sharing=2, address="same", **own)
    assert not sound(sharing=3, address="same", **own)
    # What else identifies still does, and what else agrees.
    assert sound(sharing=3, address="same", name="same", **own)
    assert not sound(sharing=3, name="same", **own)


def test_neither_is_a_number_that_several_clusters_have_anything_besides():
    assert sound(sharing=2, name="same", phone="same")
    assert not sound(sharing=3, name="same", phone="same")
    assert sound(sharing=3, name="same", phone="same", address="same")


def test_the_bands_follow_from_the_clusters_the_weight_and_the_gates():
    # Records 0 and 1 are a cluster, 2 and 3 one that fails a gate, 4 and 5 are single.
    pairs = [(0, 1, 20.0, 0), (0, 1, 20.0, 1), (0, 1, 3.0, 0), (2, 3, 20.0, 0), (4, 5, 20.0, 0), (4, 5, -4.9, 0),
             (4, 5, -5.0, 0)]  # fmt: skip
    left, right, bits, pattern = (np.array(each) for each in zip(*pairs, strict=True))
    none = np.zeros(len(pairs), np.uint64)
    scored = Scored(
        left=left, right=right, pattern=pattern.astype(np.uint64), bits=np.round(bits * MICRO).astype(np.int64),
        rules=none, broken=none, met=Met(pairs=len(pairs), measures=0, by_rule=(), alone=()),
    )  # fmt: skip
    ground = ground_of([row(name="same", address="same"), row(name="other_given", address="same")], sharing=4)
    labels, passes = np.array([0, 0, 2, 2, 4, 5]), np.array([True, True, False, False, True, True])

    def found(cut: float) -> list[str]:
        return [BANDS[place] for place in bands_of(ground, scored, labels, passes, cut).tolist()]

    assert found(0.0) == ["auto", "match", "match", "match", "review", "review", "non-match"]
    # Who asks for more than the band does gets more.
    assert found(bits_of(0.999_999_5))[0] == "match"
