"""What is said of how files were read: rows that were refused, odd ids, columns that only some files have."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from kempt.usecases.match_ids import ID
from kempt.usecases.match_part import Part, Refused, so_many, some_of

REFUSED = "refused.csv"
# What a spreadsheet would run; a number with a sign it only shows.
_FORMULA = r"^[=@\t\r]|^[+\-].*[^0-9 ().\-]"
_TURNING = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"


def write_refused(refused: Sequence[Refused], out: Path) -> None:
    """The rows that are not among the records, or no such file when there are none."""
    path = out / REFUSED
    if not refused:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "line", "reason", "text"))
        writer.writerows((each.file, each.line, each.reason, each.text) for each in refused)


def refused_notes(parts: Sequence[Part]) -> Iterator[str]:
    """Rows that could not be read."""
    for part in parts:
        if part.refused:
            first = part.refused[0]
            yield (
                f"{part.file}: {so_many(len(part.refused), 'row', 'rows')} could not be read, the first in line "
                f"{first.line:,}: {first.reason}. Correct what is in {REFUSED} and match again."
            )


def id_notes(
    ids: pa.ChunkedArray, chosen: Sequence[str | None], parts: Sequence[Part], asked: str | None
) -> Iterator[str]:
    """Ids that some files lack, and ids that another program might take for something else."""
    if any(chosen) and not all(chosen):
        without = [part.file for part, column in zip(parts, chosen, strict=True) if not column]
        yield (
            f"No column {ID} in {some_of(without)}: records from there are numbered. If they have ids, call their "
            f"column {ID}."
        )
    if asked and asked != ID and any(ID in part.table.column_names for part in parts):
        yield f"The column {ID} was left out, since {asked} holds the ids."
    if count := pc.sum(pc.match_substring_regex(ids, _FORMULA)).as_py():
        yield (
            f"{so_many(count, 'id begins', 'ids begin')} like a formula (=, +, - or @): import clusters.csv into a "
            "spreadsheet as text, or it may run them."
        )
    if count := pc.sum(pc.match_substring_regex(ids, _TURNING)).as_py():
        yield (
            f"{so_many(count, 'id holds', 'ids hold')} characters that turn the direction of text. They are kept in "
            "the files and written out on the page; look where the ids come from."
        )


def column_notes(tables: Sequence[pa.Table], parts: Sequence[Part]) -> Iterator[str]:
    """Columns that not all files have say nothing between the files."""
    if len(tables) < 2:
        return
    all_names = dict.fromkeys(name for table in tables for name in table.column_names if name != ID)
    everywhere = [name for name in all_names if all(name in table.column_names for table in tables)]
    lonely = []
    for table, part in zip(tables, parts, strict=True):
        own = [name for name in table.column_names if name != ID and name not in everywhere]
        lonely += [f"{some_of(own)} in {part.file}"] * bool(own)
    if not lonely:
        return
    some = "Some columns are not" if everywhere else "No column is"
    yield (
        f"{some} in every file ({'; '.join(lonely)}), and records are compared by what both have. "
        "Give columns that hold the same thing the same name."
    )
