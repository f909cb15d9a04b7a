"""The source that reads files of a drop folder, whatever their format."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kempt.errors import SkipRecord
from kempt.extracts import csv_files, json_files, parquet_files, xlsx_files
from kempt.extracts.drop_folder import find_files, read_file
from kempt.extracts.file_content import FileContent
from kempt.extracts.port import Batch, Limits, Reading, Window
from kempt.extracts.text_files import format_of, only_format
from kempt.records.declared import FileFormat, FileRead

PARSERS: dict[FileFormat, Callable[[FileContent], Iterator[Batch]]] = {
    "csv": csv_files.parse,
    "jsonl": json_files.parse_lines,
    "json_pages": json_files.parse_page,
    "parquet": parquet_files.parse,
    "xlsx": xlsx_files.parse,
}
_RECTANGULAR: tuple[FileFormat, ...] = ("csv", "xlsx", "parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """Files below one folder. `needed` are the columns that the declaration cannot do without."""

    drop: Path
    options: FileRead
    needed: frozenset[str] = frozenset()
    limits: Limits = field(default_factory=Limits)

    def read(self, window: Window) -> Reading:
        """All files of the day as one extract."""
        names = find_files(self.drop, self.options.path, window.day, self.limits)
        hashes: dict[str, str] = {}
        formats: set[FileFormat] = set()
        for name in names:
            content = read_file(self.drop, name, self.limits)
            if not content.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
                raise SkipRecord(f"{name}: empty. An export without rows still has a header; export it again.")
            detected = format_of(content, name)
            formats.add(self.options.format or detected)
            hashes[name] = hashlib.sha256(content).hexdigest()
        chosen = only_format(formats, self.options.path)
        if chosen == "json_pages":
            json_files.refuse_gaps(names)
        digest = hashlib.sha256("".join(hashes.values()).encode()).hexdigest()
        sparse = chosen not in _RECTANGULAR
        return Reading(files=names, input_digest=digest, sparse=sparse, batches=self._batches(chosen, hashes))

    def _batches(self, chosen: FileFormat, hashes: dict[str, str]) -> Iterator[Batch]:
        first_row, seen = 1, None
        for name, expected in hashes.items():
            content = read_file(self.drop, name, self.limits)
            if hashlib.sha256(content).hexdigest() != expected:
                raise SkipRecord(f"{name}: changed while it was read. Read the source again when the export is done.")
            file = FileContent(
                name=name,
                content=content,
                options=self.options,
                needed=self.needed,
                limits=self.limits,
                first_row=first_row,
                last=name == list(hashes)[-1],
            )
            for batch in PARSERS[chosen](file):
                if chosen in _RECTANGULAR:
                    seen = seen or set(batch.columns)
                    _same_columns(name, seen, set(batch.columns))
                first_row += batch.rows.num_rows + len(batch.faults)
                yield batch


def _same_columns(name: str, first: set[str], now: set[str]) -> None:
    if first != now:
        raise SkipRecord(
            f"{name}: {len(now - first)} columns that the first file of the extract lacks, {len(first - now)} missing. "
            "Files of one extract need the same columns."
        )
