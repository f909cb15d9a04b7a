"""Reading a CSV that somebody dropped into the tenant's folder: strict about its columns, patient with its rows."""

import csv
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from kempt.errors import StopRun

LARGEST_FILE_BYTES = 256 * 1024 * 1024
LONGEST_VALUE = 1000


def rows(path: Path, columns: Collection[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cleaned values of every readable row; ragged and oversized rows are left out."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise StopRun(f"{path.name}: larger than {LARGEST_FILE_BYTES} bytes. Split the file.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if missing := sorted(set(columns) - set(reader.fieldnames or ())):
                raise StopRun(f"{path.name}: column {', '.join(missing)} is missing. Expected {', '.join(columns)}.")
            for row in reader:
                if _readable(row):
                    yield reader.line_num, {name: row[name].strip() for name in columns}
    except FileNotFoundError:
        raise StopRun(f"{path.name}: no such file. Put it into the drop folder or switch the provider off.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        # The text of a decoding error quotes the data.
        raise StopRun(f"{path.name}: {type(error).__name__}. Expected CSV in UTF-8 with a header.") from None


def day(text: str) -> date | None:
    """The day an ISO date or timestamp names, or None."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _readable(row: dict[str, str]) -> bool:
    """A short row has None among its values, a long one a list."""
    return all(isinstance(value, str) and len(value) <= LONGEST_VALUE and "\0" not in value for value in row.values())
