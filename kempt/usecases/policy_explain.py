"""Why policy decided so: the rules that fired and lost, all that was decided from, and the same decision made again."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

from kempt.errors import StopRun
from kempt.policy.autonomy import Decision, Verdict, repeated
from kempt.policy.load import Policies
from kempt.proposals.model import Features
from kempt.usecases.policy_versions import kept_policies, kept_protection
from kempt.usecases.tenancy import Tenant

DECISIONS = """
select decision.decision_id::text, decision.proposal_id::text, decision.verdict, decision.reasons, decision.lost,
    decision.policy_version, decision.input_digest, decision.agent, decision.segment, decision.decided_at,
    coalesce(decision.features, proposal.features) as features, basis.policy_set, basis.protection, basis.model,
    basis.code
from kempt.decision
join kempt.proposal using (tenant, proposal_id)
left join kempt.decision_basis as basis using (tenant, basis)
where decision.decider_type = 'policy' and starts_with(proposal.proposal_id::text, %(prefix)s)
order by decision.proposal_id, decision.decided_at desc, decision.decision_id limit %(limit)s
"""
SAMPLE = DECISIONS.replace(
    "order by decision.proposal_id, decision.decided_at desc, decision.decision_id",
    "and decision.basis is not null order by md5(decision.decision_id::text)",
)


def explain_decision(tenant: Tenant, proposal: str) -> dict[str, Any]:
    """The latest decision of policy on a proposal, with each rule's words and whether it comes out the same again."""
    with tenant.database.transaction(tenant.name) as connection:
        rows = _rows(connection, DECISIONS, proposal.lower(), 50)
        if len({row["proposal_id"] for row in rows}) != 1:
            many = "no decided proposal" if not rows else "more than one proposal"
            raise StopRun(f"{proposal}: {many} starts so. `kempt review list` shows ids.")
        row = rows[0]
        if row["policy_set"] is None:
            return {**row, "rules": [], "again": None}
        policies = _policies(connection, row)
    again = _again(row, policies)
    named = {rule.id: rule for rule in policies.autonomy.rules}
    floors = {f"floor-{floor.id}": floor for floor in policies.protection.floors}
    told = [
        {"rule": name, "says": str(named[name].verdict), "why": named[name].why, "fired": name in row["reasons"]}
        for name in (*row["reasons"], *row["lost"])
        if name in named
    ]
    told += [
        {"rule": name, "says": "review", "why": floors[name].why, "fired": True}
        for name in row["reasons"]
        if name in floors
    ]
    return {**row, "rules": told, "again": _same(row, again)}


def repeat_decisions(tenant: Tenant, sample: int) -> tuple[int, list[str]]:
    """Decides a sample of recorded decisions again from what is kept: how many, and those that come out otherwise."""
    kept: dict[tuple[str, str], Policies] = {}
    with tenant.database.transaction(tenant.name) as connection:
        rows = _rows(connection, SAMPLE, "", sample)
        for row in rows:
            key = (row["policy_set"], row["protection"])
            if key not in kept:
                kept[key] = _policies(connection, row)
    return len(rows), [
        row["decision_id"] for row in rows if not _same(row, _again(row, kept[row["policy_set"], row["protection"]]))
    ]


def _rows(connection: psycopg.Connection, query: str, prefix: str, limit: int) -> list[dict[str, Any]]:
    asked = {"prefix": prefix, "limit": limit}
    return connection.cursor(row_factory=dict_row).execute(query, asked).fetchall()


def _policies(connection: psycopg.Connection, row: dict[str, Any]) -> Policies:
    return kept_policies(connection, row["policy_set"], kept_protection(connection, row["protection"]))


def _again(row: dict[str, Any], policies: Policies) -> Decision:
    told = {**row["features"], "objects": tuple(row["features"].get("objects", ()))}
    return repeated(Features(**told), policies.autonomy, policies.protection.floors, row["reasons"])


def _same(row: dict[str, Any], again: Decision) -> bool:
    return (
        Verdict(row["verdict"]) is again.verdict
        and tuple(row["reasons"]) == again.reasons
        and tuple(row["lost"]) == again.lost
        and row["policy_version"] == again.policy_version
    )
