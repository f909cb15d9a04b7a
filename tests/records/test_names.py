"""Names, one case a line in cases/names.csv."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.records.standardizers import names
from kempt.records.standardizers.junk import TESTS
from kempt.records.standardizers.mail_lists import ROLES
from kempt.records.standardizers.name_lists import GIVEN_NAMES, HONORIFICS, PARTICLES, SUFFIXES, SURNAMES
from kempt.records.standardizers.names import standardize_name
from tests.records.tables import cases, differences
from tests.sizes import size


@pytest.mark.parametrize("case", cases("names"), ids=lambda case: case["locale"])
def test_a_name_comes_out_as_its_language_has_it(case):
    name = standardize_name(case["full_in"], case["given_in"], case["family_in"], case["country"])

    assert differences(case, name) == {}


WORDS = st.one_of(
    st.sampled_from(sorted(GIVEN_NAMES | SURNAMES | PARTICLES | HONORIFICS | SUFFIXES.keys() | TESTS | ROLES)),
    st.from_regex(r"[a-zß-öø-ÿ]{1,8}", fullmatch=True),
).map(str.capitalize)


@settings(deadline=None, max_examples=size(50))
@given(WORDS, WORDS, st.sampled_from(("", "US", "DE", "ES", "TR", "HU", "CN", "RU")), st.booleans())
def test_the_fast_path_answers_as_the_thorough_one(given_name, family_name, country, in_one_field):
    fields = (f"{given_name} {family_name}", "", "") if in_one_field else ("", given_name, family_name)

    tidy = names.ordinary_name(*fields, country)

    assert tidy in (None, names.thorough_name(*fields, country))


def test_the_fast_path_takes_what_is_common():
    assert names.ordinary_name("", "Anna", "Müller", "DE")
    assert names.ordinary_name("Anna Müller", "", "", "DE")
