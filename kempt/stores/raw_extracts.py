"""Raw extracts: Parquet files written anew without the rows of a record, with manifests that still add up."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb
from psycopg import Connection

from kempt.extracts.landed import Counts, Landed, manifest_text, read_manifest
from kempt.ids import keyed_digest
from kempt.stores.port import Held, Subject
from kempt.stores.raw_account import count_rows, outcomes, rows_of
from kempt.whole_file import sync, write_whole

COUNTED = ("new", "changed", "unchanged", "quarantined", "erased")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawExtracts:
    """The raw extracts of one tenant.

    Manifests are corrected first, and name the erasure: killed in between, it is finished later and counted once.
    """

    raw: Path
    tenant: str
    systems: Mapping[str, str]
    """The system of each source."""
    lake: duckdb.DuckDBPyConnection
    """A connection with the key of the raw extracts."""
    connection: Connection[Any]
    suppression_key: bytes = field(repr=False)
    name: str = "raw"
    ours: bool = True

    def find(self, record: Subject) -> Held:
        """Rows by file, those of extracts that never counted included."""
        files = (path for folder in self._folders(record) for path in sorted(folder.rglob("*.parquet")))
        found = {str(path.relative_to(self.raw)): count_rows(self.lake, path, record) for path in files}
        return {name: rows for name, rows in found.items() if rows}

    def erase(self, record: Subject) -> Held:
        """Takes the rows out of every file."""
        held = self.find(record)
        digest = keyed_digest(self.suppression_key, record.name)
        for folder in self._folders(record):
            self._account(folder, record, digest)
        for name in held:
            self._rewrite(self.raw / name, record)
        return held

    def _folders(self, record: Subject) -> Iterator[Path]:
        for source, system in sorted(self.systems.items()):
            if system == record.system:
                yield self.raw / self.tenant / source

    def _account(self, source: Path, record: Subject, digest: str) -> None:
        found = [landed for path in sorted(source.rglob("*.manifest.json")) if (landed := read_manifest(path))]
        extracts = {landed.extract_id: landed for landed in found if landed.object == record.object_type}
        rows = {name: rows_of(self.lake, self.raw, landed, record) for name, landed in extracts.items()}
        history = self._history(source.name)
        for name, landed in extracts.items():
            before = [extract for extract, day in history if day < landed.day and extract in extracts]
            if digest not in landed.erasures and (taken := outcomes(landed, before, rows)):
                counts = asdict(landed.counts)
                for outcome in taken:
                    counts[outcome] -= 1
                counts["erased"] += len(taken)
                extracts[name] = replace(landed, counts=Counts(**counts), erasures=(*landed.erasures, digest))
                write_whole(self.raw / landed.files["manifest"], manifest_text(extracts[name]))
            if digest in extracts[name].erasures:
                self._tell(extracts[name])

    def _history(self, source: str) -> list[tuple[str, Any]]:
        """The extracts that count, in the order in which the landing looked back at them."""
        return self.connection.execute(
            "select extract_id::text, day from kempt.extract where source = %s and status = 'landed' order by day, seq",
            [source],
        ).fetchall()

    def _tell(self, landed: Landed) -> None:
        numbers = [getattr(landed.counts, name) for name in COUNTED]
        self.connection.execute(
            "update kempt.extract set new = %s, changed = %s, unchanged = %s, quarantined = %s, erased = %s "
            "where extract_id = %s",
            [*numbers, landed.extract_id],
        )

    def _rewrite(self, path: Path, record: Subject) -> None:
        if path.parent.name.startswith(".landing-"):
            shutil.rmtree(path.parent)  # what a landing that was killed left behind
            return
        beside = path.with_name(f".{path.name}.new")
        source, target, key = (text.replace("'", "''") for text in (str(path), str(beside), record.source_key))
        self.lake.execute(
            f"copy (from read_parquet('{source}', encryption_config = {{footer_key: 'kempt'}}) "
            f"where _source_key is distinct from '{key}' order by _row_number) to '{target}' "
            "(format parquet, compression zstd, encryption_config {footer_key: 'kempt'})"
        )
        _move(beside, path)


def _move(beside: Path, path: Path) -> None:
    """In place of the file at once, and there after a power cut."""
    sync(beside)
    beside.replace(path)
    sync(path.parent)
