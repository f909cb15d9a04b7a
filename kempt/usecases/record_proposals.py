"""Writes proposals with policy's decision on each: one transaction, one event a decision, nothing twice."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from psycopg import Connection

from kempt.agents.registry import ADJUDICATOR
from kempt.errors import Retry
from kempt.ledger.append import append
from kempt.ledger.database import copy_in
from kempt.ledger.vault_keys import RecordKeys
from kempt.policy.autonomy import Verdict, restrained
from kempt.usecases.agent_batches import Item, decision_item, proposal_item, signed, signed_by_agent
from kempt.usecases.decision_rows import AUDIT, DECISION, Decided, Made, features_json, pin_bases, sealed_evidence
from kempt.usecases.policy_budget import Wanting, held_back, rooms, spend
from kempt.usecases.policy_shadow import watch
from kempt.usecases.tenancy import Tenant


def record_proposals(
    connection: Connection[Any], tenant: Tenant, decided: Sequence[Decided], *, now: datetime, run_id: str | None = None
) -> dict[str, int]:
    """How many were added, by verdict.

    Adds what is new: proposals, and another verdict of policy on one that no steward has decided. What policy would
    apply and the risk budget has no room for is asked about.
    """
    unique = {each.proposal.proposal_id: each for each in decided}
    known = _in_force(connection, list(unique))
    watch(connection, tenant, [unique[name] for name in sorted(unique)], now=now)
    unique |= _within_budget(connection, tenant, [each for name, each in unique.items() if name not in known
                                                  or known[name] not in (None, "apply")], now)  # fmt: skip
    new = [unique[name] for name in sorted(unique) if name not in known]
    turned = [
        unique[name] for name in sorted(unique) if known.get(name) not in (None, unique[name].decision.verdict.value)
    ]
    if not new and not turned:
        return {}
    both = [Made(tenant, each, now) for each in (*new, *turned)]
    pin_bases(connection, both)
    keys = tenant.vault.ensure(connection, (record for each in (*new, *turned) for record in each.proposal.subjects))
    first = append(connection, [each.event() for each in both], at=now).first
    rows = [_proposal_row(keys, each, first + at, now, run_id) for at, each in enumerate(new)]
    agents = (each.proposal.features.agent for each in new)
    proposed = signed_by_agent(connection, tenant.keys, zip(agents, map(_item, rows), strict=True), now=now)
    _load(connection, "proposal", (*_PROPOSAL, "batch_id"), ((*row, proposed[row[1]]) for row in rows))
    made = [each.row(keys, again=at >= len(new)) for at, each in enumerate(both)]
    told = [decision_item(row[1], row[2], row[3], row[4], row[5], row[6], row[7], None) for row in made]
    decided_in = signed(connection, tenant.keys, ADJUDICATOR, "decide", told, now=now)
    _load(connection, "decision", (*DECISION, "batch_id"), ((*row, decided_in[row[1]]) for row in made))
    _load(connection, "audit_item", AUDIT, (each.audit_row() for each in both if each.is_audited))
    spend(connection, Counter(each.segment for each in both if each.segment and each.is_applied), now=now)
    return dict(Counter(each.decided.decision.verdict.value for each in both))


def _within_budget(
    connection: Connection[Any], tenant: Tenant, open_: Sequence[Decided], now: datetime
) -> dict[str, Decided]:
    """Those that are held back, by id. Merges were held back while clustering: the clusters follow from it."""
    segments = {
        each.proposal.proposal_id: (each, tenant.decides.segment(*each.proposal.about, each.decision))
        for each in open_
        if each.decision.verdict is Verdict.APPLY
    }
    kinds = {segment: each.proposal.features.kind for each, segment in segments.values()}
    found = rooms(connection, tenant.policies.budget, kinds, now=now)
    _refuse_stopped_merges(
        connection,
        tenant,
        [each for each, segment in segments.values() if found[segment].reason == "budget-stopped"],
    )
    wanting = [
        Wanting(name=name, segment=segment, kind=kind, confidence=each.proposal.features.confidence)
        for name, (each, segment) in segments.items()
        if (kind := each.proposal.features.kind) != "merge"
    ]
    held = held_back(found, wanting)
    return {
        name: segments[name][0]._replace(decision=restrained(segments[name][0].decision, reason))
        for name, reason in held.items()
    }


def _refuse_stopped_merges(connection: Connection[Any], tenant: Tenant, stopped: Sequence[Decided]) -> None:
    """A switch that was thrown between clustering and now: what would become one now must not be written."""
    pairs = [each.proposal.subjects for each in stopped if each.proposal.features.kind == "merge"]
    if not pairs:
        return
    apart = connection.execute(
        """
        select from unnest(%s::uuid[], %s::uuid[]) as pair (one, other)
        left join kempt.membership as l on l.record_id = pair.one and l.to_seq is null
        left join kempt.membership as r on r.record_id = pair.other and r.to_seq is null
        where l.entity_id is null or r.entity_id is null or l.entity_id <> r.entity_id limit 1
        """,
        [list(each) for each in zip(*pairs, strict=True)],
    ).fetchone()
    if apart is not None:
        raise Retry(
            f"{tenant.name}: applying was stopped while this run clustered, so its merges were not written. "
            "Run again: what is stopped is asked about."
        )


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
    connection.execute(f"create temp table arriving_{table} (like kempt.{table} including defaults) on commit drop")
    copy_in(connection, f"arriving_{table}", columns, rows)
    names = ", ".join(columns)
    connection.execute(f"insert into kempt.{table} ({names}) select {names} from arriving_{table}")
    connection.execute(f"drop table arriving_{table}")


def _proposal_row(keys: RecordKeys, each: Decided, seq: int, now: datetime, run_id: str | None) -> tuple[Any, ...]:
    proposal = each.proposal
    return (
        keys.tenant,
        proposal.proposal_id,
        proposal.features.kind,
        proposal.features.entity_type,
        "{" + ",".join(proposal.subjects) + "}",
        proposal.features.attribute,
        features_json(proposal),
        proposal.features.confidence,
        sealed_evidence(keys, proposal),
        now,
        seq,
        run_id,
    )


def _item(row: tuple[Any, ...]) -> Item:
    _, proposal_id, kind, entity_type, subjects, attribute, features, _, evidence, *_ = row
    records = subjects.strip("{}").split(",")
    return proposal_item(
        proposal_id, kind, entity_type, records, attribute, json.loads(features), sha256(evidence).hexdigest()
    )
