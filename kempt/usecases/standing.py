"""Merges that policy took before and would not take now: they stand, and a steward is asked whether they should.

A tightened rule never parts what it finds together. Each such merge waits for review with the reason STANDS: approved,
it is a must-link; rejected, a cannot-link, and the next run parts it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from kempt.matching.clusters import MergeStep
from kempt.policy.autonomy import STANDS, Decision, Verdict
from kempt.policy.load import Policies
from kempt.usecases.parted import Bonds

# By what decided; asked about already, a merge stands whatever decides.
_MERGED = """
select one.record_id::text, other.record_id::text, one.entity_id,
    case when %(stands)s = any(decision.reasons) then '' else basis.policy_set || ' ' || basis.protection end
from kempt.proposal
join kempt.decision_in_force as decision using (tenant, proposal_id)
join kempt.decision as made using (tenant, decision_id)
join kempt.decision_basis as basis on basis.tenant = made.tenant and basis.basis = made.basis
join kempt.membership as one on one.record_id = proposal.subjects[1] and one.to_seq is null
join kempt.membership as other on other.record_id = proposal.subjects[2] and other.to_seq is null
where proposal.kind = 'merge' and decision.decider_type = 'policy' and one.entity_id = other.entity_id
    and (decision.verdict = 'apply' or %(stands)s = any(decision.reasons))
"""
_ABOUT = " and proposal.proposal_id in (select kempt.proposals_about(%(records)s::uuid[]))"
FEW = 5_000
"""Records beyond which all merges are read: looking each one up costs more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Records that policy merged: the entity of each, and what decided."""

    entities: dict[str, str]
    decided_by: dict[str, set[str]]

    def keep(self, step: MergeStep, decision: Decision, policies: Policies) -> Decision:
        """The decision; applied all the same where both sides are one entity by what decided before."""
        entity = self.entities.get(step.left)
        if decision.verdict is Verdict.APPLY or entity is None or entity != self.entities.get(step.right):
            return decision
        now = f"{policies.version} {policies.protection.version}"
        if self.decided_by[step.left] | self.decided_by[step.right] <= {now}:
            return decision
        return replace(decision, verdict=Verdict.APPLY, reasons=(STANDS, *decision.reasons))


def bonds(connection: Connection[Any], records: Sequence[str]) -> Bonds:
    """The pairs of these records that policy merged, whatever version of it, and that are one entity still."""
    found = connection.execute(_merged_of(records), {"stands": STANDS, "records": list(records)})
    return frozenset((min(row[:2]), max(row[:2])) for row in found)


def _merged_of(records: Sequence[str]) -> str:
    return _MERGED + _ABOUT if len(records) <= FEW else _MERGED


def standing(connection: Connection[Any], records: Sequence[str]) -> Standing:
    """What policy merged of these records and is together still, without what a steward decided."""
    found = Standing(entities={}, decided_by={})
    rows = connection.execute(_merged_of(records), {"stands": STANDS, "records": list(records)})
    for one, other, entity, by in rows:
        for record in (one, other):
            found.entities[record] = entity
            found.decided_by.setdefault(record, set()).add(by)
    return found
