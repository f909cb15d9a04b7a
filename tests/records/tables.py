"""Tables of cases: one line a case, columns parted by '|', `\\u200b` for what cannot be seen, '*' for any value."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"

_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


def cases(table: str) -> list[dict[str, str]]:
    """The cases of a table as dictionaries by column."""
    lines = (FOLDER / f"{table}.csv").read_text(encoding="utf-8").splitlines()
    header, *rows = [line.split("|") for line in lines if line and not line.startswith("#")]
    return [dict(zip(header, map(_unescaped, row), strict=True)) for row in rows]


def _unescaped(cell: str) -> str:
    return _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), cell)


def differences(case: dict[str, str], result: object) -> dict[str, tuple[str, str]]:
    """Columns of a case that a result does not have: (expected, found). None counts as ''."""
    found = {name: getattr(result, name) for name in result.__dataclass_fields__ if name in case}
    texts = {name: "" if value is None else str(value) for name, value in found.items()}
    return {name: (case[name], text) for name, text in texts.items() if case[name] not in (text, "*")}
