"""The drop folder: files of the tenant's own, which Kempt reads and never changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from kempt.errors import KemptError, StopRun
from kempt.extracts import landing_sql as sql
from kempt.extracts.find import waiting_files
from kempt.extracts.port import Limits, Window
from kempt.extracts.sources import open_source
from kempt.records.mapping import SourceDeclaration
from kempt.stores.port import Held, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFolder:
    """The files of declared sources that lie in one tenant's drop folder; a file that cannot be read is not searched.

    What providers' files hold is not found by a record's key.
    """

    drop: Path
    declarations: Sequence[SourceDeclaration]
    lake: duckdb.DuckDBPyConnection
    name: str = "drop"
    ours: bool = False

    def find(self, record: Subject) -> Held:
        """Rows with the record's key, by the files that were read together."""
        found: dict[str, int] = {}
        for declaration in self.declarations:
            if (declaration.system, declaration.object) == (record.system, record.object_type):
                for names, rows in self._files(declaration, record):
                    found[names] = rows
        return {names: rows for names, rows in found.items() if rows}

    def erase(self, record: Subject) -> Held:
        """Refuses while a file holds the record: only the source can say what its files hold."""
        if held := self.find(record):
            raise StopRun(
                f"{', '.join(sorted(held))} in {self.drop} hold the record. They are yours: delete them, or have them "
                "exported again without it. Kempt does not read the record from them any more."
            )
        return held

    def _files(self, declaration: SourceDeclaration, record: Subject) -> Iterator[tuple[str, int]]:
        for day, _ in waiting_files(declaration, self.drop):
            try:
                reading = open_source(declaration, drop=self.drop, secrets={}).read(
                    Window(day=date.fromisoformat(day), since=None)
                )
                with sql.staging(self.lake):
                    for batch in reading.batches:
                        if batch.rows.num_rows:
                            sql.stage_rows(self.lake, batch.rows, declaration, Limits().cell_bytes)
                    query = "select count(*) from landing_row where _source_key = ?"
                    ((rows,),) = self.lake.execute(query, [record.source_key]).fetchall()
            except KemptError:
                continue
            yield ", ".join(reading.files), rows
