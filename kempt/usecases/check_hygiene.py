"""What a steward should look at, and how healthy the records are: as their sources hold them, and as golden records."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, get_args

import duckdb
from psycopg import Connection
from psycopg.types.json import Jsonb

from kempt.hygiene.health import FORMULA_VERSION, Health, golden_health, record_health
from kempt.hygiene.issues import find_issues
from kempt.ids import canonical_json, digest, stable_id
from kempt.records.model import EntityType
from kempt.usecases.ask_providers import EVIDENCE
from kempt.usecases.health_days import keep_day, mean
from kempt.usecases.membership import RECORDS, load_members, view_people
from kempt.usecases.tenancy import Tenant
from kempt.usecases.today import today_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Hygiene:
    """Open issues by rule, and health from 0 to 100 before and after."""

    issues: int
    issues_by_rule: dict[str, int]
    before: float
    after: float
    dimensions_before: dict[str, float]
    dimensions_after: dict[str, float]
    health_by_source: dict[str, float]


# Read a dozen times over: as views they would go through the gates each time.
HELD: dict[EntityType, str] = {"person": "person_held", "company": "company_held"}

# What a provider confirms or refutes of a golden record is about the source record whose value stands there.
EVIDENCE_OF_RECORD = """
create or replace temp view {kind}_evidence as
select cell.record_id, attribute, evidence.kind, evidence.observed_on as "at"
from field_evidence as evidence inner join {kind}_cell as cell using (entity_id, attribute)
"""


def check_hygiene(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, now: datetime) -> Hygiene:
    """Rebuilds the open issues, so that a mended one closes by itself, and measures health."""
    view_people(lake)
    for kind, relation in RECORDS.items():
        columns = "* exclude (originals, extras)"
        lake.execute(f"create or replace temp table {HELD[kind]} as select {columns} from {relation}")
    policy = tenant.policies.hygiene
    before: list[Health] = []
    after: list[Health] = []
    by_source: dict[str, list[Health]] = defaultdict(list)
    by_owner: dict[str, list[Health]] = defaultdict(list)
    with tenant.database.transaction(tenant.name) as connection:
        today = today_of(connection)
        lake.execute(EVIDENCE)
        for kind in get_args(EntityType):
            half_lives = policy.half_lives(kind)
            load_members(lake, connection, kind, table=f"{kind}_member")
            lake.execute(EVIDENCE_OF_RECORD.format(kind=kind))
            find_issues(
                lake,
                records=HELD[kind],
                entity_type=kind,
                half_lives=half_lives,
                stale_below=policy.stale_below,
                today=today,
                target=f"{kind}_issue",
                evidence=f"{kind}_evidence",
            )
            records = record_health(
                lake,
                records=HELD[kind],
                entity_type=kind,
                half_lives=half_lives,
                today=today,
                target=f"{kind}_record_health",
                members=f"{kind}_member",
            )
            golden = golden_health(
                lake,
                cells=f"{kind}_cell",
                records=HELD[kind],
                entity_type=kind,
                half_lives=half_lives,
                today=today,
                target=f"{kind}_golden_health",
            )
            before.append(records.total)
            after.append(golden.total)
            for named, parts in ((by_source, records.by_source), (by_owner, records.by_owner)):
                for name, part in parts.items():
                    named[name].append(part)
        issues = dict(
            lake.execute(
                "select rule, count(*) from (from person_issue union all by name from company_issue) "
                "group by rule order by rule"
            ).fetchall()
        )
        found = Hygiene(
            issues=sum(issues.values()),
            issues_by_rule=issues,
            before=_score(before),
            after=_score(after),
            dimensions_before=_dimensions(before),
            dimensions_after=_dimensions(after),
            health_by_source={name: mean(parts).score for name, parts in by_source.items()},
        )
        _record(connection, tenant.name, found, today, now)
        keep_day(
            connection, tenant, today, records=mean(before), golden=mean(after), now=now,
            by_source={name: mean(parts) for name, parts in by_source.items()},
            by_owner={name: mean(parts) for name, parts in by_owner.items()},
        )  # fmt: skip
    return found


def _dimensions(parts: Sequence[Health]) -> dict[str, float]:
    """The four dimensions over all records, each record counting once."""
    whole = mean(parts)
    return {name: getattr(whole, name) for name in ("completeness", "validity", "freshness", "uniqueness")}


def _score(parts: Sequence[Health]) -> float:
    return round(mean(parts).score, 2)


def _record(connection: Connection[Any], tenant: str, found: Hygiene, today: date, now: datetime) -> None:
    """The measurement, kept once for each day and outcome."""
    result = {**asdict(found), "day": today.isoformat(), "formula_version": FORMULA_VERSION}
    connection.execute(
        "insert into kempt.command (tenant, command_id, step, result, at) values (%s, %s, 'health', %s, %s) "
        "on conflict do nothing",
        [tenant, stable_id("health", tenant, digest(canonical_json(result))), Jsonb(result), now],
    )
