"""What somebody tries whose SQL runs as the application, for one tenant, to see or change what is another's.

An attack is one or more statements. It has come through when it returns anything of the victim, or changes what the
application may not change.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from kempt.ledger.database import Database

CANARY = "only the victim's"
"""Stands in every row of the victim that holds text."""


@dataclass(frozen=True, slots=True)
class Attack:
    """Statements, the last of which answers; `%(victim)s` is the other tenant, `%(me)s` the one in context."""

    name: str
    statements: tuple[str, ...]


def reading() -> Iterator[Attack]:
    """Every table with a tenant, asked for the victim's rows in every way that came to mind."""
    for table in TABLES:
        yield Attack(f"read {table}", (f"select * from {table} where tenant = %(victim)s",))
        yield Attack(f"count {table}", (f"select count(*) from {table} where tenant = %(victim)s having count(*) > 0",))
    for name, context in FORGED.items():
        yield Attack(f"forged context: {name}", (f"select set_config('kempt.tenant', {context}, true)", *PEEK))
    yield Attack("session context", ("set session \"kempt.tenant\" = 'victim'", *PEEK))
    yield Attack("no row security", ("set local row_security = off", *PEEK))
    yield Attack("copy out", ("copy ledger.event to stdout",))
    yield Attack(
        "a view",
        ("create temp view mine as select * from ledger.event", "select * from mine where tenant = %(victim)s"),
    )
    yield Attack("the decisions in force", ("select * from kempt.decision_in_force where tenant = %(victim)s",))
    yield Attack("a leaky condition", (
        "create function pg_temp.tell(text) returns bool cost 0.0001 language plpgsql as "
        "$$ begin if $1 like '%%only the victim%%' then raise exception 'saw %%', $1; end if; return true; end $$",
        "select 1 from ledger.event where pg_temp.tell(body) and length(body) < 0",
    ))  # fmt: skip
    yield Attack("division by a secret", (
        "select 1 from ledger.event where 1 / position('only the victim' in body) < 0 and body like '%%only the%%'",
        "select 1 from ledger.event where 1 / (1 - sign(position('only the victim' in body)))::int < 0",
    ))  # fmt: skip
    yield Attack("statistics", ("select * from pg_stats where most_common_vals::text like '%%only the victim%%'",))
    yield Attack("the key of contexts", ("select * from kempt.context_key",))
    yield Attack("history by id", ("select * from ledger.mentioning(%(subject)s)",))
    yield Attack(
        "an update that returns", ("update kempt.extract set reason = reason where tenant = %(victim)s returning *",)
    )
    yield Attack(
        "a prepared statement", ("prepare peek as select * from kempt.proposal where tenant <> 'x'", "execute peek")
    )
    yield Attack("a cursor", (
        "declare peek cursor for select * from ledger.event where tenant = %(victim)s",
        "fetch all from peek",
    ))  # fmt: skip


def writing() -> Iterator[Attack]:
    """Rows for the victim, rows that only grow changed, rights taken."""
    for table in TABLES:
        yield Attack(
            f"write {table}",
            (f"insert into {table} select * from {table} where false", f"{GIVE[table]} returning 'written'"),
        )
    for statement in FORBIDDEN:
        yield Attack(statement, (f"{statement}", "select 'done'"))


