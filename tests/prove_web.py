"""Many stewards at once on a large inbox: every page is there quickly, and no question is decided twice.

Run by tests/prove.py alone. The app runs as `kempt web` in a process of its own; the stewards, the app and PostgreSQL
share this machine. Each steward reads for a second, on the average, before each next request.
"""

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.request import urlopen

import httpx
import psutil
import pytest

from kempt.ledger.connect import connect
from kempt.ledger.server import ensure_server
from kempt.usecases.accounts import add_account
from kempt.usecases.members import add_member
from kempt.usecases.sessions import begin_session
from tests.factory import Desk, new_desk
from tests.installation import Installation, free_port
from tests.postgres import empty_home, superuser
from tests.prove import keep
from tests.sizes import seed, size
from tests.web.furnish import furnish, person_of
from tests.web.site import SignedIn

pytestmark = pytest.mark.prove

STEWARDS, TENANTS, AT_ONCE = 20, 2, 2_500
SECONDS, READING = 60.0, 1.0
P95 = 0.150
WAITING = "select count(*) from kempt.review_item where state = 'pending'"
OPEN_EACH = 5
"""Stewards choose among the first so many of the inbox: they meet."""


@dataclass(slots=True)
class Work:
    """What one steward did: how long each kind of page took (s), and what she was told."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    decided: list[str] = field(default_factory=list)
    refused: int = 0
    failed: list[str] = field(default_factory=list)


def test_every_page_is_there_quickly_for_twenty_stewards(record_property: Callable[[str, object], None]) -> None:
    number = size(2_000)
    with empty_home() as settings:
        ensure_server(settings)
        desks = [new_desk(settings, f"tenant_{at}") for at in range(TENANTS)]
        began = time.monotonic()
        for desk in desks:
            fill(desk, number // TENANTS)
        filled = time.monotonic() - began
        # Stewards come later: what a bulk leaves to be done behind takes both processors for about twenty seconds.
        with connect(superuser(settings)) as connection:
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")
        ways = [(desks[at % TENANTS], sign_in(desks[at % TENANTS], f"steward {at}")) for at in range(STEWARDS)]
        with serving(Installation(home=settings.home)) as (url, server), ThreadPoolExecutor(STEWARDS) as people:
            for desk, by in ways[:TENANTS]:  # the app has been running for a while
                httpx.get(f"{url}/t/{desk.name}/inbox", headers=by.cookie, timeout=60).raise_for_status()
            spent, until = server.cpu_times(), time.monotonic() + SECONDS
            works = list(people.map(lambda each: work(url, *each, until=until), ways))
            cpu = sum(server.cpu_times()[:2]) - sum(spent[:2])
        decisions = [desk.sql("select proposal_id::text from kempt.decision where decider_type = 'steward' "
                              "and verdict <> 'review'") for desk in desks]  # fmt: skip
        waiting = sum(
            desk.sql("select count(*) from kempt.review_item where state = 'pending'")[0][0] for desk in desks
        )

    decided = [proposal for rows in decisions for (proposal,) in rows]
    waits = {kind: sorted(wait for each in works for wait in each.waits[kind]) for kind in works[0].waits}
    requests = sum(map(len, waits.values()))
    p95 = {kind: each[int(len(each) * 0.95)] for kind, each in waits.items()}
    keep(
        record_property, waiting_at_the_end=waiting, decided=len(decided), seconds_to_fill=round(filled),
        refused_as_held_or_moved=sum(each.refused for each in works), requests=requests,
        p50_ms={kind: round(each[len(each) // 2] * 1000) for kind, each in waits.items()},
        p95_ms={kind: round(each * 1000) for kind, each in p95.items()},
        app_cpu_ms_per_request=round(cpu / requests * 1000, 1),
    )  # fmt: skip
    assert [problem for each in works for problem in each.failed] == []
    assert len(decided) == len(set(decided))
    assert sorted(decided) == sorted(proposal for each in works for proposal in each.decided)
    assert max(p95.values()) <= P95


def fill(desk: Desk, number: int) -> None:
    """Questions of all kinds, each about records of its own."""
    for start in range(0, number, AT_ONCE):
        several = range(start, min(start + AT_ONCE, number))
        furnish(
            desk, merges=[(person_of(at), person_of(at, "shop")) for at in several if at % 10 < 3],
            changes=[(person_of(at), "Head of Buying") for at in several if 3 <= at % 10 < 9],
            stale=[person_of(at) for at in several if at % 10 == 9],
        )  # fmt: skip


def sign_in(desk: Desk, account: str) -> SignedIn:
    database, now = desk.tenant.database, datetime.now(UTC)
    add_member(desk.tenant, account, ["merge_authority"], by="tests", now=desk.tick())
    add_account(database, account, by="tests", now=now)
    session, token = begin_session(database, account, now=now)
    return SignedIn(account, token, session.csrf)


@contextmanager
def serving(installation: Installation) -> Iterator[tuple[str, psutil.Process]]:
    """`kempt web` in a process of its own: its address and the process."""
    port = free_port()
    process = installation.start("web", "--port", str(port))
    try:
        for _ in range(300):
            try:
                urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def work(url: str, desk: Desk, by: SignedIn, *, until: float) -> Work:
    """One steward: the inbox, a question of it, a verdict, the next question, and now and then the inbox again."""
    done, chance = Work(), random.Random(f"{seed()} {by.account}")
    with httpx.Client(base_url=url, headers=by.cookie, timeout=60) as client:
        time.sleep(chance.uniform(0, 2 * READING))
        while time.monotonic() < until:
            listed = asked(client, done, "inbox", "GET", f"/t/{desk.name}/inbox?whose=nobody")
            questions = re.findall(rf'href="(/t/{desk.name}/items/[0-9a-f-]{{36}})', listed.text)
            address: str | None = chance.choice(questions[:OPEN_EACH])
            for _ in range(8):
                if address is None or time.monotonic() >= until:
                    break
                address = decide(client, done, address, by, chance)
    return done


def decide(client: httpx.Client, done: Work, address: str, by: SignedIn, chance: random.Random) -> str | None:
    """Reads a question and says a verdict; where the next question is."""
    time.sleep(chance.uniform(0, 2 * READING))
    page = asked(client, done, "item", "GET", address)
    seen = re.search(r'name="seen" value="([^"]*)"', page.text)
    if page.status_code != 200 or seen is None:
        return None
    time.sleep(chance.uniform(0, 2 * READING))
    verdict = chance.choice(("approve", "reject"))
    form = {"csrf": by.csrf, "seen": seen[1], "verdict": verdict, "reason": "different", "f": "whose=nobody"}
    answer = asked(client, done, "verdict", "POST", f"{address.split('?')[0]}/decide", data=form)
    if answer.status_code == 303:
        done.decided.append(address.split("?")[0].rsplit("/", 1)[1])
        return str(answer.headers["location"]) if "/items/" in answer.headers["location"] else None
    done.refused += answer.status_code == 409
    return None


def asked(client: httpx.Client, done: Work, kind: str, method: str, address: str, **sent: object) -> httpx.Response:
    began = time.perf_counter()
    answer = client.request(method, address, **sent)  # type: ignore[arg-type]
    done.waits[kind].append(time.perf_counter() - began)
    expected: Sequence[int] = (303, 409) if kind == "verdict" else (200,)
    if answer.status_code not in expected:
        done.failed.append(f"{kind} {answer.status_code} {answer.text[:200]}")
    return answer
