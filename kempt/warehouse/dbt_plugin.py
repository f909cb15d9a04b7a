"""Prepares dbt's DuckDB connection: the key of the tenant's raw extracts and the functions that ids need."""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from kempt.warehouse.connection import connection_config, load_extensions, prepare


class Plugin(BasePlugin):
    """Named by profiles.yml; dbt-duckdb calls it once a connection."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        self.raw_key = str(plugin_config.get("raw_key", ""))

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        config |= connection_config(Path(str(config["extension_directory"])))

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        load_extensions(conn)
        prepare(conn, raw_key=self.raw_key)
