"""Where the assets meet this installation: settings are read when a run starts, never when the location loads."""

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from kempt.settings import Settings, load_settings
from kempt.usecases.lease import lease
from kempt.usecases.tenancy import Tenant, Tenants
from kempt.warehouse.connection import Lake, attach, connection_config, use


class PinnedTenants(Tenants):
    """Tenants as one run sees them: sources and policies are read once, when its first step opens the tenant."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._opened: dict[str, Tenant] = {}

    def open(self, name: str) -> Tenant:
        """The tenant as it was first opened."""
        if name not in self._opened:
            self._opened[name] = super().open(name)
        return self._opened[name]


class TenantsResource(dg.ConfigurableResource[Tenants]):
    """Opens tenants: database, keys, lake, sources, policies."""

    def create_resource(self, context: dg.InitResourceContext) -> Tenants:
        return PinnedTenants(load_settings())


class LakeResource(DuckDBResource):
    """DuckDB with the lake of one tenant attached.

    Attaching costs half a second and a run opens its lake ten times: the attached instance stays as long as the
    process, and each step gets a connection of its own to it. For as long the process holds the tenant's lease.
    """

    @contextmanager
    def open(self, lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection on one tenant's lake, closed at the end of the block."""
        if lake not in _ATTACHED:
            configured = self.model_copy(update={"connection_config": connection_config(lake.extensions)})
            _UNTIL_THE_END.enter_context(lease(Tenants(load_settings()).database, lake.tenant))
            _ATTACHED[lake] = _UNTIL_THE_END.enter_context(DuckDBResource.get_connection(configured))
            attach(_ATTACHED[lake], lake)
        with _ATTACHED[lake].cursor() as connection:
            use(connection)
            yield connection


_ATTACHED: dict[Lake, duckdb.DuckDBPyConnection] = {}
_UNTIL_THE_END = ExitStack()
atexit.register(_UNTIL_THE_END.close)
