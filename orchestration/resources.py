"""Where the assets meet this installation: settings are read when a run starts, never when the location loads."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from kempt.settings import load_settings
from kempt.usecases.tenancy import Tenants
from kempt.warehouse.connection import Lake, attach, connection_config


class TenantsResource(dg.ConfigurableResource[Tenants]):
    """Opens tenants: database, keys, lake, sources, policies."""

    def create_resource(self, context: dg.InitResourceContext) -> Tenants:
        return Tenants(load_settings())


class LakeResource(DuckDBResource):
    """DuckDB with the lake of one tenant attached."""

    @contextmanager
    def open(self, lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection on one tenant's lake, closed at the end of the block."""
        configured = self.model_copy(update={"connection_config": connection_config(lake.extensions)})
        with DuckDBResource.get_connection(configured) as connection:
            attach(connection, lake)
            yield connection
