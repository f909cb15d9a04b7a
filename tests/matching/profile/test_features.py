"""How values are written before they are compared."""

import duckdb
import pyarrow as pa
import pytest

from kempt.matching.kernel.columns import Column
from kempt.matching.profile import features
from kempt.matching.profile.vectors import vectors_of


def written(role, *values):
    column = features.read_feature(duckdb.connect(), Column.of(pa.array(list(values), pa.large_string())), role)
    texts = column.values.to_pylist()
    return [None if code < 0 else texts[code] for code in column.codes]


@pytest.mark.parametrize(
    ("role", "raw", "value"),
    [
        ("text", "  Müller & Söhne ", "muller sohne"),
        ("text", "O'Brien's  Ltd.", "obriens ltd"),
        ("text", "北京", "beijing"),
        ("text", "N/A", None),
        ("text", "", None),
        ("email", " Ada@Example.COM ", "ada@example.com"),
        ("email", "Ada Stone <Ada@example.com>", "ada@example.com"),
        ("email", "Ada Stone<ada@example.com>", "ada@example.com"),
        ("phone", "+1 (202) 555-0101 x99", "2025550101"),
        ("phone", "202.555.0101 ext 4", "2025550101"),
        ("date", "1982-04-12", "19820412"),
        ("date", "1982-04-12 10:00:00", "19820412"),
        ("date", "4/12/1982", "19820412"),
        ("date", "19820412", "19820412"),
        ("date", "1982-02-31", "19820231"),
        ("date", "20/8/1991", "19910820"),
        ("date", "25-Jun-08", "20080625"),
        ("date", "Mar 1 1970", "19700301"),
        ("date", "March 1, 1970", "19700301"),
        ("url", "https://www.Example.com/a/", "example.com/a"),
        ("number", "12 345", "12345"),
        ("given_name", "Dr.", None),
        ("given_name", "José", "jose"),
    ],
)
def test_a_value_is_written_in_one_way(role, raw, value):
    assert written(role, raw, None) == [value, None]


@pytest.mark.parametrize(("day", "turned"), [("19781112", "19781211"), ("19781111", None), ("19781231", None)])
def test_a_date_is_turned_where_its_day_can_be_a_month(day, turned):
    column = features.turned(Column.of(pa.array([day], pa.large_string())))

    assert column.values.to_pylist() == ([turned] if turned else [])


def test_what_stands_in_several_columns_is_put_side_by_side():
    one, other = (Column.of(pa.array(each, pa.large_string())) for each in (["a", None, None], ["b", "c", None]))

    made = features.joined([one, other])

    assert [None if code < 0 else made.values[code].as_py() for code in made.codes] == ["a b", "c", None]


def test_values_that_are_written_alike_have_one_code():
    column = features.read_feature(
        duckdb.connect(), Column.of(pa.array(["Café", "CAFE", "tea"], pa.large_string())), "text"
    )

    assert column.codes[0] == column.codes[1] != column.codes[2]


def test_a_gap_is_filled_from_another_column_and_nothing_else_is_touched():
    def column(*values):
        return Column.of(pa.array(values, pa.large_string()))

    first, whole = column("ann", None, None), column("bo sand", "cy hill", None)

    made = features.filled(first, whole, lambda value: value.split()[0])

    texts = made.values.to_pylist()
    assert [None if code < 0 else texts[code] for code in made.codes] == ["ann", "cy", None]


def test_the_rarest_words_come_first_and_share_their_codes():
    column = features.read_feature(
        duckdb.connect(), Column.of(pa.array(["common alpha", "common beta", "beta common"], pa.large_string())), "text"
    )

    first, second = features.rarest_words(column, 2)

    assert first.codes[1] == first.codes[2] != first.codes[0]
    assert len(set(second.codes.tolist())) == 1


def test_alike_texts_have_vectors_with_a_product_near_one():
    made, _ = vectors_of(pa.array(["alpha school", "alpha skool", "beta works"], pa.large_string()))
    vectors = [dict(made.tokens[a:b].tolist()) for a, b in zip(made.starts[:-1], made.starts[1:], strict=True)]

    def product(one, other):
        return sum(weight * vectors[other].get(token, 0.0) for token, weight in vectors[one].items())

    assert product(0, 0) == pytest.approx(1.0)
    assert 0.3 < product(0, 1) < 0.9
    assert product(0, 2) < 0.1
