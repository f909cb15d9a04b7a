"""Builders for the upper tests: fictional people, a tenant with two small sources, and all verbs in their order."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.batch_gate import GreatExpectationsBatchGate
from expectations.rows import evaluate_rows
from kempt.agents.actors import Actor, Unmasking
from kempt.ids import record_id
from kempt.ledger.verify import verify
from kempt.settings import Settings
from kempt.usecases.add_tenant import add_tenant
from kempt.usecases.apply_decided import Applied, apply_decided
from kempt.usecases.ask_providers import Enriched, ask_providers
from kempt.usecases.assign_identity import Identified, assign_identity
from kempt.usecases.canonicalize import canonicalize
from kempt.usecases.check_hygiene import check_hygiene
from kempt.usecases.cluster import Clustered, cluster_records
from kempt.usecases.compose import Composed, compose_golden
from kempt.usecases.decide import Decided, Judgement, decide_item
from kempt.usecases.fill_vault import fill_vault
from kempt.usecases.gate import Gated, gate
from kempt.usecases.land import SourceOutcome, land_source
from kempt.usecases.match import score_pairs
from kempt.usecases.propose import Proposed, propose
from kempt.usecases.publish import publish_marts
from kempt.usecases.review import carry_to_review, review_items
from kempt.usecases.settle import settle_extracts
from kempt.usecases.standardize import standardize
from kempt.usecases.status import Status, status
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import open_lake
from kempt.warehouse.dbt import NodeResult
from tests.installation import ROOT, Installation

UNMASK = Unmasking(by=Actor(name="ines", role="steward"), purpose="a test")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = "2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06"
COLUMNS = ("id", "given", "family", "mail", "phone", "title", "company", "street", "zip", "city", "born", "changed")
DECLARATION = """\
source: {source}
system: {system}
object: contact
why: A small source of the tests.
read: {{kind: file, path: "{source}/{{day}}/{file}", format: {format}}}
key: id
mode: {mode}
defaults: {{country: DE, day_order: dmy}}
mapping:
  version: {version}
  fields:
    given_name: given
    family_name: family
    email: mail
    phone: phone
    job_title: title
    company_name: company
    street: street
    postal_code: zip
    city: city
    birth_date: born
    updated_at: changed
  {empty}
trust: {trust}
"""


def person(key: str, given: str = "", family: str = "", mail: str = "", **more: str) -> dict[str, str]:
    """One row of a source; what is not said is empty."""
    return dict.fromkeys(COLUMNS, "") | {"id": key, "given": given, "family": family, "mail": mail, **more}


# Fictional people. Marie is in both sources without a doubt; of the two Ottos only a steward can say.
MARIE = {"given": "Marie", "family": "Quendel", "mail": "marie.quendel@quendel.example", "phone": "+49 30 23125001",
         "company": "Quendel & Wacholder GmbH", "changed": "2025-02-01 09:00:00"}  # fmt: skip
OTTO = {"given": "Otto", "family": "Zirbelwald", "company": "Holzkontor Zirbelwald", "street": "Lindengasse 4",
        "zip": "10115", "city": "Berlin"}  # fmt: skip
LENE = {"given": "Lene", "family": "Haferkorn", "mail": "lene@haferkorn.example", "title": "Buyer"}
ARNE = {"given": "Arne", "family": "Distelfink", "mail": "arne@distelfink.example", "phone": "+49 40 66969222"}
CRM = (
    person("c1", **MARIE),
    person("c2", **OTTO, mail="otto.z@holzkontor.example"),
    person("c3", **LENE),
    person("c4", **ARNE),
)
SHOP = (person("s1", **MARIE), person("s2", **OTTO, mail="ozirbel@freigeist.example"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What the verbs of one hygiene run answered; the last three only when it was a whole one."""

    standardized: tuple[NodeResult, ...]
    gated: Gated
    clustered: Clustered
    identified: Identified
    composed: Composed
    enriched: Enriched | None = None
    proposed: Proposed | None = None
    applied: Applied | None = None


