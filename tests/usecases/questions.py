"""Proposals that wait for people, put there as a run puts them, without the run."""

from kempt.ids import keyed_digest, stable_id
from kempt.policy.autonomy import Decision, Verdict
from kempt.proposals.model import Features, ProposalKind, make_proposal
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.record_proposals import Decided, record_proposals
from kempt.usecases.review import carry_to_review, review_items
from tests.factory import Desk

SIZES = {"low": 2, "high": 9}


def ask(desk: Desk, number: int, *, kind: ProposalKind = "field_change", risk: str = "low") -> list[str]:
    """So many questions of one kind, all waiting; their ids."""
    tenant = desk.tenant
    asked = [_question(tenant.name, tenant.keys.digest_key(), at, kind, risk) for at in range(number)]
    now = desk.tick()
    with tenant.database.transaction(tenant.name) as connection:
        pin_policies(connection, tenant.policies)
        decision = Decision(verdict=Verdict.REVIEW, reasons=("otherwise",), policy_version="v")
        record_proposals(connection, tenant, [Decided(each, decision) for each in asked], now=now)
    carry_to_review(tenant, now=now)
    ours = {each.proposal_id for each in asked}
    return [item["proposal_id"] for item in review_items(tenant, limit=100_000) if item["proposal_id"] in ours]


def _question(tenant: str, key: bytes, at: int, kind: ProposalKind, risk: str):  # type: ignore[no-untyped-def]
    record, other = stable_id("record", kind, risk, str(at)), stable_id("other", kind, risk, str(at))
    if kind == "merge":
        features = Features(kind="merge", entity_type="person", agent="matcher", confidence=0.5 + at / 100_000,
                            cluster_size=SIZES[risk], same_source=False)  # fmt: skip
        return make_proposal(tenant, [record, other], features, evidence={"why": "doubt", "records": []})
    agent = "enricher" if kind == "field_change" else "staleness"
    more = {"fills_empty": True} if kind == "field_change" else {}
    features = Features(kind=kind, entity_type="person", agent=agent, confidence=0.5 + at / 100_000,
                        attribute="job_title", overrides_human=risk == "high", **more)  # fmt: skip
    evidence = {"attribute": "job_title", "value": f"Buyer {at}", "stands": None, "provider": "list",
                "observed_on": "2025-03-01"}  # fmt: skip
    return make_proposal(tenant, [record], features, evidence=evidence, value_digest=keyed_digest(key, f"Buyer {at}"))
