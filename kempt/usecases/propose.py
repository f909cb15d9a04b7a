"""What we would change in golden records, and policy's verdict on each: values for gaps, and flags on what is stale."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import duckdb

from kempt.ids import keyed_digest
from kempt.proposals.model import Features, Proposal, make_proposal
from kempt.records.model import EntityType
from kempt.usecases.decision_rows import Decided
from kempt.usecases.pin_policies import pin_policies
from kempt.usecases.record_proposals import record_proposals
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """New proposals of this run by verdict; those that were there before are not counted again."""

    considered: int
    by_verdict: dict[str, int]


# A change of an entity is proposed on one of its records, so that it follows that record when the entity is split:
# the record whose value stands there, else the one that the entity's name came from.
VALUES = """
with basis as (
    select entity_id,
        coalesce(min(record_id) filter (attribute in ('full_name', 'company_name')), min(record_id)) as record_id
    from {cells} group by entity_id
)
select answer.*, coalesce(cell.record_id, basis.record_id) as record_id, cell.value as stands,
    cell.entity_id is null as is_free,
    cell.origin as stands_from, cell.source as stands_source, cast(cell.observed_at as date) as stands_since
from enrichment_answer as answer
inner join basis using (entity_id)
left join {cells} as cell on cell.entity_id = answer.entity_id and cell.attribute = answer.attribute
where answer.entity_type = '{kind}'
order by answer.entity_id, answer.attribute, answer.provider
"""

STALE = """
select cell.record_id, cell.attribute, cell.value, cell.origin, cell.source, cast(cell.observed_at as date) as seen_on,
    issue.rule
from {kind}_issue as issue
inner join {cells} as cell on cell.record_id = issue.record_id and cell.attribute = issue.attribute
    and cell.value is not null
where issue.rule in ('value_stale', 'value_refuted')
qualify row_number() over (partition by cell.record_id, cell.attribute order by issue.rule) = 1
order by cell.record_id, cell.attribute
"""
CONFIDENCE = {"value_refuted": 0.99, "value_stale": 0.9}


def propose(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime, run_id: str | None = None) -> Proposed:
    """Turns answers and stale values into proposals and lets policy decide each new one."""
    proposals = [
        proposal
        for kind in get_args(EntityType)
        for proposal in (*_values(tenant, lake, kind), *_stale(tenant, lake, kind))
    ]
    decided = [Decided(each, tenant.decides.decide(each.features, each.subjects)) for each in proposals]
    with tenant.database.transaction(tenant.name) as connection:
        pin_policies(connection, tenant.policies)
        verdicts = record_proposals(connection, tenant, decided, now=now, run_id=run_id)
    return Proposed(considered=len(proposals), by_verdict=verdicts)


def _values(tenant: Tenant, lake: duckdb.DuckDBPyConnection, kind: EntityType) -> Iterator[Proposal]:
    for row in _rows(lake, VALUES.format(cells=f"{kind}_cell", kind=kind)):
        yield make_proposal(
            tenant.name,
            [row["record_id"]],
            Features(
                kind="field_change",
                entity_type=kind,
                agent="enricher",
                confidence=row["confidence"],
                attribute=row["attribute"],
                origin=row["provider"],
                fills_empty=row["is_free"],
                overrides_human=row["stands_from"] == "override",
            ),
            evidence={
                "attribute": row["attribute"],
                "value": row["value"],
                "stands": row["stands"],
                "stands_from": row["stands_source"],
                "stands_since": row["stands_since"],
                "gap": row["gap"],
                "provider": row["provider"],
                "observed_on": row["observed_on"],
                "found": row["evidence"],
                "confidence": {name: row[name] for name in ("match", "reliability", "freshness")},
            },
            value_digest=keyed_digest(tenant.keys.digest_key(), row["value"]),
        )


def _stale(tenant: Tenant, lake: duckdb.DuckDBPyConnection, kind: EntityType) -> Iterator[Proposal]:
    for row in _rows(lake, STALE.format(cells=f"{kind}_cell", kind=kind)):
        yield make_proposal(
            tenant.name,
            [row["record_id"]],
            Features(
                kind="stale_flag",
                entity_type=kind,
                agent="staleness",
                confidence=CONFIDENCE[row["rule"]],
                attribute=row["attribute"],
                overrides_human=row["origin"] == "override",
            ),
            evidence={
                "attribute": row["attribute"],
                "value": row["value"],
                "source": row["source"],
                "seen_on": row["seen_on"],
                "because": row["rule"],
            },
            value_digest=keyed_digest(tenant.keys.digest_key(), f"{row['value']}|{row['seen_on']}"),
        )


def _rows(lake: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = lake.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
