"""Accounts: who can sign in to this installation. What somebody may do in a tenant follows from her roles there."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from psycopg import Connection

from kempt.agents.registry import AGENTS
from kempt.errors import Retry, StopRun
from kempt.ledger.database import Database

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 1_000
LINK_MINUTES = 15
FAILURES_OF_ACCOUNT, FAILURES_OF_ADDRESS = 5, 50
FAILURES_COUNT_FOR = timedelta(minutes=15)
_HASHER = PasswordHasher()
# Each password that is checked takes 64 MB for a moment.
_AT_ONCE = BoundedSemaphore(4)
# Somebody who does not exist takes as long as somebody who does.
_NOBODY = _HASHER.hash(secrets.token_hex())


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in."""

    name: str
    has_password: bool
    created_at: datetime
    disabled_at: datetime | None


def add_account(database: Database, name: str, *, by: str, now: datetime, password: str | None = None) -> bool:
    """Adds an account, or gives one that is there another password; False when it was there."""
    if not name or name != name.strip() or len(name) > 100 or not name.isprintable() or name in AGENTS:
        raise StopRun(f"{name!r} is no name for an account. Choose 1 to 100 printable characters, and no agent's name.")
    hashed = None if password is None else _HASHER.hash(_fit(password))
    with database.transaction(None) as connection:
        added = connection.execute(
            "insert into kempt.account (name, created_at, created_by) values (%s, %s, %s) on conflict do nothing",
            [name, now, by],
        ).rowcount
        if hashed is not None:
            connection.execute(
                "update kempt.account set password_hash = %s, disabled_at = null where name = %s", [hashed, name]
            )
            end_sessions(connection, name, now=now)
        return bool(added)


def accounts(database: Database) -> tuple[Account, ...]:
    """Every account by name."""
    with database.transaction(None) as connection:
        rows = connection.execute(
            "select name, password_hash is not null, created_at, disabled_at from kempt.account order by name"
        ).fetchall()
    return tuple(Account(name=row[0], has_password=row[1], created_at=row[2], disabled_at=row[3]) for row in rows)


def disable_account(database: Database, name: str, *, now: datetime) -> None:
    """Lets nobody sign in with it any more, and ends what is signed in. It keeps its name in what was decided."""
    with database.transaction(None) as connection:
        if not connection.execute("update kempt.account set disabled_at = %s where name = %s", [now, name]).rowcount:
            raise StopRun(f"no account {name!r}. `kempt user list` shows them.")
        end_sessions(connection, name, now=now)
        connection.execute(
            "update kempt.api_token set revoked_at = %s where account = %s and revoked_at is null", [now, name]
        )


def check_password(database: Database, name: str, password: str, *, address: str, now: datetime) -> bool:
    """Whether this is the account's password. After some failures, nobody is asked for a while."""
    whos = [_who(database, "account", name), _who(database, "address", address)]
    with database.transaction(None) as connection:
        _refuse_hurried(connection, whos, now)
        # Counted before it is looked at: many at once are no more tries than one after the other.
        for who in whos:
            connection.execute("insert into kempt.sign_in_failure (who, at) values (%s, %s)", [who, now])
        row = connection.execute(
            "select password_hash from kempt.account where name = %s and disabled_at is null", [name]
        ).fetchone()
    known = row[0] if row is not None and row[0] is not None else None
    try:
        with _AT_ONCE:
            _HASHER.verify(known or _NOBODY, password[: LONGEST_PASSWORD + 1])
        right = known is not None
    except (VerificationError, InvalidHashError):
        right = False
    if right:
        with database.transaction(None) as connection:
            connection.execute("delete from kempt.sign_in_failure where who = %s or who = %s and at = %s", [*whos, now])
    return right


def make_link(database: Database, name: str, *, now: datetime, minutes: int = LINK_MINUTES) -> str:
    """A token that signs an account in once, within some minutes."""
    token = secrets.token_urlsafe(32)
    with database.transaction(None) as connection:
        if connection.execute(
            "select from kempt.account where name = %s and disabled_at is null", [name]
        ).fetchone() is None:  # fmt: skip
            raise StopRun(f"no account {name!r} that may sign in. `kempt user list` shows them.")
        connection.execute(
            "insert into kempt.sign_in_link (token_digest, account, made_at, expires_at) values (%s, %s, %s, %s)",
            [token_digest(token), name, now, now + timedelta(minutes=minutes)],
        )
    return token


def use_link(database: Database, token: str, *, now: datetime) -> str | None:
    """The account that a token signs in, the first time; None for every other token."""
    with database.transaction(None) as connection:
        row = connection.execute(
            """
            update kempt.sign_in_link set used_at = %(now)s
            where token_digest = %(token)s and used_at is null and expires_at > %(now)s
                and exists (select from kempt.account where name = account and disabled_at is null)
            returning account
            """,
            {"now": now, "token": token_digest(token)},
        ).fetchone()
        return None if row is None else str(row[0])


def identified(database: Database, issuer: str, subject: str) -> str | None:
    """The account that is tied to an identity, unless it is disabled."""
    with database.transaction(None) as connection:
        row = connection.execute(
            "select account from kempt.account_identity join kempt.account on name = account "
            "where issuer = %s and subject = %s and disabled_at is null",
            [issuer, subject],
        ).fetchone()
        return None if row is None else str(row[0])


def tie_identity(database: Database, name: str, issuer: str, subject: str, *, now: datetime) -> None:
    """From now on whoever the issuer vouches for as this subject signs in as this account."""
    with database.transaction(None) as connection:
        if connection.execute("select from kempt.account where name = %s", [name]).fetchone() is None:
            raise StopRun(f"no account {name!r}. Add it first: `kempt user add {name}`.")
        if not connection.execute(
            "insert into kempt.account_identity (issuer, subject, account, tied_at) values (%s, %s, %s, %s) "
            "on conflict do nothing",
            [issuer, subject, name, now],
        ).rowcount:
            raise StopRun(f"{subject} of {issuer} is tied to an account already.")


def end_sessions(connection: Connection, name: str, *, now: datetime) -> int:
    """Signs an account out everywhere; how many places that were."""
    return connection.execute(
        "update kempt.session set ended_at = %s where account = %s and ended_at is null", [now, name]
    ).rowcount


def token_digest(token: str) -> bytes:
    """What is kept of a token of 256 random bits: nothing that could be guessed back."""
    return sha256(token.encode()).digest()


def _fit(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise StopRun(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters. Choose another.")
    return password


def _who(database: Database, what: str, who: str) -> bytes:
    return hmac.digest(database.address.context_key, f"{what}:{who}".encode(), "sha256")


def _refuse_hurried(connection: Connection, whos: list[bytes], now: datetime) -> None:
    since = now - FAILURES_COUNT_FOR
    for who in sorted(whos):
        connection.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(who[:8], signed=True)])
    connection.execute("delete from kempt.sign_in_failure where at < %s", [since])
    for who, most in zip(whos, (FAILURES_OF_ACCOUNT, FAILURES_OF_ADDRESS), strict=True):
        ((count,),) = connection.execute(
            "select count(*) from kempt.sign_in_failure where who = %s", [who]
        ).fetchall()  # fmt: skip
        if count >= most:
            raise Retry("Too many sign-ins failed. Wait a quarter of an hour, or ask for a link: `kempt user link`.")
