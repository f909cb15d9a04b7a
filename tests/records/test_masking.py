"""Values that are shown tell little: enough to compare two, too little to reach a person."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.records.masking import HIDDEN, mask, visible
from tests.sizes import size


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Adara Ashmere", "A•••• A••••••"),
        ("adara.ashmere@example.com", "a••••.a••••••@e••••••.c••"),
        ("+1 (202) 555-0123", "+• (•••) •••-••23"),
        ("1985-03-12", "••••-••-12"),
        ("Li Bo J.", "•• •• •."),
        ("4711", "••••"),
        ("李小明", "•••"),
        ("김철수", "•••"),
        ("Ελένη Παππά", "Ε•••• Π••••"),
        ("हिन्दी", "ह••"),
        ("a😀b", "•••"),
        ("  ", ""),
    ],
)
def test_first_letters_and_last_digits_are_left(value, shown):
    assert mask(value) == shown


def test_what_turns_text_round_is_written_out():
    assert visible("a\u202eb\u200fc\n") == "a\\u202eb\\u200fc\\u000a"
    assert visible("Ελένη 李小明 عمر") == "Ελένη 李小明 عمر"


@settings(max_examples=size(200), deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_of_no_word_more_than_its_first_letter_is_shown_and_of_no_value_more_than_two_digits(value):
    shown = mask(value)

    assert sum(char.isdigit() for char in shown) <= 2
    for word in shown.split(HIDDEN):
        assert sum(char.isalpha() for char in word) <= 1
