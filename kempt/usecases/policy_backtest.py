"""What another policy would have made of what was decided. Writes nothing."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, get_args

import duckdb
from psycopg import Connection
from psycopg.rows import dict_row

from kempt.policy.compare import CASES, Report, Seen, count, differences, doubts_of
from kempt.policy.deciding import Decides
from kempt.policy.diff import sections_changed
from kempt.policy.load import Policies
from kempt.proposals.model import Features
from kempt.records.model import EntityType
from kempt.usecases.compose import compose_beside, survivorship_of
from kempt.usecases.rebuild_matches import foresee_rebuild
from kempt.usecases.route import load_touches, owners_of, routes_of
from kempt.usecases.tenancy import Tenant
from kempt.warehouse.connection import open_lake

# What policy was told when it last decided, and what clustering said besides.
DECIDED = """
select proposal_id::text, reasons, told
from (
    select distinct on (proposal.proposal_id) proposal.proposal_id, decision.reasons,
        coalesce(decision.features, proposal.features) as told, decision.decided_at
    from kempt.proposal join kempt.decision using (tenant, proposal_id)
    where decision.decider_type = 'policy'
    order by proposal.proposal_id, decision.decided_at desc, decision.decision_id
) as latest
where %(since)s::timestamptz is null or decided_at >= %(since)s
order by proposal_id
"""

# Values that differ, and those that only one side has.
FLIPS = """
select coalesce(now.attribute, then_.attribute) as attribute, count(*) as changed,
    list(coalesce(now.entity_id, then_.entity_id) order by coalesce(now.entity_id, then_.entity_id))[:20] as entities
from {now} as now full join {beside} as then_ using (entity_id, attribute)
where now.value is distinct from then_.value group by all order by all
"""


def backtest(
    tenant: Tenant,
    candidate: Policies,
    *,
    since: datetime | None = None,
    lake: duckdb.DuckDBPyConnection | None = None,
) -> Report:
    """What would differ: verdicts since a time, and of today's records who is who and which values win."""
    report = Report()
    floors = tenant.policies.protection.floors
    with tenant.database.transaction(tenant.name) as connection:
        seen = _seen(connection, since)
        count(report, differences(seen, tenant.policies.autonomy, candidate.autonomy, floors, report))
    changed = sections_changed(tenant.policies, candidate)
    in_lake = [name for name in changed if name.startswith(("matching/", "survivorship/"))]
    if in_lake:
        with nullcontext(lake) if lake is not None else open_lake(tenant.lake) as opened:
            _in_lake(tenant, candidate, opened, in_lake, report)
    report.not_covered += _not_covered(changed)
    return report


def _seen(connection: Connection[Any], since: datetime | None) -> Iterator[Seen]:
    for row in connection.cursor(row_factory=dict_row).execute(DECIDED, {"since": since}):
        told = {**row["told"], "objects": tuple(row["told"].get("objects", ()))}
        yield Seen(proposal_id=row["proposal_id"], features=Features(**told), doubts=doubts_of(row["reasons"]))


def _in_lake(
    tenant: Tenant, candidate: Policies, lake: duckdb.DuckDBPyConnection, changed: list[str], report: Report
) -> None:
    other = replace(tenant, policies=candidate, decides=Decides(candidate, tenant=tenant.name), shadow=None)
    tables = {name for (name,) in lake.execute("select table_name from duckdb_tables()").fetchall()}
    kinds: tuple[EntityType, ...] = get_args(EntityType)
    if any(name.startswith("matching/") for name in changed):
        if "match_state" in tables:
            report.clusters = {kind: asdict(churn) for kind, churn in foresee_rebuild(other, lake).items()}
        else:
            report.not_covered.append("who is who: nothing was matched yet.")
    for kind in kinds:
        if f"survivorship/{kind}" not in changed:
            continue
        if f"{kind}_cell" not in tables:
            report.not_covered.append(f"values of a {kind}: nothing was composed yet.")
            continue
        compose_beside(other, lake, kind, target="kempt_backtest_cell")
        rows = lake.execute(FLIPS.format(now=f"{kind}_cell", beside="kempt_backtest_cell")).fetchall()
        for attribute, number, entities in rows:
            report.values[f"{kind}.{attribute}"] = {"changed": number, "entities": entities}
        report.owners[kind], report.campaigns[kind] = _routed(tenant, other, lake, kind)
        ((cells,),) = lake.execute(f"select count(*) from {kind}_cell").fetchall()
        report.values["cells"] = report.values.get("cells", 0) + cells
        report.values["changed"] = report.values.get("changed", 0) + sum(row[1] for row in rows)


def _routed(
    tenant: Tenant, other: Tenant, lake: duckdb.DuckDBPyConnection, kind: EntityType
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The owners, and the campaigns counted as the first touch, that another policy would change."""
    now, then = survivorship_of(tenant, kind), survivorship_of(other, kind)
    before = routes_of(lake, kind, now, members=f"{kind}_member", cells=f"{kind}_cell")
    after = routes_of(lake, kind, then, members=f"{kind}_member", cells="kempt_backtest_cell")
    either = sorted(before.keys() | after.keys())
    was = owners_of(lake, before, either, cells=f"{kind}_cell")
    would_be = owners_of(lake, after, either, cells="kempt_backtest_cell")
    flips = {
        entity: [was.get(entity), would_be.get(entity)] for entity in either if was.get(entity) != would_be.get(entity)
    }
    touched: list[str] = []
    if all(
        load_touches(lake, kind, policy, members=f"{kind}_member", target=target)
        for policy, target in ((now, "kempt_touch"), (then, "kempt_backtest_touch"))
    ):
        rows = lake.execute(
            "select entity_id from kempt_touch join kempt_backtest_touch as other using (entity_id, place) "
            "where place = 1 and kempt_touch.campaign <> other.campaign order by entity_id"
        ).fetchall()
        touched = [entity for (entity,) in rows]
    return (
        {"changed": len(flips), "entities": dict(list(flips.items())[:CASES])},
        {"changed": len(touched), "entities": touched[:CASES]},
    )


def _not_covered(changed: list[str]) -> list[str]:
    told = []
    if any(name.startswith("matching/") for name in changed):
        told += [
            "new proposals of a changed match spec: who would move is counted, with a model learned anew from the "
            "records of today; questions to stewards are not.",
            "values of golden records that would differ because records move.",
        ]
    if {"hygiene", "enrichment"} & set(changed):
        told.append("what would be flagged or asked of providers: the next run makes such proposals.")
    if "budget" in changed:
        told.append("what the risk budget would hold back.")
    return told
