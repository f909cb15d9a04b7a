"""Signing what agents propose and decide, taking it in, and checking it again before it takes effect."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row

from kempt.agents.registry import ADJUDICATOR, Act, agent_named
from kempt.agents.signing import BATCH, KEY_DAYS, AgentKey, SignedBatch, digest_of, public_of, refuse_batch, sign_batch
from kempt.errors import StopRun
from kempt.ledger.keys import TenantKeys


class Item(NamedTuple):
    """One thing to sign: its id, the kind of proposal it is or is about, and its canonical bytes."""

    name: str
    kind: str
    content: bytes


def proposal_item(
    proposal_id: str, kind: str, entity_type: str, subjects: Sequence[str], attribute: str | None, features: Any,
    evidence_digest: str,
) -> Item:  # fmt: skip
    """A proposal as its agent signs it; `evidence_digest` is SHA-256 of the sealed evidence, in hex."""
    told = [proposal_id, kind, entity_type, list(subjects), attribute, features, evidence_digest]
    return Item(proposal_id, kind, json.dumps(told, sort_keys=True).encode())


def decision_item(
    decision_id: str, proposal_id: str, verdict: str, decider_type: str, decider: str, reasons: Sequence[str],
    policy_version: str, seen: str | None, *, kind: str = "",
) -> Item:  # fmt: skip
    """A decision as the adjudicator signs it."""
    told = [decision_id, proposal_id, verdict, decider_type, decider, list(reasons), policy_version, seen]
    return Item(decision_id, kind, json.dumps(told).encode())


def signed(
    connection: Connection[Any], keys: TenantKeys, agent: str, act: Act, items: Sequence[Item], *, now: datetime
) -> dict[str, str]:
    """Signs items in batches and takes these in; the batch of each item."""
    batches: dict[str, str] = {}
    if not items:
        return batches
    key = current_key(connection, keys, agent, now=now)
    secret = keys.agent_key(agent, key.generation)
    for start in range(0, len(items), BATCH):
        part = items[start : start + BATCH]
        batch = sign_batch(
            secret, tenant=keys.tenant, agent=agent, generation=key.generation, act=act,
            items={each.name: each.content for each in part}, at=now,
        )  # fmt: skip
        take(connection, keys.tenant, batch, part, now=now, key=key)
        batches |= dict.fromkeys((each.name for each in part), batch.batch_id)
    return batches


def signed_by_agent(
    connection: Connection[Any], keys: TenantKeys, items: Iterable[tuple[str, Item]], *, now: datetime
) -> dict[str, str]:
    """Signs the proposals of several agents, each its own; the batch of each proposal."""
    by_agent: defaultdict[str, list[Item]] = defaultdict(list)
    for agent, item in items:
        by_agent[agent].append(item)
    batches: dict[str, str] = {}
    for agent in sorted(by_agent):
        batches |= signed(connection, keys, agent, "propose", by_agent[agent], now=now)
    return batches


def take(
    connection: Connection[Any],
    tenant: str,
    batch: SignedBatch,
    items: Sequence[Item],
    *,
    now: datetime,
    key: AgentKey | None = None,
) -> None:
    """Takes a signed batch in; refused when it is unsigned, out of scope, expired, revoked, replayed or too much.

    `key` is the one that the batch names, when it is at hand.
    """
    agent_named(batch.agent)
    key = key or _key(connection, batch.agent, batch.generation)
    if key is None:
        raise StopRun(f"agent '{batch.agent}' has no key {batch.generation} here. Nothing was taken.")
    (done,) = connection.execute(
        "select coalesce(sum(items), 0) from kempt.agent_batch where agent = %s and act = %s and signed_at > %s",
        [batch.agent, batch.act, now - timedelta(hours=24)],
    ).fetchone() or (0,)
    kinds = {each.kind for each in items} if batch.act == "propose" else ()
    refuse_batch(batch, key, tenant=tenant, kinds=kinds, done_today=int(done), now=now)
    if digest_of({each.name: each.content for each in items}) != batch.digest or len(items) != batch.items:
        raise StopRun(f"{tenant}: what came with a batch of {batch.agent} is not what it signed. Nothing was taken.")
    try:
        connection.execute(
            "insert into kempt.agent_batch "
            "(tenant, batch_id, agent, generation, act, items, digest, signature, signed_at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [tenant, batch.batch_id, batch.agent, batch.generation, batch.act, batch.items, batch.digest,
             batch.signature, batch.signed_at],
        )  # fmt: skip
    except UniqueViolation as twice:
        raise StopRun(f"{tenant}: a batch of {batch.agent} came a second time. Nothing was taken.") from twice


def current_key(connection: Connection[Any], keys: TenantKeys, agent: str, *, now: datetime) -> AgentKey:
    """The key that an agent signs with now; an expired one is followed by the next, a revoked one by none."""
    key = _key(connection, agent)
    if key is not None and key.revoked_at is not None:
        raise StopRun(f"{keys.tenant}: agent '{agent}' was revoked. `kempt agent renew {agent}` lets it work again.")
    if key is None or key.valid_to <= now:
        issue_key(connection, keys, agent, 1 if key is None else key.generation + 1, now=now)
        key = _key(connection, agent)
    assert key is not None
    return key


def issue_key(connection: Connection[Any], keys: TenantKeys, agent: str, generation: int, *, now: datetime) -> None:
    """Makes the public half of a key known."""
    agent_named(agent)
    connection.execute(
        "insert into kempt.agent_key (tenant, agent, generation, public_key, valid_from, valid_to) "
        "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        [keys.tenant, agent, generation, public_of(keys.agent_key(agent, generation)), now,
         now + timedelta(days=KEY_DAYS)],
    )  # fmt: skip


def _key(connection: Connection[Any], agent: str, generation: int | None = None) -> AgentKey | None:
    """A key of an agent, the newest when none is named."""
    row = connection.execute(
        "select agent, generation, public_key, valid_from, valid_to, revoked_at from kempt.agent_key "
        "where agent = %s and generation = coalesce(%s, generation) order by generation desc limit 1",
        [agent, generation],
    ).fetchone()
    if row is None:
        return None
    return AgentKey(
        agent=row[0], generation=row[1], public=bytes(row[2]), valid_from=row[3], valid_to=row[4], revoked_at=row[5]
    )


PROPOSALS = """
select proposal_id::text, kind, entity_type, subjects::text[], attribute, features,
    encode(sha256(evidence_cipher), 'hex'), batch_id::text
