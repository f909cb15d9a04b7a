"""Which records are one entity: the partition, written down with what made it and what is left to ask.

What has settled stays: only components are settled again in which a record or a pair is not as it was, or between whose
records a steward's link came or went. With another policy or model all are.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.ids import canonical_json, digest
from kempt.matching.clusters import MergeStep, Partition, partition
from kempt.matching.evidence import StewardLinks, read_pairs, read_records
from kempt.matching.spec import MatchSpec
from kempt.policy.autonomy import AutonomyPolicy, Decision, Verdict, decider
from kempt.proposals.model import Features
from kempt.records.model import EntityType
from kempt.usecases.tenancy import Tenant
from kempt.warehouse.connection import gather


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
    settled_anew: dict[str, int]
    """Records by type whose component this run worked out; the others are as they were."""


# Spelled out, because a tenant may have no record of a type and an empty column has none.
MEMBERS = pa.schema([("record_id", pa.string()), ("cluster", pa.string()), ("part", pa.string())])
LINKS = pa.schema([("kind", pa.string()), ("left_id", pa.string()), ("right_id", pa.string())])
NOTES = pa.schema([(name, pa.string()) for name in ("entity_type", "record_id", "what", "why")])
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


_STATE = """
create table if not exists merge_step as from no_steps;
create table if not exists cluster_note (entity_type varchar, record_id varchar, what varchar, why varchar);
create table if not exists cluster_link (entity_type varchar, kind varchar, left_id varchar, right_id varchar)
"""

# A must-link with one end in what is touched was there before, and so in one component, or its end is touched as well.
_TOUCHED = """
create or replace temp table kempt_moved as
with known as (select kind, left_id, right_id from cluster_link where entity_type = '{kind}'),
changed as ((from kempt_link except from known) union all (from known except from kempt_link)),
moved as (
    select record_id from {kind}_seen where revision > {revision}
    union select record_id from {kind}_cluster anti join {kind}_seen using (record_id)
    union select left_id from changed
    union select right_id from changed
)
from moved
union select right_id from kempt_link where kind = 'must' and left_id in (from moved)
union select left_id from kempt_link where kind = 'must' and right_id in (from moved);
create or replace temp table kempt_touched as
select record_id from {kind}_cluster
where part in (select part from {kind}_cluster semi join kempt_moved using (record_id))
union from kempt_moved
"""


def cluster_records(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Clustered:
    """Brings the partition, from scored pairs, stewards' links and policy, up to date in the lake."""
    with tenant.database.transaction(tenant.name) as connection:
        links = steward_links(connection)
    settled: dict[str, int] = {
        kind: settle(lake, tenant.policies.matching[kind], links, tenant.policies.autonomy)
        for kind in get_args(EntityType)
    }
    gather(lake, ("merge_step", "cluster_note", "cluster_link", *(f"{kind}_cluster" for kind in settled)))
    return _summary(lake, settled)


def settle(lake: duckdb.DuckDBPyConnection, spec: MatchSpec, links: StewardLinks, policy: AutonomyPolicy) -> int:
    """Brings the clusters of one entity type up to date; the number of records in components that it settled."""
    kind, decide = spec.entity_type, by_policy(policy)
    ((model, revision, settled_by, settled_revision),) = lake.execute(
        "select model_version, revision, settled_by, settled_revision from match_state where entity_type = ?", [kind]
    ).fetchall()
    version = digest(canonical_json([spec.version, policy.version, model]))
    everything = settled_by != version
    no_steps = STEPS.empty_table()  # noqa: F841, read by DuckDB below
    lake.execute(_STATE)
    rows = [(kind, min(link), max(link)) for kind in ("must", "cannot") for link in getattr(links, kind)]
    told = pa.table([list(column) for column in zip(*rows, strict=True)] or [[], [], []], schema=LINKS)  # noqa: F841
    lake.execute("create or replace temp table kempt_link as select distinct * from told")
    all_seen = f"create or replace temp table kempt_touched as select record_id from {kind}_seen"
    lake.execute(all_seen if everything else _TOUCHED.format(kind=kind, revision=settled_revision))
    if not everything and not lake.execute("select 1 from kempt_touched limit 1").fetchall():
        return 0
    records = read_records(lake, f"{kind}_seen", "kempt_touched")
    part = partition(records, read_pairs(lake, f"{kind}_pair", "kempt_touched"), links, spec, decide)
    lake.execute("begin")
    _write(lake, kind, part, decide, everything=everything)
    lake.execute(
        "update match_state set settled_by = ?, settled_revision = ? where entity_type = ?", [version, revision, kind]
    )
    lake.execute("commit")
    return len(records)