TABLES = ("ledger.event", "ledger.head", "ledger.attestation", "kempt.tenant_key", "kempt.proposal", "kempt.extract")
PEEK = ("select * from ledger.event where body like '%%only the victim%%'",)
FORGED = {
    "the name alone": "%(victim)s",
    "another signature": "%(victim)s || '|' || pg_backend_pid() || '|' || encode(sha256('x'), 'hex')",
    "my own signature": "replace(current_setting('kempt.tenant'), %(me)s, %(victim)s)",
    "no backend": "%(victim)s || '||' || split_part(current_setting('kempt.tenant'), '|', 3)",
    "another backend": "%(of_another_backend)s",
    "more parts": "current_setting('kempt.tenant') || '|' || %(victim)s",
}
GIVE = {
    "ledger.event": "insert into ledger.event values (%(victim)s, 99, gen_random_uuid(), 't', now(), '{}', '', '')",
    "ledger.head": "insert into ledger.head values (%(victim)s, 99, '')",
    "ledger.attestation": "insert into ledger.attestation values (%(victim)s, 99, sha256('x'))",
    "kempt.tenant_key": "insert into kempt.tenant_key values (%(victim)s, '', '')",
    "kempt.proposal": "insert into kempt.proposal values "
    "(%(victim)s, gen_random_uuid(), 'merge', 'person', '{}', null, '{}', 1, '', now(), 1)",
    "kempt.extract": "insert into kempt.schema_approval values (%(victim)s, 's', 'f', '[]', 'me', now())",
}
FORBIDDEN = (
    "update ledger.event set body = '{}'",
    "delete from ledger.event",
    "truncate ledger.event",
    "update ledger.head set seq = 0",
    "delete from ledger.head",
    "update ledger.attestation set mac = sha256('x')",
    "delete from ledger.attestation",
    "update kempt.decision set verdict = 'apply'",
    "delete from kempt.decision",
    "update kempt.proposal set confidence = 1",
    "delete from kempt.proposal",
    "update kempt.membership set entity_id = 'x'",
    "delete from kempt.membership",
    "update kempt.tenant_key set wrapped_key = ''",
    "delete from kempt.tenant_key",
    "update kempt.installation set master_key_fingerprint = ''",
    "update kempt.context_key set inner_pad = outer_pad",
    "update kempt.policy_version set body = ''",
    "delete from kempt.policy_version",
    "set role kempt_owner",
    "set role kempt_writer",
    "set role kempt_migrate",
    "set session authorization postgres",
    "set session_replication_role = replica",
    "alter table ledger.event disable trigger all",
    "alter table ledger.event no force row level security",
    "alter table ledger.event disable row level security",
    "drop policy of_tenant on ledger.event",
    "drop trigger only_grows on ledger.event",
    "create policy mine on ledger.event using (true)",
    "alter function kempt.tenant() owner to kempt_app",
    "create or replace function kempt.tenant() returns text language sql return 'x'",
    "create or replace function ledger.refuse() returns trigger language plpgsql as 'begin return null; end'",
    "grant kempt_owner to kempt_app",
    "create table kempt.mine (x int)",
    "create table public.mine (x int)",
    "create function ledger.mine() returns int language sql return 1",
    "create extension dblink",
    "copy kempt.tenant to program 'true'",
    "copy kempt.tenant to '/tmp/tenants'",
    "select pg_read_file('PG_VERSION')",
    "select lo_import('PG_VERSION')",
    "alter system set fsync = off",
    "alter role kempt_app superuser",
    "select * from pg_authid",
    "select ledger.must_be_attested()",
)
ALL = (*reading(), *writing())


def leaks(database: Database, me: str, victim: str, subject: str, of_another_backend: str) -> list[str]:
    """The attacks that came through, by name."""
    values = {"me": me, "victim": victim, "subject": subject, "of_another_backend": of_another_backend}
    return [attack.name for attack in ALL if _comes_through(database, me, attack, values)]


def _comes_through(database: Database, me: str, attack: Attack, values: dict[str, str]) -> bool:
    try:
        with database.transaction(me) as connection:
            try:
                rows = _answer(connection, attack, values)
            finally:
                connection.rollback()
    except psycopg.errors.DivisionByZero:
        return True
    except psycopg.Error as refused:
        return CANARY in str(refused)
    return bool(rows)


def _answer(connection: psycopg.Connection, attack: Attack, values: dict[str, str]) -> list[object]:
    cursor = connection.cursor()
    for statement in attack.statements:
        if statement.startswith("copy") and "stdout" in statement:
            with cursor.copy(statement) as copy:  # type: ignore[call-overload]
                return [row for row in copy if CANARY.encode() in bytes(row)]
        cursor.execute(statement, values if "%" in statement else None)  # type: ignore[call-overload]
    return list(cursor.fetchall()) if cursor.description else []
