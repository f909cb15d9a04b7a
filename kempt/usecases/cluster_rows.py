"""What is written of a partition: its members, its steps, its notes and the links that it was made with."""

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from kempt.matching.clusters import MergeStep, Partition
from kempt.policy.autonomy import STANDS, Verdict, restrained
from kempt.records.model import EntityType
from kempt.usecases.judge import Decide

# Spelled out, because a tenant may have no record of a type and an empty column has none.
MEMBERS = pa.schema([("record_id", pa.string()), ("cluster", pa.string()), ("part", pa.string())])
LINKS = pa.schema([("kind", pa.string()), ("left_id", pa.string()), ("right_id", pa.string())])
BONDS = pa.schema([("left_id", pa.string()), ("right_id", pa.string())])
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

_TABLES = """
create table if not exists merge_step as from no_steps;
create table if not exists cluster_note (entity_type varchar, record_id varchar, what varchar, why varchar);
create table if not exists cluster_link (entity_type varchar, kind varchar, left_id varchar, right_id varchar)
"""


def open_tables(lake: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables that are not there."""
    no_steps = STEPS.empty_table()  # noqa: F841, read by DuckDB below
    lake.execute(_TABLES)


def write(
    lake: duckdb.DuckDBPyConnection,
    kind: EntityType,
    part: Partition,
    decide: Decide,
    policy: Decide,
    stand: Sequence[MergeStep],
    *,
    everything: bool,
) -> None:
    """Puts what was settled in the place of what stood there of the touched records, or of all of this type.

    `stand` are the merges that nothing but their bonds holds.
    """
    columns = [list(part.cluster_of), list(part.cluster_of.values()), list(part.part_of.values())]
    members = pa.table(columns, schema=MEMBERS)  # noqa: F841, read by DuckDB below
    steps = pa.Table.from_pylist([*_steps(part, decide, policy), *_standing(stand, policy)], schema=STEPS)  # noqa: F841, read by DuckDB below
    notes = pa.Table.from_pylist(list(_notes(kind, part)), schema=NOTES)  # noqa: F841, read by DuckDB below
    if everything:
        lake.execute(f"create or replace table {kind}_cluster as from members")
    else:
        lake.execute(
            f"delete from {kind}_cluster where record_id in (from kempt_touched);"
            f"insert into {kind}_cluster by name from members"
        )
    bonds = pa.table([[each.left for each in stand], [each.right for each in stand]], schema=BONDS)  # noqa: F841
    settled = "false" if everything else "left_id not in (from kempt_touched)"
    ours = f"entity_type = '{kind}'" + ("" if everything else " and {} in (from kempt_touched)")
    lake.execute(
        f"""
        delete from merge_step where {ours.format("left_id")};
        insert into merge_step by name from steps;
        delete from cluster_note where {ours.format("record_id")};
        insert into cluster_note by name from notes;
        delete from cluster_link where entity_type = '{kind}';
        insert into cluster_link by name select '{kind}' as entity_type, * from kempt_link
        where kind <> 'stands' or {settled};
        insert into cluster_link by name select '{kind}' as entity_type, 'stands' as kind, * from bonds
        """
    )


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


def _steps(part: Partition, decide: Decide, policy: Decide) -> Iterable[dict[str, Any]]:
    """What was merged and what is asked, of what stands too.

    A question that policy would apply was held back by the clustering itself.

    The risk budget has a say only where clustering asked policy.
    """
    for merge in part.merges:
        decision = decide(merge.step)
        stands = STANDS in decision.reasons
        why, verdict = ("stands", "review") if stands else ("merged", decision.verdict.value)
        yield _row(merge.step, why, verdict, decision.reasons, decision.policy_version)
    for question in part.questions:
        decision = (decide if question.why == "policy" else policy)(question.step)
        if decision.verdict is Verdict.REJECT:
            continue
        reasons = decision.reasons if decision.verdict is Verdict.REVIEW else ()
        yield _row(
            question.step, question.why, "review", (f"clustering-{question.why}", *reasons), decision.policy_version
        )


def _standing(stand: Sequence[MergeStep], policy: Decide) -> Iterable[dict[str, Any]]:
    for step in stand:
        decision = restrained(policy(step), STANDS)
        yield _row(step, "stands", decision.verdict.value, decision.reasons, decision.policy_version)


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
