"""The roles and databases that every installation has, on the embedded server as on any other.

kempt_owner owns the objects, kempt_writer the functions that append to the ledger; neither can log in. kempt_migrate
may act as the owner. kempt_app, kempt_lake and kempt_dagster are what the product logs in as.
"""

import json
import secrets
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from kempt.errors import StopRun
from kempt.ledger.address import Address, Connections
from kempt.ledger.connect import connect
from kempt.ledger.secret_file import write_secret

OLDEST_VERSION = 15
CONTEXT = "context"
"""Beside the passwords: the key with which the tenant in context is signed."""
GROUP_ROLES = ("kempt_owner", "kempt_writer")
LOGIN_ROLES = ("kempt_migrate", "kempt_app", "kempt_lake", "kempt_dagster")
OWNER_OF_DATABASE = {"kempt": "kempt_owner", "kempt_lake": "kempt_lake", "dagster": "kempt_dagster"}
USERS_OF_DATABASE = {
    "kempt": ("kempt_migrate", "kempt_app", "kempt_writer"),
    "kempt_lake": ("kempt_lake",),
    "dagster": ("kempt_dagster",),
}


def passwords(keys: Path) -> dict[str, str]:
    """The password of every login, from postgres.json."""
    path = keys / "postgres.json"
    try:
        known: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        raise StopRun(
            f"{path} is missing: the database was not set up from here. Run `kempt up` or `make demo`."
        ) from None
    except json.JSONDecodeError as problem:
        raise StopRun(
            f"{path}:{problem.lineno}: no JSON. Restore it: it holds the passwords of Kempt's roles."
        ) from None
    return known


def ensure_passwords(keys: Path) -> dict[str, str]:
    """The password of every login; those that are missing are made."""
    path = keys / "postgres.json"
    known = passwords(keys) if path.exists() else {}
    missing = [role for role in ("postgres", *LOGIN_ROLES, CONTEXT) if role not in known]
    if missing:
        known |= {role: secrets.token_urlsafe(24) for role in missing}
        write_secret(path, json.dumps(known, indent=2) + "\n")
    return known


def logins(server: Address, known: dict[str, str]) -> Connections:
    """The four logins on one server."""
    if CONTEXT not in known:
        raise StopRun("keys/postgres.json is from an older Kempt. Run `kempt up` once: it adds what is missing.")
    key = known[CONTEXT].encode()
    return Connections(
        app=replace(server.login("kempt_app", known["kempt_app"], "kempt"), context_key=key),
        migrate=replace(server.login("kempt_migrate", known["kempt_migrate"], "kempt"), context_key=key),
        lake=server.login("kempt_lake", known["kempt_lake"], "kempt_lake"),
        dagster=server.login("kempt_dagster", known["kempt_dagster"], "dagster"),
    )


def ensure_roles_and_databases(admin: Address, known: dict[str, str]) -> None:
    """Make what is missing. With everything there, no right to make roles or databases is needed."""
    with connect(admin) as connection:
        _check_version(connection, admin)
        try:
            _ensure_roles(connection, known)
            for database, owner in OWNER_OF_DATABASE.items():
                _ensure_database(connection, database, owner)
        except psycopg.errors.InsufficientPrivilege as problem:
            raise StopRun(
                f"{admin.host}: {admin.user} may not make roles and databases ({problem.diag.message_primary}). "
                "Name a user with CREATEROLE and CREATEDB, or make them as docs/runbook.md says."
            ) from problem


def _check_version(connection: psycopg.Connection, admin: Address) -> None:
    major = connection.info.server_version // 10000
    if major < OLDEST_VERSION:
        raise StopRun(f"{admin.host} is PostgreSQL {major}; Kempt needs {OLDEST_VERSION} or newer.")


def _ensure_roles(connection: psycopg.Connection, known: dict[str, str]) -> None:
    there = {name for (name,) in connection.execute("select rolname from pg_roles")}
    for role in GROUP_ROLES:
        if role not in there:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
    for role in LOGIN_ROLES:
        if role not in there:
            statement = sql.SQL("create role {} login password {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Literal(known[role])))
    for role, member in (("kempt_owner", "kempt_migrate"), ("kempt_writer", "kempt_owner")):
        _grant_role(connection, role, member)


def _grant_role(connection: psycopg.Connection, role: str, member: str) -> None:
    """Let a member act as a role. From 16 on, who makes a role is its member, and yet may not act as it."""
    membership = "set" if connection.info.server_version >= 160000 else "member"
    query = "select pg_has_role(%s, %s, %s)"
    if connection.execute(query, (member, role, membership)).fetchone() == (False,):
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(member)))


def _ensure_database(connection: psycopg.Connection, database: str, owner: str) -> None:
    if connection.execute("select from pg_database where datname = %s", (database,)).fetchone() is None:
        # Only who may act as the owner can give it a database; a superuser always may.
        _grant_role(connection, owner, connection.info.user)
        statement = "create database {} owner {} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
        connection.execute(sql.SQL(statement).format(sql.Identifier(database), sql.Identifier(owner)))
    if connection.execute("select has_database_privilege('public', %s, 'connect')", (database,)).fetchone() == (True,):
        connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
    for role in USERS_OF_DATABASE[database]:
        query = "select has_database_privilege(%s, %s, 'connect') and has_database_privilege(%s, %s, 'temporary')"
        if connection.execute(query, (role, database, role, database)).fetchone() == (False,):
            statement = "grant connect, temporary on database {} to {}"
            connection.execute(sql.SQL(statement).format(sql.Identifier(database), sql.Identifier(role)))
