"""The digest is of the state and of nothing else: every order, no ambiguity, every branch."""

import hashlib

import pytest

from kempt.projections.state_hash import StateHash, state_hash

ROWS = {
    "memberships": [("r1", "e1"), ("r2", "e1"), ("r3", "e2")],
    "redirects": [("e0", "e1")],
    "golden": [("e1", "d1"), ("e2", "d2")],
    "constraints": [("must_link", "r1", "r2", "")],
    "claims": [("r1", "phone", "override", "steward", "ines", "d3", "")],
    "routing": [("e1", "d4", "two_owners")],
}


def digest(**more: object) -> StateHash:
    return state_hash(**(ROWS | more))  # type: ignore[arg-type]


def test_order_does_not_matter():
    assert digest(**{name: list(reversed(rows)) for name, rows in ROWS.items()}) == digest()


@pytest.mark.parametrize("branch", sorted(ROWS))
def test_every_branch_counts_and_tells_where_the_difference_is(branch):
    other = digest(**{branch: ROWS[branch][:-1]})

    assert other.state != digest().state
    assert {name for name in ROWS if other.branches[name] != digest().branches[name]} == {branch}


def test_the_same_parts_cut_otherwise_are_another_state():
    assert digest(memberships=[("r1e", "1")]).state != digest(memberships=[("r1", "e1")]).state
    assert (
        digest(redirects=ROWS["memberships"], memberships=[]).branches["redirects"]
        != (digest(memberships=ROWS["memberships"]).branches["memberships"])
    )


def test_who_is_who_knows_no_names_of_entities():
    renamed = digest(memberships=[("r1", "x"), ("r2", "x"), ("r3", "y")], golden=[("x", "d1"), ("y", "d2")])
    parted = digest(memberships=[("r1", "e1"), ("r2", "e3"), ("r3", "e2")])

    assert renamed.who_is_who == digest().who_is_who
    assert renamed.state != digest().state
    assert parted.who_is_who != digest().who_is_who


def test_the_bytes_are_those_that_are_written_down():
    def sized(text: str) -> bytes:
        return len(text).to_bytes(4, "big") + text.encode()

    def branch(name: str, *rows: tuple[str, ...]) -> bytes:
        leaves = sorted(hashlib.sha256(b"\0" + b"".join(map(sized, (name, *row)))).digest() for row in rows)
        root = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest() if leaves else hashlib.sha256(b"").digest()
        return hashlib.sha256(b"\2" + sized(name) + len(leaves).to_bytes(8, "big") + root).digest()

    empty = ("redirects", "golden", "constraints", "claims", "routing")
    found = state_hash(memberships=[("r1", "e1"), ("r2", "e1")], **{name: [] for name in empty})

    parts = [branch("memberships", ("r1", "e1"), ("r2", "e1")), *map(branch, empty)]
    assert found.state == hashlib.sha256(b"\3" + b"".join(parts)).hexdigest()
