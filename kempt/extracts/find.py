"""Which files of a source wait in the drop folder, by the day they are for."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from kempt.records.declared import FileRead
from kempt.records.mapping import SourceDeclaration

_DAY = r"(?P<day>\d{4}-\d{2}-\d{2})"


def waiting_files(declaration: SourceDeclaration, drop: Path) -> Iterator[tuple[str, list[Path]]]:
    """Days, as ISO text, with the files that match the declared path.

    A path without {day} counts for the day of the file.
    Names only: whether a file may be read is decided when it is read. A source that is no file yields nothing.
    """
    if not isinstance(declaration.read, FileRead):
        return
    pattern = declaration.read.path
    named = re.compile(_as_regex(pattern))
    by_day: dict[str, list[Path]] = defaultdict(list)
    for file in sorted(drop.glob(pattern.replace("{day}", "????-??-??"))):
        found = named.fullmatch(file.relative_to(drop).as_posix())
        if found is not None and file.is_file():
            modified = datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
            by_day[found.groupdict().get("day") or modified].append(file)
    yield from sorted(by_day.items())


def _as_regex(pattern: str) -> str:
    """The declared path as a regular expression; `{day}` may stand more than once and is then the same day."""
    before, *after = pattern.split("{day}")
    parts = [_wild(before), *(("(?P=day)" if at else _DAY) + _wild(part) for at, part in enumerate(after))]
    return "".join(parts)


def _wild(text: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in text)
