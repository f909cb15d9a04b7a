import uuid
from dataclasses import replace

import pytest

from kempt.agents.registry import AGENTS
from kempt.errors import StopRun
from kempt.proposals.model import KINDS, Features, make_proposal

MERGE = Features(kind="merge", entity_type="person", agent="matcher", confidence=0.9, cluster_size=2, same_source=True)
CHANGE = Features(
    kind="field_change", entity_type="person", agent="enricher", confidence=0.9, attribute="phone", fills_empty=True
)


def test_the_same_change_is_the_same_proposal_however_it_was_found():
    first = make_proposal("acme", ["b", "a"], MERGE, evidence={"bits": 9})
    again = make_proposal(
        "acme", ["a", "b"], replace(MERGE, confidence=0.7, cluster_size=5, agent="steward"), evidence={}
    )

    assert first.proposal_id == again.proposal_id
    assert first.subjects == ("a", "b")
    assert uuid.UUID(first.proposal_id).version == 5


def test_another_change_is_another_proposal():
    ids = {
        make_proposal(tenant, subjects, features, evidence={}, value_digest=digest).proposal_id
        for tenant, subjects, features, digest in (
            ("acme", ["a"], CHANGE, "d1"),
            ("other", ["a"], CHANGE, "d1"),
            ("acme", ["b"], CHANGE, "d1"),
            ("acme", ["a", "b"], CHANGE, "d1"),
            ("acme", ["ab"], CHANGE, "d1"),
            ("acme", ["a"], CHANGE, "d2"),
            ("acme", ["a"], replace(CHANGE, attribute="email"), "d1"),
            ("acme", ["a", "b"], MERGE, None),
        )
    }

    assert len(ids) == 8


def test_an_agent_proposes_only_what_it_is_registered_for():
    with pytest.raises(StopRun, match="'enricher' may not propose 'merge'"):
        make_proposal("acme", ["a", "b"], replace(MERGE, agent="enricher"), evidence={})
    with pytest.raises(StopRun, match="no agent 'ghost' is registered"):
        make_proposal("acme", ["a", "b"], replace(MERGE, agent="ghost"), evidence={})


def test_every_kind_has_an_agent_and_every_agent_proposes_real_kinds():
    proposed = {kind for agent in AGENTS.values() for kind in agent.may_propose}

    assert proposed == set(KINDS)


@pytest.mark.parametrize(
    ("subjects", "features", "digest"),
    [
        (["a"], MERGE, None),
        (["a", "b", "c"], MERGE, None),
        (["a", "b"], MERGE, "d"),
        (["a"], CHANGE, None),
        ([], CHANGE, "d"),
    ],
)
def test_an_incomplete_proposal_is_refused(subjects, features, digest):
    with pytest.raises(StopRun):
        make_proposal("acme", subjects, features, evidence={}, value_digest=digest)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cluster_size": None},
        {"attribute": "phone"},
        {"confidence": 1.01},
        {"fills_empty": True},
    ],
)
def test_features_that_do_not_fit_their_kind_are_refused(wrong):
    with pytest.raises(StopRun):
        replace(MERGE, **wrong)


def test_evidence_does_not_print():
    proposal = make_proposal("acme", ["a"], CHANGE, evidence={"value": "+15550100"}, value_digest="d")

    assert "+15550100" not in repr(proposal)
