"""Records and queries come down to the same terms, however either was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempt.records.search_terms import readings, terms_of

ADA = {"full_name": "Zoë O’Hara-Łuk", "email": "zoe@luk.example", "phone": "+493023125077",
       "company_name": "Quendel & Wacholder GmbH & Co. KG", "domain": "quendel.example"}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found_by"),
    [
        ("ZOE@luk.example", "mail"), ("<zoe@luk.example>", "mail"), ("@luk.example", "domain"),
        ("+49 30 23125077", "phone"), ("0049 (0)30 2312-5077", "phone"), ("030/23125077", "phone"),
        ("23125077", "phone"), ("312 50 77", "phone"),
        ("quendel.example", "domain"), ("https://www.quendel.example/about", "domain"), ("luk.example", "domain"),
        ("zoe ohara", "words"), ("OHARA LUK ZOE", "words"), ("zoë wacholder", "words"),
        ("Quendel Wacholder", "words"), ("quendel gmbh", "words"), ("Quendel und Wacholder", "words"),
    ],
)  # fmt: skip
def test_a_record_is_found_by_what_people_type(query: str, found_by: str) -> None:
    terms = terms_of(ADA)

    assert found_by in {each.found_by for each in readings(query) if terms.issuperset(each.terms)}


@pytest.mark.parametrize("query", ["zoe krause", "zoe@luc.example", "luk", "+49 30 23125078", "gmbh", "example", ""])
def test_what_it_does_not_say_does_not_find_it(query: str) -> None:
    terms = terms_of(ADA | {"full_name": "Zoë O’Hara"})

    assert not [each for each in readings(query) if terms.issuperset(each.terms)]


@pytest.mark.parametrize(("one", "other"), [("Bill", "William"), ("Bob", "robert"), ("Sascha", "Alexander")])
def test_nicknames_find_the_name_and_the_name_the_nickname(one: str, other: str) -> None:
    for said, typed in ((one, other), (other, one)):
        (words,) = readings(f"{typed} quendel")
        assert terms_of({"full_name": f"{said} Quendel"}).issuperset(words.terms)


def test_a_provider_whom_millions_share_is_no_domain_of_anybody() -> None:
    assert terms_of({"email": "ada@gmail.com"}) == {"mail:ada@gmail.com"}


def test_a_number_is_compared_to_its_last_typed_digit() -> None:
    (reading, _) = readings("0 30 23125077")

    assert (reading.terms, reading.digits) == (("tel:3125077",), "3023125077")


@given(st.text(max_size=40))
def test_any_text_can_be_asked_for(query: str) -> None:
    assert all(each.terms for each in readings(query))


@given(st.lists(st.text(st.characters(categories=["L"], max_codepoint=0x24F), min_size=2, max_size=9), min_size=1))
def test_whoever_has_a_name_is_found_by_any_of_its_words(words: list[str]) -> None:
    terms = terms_of({"full_name": " ".join(words)})

    for word in words:
        assert all(terms.issuperset(each.terms) for each in readings(word) if each.found_by == "words")
