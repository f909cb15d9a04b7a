"""Who says which clusters may become one: policy, and how much of it the risk budget has room for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from kempt.matching.clusters import MergeStep
from kempt.matching.evidence import Record
from kempt.policy.autonomy import Decision, Verdict, restrained
from kempt.policy.deciding import Decides
from kempt.proposals.model import Features
from kempt.usecases.parted import Bonds
from kempt.usecases.policy_budget import Wanting, held_back, rooms
from kempt.usecases.standing import bonds, standing
from kempt.usecases.tenancy import Tenant

Decide = Callable[[MergeStep], Decision]
Hold = Callable[[Sequence[MergeStep], Sequence[Record], Decide], Decide | None]
"""Given the merges that are to be applied, all records they are among and what decided: what decides when not all have
room.
"""
Merged = Callable[[Sequence[Record]], Bonds]
"""Given records: the pairs of them that policy merged before."""
Keep = Callable[[Sequence[Record]], Decide]
"""Given records: what decides of them, so that what policy merged before stays together."""


def _no_limit(_: Sequence[MergeStep], __: Sequence[Record], ___: Decide) -> Decide | None:
    return None


def _none(_: Sequence[Record]) -> Bonds:
    return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What clustering asks; `version` is equal for two that decide alike."""

    version: str
    decide: Decide
    keep: Keep | None = None
    merged: Merged = _none
    hold: Hold = _no_limit


def features_of(step: MergeStep) -> Features:
    """What policy may know of a merge."""
    return Features(
        kind="merge",
        entity_type=step.entity_type,
        agent="matcher",
        confidence=step.probability,
        objects=step.objects,
        cluster_size=step.cluster_size,
        same_source=step.same_source,
    )


def judge_of(decides: Decides) -> Judge:
    """What policy says to the steps of clustering, whatever was merged before."""

    def decide(step: MergeStep) -> Decision:
        return decides.decide(features_of(step), (step.left, step.right))

    return Judge(version=decides.version, decide=decide)


def keeping(decides: Decides, connection: Connection[Any], records: Sequence[Record]) -> Decide:
    """What policy says to the steps of clustering these records, with what it merged before taken as it stands."""
    judge, merged = judge_of(decides), standing(connection, [record.record_id for record in records])

    def decide(step: MergeStep) -> Decision:
        return merged.keep(step, judge.decide(step), decides.policies_of((step.left, step.right)))

    return decide


def judge_of_tenant(tenant: Tenant, *, now: datetime) -> Judge:
    """What a tenant's policy says, within its risk budget.

    Both only hold back what would become one now. Records that are one entity already stay one: to part them is
    another decision than not to merge them.
    """
    judge = judge_of(tenant.decides)

    def keep(records: Sequence[Record]) -> Decide:
        with tenant.database.transaction(tenant.name) as connection:
            return keeping(tenant.decides, connection, records)

    def merged(records: Sequence[Record]) -> Bonds:
        with tenant.database.transaction(tenant.name) as connection:
            return bonds(connection, [record.record_id for record in records])

    def hold(steps: Sequence[MergeStep], records: Sequence[Record], kept: Decide) -> Decide | None:
        if not steps:
            return None
        together = _entities(tenant, {record for step in steps for record in (step.left, step.right)})
        fresh = {_name(step): step for step in steps if not _is_one(step, together)}
        segments = {name: _segment(tenant, step, kept(step)) for name, step in fresh.items()}
        wanting = [
            Wanting(name=name, segment=segments[name], kind="merge", confidence=step.probability)
            for name, step in fresh.items()
        ]
        with tenant.database.transaction(tenant.name) as connection:
            kinds = dict.fromkeys(segments.values(), "merge")
            found = rooms(connection, tenant.policies.budget, kinds, now=now)  # type: ignore[arg-type]
        held = held_back(found, wanting)
        if not held:
            return None
        full = {segments[name]: reason for name, reason in held.items()}
        together = _entities(tenant, {record.record_id for record in records})

        def decide(step: MergeStep) -> Decision:
            decision = kept(step)
            name, segment = _name(step), _segment(tenant, step, decision)
            if decision.verdict is not Verdict.APPLY or segment not in full or _is_one(step, together):
                return decision
            return decision if name in fresh and name not in held else restrained(decision, full[segment])

        return decide

    return Judge(version=judge.version, decide=judge.decide, keep=keep, merged=merged, hold=hold)


def _segment(tenant: Tenant, step: MergeStep, decision: Decision) -> str:
    return tenant.decides.segment(features_of(step), (step.left, step.right), decision)


def _name(step: MergeStep) -> str:
    return f"{step.left}|{step.right}"


def _is_one(step: MergeStep, entities: dict[str, str]) -> bool:
    entity = entities.get(step.left)
    return entity is not None and entity == entities.get(step.right)


def _entities(tenant: Tenant, records: set[str]) -> dict[str, str]:
    with tenant.database.transaction(tenant.name) as connection:
        rows = connection.execute(
            "select record_id::text, entity_id from kempt.membership "
            "where to_seq is null and record_id = any(%s::uuid[])",
            [sorted(records)],
        )
        return dict(rows.fetchall())
