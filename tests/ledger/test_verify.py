"""Whatever a superuser does to the rows, the verifier names the first one that is wrong."""

from collections.abc import Iterator

import psycopg
import pytest

from kempt.ledger.database import Database
from kempt.ledger.verify import Verification, verify
from tests.ledger.factory import append_some

TAMPERED = {
    "body": ("update ledger.event set body = '{}' where tenant = %(t)s and seq = 4", 4, "edited"),
    "one bit": ("update ledger.event set body = replace(body, '3', '7') where tenant = %(t)s and seq = 4", 4, "edited"),
    "time": (
        "update ledger.event set at = at + interval '1 microsecond' where tenant = %(t)s and seq = 2",
        2,
        "edited",
    ),
    "type": ("update ledger.event set type = 'other.v1' where tenant = %(t)s and seq = 1", 1, "edited"),
    "id": ("update ledger.event set event_id = gen_random_uuid() where tenant = %(t)s and seq = 6", 6, "edited"),
    "hash": ("update ledger.event set hash = sha256('x') where tenant = %(t)s and seq = 3", 3, "edited"),
    "link": ("update ledger.event set prev = sha256('x') where tenant = %(t)s and seq = 3", 3, "out of place"),
    "middle": ("delete from ledger.event where tenant = %(t)s and seq in (4, 5)", 4, "gap"),
    "start": ("delete from ledger.event where tenant = %(t)s and seq = 1", 1, "gap"),
    "end": ("delete from ledger.event where tenant = %(t)s and seq > 5", 6, "truncated"),
    "all": ("delete from ledger.event where tenant = %(t)s", 1, "truncated"),
    "head back": ("update ledger.head set seq = 5 where tenant = %(t)s", 9, "head"),
    "head ahead": ("update ledger.head set seq = 12 where tenant = %(t)s", 9, "truncated"),
    "head hash": ("update ledger.head set hash = sha256('x') where tenant = %(t)s", 9, "head"),
    "no head": ("delete from ledger.head where tenant = %(t)s", 9, "head"),
    "order": (
        "update ledger.event set seq = case seq when 3 then -5 else -3 end where tenant = %(t)s and seq in (3, 5);"
        "update ledger.event set seq = -seq where tenant = %(t)s and seq < 0",
        3,
        "out of place",
    ),
    "renumbered": (
        "delete from ledger.event where tenant = %(t)s and seq = 3;"
        "update ledger.event set seq = -seq where tenant = %(t)s and seq > 3;"
        "update ledger.event set seq = -seq - 1 where tenant = %(t)s and seq < 0",
        3,
        "out of place",
    ),
}


@pytest.fixture
def unlocked(as_superuser: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A superuser who has disabled the triggers."""
    for action in ("disable", "enable always"):
        for table in ("event", "head"):
            as_superuser.execute(f"alter table ledger.{table} {action} trigger only_grows")  # type: ignore[call-overload]
        if action == "disable":
            yield as_superuser


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found(database: Database, tenant: str, unlocked: psycopg.Connection, how: str) -> None:
    statements, first_bad, problem = TAMPERED[how]
    with database.transaction(tenant) as connection:
        append_some(connection, 8)

    for statement in statements.split(";"):
        unlocked.execute(statement, {"t": tenant})  # type: ignore[call-overload]

    found = _verified(database, tenant)
    assert not found.ok
    assert found.first_bad_seq == first_bad
    assert str(found.problem).startswith(problem)


def test_an_untouched_ledger_is_sound(database: Database, tenant: str) -> None:
    assert _verified(database, tenant) == Verification(ok=True, events=0)

    with database.transaction(tenant) as connection:
        append_some(connection, 3)

    assert _verified(database, tenant) == Verification(ok=True, events=3)


def _verified(database: Database, tenant: str) -> Verification:
    with database.transaction(tenant) as connection:
        return verify(connection, tenant)
