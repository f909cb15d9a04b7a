"""What an agent signed takes effect only as it signed it, and only as long as nobody revoked it."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from kempt.agents.signing import sign_batch
from kempt.errors import StopRun
from kempt.usecases.agent_batches import current_key, proposal_item, take, unproven
from kempt.usecases.agents import list_agents, list_signed, renew_agent, revoke_agent
from tests.factory import Desk
from tests.usecases.questions import ask

DUE = """
select p.proposal_id::text, p.batch_id::text as proposed_in, d.batch_id::text as decided_in
from kempt.proposal p join kempt.decision_in_force d using (tenant, proposal_id) order by 1
"""


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    return open_desk()


def problems(desk: Desk) -> dict[str, str]:
    """What may not take effect, by proposal."""
    tenant = desk.tenant
    with tenant.database.transaction(tenant.name) as connection:
        due = connection.cursor(row_factory=psycopg.rows.dict_row).execute(DUE).fetchall()
        return unproven(connection, tenant.keys, due)


def test_what_was_recorded_is_signed_and_proves_itself(desk: Desk) -> None:
    asked = ask(desk, 3)
    desk.decide(asked[0], "approve")

    assert problems(desk) == {}
    assert [(row["act"], row["proposal_id"] in asked) for row in list_signed(desk.tenant, "enricher")] == [
        ("propose", True)
    ] * 3
    assert {row["decider"] for row in list_signed(desk.tenant, "adjudicator")} == {"autonomy", "ines"}


# As somebody who has the database changes what was signed; the superuser's way round the triggers is its own.
FORGED = {
    "another value": "update kempt.proposal set evidence_cipher = evidence_cipher || 'x' where {ours}",
    "another feature": "update kempt.proposal set features = features || '{{\"confidence\": 1}}' where {ours}",
    "another record": "update kempt.proposal set subjects = array[gen_random_uuid()] where {ours}",
    "another decider": "update kempt.decision set decider = 'otto' where decider_type = 'steward' and {ours}",
    "another verdict": "update kempt.decision set verdict = 'reject' where decider_type = 'steward' and {ours}",
    "no signature": "update kempt.proposal set batch_id = null where {ours}",
    "another's batch": "update kempt.agent_batch set agent = 'matcher' where agent = 'enricher' and {us}",
    "another key": "update kempt.agent_key set public_key = sha256('x') where agent = 'enricher' and {us}",
    "another digest": "update kempt.agent_batch set digest = sha256('x') where agent = 'enricher' and {us}",
}


@pytest.mark.parametrize("name", FORGED)
def test_what_was_changed_since_does_not_take_effect(
    desk: Desk, as_superuser: psycopg.Connection[Any], name: str
) -> None:
    (proposal,) = ask(desk, 1)
    desk.decide(proposal, "approve")
    ours = f"tenant = '{desk.name}' and proposal_id = '{proposal}'"
    if name == "another's batch":
        ask(desk, 1, kind="merge")
    with as_superuser.transaction():
        for table in ("kempt.decision", "kempt.agent_batch"):
            as_superuser.execute(f"alter table {table} disable trigger only_grows")  # type: ignore[arg-type]
        as_superuser.execute(FORGED[name].format(ours=ours, us=f"tenant = '{desk.name}'"))  # type: ignore[arg-type]
        for table in ("kempt.decision", "kempt.agent_batch"):
            as_superuser.execute(f"alter table {table} enable always trigger only_grows")  # type: ignore[arg-type]

    assert proposal in problems(desk)


def test_a_message_is_taken_once(desk: Desk) -> None:
    ask(desk, 1)
    tenant, now = desk.tenant, desk.tick()
    item = proposal_item("p", "field_change", "person", ["r"], "phone", {}, "")
    with tenant.database.transaction(tenant.name) as connection:
        key = current_key(connection, tenant.keys, "enricher", now=now)
        secret = tenant.keys.agent_key("enricher", key.generation)
        batch = sign_batch(secret, tenant=tenant.name, agent="enricher", generation=key.generation, act="propose",
                           items={"p": item.content}, at=now)  # fmt: skip
        take(connection, tenant.name, batch, [item], now=now)
        with pytest.raises(StopRun, match="not what it signed"):
            take(connection, tenant.name, batch, [item._replace(content=b"other")], now=now)
        with pytest.raises(StopRun, match="a second time"):
            take(connection, tenant.name, batch, [item], now=now)
        connection.rollback()


def test_a_revoked_agent_signs_no_more_and_what_it_signed_waits(desk: Desk) -> None:
    asked = ask(desk, 3)
    desk.decide(asked[0], "approve")
    done = revoke_agent(desk.tenant, "enricher", by="ada", reason="its key was copied", now=desk.tick())

    assert (done.proposals, done.decisions, done.not_applied) == (3, 0, 3)
    assert {row["proposal_id"] for row in list_signed(desk.tenant, "enricher")} == {*asked}
    with pytest.raises(StopRun, match="'enricher' was revoked"):
        ask(desk, 4)
    assert set(problems(desk)) == {*asked}
    (shown,) = (row for row in list_agents(desk.tenant) if row["agent"] == "enricher")
    assert (shown["key"], shown["signed"], shown["revoked_because"]) == ("revoked", 3, "its key was copied")

    assert desk.apply().reopened == 1
    assert desk.sql("select why from kempt.review_item where proposal_id = %s", asked[0]) == [
        (next(iter(problems(desk).values())) + ", by adjudicator",)
    ]
    assert renew_agent(desk.tenant, "enricher", by="ada", now=desk.tick()) == 2
    assert len(ask(desk, 5)) == 5
    assert set(problems(desk)) == {*asked}


def test_a_key_that_expired_is_followed_by_the_next(desk: Desk) -> None:
    ask(desk, 1)
    desk.sql("update kempt.agent_key set valid_to = now() where agent = 'enricher' returning 1")
    ask(desk, 2)

    keys = desk.sql("select generation from kempt.agent_key where agent = 'enricher' order by 1")
    assert keys == [(1,), (2,)]
    assert len({row["key"] for row in list_signed(desk.tenant, "enricher")}) == 2


def test_an_agent_cannot_delete(desk: Desk) -> None:
    granted = desk.sql(
        "select c.oid::regclass::text from pg_class c where c.relnamespace = 'kempt'::regnamespace "
        "and c.relkind = 'r' and has_table_privilege('kempt_app', c.oid, 'DELETE')"
    )
    kept = ("proposal", "decision", "claim", "membership", "agent_batch", "member", "withdrawal", "proposal_step")

    assert not {f"kempt.{name}" for name in kept} & {name for (name,) in granted}