def _write(
    lake: duckdb.DuckDBPyConnection,
    kind: EntityType,
    part: Partition,
    decide: Callable[[MergeStep], Decision],
    *,
    everything: bool,
) -> None:
    """Puts what was settled in the place of what stood there of the touched records, or of all of this type."""
    columns = [list(part.cluster_of), list(part.cluster_of.values()), list(part.part_of.values())]
    members = pa.table(columns, schema=MEMBERS)  # noqa: F841, read by DuckDB below
    steps = pa.Table.from_pylist(list(_steps(part, decide)), schema=STEPS)  # noqa: F841, read by DuckDB below
    notes = pa.Table.from_pylist(list(_notes(kind, part)), schema=NOTES)  # noqa: F841, read by DuckDB below
    if everything:
        lake.execute(f"create or replace table {kind}_cluster as from members")
    else:
        lake.execute(
            f"delete from {kind}_cluster where record_id in (from kempt_touched);"
            f"insert into {kind}_cluster by name from members"
        )
    ours = f"entity_type = '{kind}'" + ("" if everything else " and {} in (from kempt_touched)")
    lake.execute(
        f"""
        delete from merge_step where {ours.format("left_id")};
        insert into merge_step by name from steps;
        delete from cluster_note where {ours.format("record_id")};
        insert into cluster_note by name from notes;
        delete from cluster_link where entity_type = '{kind}';
        insert into cluster_link by name select '{kind}' as entity_type, * from kempt_link
        """
    )


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


def by_policy(policy: AutonomyPolicy) -> Callable[[MergeStep], Decision]:
    """What a policy says to the steps of clustering."""
    ask = decider(policy)
    return lambda step: ask(features_of(step))


def _notes(kind: EntityType, part: Partition) -> Iterable[dict[str, str]]:
    """What is counted but leads to no step, by the first record of the pair that it is about."""
    told = [
        *((question.step.left, "question", question.why) for question in part.questions),
        *((record, "kept_apart", why) for record, why in part.kept_apart),
        *((record, "ambiguous", "") for record in part.ambiguous),
        *((left, "contradiction", "") for left, _ in part.broken_must_links),
    ]
    for record, what, why in told:
        yield {"entity_type": kind, "record_id": record, "what": what, "why": why}


def _steps(part: Partition, decide: Callable[[MergeStep], Decision]) -> Iterable[dict[str, Any]]:
    """What was merged and what is asked. A question that policy would apply was held back by the clustering itself."""
    for merge in part.merges:
        decision = decide(merge.step)
        yield _row(merge.step, "merged", decision.verdict.value, decision.reasons, decision.policy_version)
    for question in part.questions:
        decision = decide(question.step)
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


def _summary(lake: duckdb.DuckDBPyConnection, settled: dict[str, int]) -> Clustered:
    sized = " union all ".join(f"select count(*) as size from {kind}_cluster group by cluster" for kind in settled)
    sizes = Counter(dict(lake.execute(f"select size, count(*) from ({sized}) group by size order by size").fetchall()))
    noted: dict[str, dict[str, int]] = {}
    for what, why, count in lake.execute(
        "select what, why, count(*) from cluster_note group by what, why order by what, why"
    ).fetchall():
        noted.setdefault(what, {})[why] = count
    ((merges,),) = lake.execute("select count(*) from merge_step where why = 'merged'").fetchall()
    return Clustered(
        records=sum(size * count for size, count in sizes.items()),
        clusters=sizes.total() - sizes[1],
        merges=merges,
        questions=noted.get("question", {}),
        kept_apart=noted.get("kept_apart", {}),
        ambiguous=noted.get("ambiguous", {}).get("", 0),
        contradicting_links=noted.get("contradiction", {}).get("", 0),
        clusters_by_size={str(size): count for size, count in sizes.items() if count},
        settled_anew=settled,
    )