@dataclass(slots=True)
class Desk:
    """A tenant to work for: drop files, land them, run, decide, look."""

    settings: Settings
    name: str
    clock: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def tenant(self) -> Tenant:
        return Tenants(self.settings).open(self.name)

    def declare(
        self,
        source: str,
        *,
        mode: str = "snapshot",
        version: int = 1,
        trust: int = 60,
        format: str = "csv",
        empty: str = "",
    ) -> None:
        """A source of contacts; declared again it replaces what stood before."""
        file = self.settings.home / "sources" / self.name / f"{source}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "system": source,
            "file": f"people.{format}",
            "format": format,
            "mode": mode,
            "version": version,
            "trust": trust,
            "empty": f"empty: {empty}" if empty else "",
        }
        file.write_text(DECLARATION.format(source=source, **told))

    def drop(self, source: str, day: str, rows: Iterable[Mapping[str, str]]) -> Path:
        """The source's file of a day, with the columns of the first row."""
        rows = list(rows)
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else list(COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return self.put(source, day, "people.csv", text.getvalue().encode())

    def put(self, source: str, day: str, file: str, content: bytes) -> Path:
        """A file of a day as it is."""
        path = self.settings.drop / self.name / source / day / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def land(self, day: str) -> dict[str, SourceOutcome]:
        """Every source for one day."""
        tenant = self.tenant
        with open_lake(tenant.lake) as lake:
            return {
                each.source: land_source(tenant, each, day, lake, GreatExpectationsBatchGate())
                for each in tenant.declarations
            }

    def canonical(self) -> tuple[tuple[NodeResult, ...], Gated]:
        """The first half of a run: from landed extracts to canonical records."""
        tenant = self.tenant
        nodes = standardize(tenant)
        with open_lake(tenant.lake) as lake:
            gated = gate(tenant, lake, evaluate_rows)
            canonicalize(tenant, lake)
            fill_vault(tenant, lake, now=self.tick())
        return nodes, gated

    def identify(self) -> tuple[Clustered, Identified, Composed]:
        """From canonical records to golden ones."""
        tenant = self.tenant
        with open_lake(tenant.lake) as lake:
            score_pairs(tenant, lake)
            clustered = cluster_records(tenant, lake)
            identified = assign_identity(tenant, lake, now=self.tick())
            return clustered, identified, compose_golden(tenant, lake, now=self.tick())

    def run(self, *, whole: bool = False) -> Run:
        """A hygiene run in its order and the review table carried; providers, hygiene and marts only in a whole one."""
        nodes, gated = self.canonical()
        clustered, identified, composed = self.identify()
        rest = self._second_half() if whole else {}
        settle_extracts(self.tenant)
        carry_to_review(self.tenant, now=self.tick())
        return Run(
            standardized=nodes, gated=gated, clustered=clustered, identified=identified, composed=composed, **rest
        )

    def _second_half(self) -> dict[str, Any]:
        tenant = self.tenant
        with open_lake(tenant.lake) as lake:
            enriched = ask_providers(tenant, lake)
            check_hygiene(tenant, lake, now=self.tick())
            proposed = propose(tenant, lake, now=self.tick())
            applied = apply_decided(tenant, lake, now=self.tick())
        publish_marts(tenant)
        return {"enriched": enriched, "proposed": proposed, "applied": applied}

    def ask(self) -> Enriched:
        """The providers alone."""
        tenant = self.tenant
        with open_lake(tenant.lake) as lake:
            return ask_providers(tenant, lake)

    def apply(self) -> Applied:
        """What `kempt run --apply` starts."""
        tenant = self.tenant
        with open_lake(tenant.lake) as lake:
            return apply_decided(tenant, lake, now=self.tick())

    def tick(self) -> datetime:
        """A moment later than every one before."""
        self.clock = max(datetime.now(UTC), self.clock)
        return self.clock

    def status(self) -> Status:
        tenant = self.tenant
        with open_lake(tenant.lake) as lake:
            return status(tenant, lake)

    def lake(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the tenant's lake."""
        with open_lake(self.tenant.lake) as connection:
            return connection.execute(query, parameters).fetchall()

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of the tenant's database, as the application sees it. To open the whole tenant would take longer."""
        with Tenants(self.settings).database.transaction(self.name) as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[call-overload]

    def entity_of(self, source: str, key: str) -> str:
        """The entity of one row of a source of contacts."""
        tenant = self.tenant
        record = record_id(tenant.name, tenant.declaration(source).system, "contact", key)
        ((entity,),) = self.sql(
            "select entity_id from kempt.membership where to_seq is null and record_id = %s", record
        )
        return str(entity)

    def golden(self, source: str, key: str) -> dict[str, str]:
        """The values of the golden record of one source row."""
        return dict(
            self.lake("select attribute, value from person_cell where entity_id = ?", self.entity_of(source, key))
        )

    def questions(self, state: str = "pending") -> dict[frozenset[str], str]:
        """The merges in the review table: the source keys of their records, and the proposal's id."""
        keys = dict(self.lake("select record_id, source_key from contact"))
        items = review_items(self.tenant, states=[state], kind="merge")
        return {frozenset(keys[record] for record in item["records"]): item["proposal_id"] for item in items}

    def decide(self, proposal: str, judgement: Judgement, **more: Any) -> Decided:
        """What a steward does with a proposal."""
        return decide_item(
            self.tenant, proposal, judgement, steward=more.pop("steward", "ines"), now=self.tick(), **more
        )

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that a run may change but a repeated one must not; moments and positions are left out."""
        with self.tenant.database.transaction(self.name) as connection:
            found = {name: connection.execute(query).fetchall() for name, query in STATE.items()}
            assert verify(connection, self.name).ok
        return found


STATE = {
    "memberships": "select record_id::text, entity_id from kempt.membership where to_seq is null order by 1",
    "redirects": "select from_id, to_id from kempt.redirect where to_seq is null order by 1",
    "golden": "select entity_id, digest from kempt.golden_record order by 1",
    "constraints": """
        select kind, left_record::text, right_record::text from kempt.record_constraint
        where superseded_by is null order by 1, 2, 3""",
    "review": "select proposal_id::text, state from kempt.review_item order by 1",
    "proposals": "select proposal_id::text, kind, attribute, subjects::text from kempt.proposal order by 1",
    "decisions": """
        select proposal_id::text, verdict, decider_type, decider, reasons, policy_version
        from kempt.decision order by 1, 2, 3, 4, 5""",
    "claims": """
        select record_id::text, attribute, value_digest, kind from kempt.claim
        where withdrawn_seq is null order by 1, 2, 3""",
    "flags": "select record_id::text, attribute from kempt.stale_flag where cleared_at is null order by 1, 2",
    "extracts": """
        select source, day, rows, new, changed, unchanged, quarantined, status, settled_at is not null
        from kempt.extract order by source, day, seq""",
}


def new_desk(settings: Settings, name: str) -> Desk:
    """A tenant with two declared sources and no file yet."""
    desk = Desk(dataclasses.replace(settings, project=ROOT), name)
    desk.declare("crm", trust=80)
    desk.declare("shop", trust=50)
    add_tenant(desk.settings, name)
    return desk


def look_into(installation: Installation, tenant: str) -> Desk:
    """A tenant of a whole installation, seen from this process."""
    return Desk(dataclasses.replace(installation.settings, project=ROOT), tenant)
