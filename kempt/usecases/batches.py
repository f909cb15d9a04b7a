"""Many questions of one kind decided at once: previewed, a sample of them opened, within caps, undone as one.

A batch decides each item by `decide_item`, so everything that holds for one holds for each: authority, what was seen,
who works at it, the second person. What a batch cannot decide it names; it never stops in the middle of a question.
All of its decisions are made as of the moment at which it began: by that they are found again, also after a batch that
was interrupted.
"""

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from kempt.errors import Conflict, KemptError, StopRun, Unknown
from kempt.proposals.life import UNDECIDED
from kempt.usecases.decide import decide_item, objection, person_of
from kempt.usecases.inbox import Filter, find_items, inbox
from kempt.usecases.tenancy import Tenant
from kempt.usecases.withdraw import undo_decision

MOST = {"merge": 25, "field_change": 200, "stale_flag": 500}
"""Items of one batch, by kind: merges are looked at one by one, or nearly."""
SAMPLE = {"merge": 5, "field_change": 5, "stale_flag": 3}
BatchVerdict = Literal["approve", "reject"]
DECIDED = ("approved", "rejected")
"""How outcomes begin that can be taken back."""


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
    begun_at: datetime | None
    outcomes: dict[str, str]
    """What became of each item so far."""

    @property
    def to_open(self) -> tuple[str, ...]:
        """What is still to be looked at."""
        return tuple(name for name in self.sample if name not in self.opened)

    @property
    def told(self) -> Counter[str]:
        """How many items by what became of them."""
        return Counter(each.split(":")[0] for each in self.outcomes.values())


_SEEN = """
select item.proposal_id::text, item.version || '-' || shown.basis as seen, proposal.features,
    (select decider from kempt.decision d where d.decision_id = item.first_approval) as first_approver
from kempt.review_item item
join kempt.proposal using (tenant, proposal_id)
join kempt.review_basis shown using (tenant, proposal_id)
where item.proposal_id = any(%s::uuid[])
"""


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
        with tenant.database.transaction(tenant.name) as connection:
            found = find_items(connection, tenant, proposals, now=now)
        items = [item for item in found if item.state in UNDECIDED]
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
        rows = connection.cursor(row_factory=dict_row).execute(_SEEN, [names]).fetchall()
        person = person_of(connection, me, now)
        said = [objection(tenant, row, person, approving=verdict == "approve") for row in rows]
        if all(said):
            raise StopRun(f"{me} may decide none of these now: it {said[0]}. `kempt member list` shows the roles.")
        seen = {row["proposal_id"]: row["seen"] for row in rows}
        connection.execute(
            """
            insert into kempt.batch
                (tenant, batch_id, account, kind, verdict, proposals, seen, sample, note, made_at)
            values (%s, %s, %s, %s, %s, %s::uuid[], %s, %s::uuid[], %s, %s)
            """,
            [tenant.name, batch_id, me, kind, verdict, names, [seen[name] for name in names], sample, note, now],
        )
    return batch_id


_FOUND = """
select b.kind, b.verdict, b.proposals::text[], b.seen, b.sample::text[], b.opened::text[], b.note,
    b.made_at, b.begun_at, coalesce(decided.outcomes, '{}') || coalesce(b.outcomes, '{}')
from kempt.batch b
cross join lateral (
    select jsonb_object_agg(d.proposal_id, case
        when w.decision_id is not null then 'taken back' when d.verdict = 'apply' then 'approved'
        when d.verdict = 'reject' then 'rejected' else 'approved by the first of two' end) as outcomes
    from kempt.decision d left join kempt.withdrawal w using (tenant, decision_id)
    where d.proposal_id = any(b.proposals) and d.decider = b.account and d.decided_at = b.begun_at
) as decided
where b.batch_id::text = %s and b.account = %s
"""


def find_batch(tenant: Tenant, batch_id: str, *, me: str) -> Batch:
    """A batch of one's own."""
    with tenant.database.transaction(tenant.name) as connection:
        row = connection.execute(_FOUND, [batch_id, me]).fetchone()
    if row is None:
        raise Unknown("There is no such batch of yours.")
    return Batch(
        batch_id=batch_id, kind=row[0], verdict=row[1], proposals=tuple(row[2]), seen=tuple(row[3]),
        sample=tuple(row[4]), opened=frozenset(row[5]), note=row[6], made_at=row[7], begun_at=row[8], outcomes=row[9],
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


def begin_batch(tenant: Tenant, batch_id: str, *, me: str, now: datetime) -> None:
    """Says that the batch is carried out from now on, once; refused as long as one of the sample is unseen."""
    batch = find_batch(tenant, batch_id, me=me)
    if batch.to_open:
        raise StopRun(f"First open the {len(batch.to_open)} that were drawn: a batch is not decided unseen.")
    with tenant.database.transaction(tenant.name) as connection:
        if not connection.execute(
            "update kempt.batch set begun_at = %s where batch_id = %s and account = %s and begun_at is null",
            [now, batch_id, me],
        ).rowcount:
            raise Conflict("This batch was carried out already.")


def carry_out_batch(tenant: Tenant, batch_id: str, *, me: str) -> Batch:
    """Decides the items of a batch that began, each on what it was when the batch was put together."""
    batch = find_batch(tenant, batch_id, me=me)
    assert batch.begun_at is not None, "a batch is begun before it is carried out"
    grace = timedelta(seconds=tenant.policies.authority.undo_within_seconds)
    for name, seen in zip(batch.proposals, batch.seen, strict=True):
        try:
            decide_item(
                tenant, name, batch.verdict, steward=me, now=batch.begun_at, note=batch.note, seen=seen, grace=grace
            )
        except Conflict:
            _keep(tenant, batch_id, name, "moved")
        except KemptError as refused:
            _keep(tenant, batch_id, name, f"refused: {refused}")
    return find_batch(tenant, batch_id, me=me)


def undo_batch(tenant: Tenant, batch_id: str, *, me: str, now: datetime) -> Batch:
    """Takes back what a batch decided and nothing has carried out yet."""
    for name, outcome in find_batch(tenant, batch_id, me=me).outcomes.items():
        if outcome.startswith(DECIDED):
            try:
                undo_decision(tenant, name, steward=me, now=now)
            except KemptError as refused:
                _keep(tenant, batch_id, name, f"stays: {refused}")
    return find_batch(tenant, batch_id, me=me)


def _keep(tenant: Tenant, batch_id: str, proposal: str, outcome: str) -> None:
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute(
            "update kempt.batch set outcomes = coalesce(outcomes, '{}') || %s where batch_id = %s",
            [Jsonb({proposal: outcome}), batch_id],
        )
