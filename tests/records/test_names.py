"""Names, one case a line in cases/names.csv."""

import pytest

from kempt.records.standardizers.names import standardize_name
from tests.records.tables import cases, differences


@pytest.mark.parametrize("case", cases("names"), ids=lambda case: case["locale"])
def test_a_name_comes_out_as_its_language_has_it(case):
    name = standardize_name(case["full_in"], case["given_in"], case["family_in"], case["country"])

    assert differences(case, name) == {}
