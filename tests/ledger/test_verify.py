"""Whatever a superuser does to the rows, the verifier names the first one that is wrong and says what was done."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from kempt.ledger.attestation import attest
from kempt.ledger.context import put_in_context
from kempt.ledger.database import Database
from kempt.ledger.verify import Verification, verify
from kempt.settings import Settings
from kempt.usecases.sign_checkpoint import sign_checkpoint, verify_ledger
from tests.ledger.factory import append_some
from tests.ledger.tampering import REWRITE, unlocked_by
from tests.sizes import seed, size

TAMPERED = {
    "body": ("update ledger.event set body = '{}' where tenant = %(t)s and seq = 4", 4, "edit"),
    "one bit": ("update ledger.event set body = replace(body, '3', '7') where tenant = %(t)s and seq = 4", 4, "edit"),
    "time": ("update ledger.event set at = at + interval '1 microsecond' where tenant = %(t)s and seq = 2", 2, "edit"),
    "type": ("update ledger.event set type = 'other.v1' where tenant = %(t)s and seq = 1", 1, "edit"),
    "id": ("update ledger.event set event_id = gen_random_uuid() where tenant = %(t)s and seq = 6", 6, "edit"),
    "hash": ("update ledger.event set hash = sha256('x') where tenant = %(t)s and seq = 3", 3, "edit"),
    "link": ("update ledger.event set prev = sha256('x') where tenant = %(t)s and seq = 3", 3, "reorder"),
    "middle": ("delete from ledger.event where tenant = %(t)s and seq in (4, 5)", 4, "deletion"),
    "start": ("delete from ledger.event where tenant = %(t)s and seq = 1", 1, "deletion"),
    "end": ("delete from ledger.event where tenant = %(t)s and seq > 5", 6, "truncation"),
    "all": ("delete from ledger.event where tenant = %(t)s", 1, "truncation"),
    "head back": ("update ledger.head set seq = 5 where tenant = %(t)s", 9, "head"),
    "head ahead": ("update ledger.head set seq = 12 where tenant = %(t)s", 9, "truncation"),
    "head hash": ("update ledger.head set hash = sha256('x') where tenant = %(t)s", 9, "head"),
    "no head": ("delete from ledger.head where tenant = %(t)s", 9, "head"),
    "order": (
        "update ledger.event set seq = case seq when 3 then -5 else -3 end where tenant = %(t)s and seq in (3, 5);"
        "update ledger.event set seq = -seq where tenant = %(t)s and seq < 0",
        3,
        "reorder",
    ),
    "renumbered": (
        "delete from ledger.event where tenant = %(t)s and seq = 3;"
        "update ledger.event set seq = -seq where tenant = %(t)s and seq > 3;"
        "update ledger.event set seq = -seq - 1 where tenant = %(t)s and seq < 0",
        3,
        "reorder",
    ),
}

CUT = (
    "delete from ledger.event where tenant = %(t)s and seq > 5;"
    "update ledger.head h set seq = 5, hash = e.hash from ledger.event e"
    " where h.tenant = %(t)s and e.tenant = %(t)s and e.seq = 5"
)
# What leaves a chain that fits together: neither the rows nor the head give it away.
REWRITTEN = {
    "an edit": ("update ledger.event set body = '{}' where tenant = %(t)s and seq = 4", 4, "rewrite"),
    "a deletion": (TAMPERED["renumbered"][0], 3, "rewrite"),
    "the tail": (CUT, 6, "truncation"),
    "the tail and its proof": (
        f"{CUT};delete from ledger.attestation where tenant = %(t)s and seq > 5",
        6,
        "truncation",
    ),
    "everything": ("update ledger.event set type = 'other.v1' where tenant = %(t)s", 1, "rewrite"),
}


@pytest.fixture
def unlocked(as_superuser: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A superuser who has disabled the triggers."""
    with unlocked_by(as_superuser):
        yield as_superuser


@pytest.mark.parametrize("how", TAMPERED)
def test_tampering_is_found(database: Database, tenant: str, unlocked: psycopg.Connection, how: str) -> None:
    statements, first_bad, tampering = TAMPERED[how]
    with database.transaction(tenant) as connection:
        append_some(connection, 8)

    _tamper(unlocked, tenant, statements)

    found = _verified(database, tenant)
    assert (found.ok, found.first_bad_seq, found.tampering) == (False, first_bad, tampering)
    assert found.problem


@pytest.mark.parametrize("how", REWRITTEN)
def test_a_rewritten_chain_is_not_what_was_signed(
    database: Database, tenant: str, postgres_home: Settings, unlocked: psycopg.Connection, how: str
) -> None:
    statements, first_bad, tampering = REWRITTEN[how]
    with database.transaction(tenant) as connection:
        append_some(connection, 5)
    with database.transaction(tenant) as connection:
        append_some(connection, 3, start=5)
    sign_checkpoint(database, postgres_home, tenant)

    _tamper(unlocked, tenant, f"{statements};{REWRITE}")

    assert _verified(database, tenant).ok or how.startswith("the tail")
    found = verify_ledger(database, postgres_home, tenant)
    assert (found.ok, found.first_bad_seq, found.tampering) == (False, first_bad, tampering)
    assert sign_or_refusal(database, postgres_home, tenant) != "signed"


