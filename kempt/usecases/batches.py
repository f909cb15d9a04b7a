"""Many questions of one kind decided at once: previewed, a sample of them opened, within caps, undone as one.

A batch decides each item by `decide_item`, so everything that holds for one holds for each: authority, what was seen,
the second person. What a batch cannot decide it names; it never stops in the middle of a question.
"""

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.types.json import Jsonb

from kempt.errors import Conflict, KemptError, StopRun, Unknown
from kempt.usecases.claim_items import refuse_held
from kempt.usecases.decide import decide_item
from kempt.usecases.inbox import Filter, Item, find_item, inbox
from kempt.usecases.tenancy import Tenant
from kempt.usecases.withdraw import undo_decision

MOST = {"merge": 25, "field_change": 200, "stale_flag": 500}
"""Items of one batch, by kind: merges are looked at one by one, or nearly."""
SAMPLE = {"merge": 5, "field_change": 5, "stale_flag": 3}
BatchVerdict = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Items of one kind that are to be decided together, and which of them must have been opened first."""

    batch_id: str
    kind: str
    verdict: BatchVerdict
    proposals: tuple[str, ...]
    seen: tuple[str, ...]
    sample: tuple[str, ...]
    opened: frozenset[str]
    note: str | None
    made_at: datetime
    done_at: datetime | None
    outcomes: dict[str, str]
    """What became of each item, once the batch was carried out."""

    @property
    def to_open(self) -> tuple[str, ...]:
        """What is still to be looked at."""
        return tuple(name for name in self.sample if name not in self.opened)


def propose_batch(
    tenant: Tenant,
    chosen: Filter,
    verdict: BatchVerdict,
    *,
    proposals: Sequence[str] = (),
    note: str | None,
    me: str,
    now: datetime,
) -> str:
    """Puts together what was ticked, or all that a filter shows up to the cap; the batch's id. Decides nothing."""
    if verdict == "reject" and not (note or "").strip():
        raise StopRun("Why are they rejected? Give a reason: it is kept with each.")
    if proposals:
        items = _items(tenant, proposals, now)
    else:
        if chosen.kind is None:
            raise StopRun("A batch is of one kind: choose duplicates, values or stale values first.")
        items = list(inbox(tenant, chosen, me=me, now=now, limit=MOST[chosen.kind]).items)
    kinds = {item.kind for item in items}
    if len(kinds) != 1:
        raise StopRun("A batch is of one kind, and waits: choose items of one kind.")
    kind = kinds.pop()
    if len(items) > MOST[kind]:
        raise StopRun(f"{len(items)} at once are too many: at most {MOST[kind]} of this kind.")
    names = [item.proposal_id for item in items]
    batch_id = str(uuid.uuid4())
    # Which ones are drawn must not be known before the batch is put together.
    sample = random.SystemRandom().sample(names, min(SAMPLE[kind], len(names)))
    with tenant.database.transaction(tenant.name) as connection:
        seen = dict(
            connection.execute(
                "select item.proposal_id::text, item.version || '-' || shown.basis from kempt.review_item item "
                "join kempt.review_basis shown using (tenant, proposal_id) where item.proposal_id = any(%s::uuid[])",
                [names],
            ).fetchall()
        )
        connection.execute(
            """
            insert into kempt.batch
                (tenant, batch_id, account, kind, verdict, proposals, seen, sample, note, made_at)
            values (%s, %s, %s, %s, %s, %s::uuid[], %s, %s::uuid[], %s, %s)
            """,
            [tenant.name, batch_id, me, kind, verdict, names, [seen[name] for name in names], sample, note, now],
        )
    return batch_id


