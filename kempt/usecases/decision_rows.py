"""A decision of policy as it is written down: what it was made from, which rules fired, and which lost."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from psycopg import Connection

from kempt.ids import keyed_digest, stable_id
from kempt.ledger.append import Event
from kempt.ledger.vault_keys import RecordKeys
from kempt.policy.autonomy import Decision, Verdict
from kempt.policy.code import code_version
from kempt.policy.load import Policies
from kempt.proposals.model import Proposal
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.policy_budget import is_audited
from kempt.usecases.review import evidence_place
from kempt.usecases.tenancy import Tenant

DECISION = (
    *("tenant", "decision_id", "proposal_id", "verdict", "decider_type", "decider", "reasons", "policy_version"),
    *("decided_at", "evidence_cipher", "lost", "basis", "input_digest", "agent", "segment", "features"),
)
AUDIT = ("tenant", "decision_id", "proposal_id", "segment", "verdict", "drawn_at")


class Decided(NamedTuple):
    """A proposal, what policy says to it, and the version of the model that its evidence comes from."""

    proposal: Proposal
    decision: Decision
    model: str | None = None


class Made:
    """One decision with all that is kept of it."""

    def __init__(self, tenant: Tenant, decided: Decided, now: datetime) -> None:
        self.tenant, self.decided, self.now = tenant, decided, now

    @cached_property
    def decision_id(self) -> str:
        """A proposal may be decided again, when evidence or policy has changed."""
        return stable_id(
            "decision", self.tenant.name, self.decided.proposal.proposal_id, "policy", self.now.isoformat()
        )

    @property
    def policies(self) -> Policies:
        """Those that decided."""
        return self.tenant.decides.policies_of(self.decided.proposal.subjects)

    @cached_property
    def basis(self) -> tuple[str, str, str, str | None, str]:
        """Id, policy set, guard-rails, model and code: what decided, apart from the proposal."""
        policies, model = self.policies, self.decided.model
        told = (policies.version, policies.protection.version, model, code_version())
        return (stable_id("basis", *(each or "" for each in told)), *told)

    @cached_property
    def input_digest(self) -> str:
        """A keyed digest of all that was looked at: two decisions with the same one were made from the same."""
        proposal = self.decided.proposal
        looked_at = json.dumps(
            [asdict(proposal.features), proposal.subjects, proposal.evidence], default=str, sort_keys=True
        )
        return keyed_digest(self.tenant.keys.digest_key(), looked_at)

    @property
    def is_applied(self) -> bool:
        """Whether policy applies the change."""
        return self.decided.decision.verdict is Verdict.APPLY

    @cached_property
    def segment(self) -> str | None:
        """What the risk budget counts it for; what is only asked about counts for nothing."""
        if self.decided.decision.verdict is Verdict.REVIEW:
            return None
        return self.tenant.decides.segment(*self.decided.proposal.about, self.decided.decision)

    @property
    def is_audited(self) -> bool:
        """Whether a steward looks at it afterwards."""
        return is_audited(self.tenant, *self.decided.proposal.about, self.decided.decision.verdict)

    def event(self) -> Event:
        """What the ledger says of it."""
        proposal, decision, _ = self.decided
        return Event(
            event_id=stable_id("event", self.decision_id),
            type="proposal_decided.v2",
            body={
                "proposal_id": proposal.proposal_id,
                "kind": proposal.features.kind,
                "subjects": list(proposal.subjects),
                "attribute": proposal.features.attribute,
                "agent": proposal.features.agent,
                "confidence": proposal.features.confidence,
                "verdict": decision.verdict.value,
                "reasons": list(decision.reasons),
                "lost": list(decision.lost),
                "policy_version": decision.policy_version,
                "basis": self.basis[0],
                "input_digest": self.input_digest,
            },
        )

    def row(self, keys: RecordKeys, *, again: bool) -> tuple[Any, ...]:
        """The row of DECISION; a repeated decision keeps what it was made from, the first one's is the proposal's."""
        proposal, decision, _ = self.decided
        return (
            *(self.tenant.name, self.decision_id, proposal.proposal_id, decision.verdict.value, "policy", "autonomy"),
            *(list(decision.reasons), decision.policy_version, self.now),
            sealed_evidence(keys, proposal) if again else None,
            *(list(decision.lost), self.basis[0], self.input_digest, proposal.features.agent, self.segment),
            features_json(proposal) if again else None,
        )

    def audit_row(self) -> tuple[Any, ...]:
        """The row of AUDIT."""
        return (
            *(self.tenant.name, self.decision_id, self.decided.proposal.proposal_id, self.segment),
            *(self.decided.decision.verdict.value, self.now),
        )


def pin_bases(connection: Connection[Any], made: Iterable[Made]) -> None:
    """Keeps what decided, with the policies that it names."""
    bases = {each.basis: each.policies for each in made}
    for policies in {policies.version: policies for policies in bases.values()}.values():
        pin_policies(connection, policies)
    connection.cursor().executemany(
        "insert into kempt.decision_basis (tenant, basis, policy_set, protection, model, code) "
        "values (kempt.tenant(), %s, %s, %s, %s, %s) on conflict do nothing",
        sorted(bases, key=str),
    )


def features_json(proposal: Proposal) -> str:
    """The features that are given."""
    return json.dumps({name: value for name, value in asdict(proposal.features).items() if value is not None})


def sealed_evidence(keys: RecordKeys, proposal: Proposal) -> bytes:
    """What speaks for a proposal, as it is stored: values are for nobody who has not the keys of its records."""
    text = json.dumps(proposal.evidence, default=str, ensure_ascii=False).encode("utf-8", "replace")
    return keys.seal(proposal.subjects, text, evidence_place(proposal.proposal_id))