def test_a_rewritten_end_is_met_by_the_next_append(
    database: Database, tenant: str, postgres_home: Settings, unlocked: psycopg.Connection
) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 5)

    _tamper(unlocked, tenant, f"update ledger.event set body = '{{}}' where tenant = %(t)s and seq = 4;{REWRITE}")

    found = verify_ledger(database, postgres_home, tenant)
    assert (found.first_bad_seq, found.tampering) == (1, "rewrite")
    with pytest.raises(Exception, match="was not written by Kempt"), database.transaction(tenant) as connection:
        append_some(connection, 1, start=5)


def test_what_is_not_attested_does_not_commit(database: Database, tenant: str) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="without an attestation"),
        database.transaction(tenant) as connection,
    ):
        connection.execute("select ledger.append(array[gen_random_uuid()], array['forged.v1'], array['{}'], now())")


def test_a_forged_attestation_is_told_from_a_true_one(database: Database, tenant: str, postgres_home: Settings) -> None:
    with database.transaction(tenant) as connection:
        connection.execute("select ledger.append(array[gen_random_uuid()], array['forged.v1'], array['{}'], now())")
        connection.attestation_key = lambda: b"of somebody else"  # type: ignore[attr-defined]
        attest(connection, 1)

    found = verify_ledger(database, postgres_home, tenant)
    assert (found.ok, found.first_bad_seq, found.tampering) == (False, 1, "rewrite")


def test_an_untouched_ledger_is_sound(database: Database, tenant: str, postgres_home: Settings) -> None:
    assert _verified(database, tenant) == Verification(ok=True, events=0)
    assert sign_checkpoint(database, postgres_home, tenant) is None

    with database.transaction(tenant) as connection:
        append_some(connection, 3)

    found = verify_ledger(database, postgres_home, tenant)
    assert (found.ok, found.events, found.attested, found.signed) == (True, 3, True, 0)


@dataclass(frozen=True, slots=True)
class Attack:
    """What a superuser does at a random place, and whether the rows alone can give it away."""

    statement: str
    hidden: bool = False


ATTACKS = (
    Attack("update ledger.event set body = body || ' ' where tenant = %(t)s and seq = %(n)s"),
    Attack("update ledger.event set at = at - interval '1 day' where tenant = %(t)s and seq = %(n)s"),
    Attack("update ledger.event set event_id = gen_random_uuid() where tenant = %(t)s and seq = %(n)s"),
    Attack("update ledger.event set hash = set_bit(hash, 7, 1 - get_bit(hash, 7)) where tenant=%(t)s and seq=%(n)s"),
    Attack("delete from ledger.event where tenant = %(t)s and seq = %(n)s"),
    Attack("delete from ledger.event where tenant = %(t)s and seq >= %(n)s"),
    Attack("update ledger.event set body = '{}' where tenant = %(t)s and seq = %(n)s", hidden=True),
    Attack("update ledger.event set type = 'other.v1' where tenant = %(t)s and seq >= %(n)s", hidden=True),
)  # fmt: skip


def test_random_tampering_is_always_found(
    database: Database, tenant: str, postgres_home: Settings, unlocked: psycopg.Connection
) -> None:
    chance = random.Random(seed())
    with database.transaction(tenant) as connection:
        append_some(connection, 120)
    sign_checkpoint(database, postgres_home, tenant)

    missed = []
    for _ in range(size(40)):
        attack, where = chance.choice(ATTACKS), chance.randint(1, 120)
        with unlocked.transaction(force_rollback=True):
            unlocked.execute(attack.statement, {"t": tenant, "n": where})  # type: ignore[call-overload]
            if attack.hidden:
                _tamper(unlocked, tenant, REWRITE)
            # In the same transaction, which is then taken back: the next attack finds the ledger whole.
            found = _verified_here(unlocked, database, postgres_home, tenant)
        if found.ok or found.first_bad_seq != where:
            missed.append((attack, where, found))

    assert missed == []
    assert verify_ledger(database, postgres_home, tenant).ok


def sign_or_refusal(database: Database, settings: Settings, tenant: str) -> str:
    """What the signer says to a ledger that was tampered with."""
    try:
        sign_checkpoint(database, settings, tenant)
    except Exception as refusal:
        return str(refusal)
    return "signed"


def _tamper(connection: psycopg.Connection, tenant: str, statements: str) -> None:
    for statement in statements.split(";"):
        connection.execute(statement, {"t": tenant})  # type: ignore[call-overload]


def _verified(database: Database, tenant: str) -> Verification:
    with database.transaction(tenant) as connection:
        return verify(connection, tenant)


def _verified_here(connection: psycopg.Connection, database: Database, settings: Settings, tenant: str) -> Verification:
    class Here(Database):
        """The database as this uncommitted transaction sees it."""

        def transaction(self, tenant: str | None):  # type: ignore[no-untyped-def]
            from contextlib import nullcontext

            put_in_context(connection, str(tenant), self.address.context_key)
            return nullcontext(connection)

    return verify_ledger(Here(database.address, database.keyring), settings, tenant)
