"""What a person decides about a proposal: once, within the authority matrix, on what she saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

import duckdb
from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row

from kempt.agents.registry import ADJUDICATOR
from kempt.agents.roles import Role
from kempt.errors import Conflict, StopRun
from kempt.ids import stable_id
from kempt.ledger.append import Event, append
from kempt.policy.authority import Authority, refusal
from kempt.proposals.life import UNDECIDED
from kempt.proposals.model import Features
from kempt.usecases.agent_batches import decision_item, signed
from kempt.usecases.claim_items import refuse_held
from kempt.usecases.edits import hold_edits, refuse_loose_edits, write_edits
from kempt.usecases.members import roles_of
from kempt.usecases.review import full_id
from kempt.usecases.tenancy import Tenant

Judgement = Literal["approve", "reject", "defer"]
Outcome = Literal["approve", "reject", "defer", "approve_first"]
STATE: dict[Outcome, str] = {
    "approve": "approved", "reject": "rejected", "defer": "deferred", "approve_first": "pending",
}  # fmt: skip
VERDICT: dict[Outcome, str] = {"approve": "apply", "reject": "reject", "defer": "review", "approve_first": "review"}
EVENT: dict[Outcome, str] = {
    "approve": "proposal_approved.v1",
    "reject": "proposal_rejected.v1",
    "defer": "proposal_deferred.v1",
    "approve_first": "proposal_approved_first.v1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a proposal."""

    proposal_id: str
    state: str
    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one person says, and when."""

    judgement: Judgement
    steward: str
    now: datetime
    note: str | None = None
    until: date | None = None
    seen: str | None = None
    grace: timedelta = timedelta(0)
    edits: Mapping[str, str | None] = field(default_factory=dict, repr=False)


def decide_item(
    tenant: Tenant,
    proposal: str,
    judgement: Judgement,
    *,
    steward: str,
    now: datetime,
    note: str | None = None,
    until: date | None = None,
    seen: str | None = None,
    grace: timedelta = timedelta(0),
    edits: Mapping[str, str | None] | None = None,
    lake: duckdb.DuckDBPyConnection | None = None,
) -> Decided:
    """Records a person's decision, which is carried out after `grace` at the earliest; what became of the proposal.

    `seen` is what `review_item` answered: with it, whatever moved since is a conflict. A rejected merge becomes a
    cannot-link, so that the pair stays away on every run. Where two people must approve, the first leaves it pending.
    `edits` are fields that she approves with another value, or with None as empty: overrides of the same decision,
    composed at once in the lake that they need.
    """
    if judgement == "defer" and (until is None or until <= now.date()):
        raise StopRun("defer until when? Give a day to come, as in --until 2030-01-31.")
    word = Word(judgement=judgement, steward=steward, now=now, note=note, until=until, seen=seen, grace=grace,
                edits=edits or {})  # fmt: skip
    try:
        with tenant.database.transaction(tenant.name) as connection:
            if word.edits:
                refuse_loose_edits(judgement, seen, lake)
                hold_edits(connection, tenant, full_id(connection, proposal), word.edits)
            proposal_id = full_id(connection, proposal)
            found = _found(connection, proposal_id, word)
            outcome = _outcome(connection, tenant, found, word)
            decided = _record(connection, tenant, proposal_id, found, word, outcome)
            if word.edits and lake is not None:
                write_edits(
                    connection, tenant, lake, records=found["records"], decision=decided.decision_id, edits=word.edits,
                    by=steward, now=now,
                )  # fmt: skip
            return decided
    except UniqueViolation as twice:
        raise Conflict(f"{proposal}: another steward decided this while you looked. Show it again.") from twice


def _found(connection: Connection[Any], proposal_id: str, word: Word) -> dict[str, Any]:
    """The item, locked, as long as it can be decided, is what was seen, and nobody else works at it."""
    # First the lock, then the look: what a statement read before it waited for the lock may be old.
    connection.execute("select from kempt.review_item where proposal_id = %s for update", [proposal_id])
    found = connection.cursor(row_factory=dict_row).execute(
        """
        select item.state, item.version || '-' || shown.basis as seen, item.round, item.first_approval::text,
            shown.basis, shown.policy_version, proposal.kind, proposal.features, proposal.subjects::text[] as records,
            (select decider from kempt.decision d where d.decision_id = item.first_approval) as first_approver
        from kempt.review_item item
        join kempt.proposal using (tenant, proposal_id)
        join kempt.review_basis shown using (tenant, proposal_id)
        where item.proposal_id = %s
        """,
        [proposal_id],
    ).fetchone()  # fmt: skip
    if found is None:
        raise StopRun(f"{proposal_id} is not in the review table. `kempt review list` shows what is.")
    if found["state"] not in UNDECIDED:
        raise Conflict(f"{proposal_id} is {found['state']} already; it cannot be decided again.")
    if word.seen is not None and word.seen != found["seen"]:
        raise Conflict(f"{proposal_id} moved since you looked. Nothing was decided; show it again.")
    refuse_held(connection, proposal_id, me=word.steward, now=word.now)
    return found


def authority_over(tenant: Tenant, features: Mapping[str, Any]) -> Authority:
    """Who may decide a proposal, by the features that were kept of it."""
    told = Features(**{**features, "objects": tuple(features.get("objects", ()))})
    return tenant.policies.authority.over(told, tenant.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who decides, on one day; without roles where nobody was ever registered, and then nothing binds her."""

    name: str
    roles: tuple[Role, ...] | None
    today: date


