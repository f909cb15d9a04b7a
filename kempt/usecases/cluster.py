"""Which records are one entity: the partition, written down with what made it and what is left to ask.

What has settled stays: only components are settled again in which a record or a pair is not as it was, or between whose
records a steward's link came or went. With another policy or model all are.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection

from kempt.ids import canonical_json, digest
from kempt.matching.evidence import StewardLinks, read_pairs, read_records
from kempt.matching.model import count
from kempt.matching.spec import MatchSpec
from kempt.policy.autonomy import Verdict
from kempt.records.model import EntityType
from kempt.usecases.cluster_rows import LINKS, open_tables, write
from kempt.usecases.judge import Judge, judge_of_tenant
from kempt.usecases.parted import Ground, bonds_in, hold_together
from kempt.usecases.reopen import reopen_unsound
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


# What was compared anew is whole components, as they were and as they are. Beyond them reach only parts that hold
# together by links: those of the ends of must-links, and of the links that came or went.
_TOUCHED = """
create or replace temp table kempt_moved as
with known as (select kind, left_id, right_id from cluster_link where entity_type = '{kind}'),
changed as ((from kempt_link except from known) union all (from known except from kempt_link)),
must as (select left_id, right_id from kempt_link where kind <> 'cannot'),
moved as (
    select record_id from {kind}_seen where revision > {revision}
    union select record_id from {kind}_gone where revision > {revision}
    union select left_id from changed
    union select right_id from changed
)
from moved
union select right_id from must where left_id in (from moved)
union select left_id from must where right_id in (from moved);
create or replace temp table kempt_touched as from kempt_moved;
create or replace temp table kempt_linked as
with bonds as (
    from kempt_link union (select kind, left_id, right_id from cluster_link where entity_type = '{kind}')
)
select left_id as record_id from bonds union select right_id from bonds
"""

_TOUCHED_BY_LINKS = """
insert into kempt_touched
with reached as (
    select record_id, part from {kind}_cluster
    where part in (select part from {kind}_cluster semi join kempt_linked using (record_id))
)
select record_id from reached where part in (select part from reached semi join kempt_moved using (record_id))
except from kempt_moved;
insert into kempt_settling
select record_id, number, object_type, source from {kind}_seen semi join kempt_touched using (record_id)
where revision <= {revision}
"""

_SETTLING = """
create or replace temp table kempt_settling as
select record_id, number, object_type, source from {kind}_seen where revision > {revision}
"""


def cluster_records(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Clustered:
    """Brings the partition, from scored pairs, stewards' links and policy, up to date in the lake."""
    with tenant.database.transaction(tenant.name) as connection:
        # An approval counts from the next clustering on, so that is when what it rests on is looked at again.
        ((now,),) = connection.execute("select now()").fetchall()
        reopen_unsound(tenant, lake, connection, kinds=("merge",), now=now)
        links = steward_links(connection)
    settled: dict[str, int] = {
        kind: settle(lake, tenant.policies.matching[kind], links, judge_of_tenant(tenant, now=datetime.now(UTC)))
        for kind in get_args(EntityType)
    }
    gather(lake, ("merge_step", "cluster_note", "cluster_link", *(f"{kind}_cluster" for kind in settled)))
    return _summary(lake, settled)


def settle(lake: duckdb.DuckDBPyConnection, spec: MatchSpec, links: StewardLinks, judge: Judge) -> int:
    """Brings the clusters of one entity type up to date; the number of records in components that it settled.

    While merges are held back, the next run settles everything again: there may be room by then.
    """
    kind = spec.entity_type
    ((model, revision, settled_by, settled_policy, settled_revision),) = lake.execute(
        "select model_version, revision, settled_by, settled_policy, settled_revision from match_state "
        "where entity_type = ?",
        [kind],
    ).fetchall()
    policy = digest(canonical_json([spec.version, judge.version]))
    version = digest(canonical_json([spec.version, judge.version, model]))
    everything = settled_by != version
    open_tables(lake)
    bonds = bonds_in(lake, kind)
    told_links = {"must": links.must, "cannot": links.cannot, "stands": bonds}
    rows = [(said, min(link), max(link)) for said, found in told_links.items() for link in found]
    told = pa.table([list(column) for column in zip(*rows, strict=True)] or [[], [], []], schema=LINKS)  # noqa: F841
    lake.execute("create or replace temp table kempt_link as select distinct * from told")
    since = 0 if everything else settled_revision
    lake.execute(_SETTLING.format(kind=kind, revision=since))
    if not everything:
        lake.execute(_TOUCHED.format(kind=kind, revision=since))
        if count(lake, "kempt_linked"):
            lake.execute(_TOUCHED_BY_LINKS.format(kind=kind, revision=since))
        if not count(lake, "kempt_touched"):
            return 0
    records = read_records(lake, "kempt_settling")
    pairs = read_pairs(lake, f"{kind}_pair", "kempt_settling")
    decide = judge.decide if judge.keep is None else judge.keep(records)
    if policy != settled_policy:
        bonds |= judge.merged(records)
    ground = Ground(records=records, pairs=pairs, links=links, spec=spec, decide=decide)
    part = ground.partition()
    applied = [merge.step for merge in part.merges if decide(merge.step).verdict is Verdict.APPLY]
    held = judge.hold(applied, records, decide)
    if held is not None:
        decide, version = held, f"{version} held back"
        ground = replace(ground, decide=decide)
        part = ground.partition()
    part, stand = hold_together(ground, part, bonds)
    lake.execute("begin")
    write(lake, kind, part, decide, judge.decide, stand, everything=everything)
    lake.execute(
        "update match_state set settled_by = ?, settled_policy = ?, settled_revision = ? where entity_type = ?",
        [version, policy, revision, kind],
    )
    lake.execute("commit")
    return len(records)


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


def _summary(lake: duckdb.DuckDBPyConnection, settled: dict[str, int]) -> Clustered:
    sized = " union all ".join(f"select count(*) as size from {kind}_cluster group by cluster" for kind in settled)
    sizes = Counter(dict(lake.execute(f"select size, count(*) from ({sized}) group by size order by size").fetchall()))
    noted: dict[str, dict[str, int]] = {}
    for what, why, times in lake.execute(
        "select what, why, count(*) from cluster_note group by what, why order by what, why"
    ).fetchall():
        noted.setdefault(what, {})[why] = times
    ((merges,),) = lake.execute("select count(*) from merge_step where why in ('merged', 'stands')").fetchall()
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
