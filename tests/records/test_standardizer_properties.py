"""What holds for every text: no standardizer raises, and what one made it leaves alone."""

import re
import string
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.records.standardizers.addresses import standardize_place, standardize_postal, standardize_street
from kempt.records.standardizers.companies import standardize_company
from kempt.records.standardizers.countries import standardize_country
from kempt.records.standardizers.dates import standardize_date, standardize_timestamp
from kempt.records.standardizers.domains import standardize_domain
from kempt.records.standardizers.emails import standardize_email
from kempt.records.standardizers.name_lists import GIVEN_NAMES
from kempt.records.standardizers.names import standardize_name
from kempt.records.standardizers.nickname_roots import nickname_key
from kempt.records.standardizers.phones import standardize_phone
from kempt.records.standardizers.scripts import letters_key
from kempt.records.standardizers.text import Flag, standardize_text
from tests.records.hostile import HOSTILE
from tests.sizes import size

COUNTRIES = ("", *re.findall(r"\w+", "DE US GB FR ES IT NL TR RU CN JP KR HU VN BR PL nowhere"))
ORDERS = ("", "dmy", "mdy", "ymd", "?")

# kind: (its function of text and country or day order, the fields that must not change when they go in again)
KINDS: dict[str, tuple[Callable[[str, str], Any], tuple[str, ...]]] = {
    "text": (lambda raw, _: standardize_text(raw), ("value",)),
    "email": (lambda raw, _: standardize_email(raw), ("email", "email_canonical")),
    "phone": (standardize_phone, ("phone",)),
    "domain": (lambda raw, _: standardize_domain(raw), ("host", "domain")),
    "company": (standardize_company, ("company_name", "company_core")),
    "street": (standardize_street, ("street", "street_key")),
    "place": (lambda raw, _: standardize_place(raw), ("place", "place_key")),
    "postal": (standardize_postal, ("postal_code",)),
    "country": (lambda raw, _: standardize_country(raw), ("country",)),
    "date": (standardize_date, ("value",)),
    "timestamp": (standardize_timestamp, ("value",)),
}
CONTEXTS = {"date": ORDERS, "timestamp": ORDERS}

NAME_PIECES = """
Anna anna ANNA Müller O'Hara McA MACDONALD van der de la von 王小明 山田太郎 홍길동 Иван Иванович
محمد İI Jr. III PhD Dr. ' - , . @ & /
"""
OTHER_PIECES = """
sample.example gmail.com @gmail.com +49 030 415-555-0123 ext GmbH & Co. KG Inc. SA 株式会社
Straße St. Apt 12 a 1 2024 03 04 March T10:00 Z
"""
PIECES = st.sampled_from(
    [piece for piece in HOSTILE if len(piece) < 60]
    + list(string.printable)
    + NAME_PIECES.split()
    + OTHER_PIECES.split()
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=7).map("".join),
    st.lists(PIECES, max_size=6).map(" ".join),
    st.text(st.characters(codec=None), max_size=40),
)


def assert_plain(result: Any) -> None:
    assert result.flag in get_args(Flag)
    assert (result.reason == "") >= (result.flag == "valid")
    for field in fields(result):
        value = getattr(result, field.name)
        assert (
            value is None
            or isinstance(value, bool)
            or (value == value.strip() and value.encode())
            or field.name == "reason"
        )


def assert_settled(kind: str, raw: str, context: str) -> None:
    standardize, kept = KINDS[kind]
    once = standardize(raw, context)
    again = standardize(getattr(once, kept[0]) or "", context)

    assert_plain(once)
    assert [getattr(again, name) for name in kept] == [getattr(once, name) for name in kept], (once, again)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=size(50))
@given(raw=TEXTS, data=st.data())
def test_a_standardized_value_stays_as_it_is(kind, raw, data):
    assert_settled(kind, raw, data.draw(st.sampled_from(CONTEXTS.get(kind, COUNTRIES))))


@settings(deadline=None, max_examples=size(50))
@given(
    full=TEXTS,
    given_name=TEXTS,
    family=TEXTS,
    parts=st.sampled_from(("f", "gl", "fgl", "l", "g", "fl")),
    country=st.sampled_from(COUNTRIES),
)
def test_a_standardized_name_stays_as_it_is(full, given_name, family, parts, country):
    once = standardize_name(
        full if "f" in parts else None, given_name if "g" in parts else None, family if "l" in parts else None, country
    )
    again = standardize_name(once.full_name, once.given_name, once.family_name, country)

    assert_plain(once)
    for name in ("full_name", "given_name", "family_name", "suffix", "name_key"):
        assert getattr(again, name) == getattr(once, name), (once, again)


@pytest.mark.parametrize("raw", HOSTILE, ids=lambda raw: ascii(raw[:12]))
def test_hostile_text_is_answered_soon_and_stays_as_it_is(raw):
    started = time.perf_counter()

    for kind in KINDS:
        assert_settled(kind, raw, "")
    assert_plain(standardize_name(raw, raw, raw, raw))
    nickname_key(raw)

    # Far above what it takes, far below what a pattern that backtracks would.
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_empty_are_the_same_nothing(kind, nothing):
    result = KINDS[kind][0](nothing, "")

    assert (result.flag, result.reason) == ("missing", "")
    assert all(getattr(result, field.name) is None for field in fields(result) if field.name not in ("flag", "reason"))


@settings(deadline=None, max_examples=size(200))
@given(
    day=st.dates(min_value=date(1, 1, 1)) | st.sampled_from([date(1970, 1, 1), date(1899, 12, 30), date(2024, 2, 29)]),
    month=st.integers(0, 13),
    hour=st.sampled_from([0, 1, 12, 23, 24, 25]),
    second=st.sampled_from([0, 1, 59, 60, 61]),
    fraction=st.sampled_from(["", ".0", ".12", ".123", ".12345", ".999999", ".0000001"]),
    zone=st.sampled_from(["Z", "+0000", "+00:00", "-0000", "+0100", ""]),
)
def test_a_time_that_a_program_wrote_is_read_as_one_that_a_person_wrote(day, month, hour, second, fraction, zone):
    raw = f"{day.year:04d}-{month:02d}-{day.day:02d}T{hour:02d}:00:{second:02d}{fraction}{zone}"

    quick, thorough = standardize_timestamp(raw), standardize_timestamp(f"\u200b{raw}")

    assert quick.value == thorough.value
    assert (quick.flag == "invalid") == (thorough.flag == "invalid")
    assert (quick.reason == "default_date") == (thorough.reason == "default_date")


@settings(deadline=None, max_examples=size(50))
@given(TEXTS)
def test_a_key_holds_nothing_but_small_ascii_letters(text):
    key = letters_key(text)

    assert set(key) <= set(string.ascii_lowercase + " ")
    assert letters_key(key) == key


def test_a_root_is_its_own_root():
    roots = {nickname_key(name) for name in GIVEN_NAMES} - {None}

    assert {nickname_key(root) for root in roots} == roots
