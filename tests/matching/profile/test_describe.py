"""From a table of text to what is compared."""

import duckdb
import numpy as np
import pyarrow as pa

from kempt.matching.kernel.columns import Columns
from kempt.matching.profile.describe import describe
from kempt.matching.profile.roles import Role
from kempt.matching.training.ground import Ground


def described(told: dict[str, Role] | None = None, **columns):
    table = pa.table({name: pa.array(values, pa.large_string()) for name, values in columns.items()})
    return describe(duckdb.connect(), table, told or {})


GIVEN = ["Ada", "Bo", "Cy", "Di", "Ed"] * 20
FAMILY = [f"Stone{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(100)]


def test_both_names_are_one_comparison():
    found = described(first_name=GIVEN, last_name=FAMILY)

    assert [each.name for each in found.comparisons] == ["name"]


def test_a_whole_whose_parts_are_columns_is_left_out_with_its_reason():
    whole = [f"{given} {family}" for given, family in zip(GIVEN, FAMILY, strict=True)]

    found = described(first_name=GIVEN, last_name=FAMILY, display=whole)

    reading = next(each for each in found.readings if each.column == "display")
    assert (reading.role, reading.why) == ("nothing", "its words stand in first_name")


def test_who_has_only_a_whole_name_is_compared_by_its_parts():
    nobody = [None] * 5
    whole = [None] * 95 + [f"Ada {name}" for name in FAMILY[:5]]

    found = described(first_name=[*GIVEN[:95], *nobody], last_name=[*FAMILY[:95], *nobody], full_name=whole)

    name = found.columns["first_name"]
    assert [name.values[code].as_py() for code in name.codes[95:]] == ["ada"] * 5
    assert found.columns["last_name"].codes[95:].tolist() == found.columns["last_name"].codes[:5].tolist()
    assert "full_name" not in found.columns


def test_the_name_of_a_firm_is_its_own_name_and_its_street_is_not():
    firms = [f"{a} {b} {c}" for a in "abcde" for b in "fghij" for c in "klmn"]
    streets = [f"{n} long street name {n % 7}" for n in range(100)]

    found = described(employer_name=firms, employer_street_name=streets)

    limited = {each.name for each in found.comparisons if any(o.by_chance_at_most for o in each.outcomes)}
    assert limited == {"employer_name"}


def test_only_so_many_comparisons_are_made_as_one_pattern_holds_the_most_telling_first():
    columns = {f"text {n}": [f"a{k % 8} b{k % (n + 20)} c{n}" for k in range(100)] for n in range(40)}

    found = described(**columns)

    sizes = 1
    for each in found.comparisons:
        sizes *= len(each.outcomes)
    assert sizes < 2**60
    assert 5 < len(found.comparisons) <= 24


def test_what_is_told_decides_how_a_column_is_compared():
    codes = [f"{n:05}" for n in range(100)]

    (told,) = described({"ref": "category"}, ref=codes).comparisons

    assert [outcome.name for outcome in told.outcomes] == ["not_given", "same", "other"]


def test_each_column_with_whole_names_fills_what_the_others_leave():
    nobody = [None] * 10
    one, other = (
        [None] * 95 + [f"{name}, Ada" for name in FAMILY[:5]],
        [None] * 90 + ["\u738b\u4f1f", "\u738b\u6770"] * 2 + ["\u738b\u6770"] + [None] * 5,
    )

    found = described(
        first_name=[*GIVEN[:90], *nobody], last_name=[*FAMILY[:90], *nobody], full_name=one, native_full_name=other
    )

    given, family = found.columns["first_name"], found.columns["last_name"]
    assert [given.values[code].as_py() for code in given.codes[90:]] == ["wei", "jie", "wei", "jie", "jie"] + [
        "ada"
    ] * 5
    assert [family.values[code].as_py() for code in family.codes[90:95]] == ["wang"] * 5
    assert family.codes[95:].tolist() == family.codes[:5].tolist()


def test_a_whole_name_begins_with_the_family_name_where_the_tables_names_say_so():
    whole = [None] * 95 + [f"{name} Ada" for name in FAMILY[:5]]

    found = described(first_name=[*GIVEN[:95], *[None] * 5], last_name=[*FAMILY[:95], *[None] * 5], full_name=whole)

    assert found.columns["last_name"].codes[95:].tolist() == found.columns["last_name"].codes[:5].tolist()


def test_junior_is_no_family_name():
    whole = [None] * 98 + ["Ada Stone Jr", "Ada Stone Sr"]

    found = described(first_name=[*GIVEN[:98], None, None], last_name=[*FAMILY[:98], None, None], full_name=whole)

    assert found.columns["last_name"].values[found.columns["last_name"].codes[98]].as_py() == "stone"
    assert found.comparisons[0].name == "generation"


def test_father_and_son_are_told_apart_by_what_follows_their_names():
    found = described(first_name=GIVEN, last_name=["Stone Jr", "Stone Sr", *FAMILY[2:]])

    assert [each.name for each in found.comparisons] == ["generation", "name"]
    assert found.comparisons[0].outcomes[-1].at_most == 0.001
    assert found.columns["last_name"].codes[0] == found.columns["last_name"].codes[1]


def test_dates_with_day_and_month_swapped_are_told_from_other_dates():
    days = [f"19{70 + n % 20}-{n % 9 + 1:02}-{n % 12 + 1:02}" for n in range(98)]

    found = described(born=[*days, "1978-11-12", "1978-12-11"])

    ground = Ground(columns=Columns.of(found.columns), comparisons=found.comparisons)
    level = ground.outcomes(np.array([98], np.int32), np.array([99], np.int32))[0, 0]
    assert found.comparisons[0].outcomes[level].name == "turned"


def test_strangers_hardly_share_what_identifies_a_person():
    numbers = [f"{n:07}" for n in range(100)]

    found = described(passport_number=numbers, size=numbers)

    limits = {each.name: each.outcomes[1].by_chance_at_most for each in found.comparisons}
    assert limits == {"passport_number": 2.0**-10, "size": None}


STREETS = [f"{n} Long Street {n % 7}" for n in range(100)]
TOWNS = [f"Town{chr(97 + n % 26)}" for n in range(100)]


def test_addresses_that_are_whole_in_one_column_and_in_parts_in_others_are_compared_whole():
    none, wholes = [None] * 50, [f"{street}, {town}" for street, town in zip(STREETS, TOWNS, strict=True)]

    found = described(
        addr_full=[*wholes[:50], *none],
        addr_street=[*none, *STREETS[:50]],
        addr_city=[*none, *TOWNS[:50]],
        birth_country=["Norway", "Chile", "Ghana", "Nepal"] * 25,
    )

    assert {each.name for each in found.comparisons} == {"addr_full", "birth_country"}
    assert found.columns["addr_full"].codes[:50].tolist() == found.columns["addr_full"].codes[50:].tolist()
    reading = next(each for each in found.readings if each.column == "addr_city")
    assert (reading.role, reading.why) == ("nothing", "it is compared as a part of addr_full")


def test_a_street_beside_another_address_is_no_part_of_it():
    found = described(address=[f"{n} Hall Lane {n % 9}" for n in range(100)], street=STREETS, city=TOWNS)

    assert {each.name for each in found.comparisons} == {"address", "street", "city"}


def test_what_the_user_told_is_never_taken_for_a_part_of_an_address():
    none = [None] * 50

    found = described({"city": "word"}, address=[*STREETS[:50], *none], street=[*none, *STREETS[:50]], city=TOWNS)

    assert {each.name for each in found.comparisons} == {"address", "city"}


def test_of_many_columns_names_and_dates_are_compared_before_texts_that_nobody_shares():
    texts = {f"text {n}": [f"a{k} b{k * 7} c{n}" for k in range(100)] for n in range(30)}

    found = described(
        **texts, first_name=GIVEN, last_name=FAMILY, born=[f"1980-01-{k % 28 + 1:02}" for k in range(100)]
    )

    assert {"name", "born"} <= {each.name for each in found.comparisons}


def test_of_many_columns_those_are_compared_whose_values_are_shared():
    unique = {f"text {n}": [f"a{k} b{k * 7} c{n}" for k in range(100)] for n in range(40)}

    found = described(**unique, shared=[f"a{k // 2} b{k // 2} of" for k in range(100)])

    assert "shared" in {each.name for each in found.comparisons}
