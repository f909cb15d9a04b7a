"""No attack comes through, and each wall is needed: without it, the attacks that it holds back come through."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.ledger.database import Database
from tests.ledger.attacks import ALL, CANARY, leaks
from tests.ledger.factory import NOW, append_some

SUBJECT = stable_id("the victim's record")

# What each wall is worth: a statement that takes it away, one that puts it back, and attacks that then come through.
MUTANTS = {
    "forced row security of the ledger": (
        "alter table ledger.event disable row level security",
        "alter table ledger.event enable row level security",
        {"read ledger.event", "copy out", "a view", "a cursor", "a leaky condition", "division by a secret"},
    ),
    "the policy of proposals": (
        "alter policy of_tenant on kempt.proposal using (true) with check (true)",
        "alter policy of_tenant on kempt.proposal using (tenant = (select kempt.tenant())) "
        "with check (tenant = (select kempt.tenant()))",
        {"read kempt.proposal", "write kempt.proposal", "a prepared statement"},
    ),
    "the check on what is written": (
        "alter policy of_tenant on kempt.proposal with check (true)",
        "alter policy of_tenant on kempt.proposal with check (tenant = (select kempt.tenant()))",
        {"write kempt.proposal"},
    ),
    "the signature of the context": (
        "create or replace function kempt.tenant() returns text stable parallel restricted language plpgsql "
        "security definer set search_path = pg_catalog, pg_temp as "
        "$$ begin return nullif(split_part(current_setting('kempt.tenant', true), '|', 1), ''); end $$",
        None,
        {"forged context: the name alone", "forged context: another signature", "forged context: my own signature"},
    ),
    "the backend in the context": (
        "create or replace function kempt.tenant() returns text stable parallel restricted language plpgsql "
        "security definer set search_path = pg_catalog, pg_temp as $$ "
        "declare part constant text[] := string_to_array(current_setting('kempt.tenant', true), '|'); begin "
        "if exists (select from kempt.context_key k where part[3] = encode(sha256(k.outer_pad || "
        "sha256(k.inner_pad || convert_to(part[1] || '|' || part[2], 'UTF8'))), 'hex')) then return part[1]; end if; "
        "return null; end $$",
        None,
        {"forged context: another backend"},
    ),
    "the key of contexts": (
        "grant select on kempt.context_key to kempt_app",
        "revoke select on kempt.context_key from kempt_app",
        {"the key of contexts"},
    ),
    "the view's own rights": (
        "alter view kempt.decision_in_force set (security_invoker = false); "
        "alter view kempt.decision_in_force owner to postgres",
        "alter view kempt.decision_in_force set (security_invoker = true); "
        "alter view kempt.decision_in_force owner to kempt_owner",
        {"the decisions in force"},
    ),
    "the tenant in the function that reads histories": (
        "create or replace function ledger.mentioning(id text) "
        "returns table (seq bigint, event_id uuid, type text, at timestamptz, body text) "
        "stable language sql security definer set search_path = pg_catalog, pg_temp as "
        "$$ select e.seq, e.event_id, e.type, e.at, e.body from ledger.event e "
        "where ledger.subjects(e.body) @> array[id] $$",
        "create or replace function ledger.mentioning(id text) "
        "returns table (seq bigint, event_id uuid, type text, at timestamptz, body text) "
        "stable language sql security definer set search_path = pg_catalog, pg_temp as "
        "$$ select e.seq, e.event_id, e.type, e.at, e.body from ledger.event e "
        "where e.tenant = kempt.tenant() and ledger.subjects(e.body) @> array[mentioning.id] order by e.seq $$",
        {"history by id"},
    ),
    "the rights on decisions": (
        "grant update, delete on kempt.proposal to kempt_app",
        "revoke update, delete on kempt.proposal from kempt_app",
        {"update kempt.proposal set confidence = 1", "delete from kempt.proposal"},
    ),
    "the rights on the ledger, with its triggers": (
        "grant update on ledger.attestation to kempt_app; alter table ledger.attestation disable trigger only_grows",
        "revoke update on ledger.attestation from kempt_app; "
        "alter table ledger.attestation enable always trigger only_grows",
        {"update ledger.attestation set mac = sha256('x')"},
    ),
    "membership in the owner": (
        "grant kempt_owner to kempt_app",
        "revoke kempt_owner from kempt_app",
        {"set role kempt_owner", "alter table ledger.event disable trigger all"},
    ),
}


@pytest.fixture
def victim(database: Database, other_tenant: str, as_superuser: psycopg.Connection) -> str:
    """A tenant with a row in everything."""
    with database.transaction(other_tenant) as connection:
        event = Event(event_id=stable_id("canary", other_tenant), type="t.v1", body={"said": CANARY, "of": SUBJECT})
        append(connection, [event], NOW)
        ids = connection.execute("select gen_random_uuid(), gen_random_uuid()").fetchone()
        assert ids is not None
        connection.execute(
            "insert into kempt.proposal values (%s, %s, 'merge', 'person', '{}', null, '{}', 1, '', now(), 1)",
            [other_tenant, ids[0]],
        )
        connection.execute(
            "insert into kempt.decision values (%s, %s, %s, 'reject', 'steward', 'r', %s, 'v', %s, now())",
            [other_tenant, ids[1], ids[0], [CANARY], CANARY],
        )
        connection.execute(
            "insert into kempt.extract values (%s, gen_random_uuid(), %s, 's', 'contact', '2026-01-01', 1, 'snapshot', "
            "'d', 'f', 'm', 0, 0, 0, 0, 0, 'landed', null, '[]', '{}', '[]', null, true, now())",
            [other_tenant, CANARY],
        )
    as_superuser.execute("analyze ledger.event")
    return other_tenant


@contextmanager
def of_another_backend(database: Database, victim: str) -> Iterator[str]:
    """A true context of the victim, as its own backend has it."""
    with database.transaction(victim) as connection:
        (context,) = connection.execute("select current_setting('kempt.tenant')").fetchone() or ("",)
        yield context


def test_no_attack_comes_through(database: Database, tenant: str, victim: str) -> None:
    with database.transaction(tenant) as connection:
        append_some(connection, 2)

    assert len(ALL) >= 60
    with of_another_backend(database, victim) as context:
        assert leaks(database, tenant, victim, SUBJECT, context) == []


@pytest.mark.parametrize("wall", MUTANTS)
def test_without_a_wall_attacks_come_through(
    database: Database, tenant: str, victim: str, as_superuser: psycopg.Connection, wall: str
) -> None:
    without, put_back, expected = MUTANTS[wall]
    (function,) = as_superuser.execute("select pg_get_functiondef('kempt.tenant()'::regprocedure)").fetchone() or ("",)
    with ExitStack() as restored:
        restored.callback(as_superuser.execute, put_back or function)
        as_superuser.execute(without)  # type: ignore[call-overload]
        context = restored.enter_context(of_another_backend(database, victim))

        assert expected <= set(leaks(database, tenant, victim, SUBJECT, context))
