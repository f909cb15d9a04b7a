"""Merges as proposals on pairs of records: those that policy applied, and the questions that wait for a steward."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import duckdb
from psycopg import Connection

from kempt.matching.explain import explain, read_scored
from kempt.policy.autonomy import Decision, Verdict, repeated
from kempt.proposals.model import Features, make_proposal
from kempt.records.model import EntityType
from kempt.usecases.decision_rows import Decided
from kempt.usecases.membership import RECORDS, view_people
from kempt.usecases.policy_budget import is_audited
from kempt.usecases.tenancy import Tenant

SHOWN: dict[EntityType, tuple[str, ...]] = {
    "person": (
        "object_type", "source", "full_name", "email", "phone", "job_title", "birth_date", "company_name", "street",
        "postal_code", "city", "country", "updated_at", "presence",
    ),
    "company": (
        "source", "company_name", "legal_form", "registry_id", "domain", "email", "phone", "street",
        "postal_code", "city", "country", "updated_at", "presence",
    ),
}  # fmt: skip


def merge_proposals(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> list[Decided]:
    """Every merge step of the partition with its verdict and evidence; a question shows its records side by side."""
    view_people(lake)
    return [decided for kind in RECORDS for decided in _of_type(tenant, lake, kind)]


def _of_type(tenant: Tenant, lake: duckdb.DuckDBPyConnection, kind: EntityType) -> Iterator[Decided]:
    spec = tenant.policies.matching[kind]
    steps = lake.execute(
        "select left_id, right_id, probability, cluster_size, objects, same_source, why, verdict, reasons, "
        "policy_version from merge_step where entity_type = ? order by left_id, right_id",
        [kind],
    ).fetchall()
    scored = read_scored(lake, f"{kind}_pair", spec, [(step[0], step[1]) for step in steps])
    ((model,),) = lake.execute("select model_version from match_state where entity_type = ?", [kind]).fetchall() or [
        (None,)
    ]
    shown = {step[:2] for step in steps if _is_looked_at(tenant, kind, step)}
    values = record_values(lake, kind, {record for pair in shown for record in pair})
    for left, right, probability, size, objects, same_source, why, verdict, reasons, version in steps:
        evidence: dict[str, Any] = {"why": why}
        if (pair := scored.get((left, right))) is not None:
            told = explain(spec, pair)
            evidence |= {
                "sentences": told.sentences,
                "what_would_flip_it": told.flips,
                "bits": told.bits,
                "prior_bits": told.prior_bits,
                "comparisons": [asdict(each) for each in told.contributions],
            }
        if (left, right) in shown:
            evidence["records"] = side_by_side(kind, values.get(left, {}), values.get(right, {}))
        features = _features(kind, probability, size, objects, same_source)
        proposal = make_proposal(tenant.name, (left, right), features, evidence=evidence)
        by = tenant.decides.policies_of((left, right))
        lost = repeated(features, by.autonomy, by.protection.floors, reasons).lost
        decision = Decision(verdict=Verdict(verdict), reasons=tuple(reasons), policy_version=version, lost=lost)
        yield Decided(proposal, decision, model)


def _features(kind: EntityType, probability: float, size: int, objects: Sequence[Any], same_source: bool) -> Features:
    return Features(
        kind="merge", entity_type=kind, agent="matcher", confidence=probability, objects=tuple(objects),
        cluster_size=size, same_source=same_source,
    )  # fmt: skip


def _is_looked_at(tenant: Tenant, kind: EntityType, step: Sequence[Any]) -> bool:
    """Whether a steward will see the records: policy asks, or the merge is drawn for audit."""
    left, right, probability, size, objects, same_source, _, verdict, *_ = step
    features = _features(kind, probability, size, objects, same_source)
    return verdict == "review" or is_audited(tenant, features, (left, right), Verdict(verdict))


def record_values(lake: duckdb.DuckDBPyConnection, kind: EntityType, records: set[str]) -> dict[str, dict[str, Any]]:
    """What a steward sees of records, by record; `view_people` comes first."""
    names = SHOWN[kind]
    rows = lake.execute(
        f"select record_id, {', '.join(names)} from {RECORDS[kind]} where list_contains(?::varchar[], record_id)",
        [sorted(records)],
    ).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def side_by_side(kind: EntityType, left: Mapping[str, Any], right: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Two records field by field, without those that neither has."""
    return [
        {"field": name, "left": left.get(name), "right": right.get(name), "same": left.get(name) == right.get(name)}
        for name in SHOWN[kind]
        if left.get(name) is not None or right.get(name) is not None
    ]


def settle_questions(connection: Connection[Any], decided: Sequence[Decided], *, now: datetime) -> int:
    """Takes questions back that are answered by themselves, and puts those again that arise again.

    An undecided merge whose question is no longer asked is superseded: its records became one entity another way,
    or what spoke for it is gone. The number of items that were taken back.
    """
    asked = [each.proposal.proposal_id for each in decided if each.decision.verdict is Verdict.REVIEW]
    connection.execute(
        "update kempt.review_item set state = 'pending', changed_at = %s "
        "where state = 'superseded' and proposal_id = any(%s::uuid[])",
        [now, asked],
    )
    taken_back = connection.execute(
        """
        insert into kempt.review_item (tenant, proposal_id, state, carried_at, changed_at)
        select tenant, proposal_id, 'superseded', %(now)s, %(now)s from kempt.proposal
        where kind = 'merge' and proposal_id <> all(%(asked)s::uuid[])
            and exists (
                select from kempt.decision d where d.proposal_id = proposal.proposal_id and d.verdict = 'review'
            )
            and not exists (
                select from kempt.decision_in_force d
                where d.proposal_id = proposal.proposal_id and d.decider_type = 'steward'
            )
        on conflict (tenant, proposal_id) do update set state = 'superseded', changed_at = excluded.changed_at
            where review_item.state in ('pending', 'deferred')
        """,
        {"now": now, "asked": asked},
    )
    return taken_back.rowcount
