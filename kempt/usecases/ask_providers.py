"""Asks providers for what golden records lack or hold too long; their answers become evidence and proposals later."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import duckdb
import pyarrow as pa
from psycopg import Connection
from psycopg.types.json import Jsonb

from kempt.enrichment.budget import Used
from kempt.enrichment.provider import Provider
from kempt.enrichment.providers.activity import ActivityLog
from kempt.enrichment.providers.gleif import REQUESTS_A_MINUTE, Gleif
from kempt.enrichment.providers.import_file import ImportFile
from kempt.enrichment.providers.register_client import RateLimit, RegisterClient
from kempt.enrichment.waterfall import Enrichment, Waterfall
from kempt.ids import stable_id
from kempt.records.model import EntityType
from kempt.usecases.answer_cache import PostgresAnswerCache
from kempt.usecases.gaps import Gaps
from kempt.usecases.standardize_value import standardize_value
from kempt.usecases.tenancy import Tenant
from kempt.usecases.today import today_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """What was asked and what came back, in counts; cost in the policy's currency."""

    subjects_with_gaps: int
    calls: dict[str, int]
    cost: dict[str, str]
    proposed_values: int
    confirmations: int
    problems: dict[str, str]


ANSWERS = """
create table if not exists enrichment_answer (
    entity_id varchar, entity_type varchar, attribute varchar, value varchar, gap varchar, provider varchar,
    match double, reliability double, freshness double, confidence double, observed_on date, evidence varchar
)
"""
EVIDENCE = """
create table if not exists field_evidence (
    entity_id varchar, entity_type varchar, attribute varchar, kind varchar, provider varchar,
    observed_on date, evidence varchar
)
"""


@contextmanager
def providers_of(tenant: Tenant) -> Iterator[Mapping[str, Provider]]:
    """The providers at hand: those whose file the tenant dropped, and the register look-up where it is switched on."""
    folder = tenant.drop / "enrichment"
    found: dict[str, Provider] = {}
    if (folder / "vendor.csv").exists():
        found["import_file"] = ImportFile(folder / "vendor.csv")
    if (folder / "activity.csv").exists():
        found["activity"] = ActivityLog(folder / "activity.csv")
    with ExitStack() as open_clients:
        if tenant.gleif_url:
            client = open_clients.enter_context(RegisterClient(tenant.gleif_url, rate=RateLimit(REQUESTS_A_MINUTE)))
            found["gleif"] = Gleif(client, enabled=True)
        yield found


def ask_providers(
    tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, extra: Mapping[str, Provider] | None = None
) -> Enriched:
    """Asks within policy's order and budget and keeps the answers; they replace those of the last run."""
    with tenant.database.transaction(tenant.name) as connection:
        today = today_of(connection)
    totals: list[tuple[EntityType, int, Enrichment]] = []
    with providers_of(tenant) as found:
        at_hand = {**found, **(extra or {})}
        for kind in get_args(EntityType):
            gaps = Gaps(
                lake=lake,
                entity_type=kind,
                enrichment=tenant.policies.enrichment,
                hygiene=tenant.policies.hygiene,
                today=today,
            )
            waterfall = Waterfall(
                policy=tenant.policies.enrichment,
                entity_type=kind,
                providers=at_hand,
                cache=PostgresAnswerCache(tenant),
                reliability=_reliability(tenant, kind),
                half_lives=tenant.policies.hygiene.half_lives(kind),
                standardize=standardize_value,
                key=tenant.keys.digest_key(),
            )
            with tenant.database.transaction(tenant.name) as connection:
                used = _used(connection, today)
            enrichment = waterfall.run(gaps.subjects(at_hand), today=today, used=used)
            with tenant.database.transaction(tenant.name) as connection:
                _charge(connection, tenant.name, kind, enrichment, today)
            totals.append((kind, gaps.count(), enrichment))
    _keep(lake, totals)
    return _summed(totals)


def _summed(totals: Sequence[tuple[EntityType, int, Enrichment]]) -> Enriched:
    spend = [each for _, _, enrichment in totals for each in enrichment.spend]
    return Enriched(
        subjects_with_gaps=sum(count for _, count, _ in totals),
        calls={each.provider: each.calls for each in spend},
        cost={each.provider: str(each.cost) for each in spend},
        proposed_values=sum(len(enrichment.proposals) for _, _, enrichment in totals),
        confirmations=sum(len(enrichment.evidence) for _, _, enrichment in totals),
        problems={each.provider: each.stopped for each in spend if each.stopped},
    )


def _reliability(tenant: Tenant, kind: EntityType) -> dict[tuple[str, str], float]:
    rules = tenant.policies.enrichment.providers_of(kind)
    return {(rule.name, field): share for rule in rules for field, share in rule.reliability.items()}


def _keep(lake: duckdb.DuckDBPyConnection, totals: Sequence[tuple[EntityType, int, Enrichment]]) -> None:
    lake.execute("begin")
    for create, table in ((ANSWERS, "enrichment_answer"), (EVIDENCE, "field_evidence")):
        lake.execute(create)
        lake.execute(f"delete from {table}")
    answers = [
        {"entity_id": each.subject_id, "entity_type": kind}
        | {name: getattr(each, name) for name in each.__slots__ if name != "subject_id"}
        for kind, _, enrichment in totals
        for each in enrichment.proposals
    ]
    evidence = [
        {"entity_id": each.subject_id, "entity_type": kind}
        | {name: getattr(each, name) for name in each.__slots__ if name != "subject_id"}
        for kind, _, enrichment in totals
        for each in enrichment.evidence
    ]
    for table, rows in (("enrichment_answer", answers), ("field_evidence", evidence)):
        if rows:
            arriving = pa.Table.from_pylist(rows)  # noqa: F841, read by DuckDB below
            lake.execute(f"insert into {table} by name select * from arriving")
    lake.execute("commit")


def _used(connection: Connection[Any], today: date) -> dict[str, Used]:
    """What earlier runs of the day asked and spent."""
    rows = connection.execute(
        "select result ->> 'provider', sum((result ->> 'calls')::int), sum((result ->> 'cost')::numeric) "
        "from kempt.command where step = 'enrich' and result ->> 'day' = %s group by 1",
        [today.isoformat()],
    )
    return {name: Used(calls=int(calls), cost=Decimal(cost)) for name, calls, cost in rows}


def _charge(connection: Connection[Any], tenant: str, kind: str, enrichment: Enrichment, today: date) -> None:
    now = datetime.now(UTC)
    for spend in enrichment.spend:
        if spend.calls:
            bill = {"provider": spend.provider, "calls": spend.calls, "cost": str(spend.cost), "day": today.isoformat()}
            connection.execute(
                "insert into kempt.command (tenant, command_id, step, result, at) values (%s, %s, 'enrich', %s, %s)",
                [tenant, stable_id("enrich", tenant, kind, spend.provider, now.isoformat()), Jsonb(bill), now],
            )
