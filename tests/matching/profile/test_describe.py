"""From a table of text to what is compared."""

import duckdb
import pyarrow as pa

from kempt.matching.profile.describe import describe
from kempt.matching.profile.roles import Role


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
