"""The lake: rows deleted, tables written anew, and the files of every earlier state removed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from kempt.stores.port import Held, Subject

NAMES_A_RECORD = ("record_id", "left_id", "right_id")
# What everything else in the lake follows from.
FIRST = ("stg_contact", "stg_company", "stg_lead", "standardized_contact", "standardized_company", "standardized_lead",
         "quarantine", "person_features", "company_features")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeTables:
    """Every table of one tenant's lake, those that are not thought of yet included: a table holds values of a record
    when a row names it.

    `follow` works out again what follows from records: pairs, clusters, identity, golden records. Afterwards the rest
    is swept, and what is old is removed from the disk.
    """

    lake: duckdb.DuckDBPyConnection
    follow: Callable[[], None]
    name: str = "lake"
    ours: bool = True

    def find(self, record: Subject) -> Held:
        """Rows by table, as they are now."""
        found = {table: self._rows(table, columns, record) for table, columns in self._tables().items()}
        return {table: rows for table, rows in sorted(found.items()) if rows}

    def erase(self, record: Subject) -> Held:
        """Deletes them all, and what was known of values that nobody else has. Earlier states go in any case."""
        held = self.find(record)
        if held:
            entities, rare = self._entities(record), self._counted_values(record)
            self._delete([name for name in FIRST if name in held], record)
            self.follow()
            self._ask_no_more(entities)
            self._delete(list(self.find(record)), record)
            self._count_no_more(rare)
        self._forget_earlier_states()
        return held

    def _tables(self) -> Mapping[str, Sequence[str]]:
        """Tables with a column that names a record, and those columns."""
        rows = self.lake.execute(
            "select table_name, list(column_name) from duckdb_columns() semi join duckdb_tables() "
            "using (database_name, schema_name, table_name) "
            "where database_name = 'lake' and list_contains(?, column_name) group by table_name",
            [list(NAMES_A_RECORD)],
        ).fetchall()
        return dict(rows)

    def _rows(self, table: str, columns: Sequence[str], record: Subject) -> int:
        query = f'select count(*) from "{table}" where $id in ({", ".join(columns)})'
        row = self.lake.execute(query, {"id": record.record_id}).fetchone()
        return int(row[0]) if row else 0

    def _delete(self, tables: Sequence[str], record: Subject) -> None:
        columns = self._tables()
        for table in tables:
            query = f'delete from "{table}" where $id in ({", ".join(columns[table])})'
            self.lake.execute(query, {"id": record.record_id})

    def _entities(self, record: Subject) -> list[str]:
        """Whom the record's values are part of: answers about them are about it."""
        cells = [name for name in ("person_cell", "company_cell") if name in self._tables()]
        named = " union ".join(f"select entity_id from {name} where record_id = $id" for name in cells)
        return [row[0] for row in self.lake.execute(named, {"id": record.record_id}).fetchall()] if cells else []

    def _ask_no_more(self, entities: Sequence[str]) -> None:
        for table in self._there("enrichment_answer", "field_evidence"):
            self.lake.execute(f"delete from {table} where list_contains(?, entity_id)", [list(entities)])

    def _counted_values(self, record: Subject) -> list[tuple[str, str, str]]:
        """(table, column, value) of the record's values whose frequency was counted for matching."""
        found = []
        counted = self.lake.execute(
            "select table_name from duckdb_columns() where database_name = 'lake' and column_name = 'of_column'"
        ).fetchall()
        for (table,) in counted:
            features = f"{table.split('_')[0]}_features"
            for (column,) in self.lake.execute(f"select distinct of_column from {table}").fetchall():
                query = f'select "{column}" from {features} where record_id = ? and "{column}" is not null'
                rows = self.lake.execute(query, [record.record_id]).fetchall()
                found += [(table, column, value) for (value,) in rows]
        return found

    def _count_no_more(self, values: Sequence[tuple[str, str, str]]) -> None:
        for table, column, value in values:
            features = f"{table.split('_')[0]}_features"
            self.lake.execute(
                f"delete from {table} where of_column = $column and value = $value "
                f'and not exists (select 1 from {features} where "{column}" = $value)',
                {"column": column, "value": value},
            )

    def _there(self, *names: str) -> list[str]:
        query = "select table_name from duckdb_tables() where database_name = 'lake' and list_contains(?, table_name)"
        return [name for (name,) in self.lake.execute(query, [list(names)]).fetchall()]

    def _forget_earlier_states(self) -> None:
        """A deletion leaves the row in its file with a mark: such tables are written anew, and no old file is kept."""
        marked = "select table_name from ducklake_table_info('lake') where delete_file_count > 0"
        for (table,) in self.lake.execute(marked).fetchall():
            self.lake.execute(f'create or replace table "{table}" as from "{table}"')
        self.lake.execute("call ducklake_expire_snapshots('lake', older_than => now())").fetchall()
        self.lake.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)").fetchall()
        self.lake.execute("call ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