from kempt.proposal where batch_id = any(%s::uuid[])
"""
DECISIONS = """
select decision_id::text, proposal_id::text, verdict, decider_type, decider, reasons, policy_version, seen,
    batch_id::text
from kempt.decision where batch_id = any(%s::uuid[])
"""


def unproven(connection: Connection[Any], keys: TenantKeys, due: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What must not take effect, by proposal: unsigned, changed since it was signed, or signed with a revoked key.

    `due` has `proposal_id`, and the batches `proposed_in` and `decided_in`.
    """
    named = sorted({str(row[name]) for row in due for name in ("proposed_in", "decided_in") if row[name]})
    contents: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
    for *told, batch in connection.execute(PROPOSALS, [named]).fetchall():
        contents[batch][told[0]] = proposal_item(*told).content
    for *told, batch in connection.execute(DECISIONS, [named]).fetchall():
        contents[batch][told[0]] = decision_item(*told).content
    rows = connection.cursor(row_factory=dict_row).execute(
        "select tenant, batch_id::text, agent, generation, act, items, digest, signature, signed_at "
        "from kempt.agent_batch where batch_id = any(%s::uuid[])",
        [named],
    ).fetchall()  # fmt: skip
    wrong = {row["batch_id"]: _wrong(connection, keys, SignedBatch(**row), contents[row["batch_id"]]) for row in rows}
    found: dict[str, str] = {}
    for row in due:
        told = [wrong.get(str(row[name]), "unsigned") for name in ("proposed_in", "decided_in")]
        if problem := next(filter(None, told), None):
            found[row["proposal_id"]] = problem
    return found


def _wrong(
    connection: Connection[Any], keys: TenantKeys, batch: SignedBatch, contents: Mapping[str, bytes]
) -> str | None:
    key = _key(connection, batch.agent, batch.generation)
    assert key is not None  # a batch refers to one
    # The public key stands in the database, which an attacker may hold: it must be the one that ours belongs to.
    ours = public_of(keys.agent_key(batch.agent, batch.generation))
    if key.public != ours or batch.tenant != keys.tenant or not batch.signature_holds(ours):
        return "not signed by its agent"
    if len(contents) != batch.items or digest_of(contents) != batch.digest:
        return "changed since it was signed"
    if not agent_named(batch.agent).may(batch.act) or (batch.act == "decide") != (batch.agent == ADJUDICATOR):
        return "out of its agent's scope"
    return key.problem(batch.signed_at)
