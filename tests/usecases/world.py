"""A tenant whose records, pairs and decisions a test invents: real PostgreSQL and clustering, no files, no dbt."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

import duckdb

from kempt.ids import keyed_digest, stable_id
from kempt.ledger.database import Database
from kempt.ledger.tenants import add_tenant, tenant_keys
from kempt.ledger.vault_keys import VaultKeys
from kempt.policy.autonomy import AutonomyPolicy, Decision, Verdict
from kempt.policy.deciding import Decides
from kempt.policy.load import load_policies
from kempt.proposals.model import Features, make_proposal
from kempt.settings import Settings
from kempt.strict_yaml import parse
from kempt.usecases.apply_decided import apply_decided
from kempt.usecases.assign_identity import assign_identity
from kempt.usecases.cluster import cluster_records
from kempt.usecases.compose import compose_golden
from kempt.usecases.decide import decide_item
from kempt.usecases.fill_vault import fill_vault
from kempt.usecases.record_proposals import Decided, record_proposals
from kempt.usecases.review import carry_to_review
from kempt.usecases.tenancy import Tenant
from kempt.warehouse.connection import Lake
from tests.installation import ROOT

WHY = "A rule of the tests that is as long as a reason has to be."
RULES = """
otherwise: review
rules:
  - {{id: merge, why: {why}, when: {{kind: merge, max_cluster_size: {size}}}, verdict: apply}}
"""
BOLD, SHY = (parse(AutonomyPolicy, RULES.format(why=WHY, size=size), name="autonomy.yaml") for size in (8, 2))
START = datetime(2025, 3, 3, 8, tzinfo=UTC)
POLICIES = load_policies(ROOT / "policies")
NOBODY = "00000000-0000-5000-8000-000000000000"


def record(letter: str) -> str:
    """The id of a record that a test calls by a letter."""
    return stable_id("record of the tests", letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a source says of one person: records with one mail are one person, with one name perhaps."""

    name: str
    mail: str
    title: str = ""
    source: str = "crm"
    day: int = 0
    owner: str = ""
    campaign: str = ""


LAKE = """
create table contact (
    record_id varchar, object_type varchar, source varchar, system varchar, source_key varchar, extract_id varchar,
    row_number bigint, observed_on date, updated_at varchar, full_name varchar, email varchar, phone varchar,
    job_title varchar, owner varchar, campaign varchar, created_at varchar, country varchar
);
create table lead as from contact;
create table company as select * exclude (full_name, job_title, campaign), ''::varchar as company_name from contact;
create table match_state (
    entity_type varchar, model_version varchar, revision integer, settled_by varchar, settled_policy varchar,
    settled_revision integer
);
insert into match_state values ('person', 'm', 1, null, null, 0), ('company', 'm', 1, null, null, 0);
create table company_seen (record_id varchar, number bigint, object_type varchar, source varchar, revision integer);
create table company_gone (record_id varchar, revision integer);
create table person_gone as from company_gone;
create table person_seen as from company_seen;
create table company_pair (
    left_number bigint, right_number bigint, bits double, conflict varchar, doubt varchar
);
create table person_pair as from company_pair;
-- A lake of DuckLake answers this; here no table lies in many files.
create macro ducklake_table_info(name) as table select ''::varchar as table_name, 0 as file_count where false
"""


