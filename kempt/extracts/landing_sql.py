"""The statements of landing: stage, judge, compare and write, all set-based."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kempt.extracts.landed import Suppressed
from kempt.extracts.port import Fault
from kempt.records.keyed_sql import keyed_digest_sql, pads
from kempt.records.mapping import SourceDeclaration

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# The digest of a row: SHA-256 over its non-empty cells, sorted by column. An empty new column changes no row.
ROW_DIGEST = """
sha256(to_json(list_sort(list_filter(map_entries(_payload), lambda entry: entry.value <> ''))))
"""

_TABLES = """
create temp table landing_row (
    _source_key varchar, _row_number bigint, _row_digest varchar, _payload map(varchar, varchar), _deleted boolean,
    rule varchar, field varchar, reason varchar
);
create temp table landing_known (_source_key varchar, _row_digest varchar, present boolean);
"""

_ONE_KEY = "nullif(trim(_payload[$key_columns[1]]), '')"

# Values that a person would call equal give one key; a bar inside a value is escaped, so keys cannot run together.
_DERIVED_KEY = r"""
nullif(regexp_replace(array_to_string(list_transform($key_columns, lambda name:
    replace(replace(lower(nfc_normalize(trim(regexp_replace(coalesce(_payload[name], ''), '\s+', ' ', 'g')))),
        '\', '\\'), '|', '\|')), '|'), '^\|*$', ''), '')
"""

_STAGE = """
insert into landing_row
with read as (
    select
        {key} as _source_key,
        _row_number,
        {digest} as _row_digest,
        _payload,
        coalesce(list_contains($deleted_values, lower(trim(_payload[$deleted_column]))), false) as _deleted,
        list_filter(
            map_entries(_payload), lambda entry: strlen(entry.value) > $cell_bytes or contains(entry.value, chr(0))
        )[1] as bad_cell
    from landing_batch
)
select
    _source_key, _row_number, _row_digest, _payload, _deleted,
    case
        when strlen(bad_cell.value) > $cell_bytes then 'cell_too_long'
        when bad_cell is not null then 'nul'
        when _source_key is null then 'no_key'
    end,
    case when bad_cell is not null then bad_cell.key when _source_key is null then $key_name end,
    case
        when strlen(bad_cell.value) > $cell_bytes then 'a cell of ' || strlen(bad_cell.value) || ' bytes'
        when bad_cell is not null then 'a cell with a NUL character'
        when _source_key is null then 'the row has no key'
    end
from read
"""

_FAULTS = """
insert into landing_row
select null, _row_number, {digest}, _payload, false, rule, field, reason from landing_batch
"""

_CONTESTED = """
update landing_row set rule = $rule, field = $key_name, reason = $reason
where rule is null and _source_key in (
    select _source_key from landing_row where _source_key is not null
    group by _source_key having count(distinct _row_digest) > 1
)
"""

_REPEATS = """
create temp table landing_good as
select _source_key, _row_number, _row_digest, _payload, _deleted
from landing_row
where rule is null
qualify row_number() over (partition by _source_key order by _row_number) = 1
"""

_KNOWN = """
insert into landing_known
with earlier as (
    select files.seq, extract._source_key, extract._row_digest, extract._deleted
    from read_parquet($files, filename = true, encryption_config = {footer_key: 'kempt'}) as extract
    join (select unnest($files) as filename, generate_subscripts($files, 1) as seq) as files using (filename)
),
last_seen as (
    select _source_key, arg_max(_row_digest, seq) as _row_digest, arg_max(_deleted, seq) as deleted, max(seq) as seq
    from earlier
    group by _source_key
),
quarantined_last as (
    select distinct _source_key
    from read_parquet($last_quarantine, encryption_config = {footer_key: 'kempt'})
    where _source_key is not null
)
select
    _source_key, _row_digest,
    not deleted and ($delta or seq = len($files) or _source_key in (select _source_key from quarantined_last))
from last_seen
"""

_COUNTS = """
with judged as (
    select
        case
            when known._source_key is null then 'new'
            when known._row_digest <> good._row_digest or (not known.present and not good._deleted) then 'changed'
            else 'unchanged'
        end as outcome,
        good._deleted and coalesce(known.present, false) as marked_deleted
    from landing_good as good
    left join landing_known as known using (_source_key)
),
absent as (
    select count(*) as keys
    from landing_known
    where present and not $delta and $deletions_known
        and _source_key not in (select _source_key from landing_row where _source_key is not null)
)
select
    (select count(*) from landing_row),
    count(*) filter (outcome = 'new'),
    count(*) filter (outcome = 'changed'),
    count(*) filter (outcome = 'unchanged') + (select count(*) from landing_row where rule is null) - count(outcome),
    count(*) filter (marked_deleted) + any_value(absent.keys),
    (select count(*) from landing_row where rule is not null)
from absent left join judged on true
"""

_WRITE = {
    "rows": "select _source_key, _row_number, _row_digest, _payload, _deleted from landing_good order by _row_number",
    "quarantine": """
        select _source_key, _row_number, _row_digest, rule, field, reason, _payload
        from landing_row where rule is not null order by _row_number
    """,
}


@contextmanager
def staging(connection: "DuckDBPyConnection") -> Iterator[None]:
    """The temporary tables of one landing, gone afterwards whatever happens."""
    drop = "".join(f"drop table if exists temp.{name};" for name in ("landing_row", "landing_known", "landing_good"))
    connection.execute(drop + _TABLES)
    try:
        yield
    finally:
        connection.execute(drop)


def stage_rows(
    connection: "DuckDBPyConnection", rows: pa.RecordBatch, declaration: SourceDeclaration, cell_bytes: int
) -> None:
    """Adds rows with key, digest and deletion mark; a cell too long or with NUL, or no key, is a fault."""
    marker = declaration.deleted
    statement = _STAGE.format(key=_DERIVED_KEY if declaration.derived_key else _ONE_KEY, digest=ROW_DIGEST)
    _insert(
        connection,
        rows,
        statement,
        {
            "key_columns": list(declaration.key_columns),
            "key_name": ", ".join(declaration.key_columns),
            "deleted_column": marker.column if marker else "",
            "deleted_values": [value.strip().lower() for value in marker.values] if marker else [""],
            "cell_bytes": cell_bytes,
        },
    )


def stage_faults(connection: "DuckDBPyConnection", faults: Sequence[Fault]) -> None:
    """Adds rows that could not be read."""
    if not faults:
        return
    table = pa.table(
        {
            "_row_number": pa.array([fault.row_number for fault in faults], pa.int64()),
            "_payload": pa.array([list(fault.payload.items()) for fault in faults], pa.map_(pa.string(), pa.string())),
            "rule": pa.array([fault.rule for fault in faults], pa.string()),
            "field": pa.array([fault.field for fault in faults], pa.string()),
            "reason": pa.array([fault.reason for fault in faults], pa.string()),
        }
    )
    _insert(connection, table, _FAULTS.format(digest=ROW_DIGEST), {})


def digest_of_rows(connection: "DuckDBPyConnection") -> str:
    """One digest over every row, in whatever order they came."""
    together = "coalesce(string_agg(_row_digest, '' order by _row_digest), '')"
    return str(_one(connection, f"select sha256({together}) from landing_row")[0])


def leave_out(connection: "DuckDBPyConnection", declaration: SourceDeclaration, suppressed: Suppressed | None) -> int:
    """Forgets the rows of records that were erased before; how many there were. Rows without a key name nobody."""
    if suppressed is None or not suppressed.digests:
        return 0
    named = "concat_ws(' ', $system, $object, _source_key)"
    listed = list(suppressed.digests)
    found = connection.execute(
        f"delete from landing_row where _source_key is not null and list_contains($digests, {keyed_digest_sql(named)})",
        {"system": declaration.system, "object": declaration.object, "digests": listed, **pads(suppressed.key)},
    ).fetchone()
    return int(found[0]) if found else 0


def judge(
    connection: "DuckDBPyConnection", declaration: SourceDeclaration, earlier: Sequence[Path]
) -> tuple[tuple[int, ...], bool]:
    """rows, new, changed, unchanged, deleted, quarantined; and whether an absent key means a deleted record."""
    rule, reason = ("key_conflict", "several rows with this key differ")
    if declaration.derived_key:
        rule, reason = ("indistinguishable", "several rows that the key columns cannot tell apart")
    names = ", ".join(declaration.key_columns)
    connection.execute(_CONTESTED, {"rule": rule, "key_name": names, "reason": reason})
    connection.execute(_REPEATS)
    delta = declaration.mode == "delta"
    if earlier:
        last = earlier[-1].with_suffix(".quarantine.parquet")
        files = [str(path) for path in earlier]
        connection.execute(_KNOWN, {"files": files, "last_quarantine": str(last), "delta": delta})
    keyless = _one(connection, "select count(*) from landing_row where _source_key is null")[0]
    counts = _one(connection, _COUNTS, {"delta": delta, "deletions_known": keyless == 0})
    return tuple(map(int, counts)), keyless == 0


def write(connection: "DuckDBPyConnection", folder: Path) -> None:
    """Both Parquet files, encrypted, into a folder."""
    for name, query in _WRITE.items():
        target = str(folder / f"{name}.parquet").replace("'", "''")
        connection.execute(
            f"copy ({query}) to '{target}' "
            "(format parquet, compression zstd, encryption_config {footer_key: 'kempt'})"
        )


def _insert(connection: "DuckDBPyConnection", rows: Any, statement: str, parameters: dict[str, Any]) -> None:
    connection.register("landing_batch", rows)
    try:
        connection.execute(statement, parameters) if parameters else connection.execute(statement)
    finally:
        connection.unregister("landing_batch")


def _one(connection: "DuckDBPyConnection", query: str, parameters: dict[str, Any] | None = None) -> tuple[Any, ...]:
    row = connection.execute(query, parameters or {}).fetchone()
    assert row is not None
    return tuple(row)
