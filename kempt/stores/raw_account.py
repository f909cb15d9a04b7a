"""How the landing counted the rows of a record, told again extract by extract from the files themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from kempt.extracts.landed import Landed
from kempt.stores.port import Subject

Outcome = Literal["new", "changed", "unchanged", "quarantined"]
READ = "read_parquet($file, encryption_config = {footer_key: 'kempt'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsOfRecord:
    """The rows of one record in the files of one extract."""

    digest: str | None
    deleted: bool
    quarantined: int


def rows_of(lake: duckdb.DuckDBPyConnection, raw: Path, landed: Landed, record: Subject) -> RowsOfRecord:
    """What an extract holds of a record: one good row at most, and those in its quarantine."""
    said = f"select _row_digest, _deleted from {READ} where _source_key = $key"
    row = lake.execute(said, {"file": str(raw / landed.files["rows"]), "key": record.source_key}).fetchone()
    return RowsOfRecord(
        digest=str(row[0]) if row else None,
        deleted=bool(row and row[1]),
        quarantined=count_rows(lake, raw / landed.files["quarantine"], record),
    )


def count_rows(lake: duckdb.DuckDBPyConnection, file: Path, record: Subject) -> int:
    """How many rows of one file name the record."""
    query = f"select count(*) from {READ} where _source_key = $key"
    row = lake.execute(query, {"file": str(file), "key": record.source_key}).fetchone()
    return int(row[0]) if row else 0


def outcomes(landed: Landed, before: Sequence[str], rows: Mapping[str, RowsOfRecord]) -> list[Outcome]:
    """How each row of the record in an extract was counted.

    `before` are the ids of the extracts that counted before it, oldest first; `rows` what each holds of the record.
    The rule is that of kempt.extracts.landing_sql, for one key.
    """
    now = rows[landed.extract_id]
    told: list[Outcome] = ["quarantined"] * now.quarantined
    if now.digest is None:
        return told
    seen = [at for at, extract in enumerate(before) if rows[extract].digest is not None]
    if not seen:
        return [*told, "new"]
    known = rows[before[seen[-1]]]
    still_there = landed.mode == "delta" or seen[-1] == len(before) - 1 or rows[before[-1]].quarantined > 0
    present = still_there and not known.deleted
    changed = known.digest != now.digest or (not present and not now.deleted)
    return [*told, "changed" if changed else "unchanged"]
