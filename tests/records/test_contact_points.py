"""E-mails, phones and domains: one case a line in cases/."""

import pytest
from email_validator import validate_email
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kempt.records.standardizers.domains import standardize_domain
from kempt.records.standardizers.emails import NO_MAIL, PLAIN, standardize_email
from kempt.records.standardizers.phones import standardize_phone
from tests.records.tables import cases, differences
from tests.sizes import size


@pytest.mark.parametrize("case", cases("emails"), ids=lambda case: case["locale"])
def test_an_email_is_told_apart_from_what_surrounds_it(case):
    assert differences(case, standardize_email(case["raw"])) == {}


@pytest.mark.parametrize("case", cases("phones"), ids=lambda case: case["locale"])
def test_a_phone_is_read_as_its_country_writes_it(case):
    assert differences(case, standardize_phone(case["raw"], case["country"])) == {}


@pytest.mark.parametrize("case", cases("domains"), ids=lambda case: case["locale"])
def test_a_domain_is_what_somebody_registered(case):
    assert differences(case, standardize_domain(case["raw"])) == {}


LOCAL_PARTS = st.from_regex(r"[a-z0-9_+.-]{1,12}([-+.][a-z0-9_]{1,12}){0,5}", fullmatch=True)
HOSTS = st.from_regex(r"([a-z0-9-]{1,31}(-[a-z0-9]{1,31})?\.){1,3}[a-z]{2,25}", fullmatch=True)


@settings(deadline=None, max_examples=size(50))
@given(st.builds("{}@{}".format, LOCAL_PARTS, HOSTS))
def test_what_passes_the_fast_path_passes_the_library_unchanged(address):
    assume(PLAIN.fullmatch(address) and not NO_MAIL.fullmatch(address.partition("@")[2]))

    checked = validate_email(address, check_deliverability=False)

    assert checked.normalized == checked.ascii_email == address