@dataclass
class World:
    """One tenant, its records by letter, and its lake."""

    tenant: Tenant
    lake: duckdb.DuckDBPyConnection
    rows: dict[str, Row] = field(default_factory=dict)
    now: datetime = START

    def tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def put(self, **rows: Row) -> None:
        """Records as their sources have them from now on."""
        self.rows |= rows

    def run(self) -> None:
        """What a run does from matching to golden records."""
        self.match()
        fill_vault(self.tenant, self.lake, now=self.tick())
        self.identify()
        self.compose()

    def match(self) -> None:
        self._fill_lake()
        cluster_records(self.tenant, self.lake)

    def identify(self) -> None:
        # Questions are put by the tests themselves: they have no comparisons to show as evidence.
        with patch("kempt.usecases.assign_identity.merge_proposals", return_value=self.steps()):
            assign_identity(self.tenant, self.lake, now=self.tick())

    def compose(self) -> None:
        compose_golden(self.tenant, self.lake, now=self.tick())

    def steps(self) -> list[Decided]:
        """The steps of the last clustering: merges and questions."""
        found = self.lake.execute("select left_id, right_id, verdict, reasons from merge_step order by all").fetchall()
        return [self._question(*step) for step in found]

    def _question(self, left: str, right: str, verdict: str = "review", reasons: Sequence[str] = ("tests",)) -> Decided:
        features = Features(kind="merge", entity_type="person", agent="matcher", confidence=0.9, objects=("contact",),
                            cluster_size=2, same_source=False)  # fmt: skip
        proposal = make_proposal(self.tenant.name, (left, right), features, evidence={})
        return Decided(proposal, Decision(verdict=Verdict(verdict), reasons=tuple(reasons), policy_version="v"))

    def judge(self, one: str, other: str, judgement: str) -> None:
        """A steward approves or rejects a merge, and what is approved is applied."""
        decide_item(self.tenant, self.wonder(one, other), judgement, steward="ines", now=self.tick())

    def wonder(self, one: str, other: str) -> str:
        """Whether two records are one waits for a steward; the proposal."""
        return self._carried(self._question(record(one), record(other)))

    def override(self, letter: str, attribute: str, value: str) -> None:
        """A steward approves a value on a record."""
        proposal = self.offer(letter, attribute, value)
        decide_item(self.tenant, proposal, "approve", steward="ines", now=self.tick())
        self.apply()

    def apply(self) -> None:
        """What was decided takes effect."""
        with patch("kempt.usecases.assign_identity.merge_proposals", return_value=self.steps()):
            apply_decided(self.tenant, self.lake, now=self.tick())

    def offer(self, letter: str, attribute: str, value: str) -> str:
        """A value for a record waits for a steward; the proposal."""
        features = Features(kind="field_change", entity_type="person", agent="enricher", confidence=0.9,
                            attribute=attribute, origin="vendor", fills_empty=True)  # fmt: skip
        proposal = make_proposal(
            self.tenant.name, [record(letter)], features,
            evidence={"value": value, "provider": "vendor", "observed_on": "2025-03-03"},
            value_digest=keyed_digest(self.tenant.keys.digest_key(), value),
        )  # fmt: skip
        decision = Decision(verdict=Verdict.REVIEW, reasons=("tests",), policy_version="v")
        return self._carried(Decided(proposal, decision))

    def _carried(self, decided: Decided) -> str:
        with self.tenant.database.transaction(self.tenant.name) as connection:
            record_proposals(connection, self.tenant, [decided], now=self.tick())
        carry_to_review(self.tenant, now=self.tick())
        return decided.proposal.proposal_id

    def policy(self, autonomy: AutonomyPolicy) -> None:
        """Another policy decides from now on."""
        policies = dataclasses.replace(self.tenant.policies, autonomy=autonomy)
        decides = Decides(policies, key=self.tenant.keys.digest_key())
        self.tenant = dataclasses.replace(self.tenant, policies=policies, decides=decides)

    def lend_key(self, lender: "World") -> None:
        """Digests are those of another tenant from now on, so that both can be compared."""
        keys = dataclasses.replace(lender.tenant.keys, tenant=self.tenant.name)
        self.tenant = dataclasses.replace(self.tenant, keys=keys)

    def sql(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        with self.tenant.database.transaction(self.tenant.name) as connection:
            return connection.execute(query, parameters).fetchall()

    def entity_of(self, letter: str) -> str:
        """The entity of a record now."""
        ((found,),) = self.sql(
            "select entity_id from kempt.membership where record_id = %s and to_seq is null", record(letter)
        )
        return str(found)

    def digests(self) -> dict[str, str]:
        """The digest of every golden record."""
        return dict(self.sql("select entity_id, digest from kempt.golden_record"))  # type: ignore[arg-type]

    def _fill_lake(self) -> None:
        lake = self.lake
        for table in ("contact", "person_seen", "person_pair"):
            lake.execute(f"delete from {table}")
        people = sorted((record(letter), row) for letter, row in self.rows.items())
        for number, (name, row) in enumerate(people):
            day = (START + timedelta(days=row.day)).date()
            lake.execute("insert into contact values "
                         "(?, 'contact', ?, ?, ?, ?, ?, ?, null, ?, ?, null, ?, ?, ?, null, null)", [
                name, row.source, row.source, name, NOBODY, number, day, row.name, row.mail, row.title or None,
                row.owner or None, row.campaign or None,
            ])  # fmt: skip
            lake.execute("insert into person_seen values (?, ?, 'contact', ?, 1)", [name, number, row.source])
        pairs = [
            (at, other, (12 if one.mail == two.mail else -4) + (6 if one.name == two.name else -4))
            for (at, (_, one)), (other, (_, two)) in combinations(enumerate(people), 2)
        ]
        if pairs:
            lake.executemany("insert into person_pair values (?, ?, ?, null, null)", pairs)
        # Everything is settled anew: what follows a change alone is tested elsewhere.
        lake.execute("update match_state set settled_by = null")


@contextmanager
def new_world(database: Database, settings: Settings, name: str) -> Iterator[World]:
    """A tenant without records."""
    add_tenant(database, settings, name)
    keys, policies = tenant_keys(database, settings, name), dataclasses.replace(POLICIES, autonomy=BOLD)
    tenant = Tenant(
        name=name, database=database, keys=keys,
        vault=VaultKeys(keys=keys, folder=settings.keys / "vault" / name),
        decides=Decides(policies, key=keys.digest_key()), shadow=None,
        lake=Lake(tenant=name, catalog="", data_path=Path(), raw_key="", extensions=Path()),
        policies=policies, declarations=(), dbt_project=Path(), dbt_folder=Path(),
        raw=Path(), drop=Path(), secrets={}, gleif_url=None, spark_url=None,
    )  # fmt: skip
    with duckdb.connect(config={"threads": 1}) as lake:
        lake.execute(LAKE)
        yield World(tenant=tenant, lake=lake)
