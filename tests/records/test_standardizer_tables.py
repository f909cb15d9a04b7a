"""Companies, addresses, countries, dates, texts and nicknames: one case a line in cases/."""

from collections.abc import Callable

import pytest

from kempt.records.standardizers.addresses import standardize_place, standardize_postal, standardize_street
from kempt.records.standardizers.companies import standardize_company
from kempt.records.standardizers.countries import standardize_country
from kempt.records.standardizers.dates import standardize_date, standardize_timestamp
from kempt.records.standardizers.nickname_roots import nickname_key
from kempt.records.standardizers.text import standardize_text
from tests.records.tables import FOLDER, cases, differences

# table: the standardizer and its columns.
TABLES: dict[str, tuple[Callable[..., object], tuple[str, ...]]] = {
    "companies": (standardize_company, ("raw", "country")),
    "countries": (standardize_country, ("raw",)),
    "dates": (standardize_date, ("raw", "day_order")),
    "places": (standardize_place, ("raw",)),
    "postal_codes": (standardize_postal, ("raw", "country")),
    "streets": (standardize_street, ("raw", "country")),
    "texts": (standardize_text, ("raw",)),
    "timestamps": (standardize_timestamp, ("raw", "day_order")),
}


@pytest.mark.parametrize(
    ("table", "case"),
    [pytest.param(table, case, id=f"{table}-{case['locale']}") for table in TABLES for case in cases(table)],
)
def test_a_value_comes_out_as_its_table_says(table, case):
    standardize, columns = TABLES[table]

    assert differences(case, standardize(*(case[column] for column in columns))) == {}


@pytest.mark.parametrize("case", cases("nicknames"), ids=lambda case: case["given_key"])
def test_a_nickname_has_at_most_one_root(case):
    assert (nickname_key(case["given_key"]) or "") == case["root"]


def test_the_tables_are_as_wide_as_the_world():
    tables = [cases(path.stem) for path in FOLDER.glob("*.csv")]

    assert sum(map(len, tables)) >= 1500
    assert len({case["locale"][:2] for table in tables for case in table}) >= 25
