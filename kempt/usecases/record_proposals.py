"""Writes proposals with policy's decision on each: one transaction, one event a decision, nothing twice."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import copy_in
from kempt.policy.autonomy import Decision
from kempt.proposals.model import Proposal
from kempt.usecases.review import evidence_place
from kempt.usecases.tenancy import Tenant


class Decided(NamedTuple):
    """A proposal and what policy says to it."""

    proposal: Proposal
    decision: Decision


def decision_id(tenant: str, proposal_id: str, now: datetime) -> str:
    """The id of one decision of policy: a proposal may be decided again, when evidence or policy has changed."""
    return stable_id("decision", tenant, proposal_id, "policy", now.isoformat())


def record_proposals(
    connection: Connection[Any], tenant: Tenant, decided: Sequence[Decided], *, now: datetime, run_id: str | None = None
) -> dict[str, int]:
    """How many were added, by verdict.

    Adds what is new: proposals, and another verdict of policy on one that no steward has decided.
    """
    known = _in_force(connection, [each.proposal.proposal_id for each in decided])
    unique = {each.proposal.proposal_id: each for each in decided}
    new = [unique[name] for name in sorted(unique) if name not in known]
    turned = [
        unique[name] for name in sorted(unique) if known.get(name) not in (None, unique[name].decision.verdict.value)
    ]
    if not new and not turned:
        return {}
    first = append(connection, [_event(tenant.name, each, now) for each in (*new, *turned)], at=now).first
    rows = (_proposal_row(tenant, each, first + at, now, run_id) for at, each in enumerate(new))
    _load(connection, "proposal", _PROPOSAL, rows)
    _load(
        connection,
        "decision",
        _DECISION,
        (_decision_row(tenant, each, now, again=at >= len(new)) for at, each in enumerate((*new, *turned))),
    )
    return dict(Counter(each.decision.verdict.value for each in (*new, *turned)))


_PROPOSAL = (
    "tenant",
    "proposal_id",
    "kind",
    "entity_type",
    "subjects",
    "attribute",
    "features",
    "confidence",
    "evidence_cipher",
    "created_at",
    "created_seq",
    "run_id",
)
_DECISION = (
    "tenant",
    "decision_id",
    "proposal_id",
    "verdict",
    "decider_type",
    "decider",
    "reasons",
    "policy_version",
    "decided_at",
    "evidence_cipher",
)


def _in_force(connection: Connection[Any], ids: Sequence[str]) -> dict[str, str | None]:
    """The verdict in force on each known proposal; None where a steward decided, which policy does not touch."""
    rows = connection.execute(
        "select proposal_id::text, case when decider_type = 'policy' then verdict end "
        "from kempt.decision_in_force where proposal_id = any(%s::uuid[])",
        [list(ids)],
    )
    return dict(rows.fetchall())


def _load(connection: Connection[Any], table: str, columns: Sequence[str], rows: Any) -> None:
    # COPY is refused by tables behind a tenant's wall: a temporary table takes the rows first.
    connection.execute(f"create temp table arriving_{table} (like kempt.{table}) on commit drop")
    copy_in(connection, f"arriving_{table}", columns, rows)
    names = ", ".join(columns)
    connection.execute(f"insert into kempt.{table} ({names}) select {names} from arriving_{table}")
    connection.execute(f"drop table arriving_{table}")


def _event(tenant: str, each: Decided, now: datetime) -> Event:
    proposal, decision = each
    return Event(
        event_id=stable_id("event", decision_id(tenant, proposal.proposal_id, now)),
        type="proposal_decided.v1",
        body={
            "proposal_id": proposal.proposal_id,
            "kind": proposal.features.kind,
            "subjects": list(proposal.subjects),
            "attribute": proposal.features.attribute,
            "agent": proposal.features.agent,
            "confidence": proposal.features.confidence,
            "verdict": decision.verdict.value,
            "reasons": list(decision.reasons),
            "policy_version": decision.policy_version,
        },
    )


def _proposal_row(tenant: Tenant, each: Decided, seq: int, now: datetime, run_id: str | None) -> tuple[Any, ...]:
    proposal = each.proposal
    features = {name: value for name, value in asdict(proposal.features).items() if value is not None}
    return (
        tenant.name,
        proposal.proposal_id,
        proposal.features.kind,
        proposal.features.entity_type,
        "{" + ",".join(proposal.subjects) + "}",
        proposal.features.attribute,
        json.dumps(features),
        proposal.features.confidence,
        _sealed_evidence(tenant, proposal),
        now,
        seq,
        run_id,
    )


def _decision_row(tenant: Tenant, each: Decided, now: datetime, *, again: bool) -> tuple[Any, ...]:
    proposal, decision = each
    return (
        tenant.name,
        decision_id(tenant.name, proposal.proposal_id, now),
        proposal.proposal_id,
        decision.verdict.value,
        "policy",
        "autonomy",
        list(decision.reasons),
        decision.policy_version,
        now,
        _sealed_evidence(tenant, proposal) if again else None,
    )


def _sealed_evidence(tenant: Tenant, proposal: Proposal) -> bytes:
    text = json.dumps(proposal.evidence, default=str, ensure_ascii=False).encode("utf-8", "replace")
    return tenant.keys.seal(text, aad=evidence_place(proposal.proposal_id))
