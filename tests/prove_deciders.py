"""Many people decide at once: each proposal is decided by one of them, what is stale is refused, nobody waits long.

Run by tests/prove.py alone. They work through one process, as through a web server's. Where waiting is measured, each
reads for a second before she decides; the crowd does not stop to read.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from kempt.errors import Conflict
from kempt.ledger.server import ensure_server
from kempt.usecases.decide import decide_item
from kempt.usecases.members import add_member
from kempt.usecases.tenancy import Tenant
from tests.factory import Desk, new_desk
from tests.postgres import empty_home
from tests.prove import keep
from tests.sizes import seed, size
from tests.usecases.questions import ask

pytestmark = pytest.mark.prove

CROWD, MEASURED, DECISIONS = 40, 20, 500
READING = 1.0
P95 = 0.150

SEEN = """
select proposal_id::text, version || '-' || basis
from kempt.review_item join kempt.review_basis using (tenant, proposal_id)
"""


@dataclass(slots=True)
class Done:
    """What one person came to: her decisions, how often another was first, and how long each attempt took (s)."""

    decisions: list[str] = field(default_factory=list)
    late: int = 0
    waits: list[float] = field(default_factory=list)


def test_each_proposal_is_decided_once_and_nobody_waits_long(record_property: Callable[[str, object], None]) -> None:
    number = size(200)
    with empty_home() as settings:
        ensure_server(settings)
        desk = new_desk(settings, "acme")
        for who in range(CROWD):
            add_member(desk.tenant, f"steward {who}", ["steward"], by="ada", now=desk.tick())
        measured, contested = ask(desk, min(DECISIONS, number)), ask(desk, number, kind="merge")
        seen = dict(desk.sql(SEEN))
        alone = together(desk, seen, [measured[at::MEASURED] for at in range(MEASURED)], reading=READING)
        crowd = together(desk, seen, [contested] * 2 + [shuffled(contested, who) for who in range(CROWD - 2)])
        decided = desk.sql(
            "select decision_id::text, proposal_id::text from kempt.decision where decider_type = 'steward'"
        )
        assert desk.state()  # the ledger verifies

    assert {name for done in (*alone, *crowd) for name in done.decisions} == {name for name, _ in decided}
    assert sorted(proposal for _, proposal in decided) == sorted([*measured, *contested])
    assert sum(done.late for done in alone) == 0
    assert sum(done.late for done in crowd) == (CROWD - 1) * number
    waits = sorted(wait for done in alone for wait in done.waits)
    p95 = waits[int(len(waits) * 0.95)]
    keep(
        record_property, deciders=CROWD, decided=len(decided), refused_as_stale=sum(done.late for done in crowd),
        p50_at_20_ms=round(waits[len(waits) // 2] * 1000), p95_at_20_ms=round(p95 * 1000),
        crowd_p95_ms=round(sorted(wait for done in crowd for wait in done.waits)[-CROWD * number // 20] * 1000),
    )  # fmt: skip
    assert p95 <= P95


def together(desk: Desk, seen: dict[str, str], lists: list[list[str]], *, reading: float = 0) -> list[Done]:
    """Everybody at once, each through her own list."""
    tenant = desk.tenant
    with ThreadPoolExecutor(len(lists)) as people:
        return list(people.map(lambda who: through(tenant, who, lists[who], seen, reading), range(len(lists))))


def through(tenant: Tenant, who: int, proposals: list[str], seen: dict[str, str], reading: float) -> Done:
    chance, done = random.Random(seed() + who), Done()
    for proposal in proposals:
        time.sleep(chance.uniform(0, 2 * reading))
        began = time.perf_counter()
        try:
            decided = decide_item(
                tenant, proposal, chance.choice(("approve", "reject")), steward=f"steward {who}",
                now=datetime.now(UTC), seen=seen[proposal],
            )  # fmt: skip
            done.decisions.append(decided.decision_id)
        except Conflict:
            done.late += 1
        done.waits.append(time.perf_counter() - began)
    return done


def shuffled(proposals: list[str], who: int) -> list[str]:
    """The same list in another order."""
    return random.Random(seed() * 1000 + who).sample(proposals, len(proposals))
