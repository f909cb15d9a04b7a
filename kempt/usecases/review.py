"""The review table, as people who decide read it: what waits, why, and what happened to it so far."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.agents.actors import Unmasking
from kempt.errors import StopRun, Unknown
from kempt.usecases.tenancy import Tenant
from kempt.usecases.values import fields_in, masked_evidence, tell_unmasked


def carry_to_review(tenant: Tenant, *, now: datetime) -> int:
    """Puts every proposal that policy sent to review into the review table, once; brings back what is due again.

    What nobody decided for too long is closed, and comes back when policy has decided it anew since.
    """
    with tenant.database.transaction(tenant.name) as connection:
        carried = connection.execute(
            """
            insert into kempt.review_item (tenant, proposal_id, state, carried_at, changed_at)
            select tenant, proposal_id, 'pending', %(now)s, %(now)s from kempt.decision_in_force
            where decider_type = 'policy' and verdict = 'review'
            on conflict (tenant, proposal_id) do update
                set state = 'pending', changed_at = excluded.changed_at, why = 'policy decided anew'
                where review_item.state = 'expired' and review_item.changed_at < (
                    select max(d.decided_at) from kempt.decision d
                    where d.proposal_id = review_item.proposal_id and d.decider_type = 'policy'
                )
            """,
            {"now": now},
        )
        due = connection.execute(
            "update kempt.review_item set state = 'pending', changed_at = %s, why = 'its day has come' "
            "where state = 'deferred' and deferred_until <= %s",
            [now, now.date()],
        )
        connection.execute(
            "update kempt.review_item set state = 'expired', changed_at = %s, why = 'nobody decided' "
            "where state = 'pending' and changed_at < %s",
            [now, now - timedelta(days=tenant.policies.authority.expire_after_days)],
        )
        return carried.rowcount + due.rowcount


def review_items(
    tenant: Tenant, *, states: Sequence[str] = ("pending",), kind: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Items of the review table, the most confident first; ids and reasons, no values."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select item.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute, item.state,
                round(proposal.confidence::numeric, 4)::float as confidence, decision.reasons, item.carried_at,
                item.deferred_until, proposal.subjects::text[] as records, item.why
            from kempt.review_item item
            join kempt.proposal using (tenant, proposal_id)
            join lateral (
                select reasons from kempt.decision d
                where d.proposal_id = item.proposal_id and d.decider_type = 'policy' order by decided_at desc limit 1
            ) as decision on true
            where item.state = any(%(states)s) and (%(kind)s::text is null or proposal.kind = %(kind)s)
            order by proposal.confidence desc, item.proposal_id
            limit %(limit)s
            """,
            {"states": list(states), "kind": kind, "limit": limit},
        ).fetchall()  # fmt: skip


def review_item(tenant: Tenant, proposal: str, *, now: datetime, unmask: Unmasking | None = None) -> dict[str, Any]:
    """One item with its evidence: what was compared, what it weighed, who may decide, and its life so far.

    Values are masked unless `unmask` says for whom and why; that goes on record. `seen` names what is shown here; a
    decision that is given it is refused when anything has moved since.
    """
    with tenant.database.transaction(tenant.name) as connection:
        proposal_id = full_id(connection, proposal)
        row = connection.cursor(row_factory=dict_row).execute(
            """
            select proposal.proposal_id::text, proposal.kind, proposal.entity_type, proposal.attribute,
                proposal.confidence, features, created_at,
                coalesce(shown.evidence_cipher, proposal.evidence_cipher) as evidence_cipher,
                subjects::text[] as records, item.state, item.version || '-' || shown.basis as seen, item.why,
                (select decider from kempt.decision d where d.decision_id = item.first_approval) as first_approver
            from kempt.proposal
            left join kempt.review_item item using (tenant, proposal_id)
            left join kempt.review_basis shown using (tenant, proposal_id)
            where proposal.proposal_id = %s
            """,
            [proposal_id],
        ).fetchone()  # fmt: skip
        decisions = connection.cursor(row_factory=dict_row).execute(
            """
            select verdict, decider_type, decider, reasons, policy_version, note, decided_at,
                w.at as withdrawn_at, w.withdrawn_by, w.why as withdrawn_because
            from kempt.decision left join kempt.withdrawal w using (tenant, decision_id)
            where proposal_id = %s order by decided_at, decision_id
            """,
            [proposal_id],
        ).fetchall()  # fmt: skip
        assert row is not None
        sealed, records = row.pop("evidence_cipher"), row["records"]
        evidence = json.loads(
            tenant.vault.of(connection, records).open(records, bytes(sealed), evidence_place(proposal_id))
        )
        if unmask is None:
            evidence = masked_evidence(evidence)
        else:
            tell_unmasked(connection, tenant, proposal_id, records, fields_in(evidence), unmask, now)
        life = life_of(connection, proposal_id)
    return {**row, "masked": unmask is None, "evidence": evidence, "decisions": decisions, "life": life}


LIFE = """
select 'proposed' as state, p.created_at as at, p.features ->> 'agent' as why, 0 as step
from kempt.proposal p where p.proposal_id = %(id)s
union all
select 'validated', b.signed_at, b.agent || ' signed it with key ' || b.generation, 1
from kempt.proposal p join kempt.agent_batch b using (tenant, batch_id) where p.proposal_id = %(id)s
union all
select s.to_state, s.at, s.why, 1 + s.version from kempt.proposal_step s
where s.proposal_id = %(id)s and s.from_state is distinct from s.to_state
union all
-- What policy decided alone never was in the review table.
select case d.verdict when 'apply' then 'approved' else 'rejected' end, d.decided_at,
    array_to_string(d.reasons, ', '), 2
from kempt.decision_in_force d
where d.proposal_id = %(id)s and d.decider_type = 'policy' and d.verdict <> 'review'
    and not exists (select from kempt.review_item item where item.proposal_id = d.proposal_id)
order by step, at
"""


def life_of(connection: Connection[Any], proposal_id: str) -> list[dict[str, Any]]:
    """What a proposal went through: state, moment and why, from the first to the last step."""
    rows = connection.cursor(row_factory=dict_row).execute(LIFE, {"id": proposal_id}).fetchall()
    return [{name: row[name] for name in ("state", "at", "why")} for row in rows]


def evidence_place(proposal_id: str) -> str:
    """What the evidence of a proposal is sealed for; it opens nowhere else."""
    return f"evidence of {proposal_id}"


def full_id(connection: Connection[Any], prefix: str) -> str:
    """The proposal whose id starts so; a few characters are enough when they are unmistakable."""
    digits = prefix.lower().replace("-", "")
    rows: list[tuple[Any, ...]] = []
    if len(digits) <= 32 and set(digits) <= set("0123456789abcdef"):
        # A range, which the primary key answers, and not a pattern, which every row would be held against.
        rows = connection.execute(
            "select proposal_id::text from kempt.proposal where proposal_id between %s and %s limit 2",
            [UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))],
        ).fetchall()
    if not rows:
        raise Unknown(f"{prefix}: no proposal starts so. `kempt review list` shows ids.")
    if len(rows) > 1:
        raise StopRun(f"{prefix}: more than one proposal starts so. `kempt review list` shows ids.")
    return str(rows[0][0])
