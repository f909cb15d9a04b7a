"""The standardizers for dbt: in profiles.yml, `plugins: [{module: kempt.records.dbt_plugin}]`."""

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from kempt.records.duckdb_functions import register


class Plugin(BasePlugin):
    """Registers the standardizers on every connection that dbt opens."""

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Called by dbt-duckdb once a connection is open."""
        register(conn)
