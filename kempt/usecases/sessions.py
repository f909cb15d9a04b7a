"""Sessions: who is signed in. The browser holds a random token, Postgres its digest and everything else."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg import Connection

from kempt.agents.actors import LONGEST_PURPOSE
from kempt.ledger.database import Database
from kempt.usecases.accounts import end_sessions, token_digest

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
ROTATED_AFTER = timedelta(minutes=15)
OVERLAP = timedelta(seconds=60)
"""A replaced token still serves so long: requests may be under way with it."""
SEEN_EVERY = timedelta(minutes=1)
TOKEN_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in. `fresh_token` is what her browser is to hold from now on, if not what it has."""

    account: str
    csrf: str = field(repr=False)
    began_at: datetime
    purpose: str | None = None
    """What she said that she needs values for; each look at one goes on record with it."""
    fresh_token: str | None = field(default=None, repr=False)


def begin_session(database: Database, account: str, *, now: datetime) -> tuple[Session, str]:
    """A new session and its token."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    with database.transaction(None) as connection:
        connection.execute(
            """
            insert into kempt.session (token_digest, family, account, csrf, began_at, made_at, seen_at)
            values (%(token)s, %(family)s, %(account)s, %(csrf)s, %(now)s, %(now)s, %(now)s)
            """,
            {"token": token_digest(token), "family": uuid.uuid4(), "account": account, "csrf": csrf, "now": now},
        )
    return Session(account=account, csrf=csrf, began_at=now), token


def find_session(database: Database, token: str, *, now: datetime) -> Session | None:
    """Whose session a token is, unless it is over. An old token gets a new one in its place.

    A token that was replaced and comes back later was copied: the whole session ends.
    """
    with database.transaction(None) as connection:
        row = connection.execute(
            """
            select family, account, csrf, purpose, began_at, made_at, seen_at, replaced_at from kempt.session
            where token_digest = %s and ended_at is null
                and exists (select from kempt.account where name = account and disabled_at is null)
            """,
            [token_digest(token)],
        ).fetchone()
        if row is None:
            return None
        family, account, csrf, purpose, began, made, seen, replaced = row
        if now - began > ABSOLUTE or now - seen > IDLE or (replaced is not None and now - replaced > OVERLAP):
            connection.execute(
                "update kempt.session set ended_at = %s where family = %s and ended_at is null", [now, family]
            )
            return None
        fresh = None
        if replaced is None and now - made > ROTATED_AFTER:
            fresh = _rotate(connection, token, now)
        elif now - seen > SEEN_EVERY:
            connection.execute(
                "update kempt.session set seen_at = %s where token_digest = %s", [now, token_digest(token)]
            )
    return Session(account=account, csrf=csrf, began_at=began, purpose=purpose, fresh_token=fresh)


def end_session(database: Database, token: str, *, now: datetime) -> None:
    """Signs one browser out."""
    with database.transaction(None) as connection:
        connection.execute(
            "update kempt.session set ended_at = %s where ended_at is null "
            "and family = (select family from kempt.session where token_digest = %s)",
            [now, token_digest(token)],
        )


def say_purpose(database: Database, token: str, purpose: str | None) -> None:
    """What values are shown for from now on in this session; None masks them again."""
    with database.transaction(None) as connection:
        connection.execute(
            "update kempt.session set purpose = %s "
            "where family = (select family from kempt.session where token_digest = %s)",
            [purpose and purpose.strip()[:LONGEST_PURPOSE] or None, token_digest(token)],
        )


def end_all(database: Database, account: str, *, now: datetime) -> int:
    """Signs an account out everywhere."""
    with database.transaction(None) as connection:
        return end_sessions(connection, account, now=now)


def make_api_token(database: Database, account: str, label: str, *, now: datetime, days: int = TOKEN_DAYS) -> str:
    """A token for programs that call the API as this account."""
    token = f"kempt_{secrets.token_urlsafe(32)}"
    with database.transaction(None) as connection:
        connection.execute(
            "insert into kempt.api_token (token_digest, account, label, made_at, expires_at) "
            "values (%s, %s, %s, %s, %s)",
            [token_digest(token), account, label, now, now + timedelta(days=days)],
        )
    return token


def account_of(database: Database, api_token: str, *, now: datetime) -> str | None:
    """Whose token this is, unless it is over."""
    with database.transaction(None) as connection:
        row = connection.execute(
            "select account from kempt.api_token join kempt.account on name = account "
            "where token_digest = %s and revoked_at is null and expires_at > %s and disabled_at is null",
            [token_digest(api_token), now],
        ).fetchone()
        return None if row is None else str(row[0])


def _rotate(connection: Connection, token: str, now: datetime) -> str | None:
    """The token that takes this one's place; None when a request beside this one was first."""
    fresh = secrets.token_urlsafe(32)
    found = connection.execute(
        """
        with old as (
            update kempt.session set replaced_at = %(now)s, seen_at = %(now)s
            where token_digest = %(old)s and replaced_at is null returning *
        )
        insert into kempt.session (token_digest, family, account, csrf, purpose, began_at, made_at, seen_at)
        select %(fresh)s, family, account, csrf, purpose, began_at, %(now)s, %(now)s from old
        """,
        {"now": now, "old": token_digest(token), "fresh": token_digest(fresh)},
    )
    return fresh if found.rowcount else None
