"""Names in all their spellings."""

import pytest

from kempt.sample.spelling import CULTURES, expanded, family_table, given_table, slug, without_diacritics


@pytest.mark.parametrize(
    ("name", "plain", "long", "mailbox"),
    [
        ("Müller", "Muller", "Mueller", "mueller"),
        ("Łukasz", "Lukasz", "Lukasz", "lukasz"),
        ("Groß", "Gross", "Gross", "gross"),
        ("O'Brien", "O'Brien", "O'Brien", "obrien"),
        ("van den Berg", "van den Berg", "van den Berg", "vandenberg"),
    ],
)
def test_a_name_has_a_plain_a_long_and_a_mailbox_spelling(name: str, plain: str, long: str, mailbox: str) -> None:
    assert (without_diacritics(name), expanded(name), slug(name)) == (plain, long, mailbox)


def test_every_culture_has_names_of_every_kind() -> None:
    given, family = given_table(), family_table()

    assert given.pool.sizes.shape == (2 * len(CULTURES),)
    assert (given.pool.sizes > 15).all()
    assert (family.pool.sizes > 40).all()
    assert all(mailbox.isascii() and mailbox.isalnum() for mailbox in (*given.mailbox, *family.mailbox))


def test_polish_women_bear_the_feminine_form() -> None:
    family = family_table()
    at = family.latin.tolist().index("Kowalski")

    assert family.latin[family.feminine[at]] == "Kowalska"
    assert family.latin[family.feminine[family.feminine[at]]] == "Kowalska"


def test_names_of_other_scripts_have_both() -> None:
    family = family_table()

    assert dict(zip(family.latin, family.native, strict=True))["Tanaka"] == "田中"
