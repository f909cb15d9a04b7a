"""Where a tenant stands, in the numbers that must add up: raw = canonical + quarantined."""

from dataclasses import asdict, dataclass
from typing import Any

import duckdb
from psycopg import Connection

from kempt.errors import StopRun
from kempt.ledger.verify import verify
from kempt.records.model import OBJECT_TYPES
from kempt.usecases.consistency import beyond_bound
from kempt.usecases.gate import QUARANTINE
from kempt.usecases.members import is_open
from kempt.usecases.models import list_models
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One tenant in figures; docs/concepts.md says what each one counts."""

    raw: int
    canonical: int
    quarantined: int
    clusters: int
    entities: int
    duplicates: int
    proposals: dict[str, int]
    pending_review: int
    anybody_decides: bool
    events: int
    ledger_ok: bool
    health: float | None
    health_before: float | None
    health_formula: str | None
    quarantined_by_rule: dict[str, int]
    model_candidates: dict[str, str]
    dedup: dict[str, int]
    beyond_bound: dict[str, dict[str, int]]

    def as_json(self) -> dict[str, Any]:
        """For machines, in this order."""
        return asdict(self)


def status(tenant: Tenant, lake: duckdb.DuckDBPyConnection) -> Status:
    """The figures of now; raises when they do not add up, which must never happen."""
    records = _records(lake)
    with tenant.database.transaction(tenant.name) as connection:
        entities, clusters = _one(
            connection,
            """
            select count(*), count(*) filter (where records > 1) from (
                select entity_id, count(*) as records from kempt.membership where to_seq is null group by entity_id
            ) as live
            """,
        )
        (pending,) = _one(connection, PENDING)
        anybody = is_open(connection)
        (events,) = _one(connection, "select coalesce(max(seq), 0) from ledger.head")
        verdicts = dict(connection.execute(VERDICTS).fetchall())
        health = connection.execute(HEALTH).fetchone()
        waiting, candidates, merged = _one(connection, DEDUP)
        beyond = beyond_bound(tenant, lake, connection)
        verified = verify(connection, tenant.name, key=tenant.keys.attestation_key())
    measured = health[0] if health else {}
    return Status(
        **records,
        clusters=clusters,
        entities=entities,
        duplicates=records["canonical"] - entities,
        proposals={verdict: verdicts.get(verdict, 0) for verdict in ("apply", "review", "reject")},
        pending_review=pending,
        anybody_decides=anybody,
        events=events,
        ledger_ok=verified.ok,
        health=measured.get("after"),
        health_before=measured.get("before"),
        health_formula=measured.get("formula_version"),
        model_candidates={
            each.entity_type: "; ".join((each.state, *each.refused))
            for each in list_models(lake)
            if each.state != "in force"
        },
        dedup={
            "raw": waiting,
            "quarantined": records["quarantined"],
            "normalized": records["canonical"] - candidates - merged,
            "candidate_merged": candidates,
            "merged": merged,
            "erased": 0,
        },
        beyond_bound=beyond,
    )


PENDING = """
select count(*) from kempt.decision_in_force as decision
where verdict = 'review' and not exists (
    select from kempt.review_item item
    where item.proposal_id = decision.proposal_id and item.state in ('applied', 'superseded', 'expired')
)
"""

# How far each record is on its way: landed and not worked on, asked about while it stands alone, one of several.
DEDUP = """
with live as (
    select record_id, count(*) over (partition by entity_id) as records from kempt.membership where to_seq is null
),
asked as (
    select distinct unnest(subjects) as record_id
    from kempt.decision_in_force as decision join kempt.proposal using (tenant, proposal_id)
    where proposal.kind = 'merge' and decision.verdict = 'review' and not exists (
        select from kempt.review_item item
        where item.proposal_id = decision.proposal_id and item.state in ('applied', 'superseded')
    )
)
select
    (select coalesce(sum(new + changed), 0)::bigint from kempt.extract where status = 'landed' and settled_at is null),
    (select count(*) from live join asked using (record_id) where records = 1),
    (select count(*) from live where records > 1)
"""

VERDICTS = "select verdict, count(*) from kempt.decision_in_force group by verdict"

HEALTH = "select result from kempt.command where step = 'health' order by at desc, command_id limit 1"


def _one(connection: Connection[Any], query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def _records(lake: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Source keys in their latest version: those that passed every gate, and the rest."""
    tables = {
        name
        for (name,) in lake.execute("select table_name from duckdb_tables() where database_name = 'lake'").fetchall()
    }
    if not {f"standardized_{kind}" for kind in OBJECT_TYPES} <= tables:
        return {"raw": 0, "canonical": 0, "quarantined": 0, "quarantined_by_rule": {}}
    lake.execute(QUARANTINE)
    standardized = " union all ".join(f"select record_id from standardized_{kind}" for kind in OBJECT_TYPES)
    canonical = " + ".join(f"(select count(*) from {kind})" for kind in OBJECT_TYPES)
    row = lake.execute(
        f"""
        with known as ({standardized}), keyed as (select distinct record_id from quarantine where record_id is not null)
        select
            (select count(distinct record_id) from (from known union all from keyed)) as keyed_rows,
            (select count(*) from quarantine where record_id is null) as keyless_rows,
            {canonical} as canonical,
            (select count(*) from keyed) as quarantined_keys
        """
    ).fetchone()
    assert row is not None
    keyed_rows, keyless, passed, quarantined_keys = row
    raw, quarantined = keyed_rows + keyless, quarantined_keys + keyless
    if raw != passed + quarantined:
        raise StopRun(
            f"{raw} raw records are not {passed} canonical + {quarantined} quarantined. "
            "A record was lost or counted twice: run the canonical step again, and report this if it stays."
        )
    rules = lake.execute("select rule, count(*) from quarantine group by rule order by count(*) desc, rule").fetchall()
    return {"raw": raw, "canonical": passed, "quarantined": quarantined, "quarantined_by_rule": dict(rules)}