def person_of(connection: Connection[Any], name: str, now: datetime) -> Person:
    """Somebody by her name, with the roles of this day."""
    return Person(name=name, roles=roles_of(connection, name, now.date()), today=now.date())


def objection(tenant: Tenant, found: Mapping[str, Any], person: Person, *, approving: bool) -> str | None:
    """Why this person may not decide that today, as the end of "it ..."; None when she may.

    `found` has a proposal's `features` and who approved it first, as `first_approver`.
    """
    if person.roles is None:
        return None
    return refusal(
        authority_over(tenant, found["features"]), name=person.name, roles=person.roles,
        proposer=found["features"]["agent"], today=person.today, approving=approving,
        first_approver=found["first_approver"],
    )  # fmt: skip


def _outcome(connection: Connection[Any], tenant: Tenant, found: Mapping[str, Any], word: Word) -> Outcome:
    """What the word comes to; refused for whoever may not say it."""
    approving = word.judgement == "approve"
    person = person_of(connection, word.steward, word.now)
    why_not = objection(tenant, found, person, approving=approving)
    if why_not is not None:
        raise StopRun(f"{word.steward} may not decide this: it {why_not}. `kempt member list` shows the roles.")
    if person.roles is None:
        return word.judgement
    authority = authority_over(tenant, found["features"])
    if word.edits and authority.people == 2:
        raise StopRun("two people approve this, and both must see the same values: decide it without other values.")
    waits = approving and authority.people == 2 and found["first_approval"] is None
    return "approve_first" if waits else word.judgement


def _record(
    connection: Connection[Any],
    tenant: Tenant,
    proposal_id: str,
    found: Mapping[str, Any],
    word: Word,
    outcome: Outcome,
) -> Decided:
    decision_id = stable_id("decision", tenant.name, proposal_id, word.steward, outcome, word.now.isoformat())
    event = Event(
        event_id=stable_id("event", decision_id),
        type=EVENT[outcome],
        body={
            "proposal_id": proposal_id,
            "kind": found["kind"],
            "subjects": sorted(found["records"]),
            "decision_id": decision_id,
            "decider": word.steward,
            "policy_version": found["policy_version"],
            "seen": found["basis"],
            **({"edited": sorted(word.edits)} if word.edits else {}),
        },
    )
    reasons = [f"steward_{'approved_first' if outcome == 'approve_first' else STATE[outcome]}"]
    reasons += ["with_other_values"] if word.edits else []
    row = (decision_id, proposal_id, VERDICT[outcome], "steward", word.steward, reasons, found["policy_version"],
           found["basis"])  # fmt: skip
    # Signed before the ledger is locked by the append, which every other decider of the tenant waits for.
    batch = signed(connection, tenant.keys, ADJUDICATOR, "decide", [decision_item(*row)], now=word.now)[decision_id]
    span = append(connection, [event], at=word.now)
    connection.execute(
        """
        insert into kempt.decision (tenant, decision_id, proposal_id, verdict, decider_type, decider, reasons,
            policy_version, seen, note, decided_at, batch_id, round)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [tenant.name, *row, word.note, word.now, batch, found["round"]],
    )
    connection.execute(
        "update kempt.review_item set state = %s, decision_id = %s, deferred_until = %s, changed_at = %s, "
        "apply_after = %s, first_approval = case when %s then %s::uuid end, why = %s where proposal_id = %s",
        [STATE[outcome], decision_id, word.until, word.now, word.now + word.grace if word.grace else None,
         outcome == "approve_first", decision_id, f"{reasons[0]} by {word.steward}", proposal_id],
    )  # fmt: skip
    if found["kind"] == "merge" and outcome in ("approve", "reject"):
        _constrain(connection, tenant.name, found["records"], decision_id, word.steward, outcome, seq=span.first)
    return Decided(proposal_id=proposal_id, state=STATE[outcome], decision_id=decision_id)


def _constrain(
    connection: Connection[Any],
    tenant: str,
    records: list[str],
    decision_id: str,
    authority: str,
    outcome: Outcome,
    *,
    seq: int,
) -> None:
    """Adds a constraint on a pair of records; identity is worked out again from it."""
    kind = "must_link" if outcome == "approve" else "cannot_link"
    left, right = sorted(records)
    connection.execute(
        """
        insert into kempt.record_constraint
            (tenant, constraint_id, kind, left_record, right_record, reason, authority, decision_id, created_seq)
        values (%s, %s, %s, %s, %s, 'steward decision', %s, %s, %s) on conflict do nothing
        """,
        [tenant, stable_id("constraint", tenant, kind, left, right, decision_id), kind, left, right, authority,
         decision_id, seq],
    )  # fmt: skip
