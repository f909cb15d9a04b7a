"""One tenant's things, opened together: its database view, keys, lake, sources and the policies in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kempt.errors import StopRun
from kempt.ledger.database import Database
from kempt.ledger.keys import Keyring, TenantKeys
from kempt.ledger.pool import open_pool
from kempt.ledger.server import connections
from kempt.ledger.tenants import list_tenants, tenant_keys
from kempt.ledger.vault_keys import VaultKeys
from kempt.policy.deciding import Candidate, Decides
from kempt.policy.load import Policies, load_policies, load_protection
from kempt.records.mapping import SourceDeclaration, load_declarations
from kempt.settings import Settings
from kempt.usecases.policy_versions import candidate, in_force, kept_policies
from kempt.warehouse.connection import Lake, link_extensions


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What a verb needs to work for one tenant. Handed over whole, never kept by the packages below."""

    name: str
    database: Database
    keys: TenantKeys = field(repr=False)
    vault: VaultKeys
    lake: Lake
    policies: Policies
    decides: Decides
    """What decides about proposals: these policies, and a canary's for its share of the entities."""
    shadow: Candidate | None
    """A version that decides along without effect."""
    declarations: tuple[SourceDeclaration, ...]
    dbt_project: Path
    dbt_folder: Path
    raw: Path
    drop: Path
    secrets: Mapping[str, str] = field(repr=False)
    gleif_url: str | None
    spark_url: str | None = field(repr=False)

    def declaration(self, source: str) -> SourceDeclaration:
        """The declared source of that name."""
        for declaration in self.declarations:
            if declaration.source == source:
                return declaration
        known = ", ".join(sorted(each.source for each in self.declarations)) or "none"
        raise StopRun(f"tenant {self.name} has no source {source!r}. Declared: {known}.")


class Tenants:
    """Opens tenants; the only place where settings meet them."""

    def __init__(self, settings: Settings, *, pooled: int = 0) -> None:
        self.settings = settings
        self.pooled = pooled
        """So many connections are kept open; none for verbs that end soon."""

    @cached_property
    def database(self) -> Database:
        """The database as the application may see it."""
        address = connections(self.settings).app
        pool = open_pool(address, size=self.pooled) if self.pooled else None
        return Database(address, Keyring(self.settings), pool)

    @cached_property
    def project(self) -> Path:
        """The checkout that holds dbt_project/, policies/ and sources/."""
        if self.settings.project is None:
            raise StopRun("no workspace.yaml here or above. Run this in a Kempt checkout, or set KEMPT_PROJECT to one.")
        return self.settings.project

    def names(self) -> tuple[str, ...]:
        """Every tenant, in the order of their names."""
        return tuple(tenant.name for tenant in list_tenants(self.database))

    def choose(self, name: str | None) -> str:
        """The tenant that was named, or the only one there is."""
        names = self.names()
        if name in names:
            return str(name)
        listed = ", ".join(names) or "none yet; add one with `kempt tenant add NAME`"
        if name is not None:
            raise StopRun(f"no tenant {name!r}. Tenants: {listed}.")
        if len(names) != 1:
            raise StopRun(f"which tenant? Name one with --tenant. Tenants: {listed}.")
        return names[0]

    def open(self, name: str) -> Tenant:
        """Everything of one tenant; its sources and policies are read afresh, so that a run is pinned to them."""
        settings = self.settings
        keys = tenant_keys(self.database, settings, name)
        lake = Lake(
            tenant=name,
            catalog=connections(settings).lake.duckdb(),
            data_path=settings.tenants / name / "lake",
            raw_key=keys.raw_parquet_key(),
            extensions=link_extensions(settings.home / "extensions"),
        )
        policies, canary, shadow = self._policies(name)
        return Tenant(
            name=name,
            database=self.database,
            keys=keys,
            vault=VaultKeys(keys=keys, folder=settings.keys / "vault" / name),
            lake=lake,
            policies=policies,
            decides=Decides(policies, canary=canary, key=keys.digest_key(), tenant=name),
            shadow=shadow,
            declarations=load_declarations(self.source_folders, name),
            dbt_project=self.project / "dbt_project",
            dbt_folder=settings.tenants / name / "dbt",
            raw=settings.raw,
            drop=settings.drop / name,
            secrets=settings.secrets,
            gleif_url=settings.gleif_url,
            spark_url=settings.spark_url,
        )

    def _policies(self, name: str) -> tuple[Policies, Candidate | None, Candidate | None]:
        """The policies in force, those of a canary and those of a shadow; without an active version, the files."""
        with self.database.transaction(name) as connection:
            found = in_force(connection)
            if found.active is None:
                policies = load_policies(self.project / "policies", self.own_policies(name))
            else:
                protection = load_protection(self.project / "policies")
                policies = kept_policies(connection, found.active, protection)
            canary = candidate(connection, found.canary, policies.protection, found.share)
            return policies, canary, candidate(connection, found.shadow, policies.protection)

    def own_policies(self, name: str) -> Path:
        """Where a tenant's own policy files stand; each stands in for the project's of the same name."""
        return self.settings.home / "policies" / name

    @property
    def source_folders(self) -> Sequence[Path]:
        """Where sources are declared, a folder a tenant: in the project, and in the home for what was imported."""
        return (self.project / "sources", self.settings.home / "sources")
