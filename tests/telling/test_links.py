"""A link says what was signed, for one person of one tenant, and nothing else passes for one."""

import base64
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from kempt.ids import stable_id
from kempt.telling.links import read_link, sign_link

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
UNTIL = datetime(2025, 3, 17, 6, tzinfo=UTC)
PROPOSAL = stable_id("proposal of the tests")


def signed(name: str = "ines", tenant: str = "acme") -> str:
    return sign_link(KEY, tenant, proposal_id=PROPOSAL, name=name, expires_at=UNTIL)


def test_a_link_says_which_item_for_whom_and_until_when() -> None:
    link = read_link(KEY, "acme", signed())

    assert link is not None
    assert (link.proposal_id, link.expires_at) == (PROPOSAL, UNTIL)
    assert link.is_for(KEY, "ines")
    assert not link.is_for(KEY, "otto")


def test_a_letter_that_is_made_again_has_the_same_links() -> None:
    assert signed() == signed()


def test_a_link_names_nobody() -> None:
    raw = base64.urlsafe_b64decode(signed("ines@quendel.example") + "==")

    assert b"ines" not in raw


def test_another_tenant_or_key_reads_nothing() -> None:
    assert read_link(KEY, "other", signed()) is None
    assert read_link(OTHER_KEY, "acme", signed()) is None


@settings(max_examples=80)
@given(at=st.integers(0), bit=st.integers(0, 7))
def test_no_bit_of_a_link_can_be_changed(at: int, bit: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(signed() + "=="))
    raw[at % len(raw)] ^= 1 << bit

    assert read_link(KEY, "acme", base64.urlsafe_b64encode(raw).rstrip(b"=").decode()) is None


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_what_is_no_link_is_refused_quietly(text: str) -> None:
    assert read_link(KEY, "acme", text) is None
