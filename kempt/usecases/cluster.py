"""Which records are one entity: the partition, written down with what made it and what is left to ask."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.matching.clusters import MergeStep, Partition, partition
from kempt.matching.evidence import StewardLinks, read_pairs, read_records
from kempt.policy.autonomy import Decision, Verdict, decider
from kempt.proposals.model import Features
from kempt.records.model import EntityType
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """Clusters by size, merges taken, questions for stewards by reason, and what was kept apart and why."""

    records: int
    clusters: int
    merges: int
    questions: dict[str, int]
    kept_apart: dict[str, int]
    ambiguous: int
    contradicting_links: int
    clusters_by_size: dict[str, int]


# Spelled out, because a tenant may have no record of a type and an empty column has none.
MEMBERS = pa.schema([("record_id", pa.string()), ("cluster", pa.string())])
STEPS = pa.schema(
    [
        ("entity_type", pa.string()),
        ("left_id", pa.string()),
        ("right_id", pa.string()),
        ("probability", pa.float64()),
        ("cluster_size", pa.int64()),
        ("objects", pa.list_(pa.string())),
        ("same_source", pa.bool_()),
        ("why", pa.string()),
        ("verdict", pa.string()),
        ("reasons", pa.list_(pa.string())),
        ("policy_version", pa.string()),
    ]
)


def cluster_records(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Clustered:
    """Works the partition out from all scored pairs, stewards' links and policy, and keeps it in the lake."""
    with tenant.database.transaction(tenant.name) as connection:
        links = steward_links(connection)
    ask = decider(tenant.policies.autonomy)
    steps: list[dict[str, Any]] = []
    parts = []
    for kind in get_args(EntityType):
        records = read_records(lake, f"{kind}_features")
        part = partition(records, read_pairs(lake, f"{kind}_pair"), links, tenant.policies.matching[kind], _policy(ask))
        parts.append(part)
        steps += _steps(part, ask)
        columns = [list(part.cluster_of), list(part.cluster_of.values())]
        members = pa.table(columns, schema=MEMBERS)  # noqa: F841, read by DuckDB below
        lake.execute(f"create or replace table {kind}_cluster as select * from members")
    taken = pa.Table.from_pylist(steps, schema=STEPS)  # noqa: F841, read by DuckDB below
    lake.execute("create or replace table merge_step as select * from taken")
    return _summary(parts)


def steward_links(connection: Connection[Any]) -> StewardLinks:
    """The constraints in force, as pairs of records."""
    rows = connection.execute(
        "select kind, left_record::text, right_record::text from kempt.record_constraint "
        "where superseded_by is null and (expires_at is null or expires_at > now())"
    ).fetchall()
    return StewardLinks(
        must=frozenset((left, right) for kind, left, right in rows if kind == "must_link"),
        cannot=frozenset((left, right) for kind, left, right in rows if kind == "cannot_link"),
    )


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


def _policy(ask: Callable[[Features], Decision]) -> Callable[[MergeStep], Decision]:
    return lambda step: ask(features_of(step))


def _steps(part: Partition, ask: Callable[[Features], Decision]) -> Iterable[dict[str, Any]]:
    """What was merged and what is asked. A question that policy would apply was held back by the clustering itself."""
    for merge in part.merges:
        decision = ask(features_of(merge.step))
        yield _row(merge.step, "merged", decision.verdict.value, decision.reasons, decision.policy_version)
    for question in part.questions:
        decision = ask(features_of(question.step))
        if decision.verdict is Verdict.REJECT:
            continue
        reasons = decision.reasons if decision.verdict is Verdict.REVIEW else ()
        yield _row(
            question.step, question.why, "review", (f"clustering-{question.why}", *reasons), decision.policy_version
        )


def _row(step: MergeStep, why: str, verdict: str, reasons: tuple[str, ...], version: str) -> dict[str, Any]:
    return {
        "entity_type": step.entity_type,
        "left_id": step.left,
        "right_id": step.right,
        "probability": step.probability,
        "cluster_size": step.cluster_size,
        "objects": list(step.objects),
        "same_source": step.same_source,
        "why": why,
        "verdict": verdict,
        "reasons": list(reasons),
        "policy_version": version,
    }


def _summary(parts: list[Partition]) -> Clustered:
    sizes = Counter(size for part in parts for size in Counter(part.cluster_of.values()).values())
    return Clustered(
        records=sum(len(part.cluster_of) for part in parts),
        clusters=sizes.total() - sizes[1],
        merges=sum(len(part.merges) for part in parts),
        questions=dict(sorted(Counter(question.why for part in parts for question in part.questions).items())),
        kept_apart=dict(sum((Counter(part.blocked) for part in parts), Counter())),
        ambiguous=sum(len(part.ambiguous) for part in parts),
        contradicting_links=sum(len(part.broken_must_links) for part in parts),
        clusters_by_size={str(size): count for size, count in sorted(sizes.items())},
    )
