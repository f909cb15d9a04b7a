"""Who decides, on what she saw, once; and what it takes to have it back."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from kempt.errors import Conflict, StopRun
from kempt.proposals.life import LEGAL, QUEUE, walk
from kempt.proposals.model import KINDS
from kempt.usecases.decide import Decided, decide_item
from kempt.usecases.members import add_member, members, remove_member
from kempt.usecases.review import carry_to_review, review_item, review_items
from kempt.usecases.tenancy import Tenant
from kempt.usecases.withdraw import undo_decision
from tests.factory import Desk
from tests.ledger.factory import NOW
from tests.usecases.questions import ask

MONDAY = datetime(2030, 3, 4, 9, tzinfo=UTC)
STAFF = {"sina": "steward", "mara": "merge_authority", "milo": "merge_authority", "tom": "team_lead"}


@pytest.fixture
def desk(open_register: Callable[[], Desk]) -> Desk:
    return open_register()


def staff(desk: Desk) -> None:
    for name, role in STAFF.items():
        add_member(desk.tenant, name, [role], by="ada", now=desk.tick())


def outcome(desk: Desk, proposal: str, judgement: Any, steward: str, tenant: Tenant | None = None, **more: Any) -> str:
    """The state that a decision leads to, or the kind of refusal. Opening a tenant takes longer than deciding."""
    try:
        return decide_item(tenant or desk.tenant, proposal, judgement, steward=steward, now=desk.tick(), **more).state
    except Conflict:
        return "conflict"
    except StopRun:
        return "refused"


def state_of(desk: Desk, proposal: str) -> str:
    ((state,),) = desk.sql("select state from kempt.review_item where proposal_id = %s", proposal)
    return str(state)


def test_as_long_as_nobody_is_registered_anybody_decides(desk: Desk) -> None:
    first, second = ask(desk, 2)

    assert outcome(desk, first, "approve", "anybody") == "approved"
    staff(desk)
    assert outcome(desk, second, "approve", "anybody") == "refused"
    for name in STAFF:
        remove_member(desk.tenant, name, by="ada", now=desk.tick())
    assert members(desk.tenant) == ()
    assert outcome(desk, second, "approve", "anybody") == "refused"


# Monday is the day of flags. What the shipped matrix lets each person do to each kind at each risk.
MATRIX = {
    ("merge", "low"): {"sina", "mara", "milo"}, ("field_change", "low"): {"sina", "mara", "milo"},
    ("stale_flag", "low"): {"tom"}, ("merge", "high"): {"mara", "milo"}, ("field_change", "high"): {"mara", "milo"},
    ("stale_flag", "high"): {"mara", "milo"},
}  # fmt: skip


def test_nobody_outside_the_matrix_decides_in_any_state(desk: Desk) -> None:
    desk.clock = MONDAY
    staff(desk)
    tenant, people = desk.tenant, [*STAFF, "stranger", "matcher"]
    for kind, risk in itertools.product(KINDS, ("low", "high")):
        asked = iter(ask(desk, len(people) * 3, kind=kind, risk=risk))
        for judgement, name in itertools.product(("reject", "approve", "defer"), people):
            proposal = next(asked)
            more = {"until": date(2999, 1, 1)} if judgement == "defer" else {}
            found = outcome(desk, proposal, judgement, name, tenant, **more)
            if name not in MATRIX[kind, risk]:
                assert (found, state_of(desk, proposal)) == ("refused", "pending"), (kind, risk, judgement, name)
                continue
            first_of_two = judgement == "approve" and risk == "high"
            assert found == {"approve": "pending" if first_of_two else "approved", "reject": "rejected",
                             "defer": "deferred"}[judgement], (kind, risk, judgement, name)  # fmt: skip
            # Whatever is settled is settled for everybody; whatever is deferred keeps its matrix.
            for other in ("mara", "tom", "stranger"):
                again = outcome(desk, proposal, "approve", other, tenant) if judgement != "approve" else None
                if judgement == "reject":
                    assert again == "conflict"
                elif judgement == "defer" and other not in MATRIX[kind, risk]:
                    assert again == "refused"
                elif judgement == "defer":
                    break


def test_two_people_approve_what_is_risky(desk: Desk) -> None:
    staff(desk)
    (risky,) = ask(desk, 1, kind="merge", risk="high")

    assert outcome(desk, risky, "approve", "mara") == "pending"
    assert outcome(desk, risky, "approve", "mara") == "refused"
    assert outcome(desk, risky, "approve", "sina") == "refused"
    assert outcome(desk, risky, "approve", "milo") == "approved"
    assert [kind for kind, *_ in desk.state()["constraints"]] == ["must_link"]


def test_a_substitute_decides_to_the_end_of_her_last_day(desk: Desk) -> None:
    desk.clock = MONDAY
    staff(desk)
    first, second = ask(desk, 2)
    add_member(desk.tenant, "vera", ["steward"], by="ada", now=MONDAY, until=MONDAY.date())

    assert decide_item(desk.tenant, first, "reject", steward="vera", now=MONDAY).state == "rejected"
    with pytest.raises(StopRun, match="may not decide"):
        decide_item(desk.tenant, second, "reject", steward="vera", now=MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("name", "roles", "said"),
    [
        ("matcher", ["steward"], "it is an agent"),
        ("ines", ["king"], "roles are"),
        (" ", ["steward"], "no person's name"),
    ],
)
def test_who_cannot_be_a_member(desk: Desk, name: str, roles: list[str], said: str) -> None:
    with pytest.raises(StopRun, match=said):
        add_member(desk.tenant, name, roles, by="ada", now=desk.tick())


def test_another_tenant_s_proposal_is_like_one_that_is_not_there(desk: Desk, open_register: Callable[[], Desk]) -> None:
    (theirs,) = ask(open_register(), 1)
    unknown = "00000000-0000-4000-8000-000000000000"

    for act in (lambda of: review_item(desk.tenant, of, now=NOW), lambda of: desk.decide(of, "approve"),
                lambda of: undo_decision(desk.tenant, of, steward="ines", now=desk.tick())):  # fmt: skip
        told = []
        for proposal in (theirs, unknown):
            with pytest.raises(StopRun) as refused:
                act(proposal)
            told.append(str(refused.value).replace(proposal, "ID"))
        assert told[0] == told[1]


def test_a_decision_on_what_was_not_there_any_more_is_a_conflict(desk: Desk) -> None:
    (proposal,) = ask(desk, 1)
    seen = review_item(desk.tenant, proposal, now=NOW)["seen"]
    desk.decide(proposal, "defer", until=date(2999, 1, 1))

    assert outcome(desk, proposal, "approve", "ines", seen=seen) == "conflict"
    assert state_of(desk, proposal) == "deferred"
    now = review_item(desk.tenant, proposal, now=NOW)["seen"]
    assert outcome(desk, proposal, "approve", "ines", seen=now) == "approved"


def test_one_takes_back_one_s_own_decision_until_it_is_applied(desk: Desk) -> None:
    pair, value = ask(desk, 1, kind="merge")[0], ask(desk, 1)[0]
    for judgement, link in (("approve", "must_link"), ("reject", "cannot_link")):
        desk.decide(pair, judgement, steward="ines")  # type: ignore[arg-type]
        assert [kind for kind, *_ in desk.state()["constraints"]] == [link]
        with pytest.raises(StopRun, match="decided by ines"):
            undo_decision(desk.tenant, pair, steward="otto", now=desk.tick())
        assert undo_decision(desk.tenant, pair, steward="ines", now=desk.tick()).state == "pending"
        assert desk.state()["constraints"] == []
    with pytest.raises(StopRun, match="no decision to take back"):
        undo_decision(desk.tenant, pair, steward="ines", now=desk.tick())

    desk.decide(value, "approve", steward="ines")
    desk.sql("update kempt.review_item set state = 'applied' where proposal_id = %s returning 1", value)
    with pytest.raises(Conflict, match="is applied and cannot be taken back"):
        undo_decision(desk.tenant, value, steward="ines", now=desk.tick())
    life = [step["state"] for step in review_item(desk.tenant, pair, now=NOW)["life"]]
    assert life == ["proposed", "validated", "pending", "approved", "pending", "rejected", "pending"]
    assert walk(life) == "pending"


def test_what_nobody_decides_is_closed_after_the_days_of_the_policy(desk: Desk) -> None:
    (proposal,) = ask(desk, 1)
    days = desk.tenant.policies.authority.expire_after_days
    carry_to_review(desk.tenant, now=desk.tick() + timedelta(days=days - 1))
    assert state_of(desk, proposal) == "pending"
    carry_to_review(desk.tenant, now=desk.tick() + timedelta(days=days + 1))

    assert state_of(desk, proposal) == "expired"
    assert outcome(desk, proposal, "approve", "ines") == "conflict"
    carry_to_review(desk.tenant, now=desk.tick() + timedelta(days=days + 2))
    assert state_of(desk, proposal) == "expired"


def test_the_database_takes_the_legal_steps_and_no_others(desk: Desk) -> None:
    ways = {"pending": [], "deferred": ["deferred"], "approved": ["approved"], "rejected": ["rejected"],
            "expired": ["expired"], "superseded": ["superseded"], "applied": ["applied"]}  # fmt: skip
    asked = iter(ask(desk, len(QUEUE) ** 2))
    move = "update kempt.review_item set state = %s where proposal_id = %s returning version"
    tenant = desk.tenant

    def take(step: str, proposal: str) -> None:
        with tenant.database.transaction(tenant.name) as connection:
            connection.execute(move, [step, proposal])

    for before, after in itertools.product(sorted(QUEUE), repeat=2):
        proposal = next(asked)
        for step in ways[before]:
            take(step, proposal)
        legal = after == before or after in LEGAL[before]
        try:
            take(after, proposal)
            assert legal, (before, after)
        except psycopg.errors.CheckViolation:
            assert not legal, (before, after)


def test_of_eight_at_once_each_proposal_is_decided_by_one(desk: Desk) -> None:
    tenant, asked = desk.tenant, ask(desk, 60)
    seen = {proposal: review_item(tenant, proposal, now=NOW)["seen"] for proposal in asked}
    now = desk.tick()

    def work(who: int) -> list[str]:
        mine = []
        for at in range(len(asked)):
            proposal = asked[(at * 7 + who) % len(asked)]
            try:
                done: Decided = decide_item(
                    tenant, proposal, "approve" if who % 2 else "reject", steward=f"s{who}", now=now,
                    seen=seen[proposal],
                )  # fmt: skip
                mine.append(done.decision_id)
            except Conflict:
                pass
        return mine

    with ThreadPoolExecutor(8) as stewards:
        done = [decision for mine in stewards.map(work, range(8)) for decision in mine]
    stored = desk.sql("select decision_id::text, proposal_id::text from kempt.decision where decider_type = 'steward'")

    assert {decision for decision, _ in stored} == {*done}
    assert sorted(proposal for _, proposal in stored) == sorted(asked)
    assert review_items(tenant) == []
    assert desk.state()  # the ledger verifies
