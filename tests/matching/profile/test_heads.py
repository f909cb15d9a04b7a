"""Which part of a text names what it is about."""

import duckdb
import pyarrow as pa

from kempt.matching.kernel.columns import Column
from kempt.matching.profile.describe import describe
from kempt.matching.profile.heads import read_heads

PLACES = ["Oslo", "Turku", "Vilnius", "Porto", "Gdansk", "Bergen", "Tartu", "Lund", "Ghent", "Basel"]
NAMES = [f"University of {place}" for place in PLACES]
UNITS = ["Department of Physics", "Faculty of Law", "Institute of Botany", "School of Music"]
TEXTS = NAMES + [f"{unit}, {name}" for unit in UNITS for name in NAMES]


def heads(*texts):
    column = read_heads(duckdb.connect(), Column.of(pa.array(list(texts), pa.large_string())))
    return column and [None if code < 0 else column.values[code].as_py() for code in column.codes]


def test_the_head_of_a_text_is_the_part_that_stands_alone_elsewhere():
    found = heads(*TEXTS)

    assert found == [name.lower() for name in NAMES] * (1 + len(UNITS))


def test_what_stands_alone_elsewhere_is_the_head_wherever_it_stands():
    mixed = [f"{name} - {unit}" if at % 2 else f"{unit}, {name}" for at, unit in enumerate(UNITS) for name in NAMES]

    assert heads(*NAMES, *mixed) == [name.lower() for name in NAMES] * (1 + len(UNITS))


def test_a_head_that_never_stands_alone_is_told_by_its_place_and_its_words():
    found = heads(*TEXTS, "Department of Dance, Hall 3, University of Ulm")

    assert found[-1] == "university of ulm"


def test_what_is_not_given_has_no_head():
    assert heads(*TEXTS, None, " , ")[-2:] == [None, None]


def test_texts_whose_parts_never_stand_alone_have_no_heads():
    assert heads(*(f"{number} Main Street, {place}" for number in range(9) for place in PLACES)) is None


def test_texts_of_one_part_have_no_heads():
    assert heads(*NAMES) is None


def test_a_column_of_names_with_their_surroundings_is_compared_by_the_names():
    found = describe(duckdb.connect(), pa.table({"place of work": pa.array(TEXTS, pa.large_string())}), {})

    assert sorted(found.columns["place of work"].values.to_pylist()) == sorted(name.lower() for name in NAMES)