def find_batch(tenant: Tenant, batch_id: str, *, me: str) -> Batch:
    """A batch of one's own."""
    with tenant.database.transaction(tenant.name) as connection:
        row = connection.execute(
            """
            select batch_id::text, kind, verdict, proposals::text[], seen, sample::text[], opened::text[], note,
                made_at, done_at, outcomes
            from kempt.batch where batch_id::text = %s and account = %s
            """,
            [batch_id, me],
        ).fetchone()
    if row is None:
        raise Unknown("There is no such batch of yours.")
    return Batch(
        batch_id=row[0], kind=row[1], verdict=row[2], proposals=tuple(row[3]), seen=tuple(row[4]), sample=tuple(row[5]),
        opened=frozenset(row[6]), note=row[7], made_at=row[8], done_at=row[9], outcomes=row[10] or {},
    )  # fmt: skip


def note_opened(tenant: Tenant, batch_id: str, proposal_id: str, *, me: str) -> None:
    """One of the sample was opened."""
    if proposal_id not in find_batch(tenant, batch_id, me=me).sample:
        raise Unknown("There is no such item among those that were drawn.")
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute(
            "update kempt.batch set opened = opened || %(proposal)s::uuid where batch_id::text = %(batch)s "
            "and account = %(me)s and %(proposal)s::uuid = any(sample) and not %(proposal)s::uuid = any(opened)",
            {"proposal": proposal_id, "batch": batch_id, "me": me},
        )


def carry_out_batch(tenant: Tenant, batch_id: str, *, me: str, now: datetime) -> Counter[str]:
    """Decides the items, each on what it was when the batch was put together; how many by what became of them."""
    batch = find_batch(tenant, batch_id, me=me)
    if batch.to_open:
        raise StopRun(f"First open the {len(batch.to_open)} that were drawn: a batch is not decided unseen.")
    _begin(tenant, batch, me=me, now=now)
    grace = timedelta(seconds=tenant.policies.authority.undo_within_seconds)
    outcomes: dict[str, str] = {}
    for name, seen in zip(batch.proposals, batch.seen, strict=True):
        try:
            with tenant.database.transaction(tenant.name) as connection:
                refuse_held(connection, name, me=me, now=now)
            outcomes[name] = decide_item(
                tenant, name, batch.verdict, steward=me, now=now, note=batch.note, seen=seen, grace=grace
            ).state
        except Conflict:
            outcomes[name] = "moved"
        except KemptError as refused:
            outcomes[name] = f"refused: {refused}"
    _keep(tenant, batch_id, outcomes)
    return Counter(each.split(":")[0] for each in outcomes.values())


def undo_batch(tenant: Tenant, batch_id: str, *, me: str, now: datetime) -> Counter[str]:
    """Takes back what a batch decided and nothing has carried out yet; how many by what became of them."""
    batch = find_batch(tenant, batch_id, me=me)
    outcomes = dict(batch.outcomes)
    for name, state in batch.outcomes.items():
        if state in ("approved", "rejected", "pending"):
            try:
                undo_decision(tenant, name, steward=me, now=now)
                outcomes[name] = "taken back"
            except KemptError as refused:
                outcomes[name] = f"stays: {refused}"
    _keep(tenant, batch_id, outcomes)
    return Counter(each.split(":")[0] for each in outcomes.values())


def _items(tenant: Tenant, proposals: Sequence[str], now: datetime) -> list[Item]:
    with tenant.database.transaction(tenant.name) as connection:
        found = [find_item(connection, tenant, name, now=now) for name in dict.fromkeys(proposals)]
    return [item for item in found if item is not None and item.state in ("pending", "deferred")]


def _begin(tenant: Tenant, batch: Batch, *, me: str, now: datetime) -> None:
    with tenant.database.transaction(tenant.name) as connection:
        if not connection.execute(
            "update kempt.batch set done_at = %s where batch_id = %s and account = %s and done_at is null",
            [now, batch.batch_id, me],
        ).rowcount:
            raise Conflict("This batch was carried out already.")


def _keep(tenant: Tenant, batch_id: str, outcomes: dict[str, str]) -> None:
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute("update kempt.batch set outcomes = %s where batch_id = %s", [Jsonb(outcomes), batch_id])
