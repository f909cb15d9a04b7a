"""How names of persons are taken apart."""

import pyarrow as pa
import pytest

from kempt.matching.kernel.columns import Column
from kempt.matching.profile import names


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Stone, Ada", "Ada Stone"),
        ("Ada Stone", "Ada Stone"),
        ("Stone, Jr.", "Stone, Jr."),
        ("Stone, Ada, Dr", "Stone, Ada, Dr"),
        ("\u738b\u4f1f", "\u4f1f \u738b"),
        ("\u5f20\u79c0\u82f1", "\u79c0\u82f1 \u5f20"),
        (None, None),
    ],
)
def test_of_a_whole_name_the_family_name_comes_last(raw, name):
    turned = names.given_first(Column.of(pa.array([raw], pa.large_string())))

    assert [" ".join(value.split()) for value in turned.values.to_pylist()] == ([name] if name else [])


@pytest.mark.parametrize(
    ("name", "left"),
    [("stone jr", "stone"), ("stone senior", "stone"), ("stone", "stone"), ("junior", "junior"), ("ada iii", "ada")],
)
def test_what_tells_father_and_son_apart_is_no_part_of_the_name(name, left):
    assert names.without_generation(name) == left


def test_the_generation_stands_after_the_family_name_or_the_given_name():
    family, given = (
        Column.of(pa.array(each, pa.large_string()))
        for each in (["stone jr", "stone senior", "stone", "stone", None], ["al", "al", "al ii", "al", "al"])
    )

    found = names.generation_of((family, given))

    assert [None if code < 0 else found.values[code].as_py() for code in found.codes] == ["2", "1", "2", None, None]


def test_where_all_are_of_one_generation_it_tells_nothing():
    assert names.generation_of((Column.of(pa.array(["stone jr", "hill"], pa.large_string())),)) is None
