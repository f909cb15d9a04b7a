"""Reads the files of `kempt match` into one table of text."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from kempt.errors import StopRun

ID, CLUSTER = "record_id", "cluster_id"
_READERS = {
    ".csv": "read_csv(?, all_varchar = true, header = true, strict_mode = false, null_padding = true)",
    ".tsv": "read_csv(?, all_varchar = true, header = true, delim = '\t')",
    ".parquet": "read_parquet(?)",
}


def read_tables(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], id_column: str | None) -> pa.Table:
    """All rows of all files as text, with `record_id` first, in the order of the ids.

    Raises StopRun for a file that cannot be read, and for ids that are missing or given twice.
    """
    parts = [_read(connection, path, id_column) for path in paths]
    table = parts[0] if len(parts) == 1 else pa.concat_tables(parts, promote_options="default")
    _refuse_bad_ids(connection, table, "Name another column with --id, or leave ids out altogether.")
    connection.register("kempt_input", table)
    ordered = connection.execute(f"from kempt_input order by {ID}").to_arrow_table()
    connection.unregister("kempt_input")
    return ordered


def read_labels(connection: duckdb.DuckDBPyConnection, path: Path, records: pa.Table) -> dict[str, str]:
    """Which cluster each record is said to be in: `record_id` and `cluster_id` of a CSV or Parquet file.

    Raises StopRun also when none of the records is among them.
    """
    if not path.is_file():
        raise StopRun(f"{path}: no such file.")
    if path.suffix.lower() not in (".csv", ".parquet"):
        raise StopRun(f"{path}: expected a .csv or .parquet file with {ID} and {CLUSTER}.")
    table = _scan(connection, path)
    if missing := [name for name in (ID, CLUSTER) if name not in table.column_names]:
        raise StopRun(f"{path}: no column {' or '.join(missing)}. It has: {', '.join(table.column_names)}.")
    _refuse_bad_ids(connection, table, f"In {path} each record needs one row.")
    ids, clusters = table.column(ID).to_pylist(), table.column(CLUSTER).to_pylist()
    # A record without a cluster is not labelled.
    labels = {record: cluster for record, cluster in zip(ids, clusters, strict=True) if cluster}
    if labels.keys().isdisjoint(records.column(ID).to_pylist()):
        raise StopRun(f"{path}: names none of the records. Its {ID} must be theirs; --id says which column that is.")
    return labels


def _read(connection: duckdb.DuckDBPyConnection, path: Path, id_column: str | None) -> pa.Table:
    if not path.is_file():
        raise StopRun(f"{path}: no such file.")
    if path.suffix.lower() == ".xlsx":
        table = _workbook(path)
    elif path.suffix.lower() in _READERS:
        table = _scan(connection, path)
    else:
        raise StopRun(f"{path}: expected a .csv, .tsv, .parquet or .xlsx file.")
    if not table.num_rows:
        raise StopRun(f"{path}: no rows. A file needs a header and at least one record.")
    chosen = id_column or (ID if ID in table.column_names else None)
    if chosen is None:
        # Row numbers tell the rows of several files apart by the file's name.
        numbers = pa.array([f"{path.stem}:{row}" for row in range(1, table.num_rows + 1)], pa.large_string())
        return table.add_column(0, ID, numbers)
    if chosen not in table.column_names:
        raise StopRun(f"{path}: no column {chosen!r}. It has: {', '.join(table.column_names)}.")
    ids = table.column(chosen)
    # Where other ids are asked for, a column with this name would be taken for them.
    others = [name for name in table.column_names if name not in (chosen, ID)]
    return table.select(others).add_column(0, ID, ids)


def _scan(connection: duckdb.DuckDBPyConnection, path: Path) -> pa.Table:
    reader = _READERS[path.suffix.lower()]
    try:
        found = connection.execute(f"select * from {reader}", [str(path)]).to_arrow_table()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise StopRun(f"{path}: cannot be read ({reason}). Save it as CSV in UTF-8, with a header line.") from None
    connection.register("kempt_raw", found)
    # A column of a file may have a dot in its name.
    names = ['"' + name.replace('"', '""') + '"' for name in found.column_names]
    as_text = ", ".join(f"cast({name} as varchar) as {name}" for name in names)
    text = connection.execute(f"select {as_text} from kempt_raw").to_arrow_table()
    connection.unregister("kempt_raw")
    return _large(text)


def _workbook(path: Path) -> pa.Table:
    from openpyxl import load_workbook

    sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    names = [str(cell or f"column_{at}") for at, cell in enumerate(next(rows, ()), start=1)]
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    columns = [pa.array([row[at] or None for row in cells], pa.large_string()) for at in range(len(names))]
    return pa.table(dict(zip(names, columns, strict=True)))


def _large(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([(name, pa.large_string()) for name in table.column_names]))


def _refuse_bad_ids(connection: duckdb.DuckDBPyConnection, table: pa.Table, remedy: str) -> None:
    ids = pa.table({ID: table.column(ID)})
    connection.register("kempt_ids", ids)
    missing, twice = connection.execute(
        f"""
        select count(*) filter ({ID} is null or trim({ID}) = ''),
            (select count(*) from (select {ID} from kempt_ids where {ID} is not null group by {ID} having count(*) > 1))
        from kempt_ids
        """
    ).fetchall()[0]
    connection.unregister("kempt_ids")
    if missing:
        raise StopRun(f"{missing:,} rows have no id. {remedy}")
    if twice:
        raise StopRun(f"{twice:,} ids are given to several rows. {remedy}")
