"""Values go the whole way, and lie readable nowhere but in the files that people dropped."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from kempt.ledger.bootstrap import OWNER_OF_DATABASE
from kempt.ledger.connect import connect
from tests.installation import Installation
from tests.postgres import superuser

DECLARED = ("drop", "sample")
"""What people put there themselves, and the truth about the sample."""
TABLES = """
select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_toast'
"""


@pytest.fixture(scope="module")
def canaries(demo_home: Installation) -> frozenset[bytes]:
    """Values of fictional people who went through the demo: nobody else has them, and nothing else is spelled so."""
    file = min((demo_home.home / "drop" / "northpeak").rglob("*.csv"))
    with file.open(encoding="utf-8-sig", newline="") as rows:
        people = [row for row in csv.DictReader(rows) if any("@" in str(value) for value in row.values())][:8]
    found = {value.strip().lower() for row in people for value in row.values() if value and _tells(value.strip())}
    assert len(found) >= 8
    return frozenset(value.encode() for value in found)


def _tells(value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    return "@" in value or (digits >= 9 and value.lstrip("+").replace(" ", "").isdigit())


def test_no_file_but_the_dropped_ones_holds_a_value(demo_home: Installation, canaries: frozenset[bytes]) -> None:
    files = [*_files(demo_home.home)]
    leaks = [name for name, path in files if any(each in _content(path) for each in canaries)]

    assert {name.parts[0] for name, _ in files} >= {"pg", "raw", "tenants", "logs", "dagster", "keys"}
    assert leaks == []
    # The test can fail: where values may be, it finds them.
    dropped = (path.read_bytes().lower() for path in (demo_home.home / "drop" / "northpeak").rglob("*.csv"))
    assert canaries <= {each for content in dropped for each in canaries if each in content}


def _content(path: Path) -> bytes:
    """Nothing where the server took the file away since it was listed."""
    try:
        return path.read_bytes().lower()
    except FileNotFoundError:
        return b""


def _files(home: Path) -> Iterator[tuple[Path, Path]]:
    for path in home.rglob("*"):
        name = path.relative_to(home)
        if name.parts[0] not in DECLARED and path.is_file() and not path.is_symlink():
            yield name, path


@pytest.mark.parametrize("dbname", sorted(OWNER_OF_DATABASE))
def test_no_table_holds_a_value(demo_home: Installation, canaries: frozenset[bytes], dbname: str) -> None:
    with connect(superuser(demo_home.settings, dbname)) as connection:
        tables = [name for (name,) in connection.execute(TABLES)]
        held = "exists (select from unnest(%s::text[]) c where position(c in lower(t::text)) > 0)"
        bound = [[each.decode() for each in canaries]]
        leaks = [name for name in tables if connection.execute(f"select from {name} t where {held}", bound).fetchall()]

    assert tables
    assert leaks == []
