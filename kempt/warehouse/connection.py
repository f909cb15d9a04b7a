"""A DuckDB connection that can read a tenant's raw extracts and has the lake attached."""

import importlib.resources
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import duckdb

from kempt.errors import StopRun

EXTENSIONS = ("httpfs", "ducklake", "postgres_scanner")

# Beyond, looking for the rows of an entity costs more than writing the table.
MOST_FILES = 50

_UUID_FROM_SHA1 = """
create or replace macro memory.main.uuid_from_sha1(h) as
    concat_ws('-', substr(h, 1, 8), substr(h, 9, 4), '5' || substr(h, 14, 3),
        substr('89ab', (('0x' || substr(h, 17, 1))::int & 3) + 1, 1) || substr(h, 18, 3), substr(h, 21, 12))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """Where one tenant's lake is; the catalog address holds a password and does not print."""

    tenant: str
    catalog: str = field(repr=False)
    data_path: Path
    raw_key: str = field(repr=False)
    extensions: Path

    @property
    def schema(self) -> str:
        """The metadata schema of this tenant in the catalog database."""
        return f"lake_{self.tenant}"


class LakeOpener(Protocol):
    """Whoever can open a tenant's lake: Dagster's resource in a run, `open_lake` elsewhere."""

    def open(self, lake: Lake) -> AbstractContextManager[duckdb.DuckDBPyConnection]: ...


@cache
def link_extensions(folder: Path) -> Path:
    """Lays the extensions from the installed wheels where DuckDB looks for them; nothing is ever downloaded."""
    with duckdb.connect() as connection:
        row = connection.execute("pragma platform").fetchone()
    assert row is not None
    target = folder / f"v{duckdb.__version__}" / row[0]
    target.mkdir(parents=True, exist_ok=True)
    for name in EXTENSIONS:
        link = target / f"{name}.duckdb_extension"
        wheel = importlib.resources.files(f"duckdb_extension_{name}")
        file = Path(str(wheel)) / "extensions" / f"v{duckdb.__version__}" / link.name
        if not file.exists():
            raise StopRun(
                f"{name}: the installed extension is not made for DuckDB {duckdb.__version__}. "
                f"Install duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__} into {sys.prefix}."
            )
        if not link.is_symlink() or link.resolve() != file.resolve():
            link.unlink(missing_ok=True)
            link.symlink_to(file)
    return folder


def connection_config(extensions: Path) -> dict[str, str | bool | int | float | list[str]]:
    """DuckDB settings that every connection of one process must share; `load_extensions` ends the leave to load."""
    _check_signatures(extensions)
    return {**_only_from(extensions), "allow_unsigned_extensions": "true"}


def _only_from(extensions: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {"extension_directory": str(extensions), "autoinstall_known_extensions": "false"}


@cache
def _check_signatures(extensions: Path) -> None:
    """Loads the extensions where DuckDB refuses what is not signed: once per process, for that reads 100 MB."""
    with duckdb.connect(config=_only_from(extensions)) as connection:
        load_extensions(connection)


def load_extensions(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads ours; from then on the connection takes signed extensions alone."""
    for name in EXTENSIONS:
        connection.execute(f"load {name}")
    connection.execute("set allow_unsigned_extensions = false")


def prepare(connection: duckdb.DuckDBPyConnection, *, raw_key: str) -> None:
    """Gives a connection the key of the raw extracts and the macros that the models call."""
    if raw_key:
        connection.execute(f"pragma add_parquet_key('kempt', '{_quoted(raw_key)}')")
    connection.execute(_UUID_FROM_SHA1)


def attach(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Attaches the tenant's lake as `lake` and makes it the default."""
    load_extensions(connection)
    lake.data_path.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"attach 'ducklake:postgres:{_quoted(lake.catalog)}' as lake "
        f"(data_path '{_quoted(str(lake.data_path))}', metadata_schema '{_quoted(lake.schema)}', "
        "encrypted, data_inlining_row_limit 0, override_data_path)"
    )
    connection.execute("set enable_progress_bar = false")
    _keep_values_out_of_the_catalog(connection, lake.schema)
    prepare(connection, raw_key=lake.raw_key)
    use(connection)


# The catalog keeps the smallest and largest value of every column of every file, as plain text.
_FORGET = """
create or replace function {schema}.kempt_forget() returns trigger language plpgsql as $$
begin
    new.min_value := null;
    new.max_value := null;
    new.extra_stats := null;
    return new;
end $$;
create or replace trigger kempt_forget before insert or update on {schema}.ducklake_file_column_stats
    for each row execute function {schema}.kempt_forget();
create or replace trigger kempt_forget before insert or update on {schema}.ducklake_table_column_stats
    for each row execute function {schema}.kempt_forget();
update {schema}.ducklake_file_column_stats set min_value = null;
update {schema}.ducklake_table_column_stats set min_value = null;
"""
_FORGETS = """
select 1 from pg_trigger where tgname = 'kempt_forget'
    and tgrelid = '{schema}.ducklake_table_column_stats'::regclass
"""


def _keep_values_out_of_the_catalog(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """DuckLake does without these statistics; files are few, so that little is read in vain."""
    catalog = "__ducklake_metadata_lake"
    asked = connection.execute("from postgres_query(?, ?)", [catalog, _FORGETS.format(schema=schema)])
    if not asked.fetchall():
        connection.execute("call postgres_execute(?, ?)", [catalog, _FORGET.format(schema=schema)])


def use(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the attached lake the default of a connection; a cursor does not take that over from its parent."""
    connection.execute("use lake")


@contextmanager
def open_lake(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own on the tenant's lake."""
    with duckdb.connect(config=connection_config(lake.extensions)) as connection:
        attach(connection, lake)
        yield connection


def row_counts(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> dict[str, int]:
    """The number of rows of tables and views of the lake."""
    if not names:
        return {}
    counted = " union all ".join(f"select '{_quoted(name)}', count(*) from \"{name}\"" for name in names)
    return dict(connection.execute(counted).fetchall())


def gather(connection: duckdb.DuckDBPyConnection, names: Sequence[str], *, only: str = "") -> None:
    """Writes tables anew that lie in many small files: each change of a few rows leaves one, and all are opened.

    `only` is a clause of SQL that leaves out rows which nothing needs any more.
    """
    scattered = connection.execute(
        "select table_name from ducklake_table_info('lake') where list_contains(?, table_name) and file_count > ?",
        [list(names), MOST_FILES],
    ).fetchall()
    for (name,) in scattered:
        connection.execute(f'create or replace table "{name}" as from "{name}" {only}')


def _quoted(text: str) -> str:
    return text.replace("'", "''")
