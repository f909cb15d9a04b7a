"""The agents of a tenant: what they may, what they signed, and taking their keys from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from kempt.agents.registry import AGENTS, agent_named
from kempt.errors import StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.usecases.agent_batches import issue_key
from kempt.usecases.tenancy import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """An agent whose key counts no more, and what it had signed with any of its keys."""

    agent: str
    proposals: int
    decisions: int
    not_applied: int
    """Approved or waiting in the review table: they will not be carried out."""


KEYS = """
select distinct on (agent) agent, generation, valid_to, revoked_at, revoked_by, reason
from kempt.agent_key order by agent, generation desc
"""
SIGNED = "select agent, sum(items)::bigint, max(signed_at) from kempt.agent_batch group by agent"


def list_agents(tenant: Tenant) -> list[dict[str, Any]]:
    """Every registered agent: what it may propose, the state of its key, how much it signed and when last."""
    with tenant.database.transaction(tenant.name) as connection:
        keys = {row["agent"]: row for row in connection.cursor(row_factory=dict_row).execute(KEYS).fetchall()}
        signed = {name: (items, last) for name, items, last in connection.execute(SIGNED).fetchall()}
    rows = []
    for name, agent in AGENTS.items():
        key = keys.get(name, {})
        items, last = signed.get(name, (0, None))
        rows.append(
            {
                "agent": name,
                "does": agent.does,
                "may": [*sorted(agent.may_propose), *(["decide"] if agent.decides else [])],
                "key": "none yet" if not key else "revoked" if key["revoked_at"] else f"{key['generation']}",
                "signed": items,
                "last": last,
                "revoked_because": key.get("reason"),
            }
        )
    return rows


def list_signed(tenant: Tenant, agent: str, *, limit: int = 100) -> list[dict[str, Any]]:
    """What an agent signed, the newest first: proposals, or decisions, with the batch and key of each."""
    agent_named(agent)
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select batch.signed_at, batch.generation as key, batch.act, coalesce(p.proposal_id, d.proposal_id)::text
                as proposal_id, p.kind, d.decision_id::text, d.verdict, d.decider
            from kempt.agent_batch batch
            left join kempt.proposal p on p.tenant = batch.tenant and p.batch_id = batch.batch_id
            left join kempt.decision d on d.tenant = batch.tenant and d.batch_id = batch.batch_id
            where batch.agent = %s
            order by batch.signed_at desc, proposal_id limit %s
            """,
            [agent, limit],
        ).fetchall()  # fmt: skip


def revoke_agent(tenant: Tenant, agent: str, *, by: str, reason: str, now: datetime) -> Revoked:
    """Takes an agent's keys from it: it signs no more, and nothing that it signed takes effect any more."""
    agent_named(agent)
    if not reason.strip():
        raise StopRun(f"why is {agent} revoked? Give a reason: it is kept.")
    with tenant.database.transaction(tenant.name) as connection:
        revoked = connection.execute(
            "update kempt.agent_key set revoked_at = %s, revoked_by = %s, reason = %s "
            "where agent = %s and revoked_at is null returning generation",
            [now, by, reason, agent],
        ).fetchall()
        if not revoked:
            raise StopRun(f"{agent} has no key to revoke in {tenant.name}: it signed nothing, or is revoked already.")
        _told(connection, tenant.name, "agent_revoked.v1", agent, max(row[0] for row in revoked), by, now)
        proposals, decisions, waiting = connection.execute(WORK, {"agent": agent}).fetchone() or (0, 0, 0)
    return Revoked(agent=agent, proposals=proposals, decisions=decisions, not_applied=waiting)


WORK = """
select (select coalesce(sum(items), 0) from kempt.agent_batch where agent = %(agent)s and act = 'propose')::bigint,
    (select coalesce(sum(items), 0) from kempt.agent_batch where agent = %(agent)s and act = 'decide')::bigint,
    (select count(*) from kempt.review_item item
     join kempt.proposal p using (tenant, proposal_id) join kempt.agent_batch b using (tenant, batch_id)
     where b.agent = %(agent)s and item.state in ('pending', 'deferred', 'approved'))
"""


def renew_agent(tenant: Tenant, agent: str, *, by: str, now: datetime) -> int:
    """Gives an agent its next key, and ends the one before; the generation of the new one."""
    agent_named(agent)
    with tenant.database.transaction(tenant.name) as connection:
        (last,) = connection.execute(
            "select coalesce(max(generation), 0) from kempt.agent_key where agent = %s", [agent]
        ).fetchone() or (0,)
        connection.execute(
            "update kempt.agent_key set valid_to = %s where agent = %s and valid_from < %s and valid_to > %s",
            [now, agent, now, now],
        )
        issue_key(connection, tenant.keys, agent, last + 1, now=now)
        _told(connection, tenant.name, "agent_renewed.v1", agent, last + 1, by, now)
    return int(last) + 1


def _told(connection: Any, tenant: str, type_: str, agent: str, generation: int, by: str, now: datetime) -> None:
    event = Event(
        event_id=stable_id("event", type_, tenant, agent, str(generation)),
        type=type_,
        body={"agent": agent, "generation": generation, "by": by},
    )
    append(connection, [event], at=now)
