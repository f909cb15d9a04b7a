"""Lands what a source said: every row either in the extract or in its quarantine, written once, encrypted."""

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from kempt.errors import SkipRecord, StopRun
from kempt.extracts import landing_sql as sql
from kempt.extracts.batches import shown
from kempt.extracts.landed import (
    Counts,
    Landed,
    PreviousState,
    extract_id,
    judged,
    manifest_text,
    paths,
    read_manifest,
)
from kempt.extracts.port import Batch, Limits, Reading
from kempt.extracts.schema import schema_fingerprint
from kempt.records.mapping import SourceDeclaration
from kempt.whole_file import sync

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

JUDGED = ("rows", "new", "changed", "unchanged", "deleted", "quarantined")


@dataclass(slots=True, kw_only=True)
class _Seen:
    """What the batches told while they were staged."""

    columns: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    watermark: str | None = None
    rows: int = 0
    faults: int = 0


def land(
    reading: Reading,
    declaration: SourceDeclaration,
    day: date,
    connection: "DuckDBPyConnection",
    folder: Path,
    previous: PreviousState,
    *,
    limits: Limits | None = None,
) -> Landed:
    """The extract of a reading below the raw folder; the same input again gives the extract that is already there.

    The connection needs the Parquet key 'kempt' and httpfs. SkipRecord when the source cannot be taken as a whole.
    """
    if reading.input_digest is not None:
        known = _known(reading.input_digest, declaration, day, folder, previous)
        if known is not None:
            return known
    with sql.staging(connection):
        seen = _stage(reading, declaration, connection, limits or Limits())
        input_digest = reading.input_digest or sql.digest_of_rows(connection)
        known = _known(input_digest, declaration, day, folder, previous)
        return known or _write(input_digest, reading, seen, declaration, day, connection, folder, previous)


def _known(
    input_digest: str, declaration: SourceDeclaration, day: date, folder: Path, previous: PreviousState
) -> Landed | None:
    files = paths(declaration, day, extract_id(declaration, day, input_digest))
    landed = read_manifest(folder / files["manifest"])
    return judged(landed, declaration, previous.approved) if landed else None


def _stage(reading: Reading, declaration: SourceDeclaration, connection: "DuckDBPyConnection", limits: Limits) -> _Seen:
    seen = _Seen()
    for batch in reading.batches:
        _note(seen, batch)
        if seen.faults > limits.faults:
            raise SkipRecord(
                f"{declaration.source}: more than {limits.faults} rows cannot be read. "
                "Check delimiter, quotes and encoding of the export."
            )
        if batch.rows.num_rows:
            sql.stage_rows(connection, batch.rows, declaration, limits.cell_bytes)
        sql.stage_faults(connection, batch.faults)
    missing = [shown(name) for name in declaration.key_columns if name not in seen.columns]
    if missing and (seen.rows or seen.columns or (seen.faults and declaration.mode == "snapshot")):
        raise SkipRecord(
            f"{declaration.source}: no key column {', '.join(missing)} among {len(seen.columns)} columns. "
            "Was it renamed? Correct key in the declaration, or read.delimiter."
        )
    return seen


def _note(seen: _Seen, batch: Batch) -> None:
    for name, kind in batch.columns.items():
        if name not in seen.columns or seen.columns[name] == "null" or kind == "list":
            seen.columns[name] = kind
    seen.notes.extend(note for note in batch.notes if note not in seen.notes)
    seen.watermark = batch.watermark or seen.watermark
    seen.rows += batch.rows.num_rows
    seen.faults += len(batch.faults)


def _write(
    input_digest: str,
    reading: Reading,
    seen: _Seen,
    declaration: SourceDeclaration,
    day: date,
    connection: "DuckDBPyConnection",
    folder: Path,
    previous: PreviousState,
) -> Landed:
    erased = sql.leave_out(connection, declaration, previous.suppressed)
    counts, deletions_known = sql.judge(connection, declaration, previous.files)
    identifier = extract_id(declaration, day, input_digest)
    landed = Landed(
        extract_id=identifier,
        tenant=declaration.tenant,
        source=declaration.source,
        system=declaration.system,
        object=declaration.object,
        mode=declaration.mode,
        day=day,
        counts=Counts(**dict(zip(JUDGED, (counts[0] + erased, *counts[1:]), strict=True)), erased=erased),
        columns=seen.columns,
        sparse=reading.sparse,
        schema_fingerprint=schema_fingerprint(seen.columns),
        input_digest=input_digest,
        input_files=reading.files,
        mapping_version=declaration.mapping_version,
        files=paths(declaration, day, identifier),
        deletions_known=deletions_known,
        watermark=seen.watermark,
        notes=tuple(seen.notes),
    )
    _check_account(landed, seen)
    _publish(landed, connection, folder)
    return judged(landed, declaration, previous.approved)


def _check_account(landed: Landed, seen: _Seen) -> None:
    counts = landed.counts
    read = seen.rows + seen.faults
    told = counts.new + counts.changed + counts.unchanged + counts.quarantined + counts.erased
    if not read == counts.rows == told:
        raise StopRun(
            f"{landed.source}: {read} rows were read but {counts} are accounted for. Nothing was landed; report this."
        )


def _publish(landed: Landed, connection: "DuckDBPyConnection", folder: Path) -> None:
    """Writes beside the target and renames; the manifest comes last, so an extract with a manifest is whole."""
    target = (folder / landed.files["manifest"]).parent
    target.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".landing-", dir=target))
    try:
        sql.write(connection, work)
        (work / "manifest.json").write_text(manifest_text(landed), encoding="utf-8")
        for name in ("quarantine.parquet", "rows.parquet", "manifest.json"):
            sync(work / name)
            if name == "manifest.json":
                sync(target)
            (work / name).replace(folder / landed.files[name.split(".")[0]])
        for parent in (target, target.parent, target.parent.parent):
            sync(parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)
