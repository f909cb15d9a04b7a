"""A message of an agent is taken when it is the agent's own, for this tenant, in its scope and of now."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kempt.agents import signing
from kempt.agents.registry import AGENTS, Agent
from kempt.agents.signing import AgentKey, SignedBatch, digest_of, public_of, refuse_batch, sign_batch
from kempt.errors import StopRun
from kempt.proposals.model import KINDS

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)
SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
KEY = AgentKey(
    agent="matcher",
    generation=1,
    public=public_of(SECRET),
    valid_from=NOW - timedelta(days=1),
    valid_to=NOW + timedelta(days=1),
)
ITEMS = {"p1": b"one", "p2": b"two"}


def message(secret: bytes = SECRET, **more: Any) -> SignedBatch:
    told: dict[str, Any] = {"tenant": "acme", "agent": "matcher", "generation": 1, "act": "propose", "items": ITEMS,
                            "at": NOW}  # fmt: skip
    return sign_batch(secret, **{**told, **more})


def take(batch: SignedBatch, key: AgentKey = KEY, **more: Any) -> None:
    refuse_batch(batch, key, **{"tenant": "acme", "kinds": ["merge"], "done_today": 0, "now": NOW, **more})


def test_what_its_agent_signed_is_taken() -> None:
    take(message())


REFUSED: Mapping[str, tuple[SignedBatch, AgentKey, dict[str, Any], str]] = {
    "unsigned": (dataclasses.replace(message(), signature=b""), KEY, {}, "not signed by it"),
    "another's signature": (message(OTHER), KEY, {}, "not signed by it"),
    "other items": (dataclasses.replace(message(), digest=digest_of({"p1": b"one"})), KEY, {}, "not signed by it"),
    "another number": (dataclasses.replace(message(), items=1), KEY, {}, "not signed by it"),
    "a later moment": (
        dataclasses.replace(message(), signed_at=NOW + timedelta(seconds=1)),
        KEY,
        {},
        "not signed by it",
    ),
    "another tenant's": (message(tenant="rival"), KEY, {}, "none for acme"),
    "out of scope": (message(), KEY, {"kinds": ["merge", "field_change"]}, "may not propose 'field_change'"),
    "no decider": (message(act="decide"), KEY, {}, "may not decide"),
    "no agent": (message(agent="ghost"), KEY, {}, "no agent 'ghost'"),
    "a revoked key": (message(), dataclasses.replace(KEY, revoked_at=NOW), {}, "was revoked"),
    "an expired key": (message(), dataclasses.replace(KEY, valid_to=NOW), {}, "was not valid"),
    "a key of tomorrow": (message(), dataclasses.replace(KEY, valid_from=NOW + timedelta(1)), {}, "was not valid"),
    "an old message": (message(), KEY, {"now": NOW + timedelta(hours=25)}, "not signed today"),
    "too many": (message(), KEY, {"done_today": AGENTS["matcher"].most_in_a_day - 1}, "its limit"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused(name: str) -> None:
    batch, key, more, said = REFUSED[name]

    with pytest.raises(StopRun, match=said):
        take(batch, key, **more)


def test_an_agent_works_for_its_tenants_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = Agent(name="matcher", does="x", may_propose=frozenset({"merge"}), tenants=frozenset({"rival"}))
    monkeypatch.setattr(signing, "agent_named", lambda _: bound)

    with pytest.raises(StopRun, match="none for acme"):
        take(message())


@given(st.dictionaries(st.text(max_size=3), st.binary(max_size=4), max_size=4), st.data())
def test_a_digest_is_of_these_items_in_any_order(items: dict[str, bytes], data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(items.items()))))
    assert digest_of(shuffled) == digest_of(items)
    if items:
        name = data.draw(st.sampled_from(sorted(items)))
        assert digest_of({**items, name: items[name] + b"x"}) != digest_of(items)
        assert digest_of({each: items[each] for each in items if each != name}) != digest_of(items)


def test_no_agent_may_delete_and_only_one_decides() -> None:
    assert {kind for agent in AGENTS.values() for kind in agent.may_propose} <= set(KINDS)
    assert not [kind for kind in KINDS if "delete" in kind or "erase" in kind]
    assert [agent.name for agent in AGENTS.values() if agent.decides] == ["adjudicator"]
    assert {"scanner", "standardizer", "matcher", "enricher", "staleness", "relationship", "adjudicator", "reconciler",
            "privacy", "publisher"} <= AGENTS.keys()  # fmt: skip
