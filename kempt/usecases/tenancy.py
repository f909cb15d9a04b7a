"""One tenant's things, opened together: its database view, keys, lake, sources and the policies in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from kempt.errors import StopRun
from kempt.ledger.database import Database
from kempt.ledger.keys import Keyring, TenantKeys
from kempt.ledger.server import connections
from kempt.ledger.tenants import list_tenants, tenant_keys
from kempt.policy.load import Policies, load_policies
from kempt.records.mapping import SourceDeclaration, load_declarations
from kempt.settings import Settings
from kempt.warehouse.connection import Lake, link_extensions


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What a verb needs to work for one tenant. Handed over whole, never kept by the packages below."""

    name: str
    database: Database
    keys: TenantKeys = field(repr=False)
    lake: Lake
    policies: Policies
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

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def database(self) -> Database:
        """The database as the application may see it."""
        return Database(connections(self.settings).app, Keyring(self.settings))

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
        return Tenant(
            name=name,
            database=self.database,
            keys=keys,
            lake=lake,
            policies=load_policies(self.project / "policies"),
            declarations=load_declarations(self.source_folders, name),
            dbt_project=self.project / "dbt_project",
            dbt_folder=settings.tenants / name / "dbt",
            raw=settings.raw,
            drop=settings.drop / name,
            secrets=settings.secrets,
            gleif_url=settings.gleif_url,
            spark_url=settings.spark_url,
        )

    @property
    def source_folders(self) -> Sequence[Path]:
        """Where sources are declared, a folder a tenant: in the project, and in the home for what was imported."""
        return (self.project / "sources", self.settings.home / "sources")
