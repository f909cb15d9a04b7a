"""What changed in a table of the lake between two of its snapshots, read off the files that these added."""

import json

import duckdb


class TableFeed:
    """The changes of one table whose rows have a `record_id`; a connection with the lake attached."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        self.connection = connection
        self.table = table

    def here(self) -> str:
        """Which table it is, of which columns, and the newest snapshot of the lake."""
        return json.dumps([*self._table(), *self._snapshots()[1:]])

    def changes_since(self, place: str, target: str) -> bool:
        """As Feed says; false if the table was replaced or altered since, or older snapshots are gone."""
        *table, since = json.loads(place)
        oldest, newest = self._snapshots()
        if table != self._table() or since < oldest:
            return False
        between = f"'lake', 'main', '{self.table}', {since + 1}, {newest}"
        if since >= newest:
            between = f"'lake', 'main', '{self.table}', {newest}, {newest}"
        # A row that is written again is deleted and inserted in one snapshot; one that goes is deleted last.
        self.connection.execute(
            f"""
            create or replace temp table {target} as
            with went as (
                select record_id, max(snapshot_id) as went_at from ducklake_table_deletions({between})
                group by record_id
            ),
            came as (
                select *, snapshot_id from ducklake_table_insertions({between})
                qualify row_number() over (partition by record_id order by snapshot_id desc) = 1
            )
            select came.* exclude (record_id, snapshot_id), record_id,
                coalesce(came.snapshot_id >= coalesce(went_at, 0), false) as present
            from came full join went using (record_id) where {since} < {newest}
            """
        )
        return True

    def _table(self) -> list[str]:
        rows = self.connection.execute(
            "select column_name || ' ' || data_type from duckdb_columns() "
            "where database_name = 'lake' and table_name = ? order by column_index",
            [self.table],
        ).fetchall()
        identity = self.connection.execute(
            "select table_uuid::varchar from ducklake_table_info('lake') where table_name = ?", [self.table]
        ).fetchone()
        return [identity[0] if identity else "", ", ".join(name for (name,) in rows)]

    def _snapshots(self) -> tuple[int, int]:
        """The oldest that is kept and the newest."""
        ((oldest, newest),) = self.connection.execute(
            "select min(snapshot_id), max(snapshot_id) from ducklake_snapshots('lake')"
        ).fetchall()
        return oldest, newest
