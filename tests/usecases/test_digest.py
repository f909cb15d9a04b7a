"""The weekly digest and the change feed, from what happened to a server that takes them, whatever befalls them."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import cached_property

import pytest

from kempt.errors import Conflict, StopRun
from kempt.settings import Settings
from kempt.usecases.change_feed import preview_feed, queue_feed
from kempt.usecases.digest import preview_digest, queue_digests
from kempt.usecases.mailboxes import recipients, subscribe, unsubscribe
from kempt.usecases.members import add_member
from kempt.usecases.open_link import look_at_link, use_link
from kempt.usecases.outbox import deliver, outbox, sinks_of, tell_channels
from kempt.usecases.tenancy import Tenant, Tenants
from tests.factory import Desk
from tests.telling.servers import FakeChannel, FakeMailServer
from tests.usecases.questions import ask

WEB = "https://kempt.example"
MAIL = {"mail_from": "kempt@mail.example", "web_url": WEB}


class Pinned(Desk):
    """A desk whose tenant is opened once: no test here changes a policy or a source."""

    @cached_property
    def tenant(self) -> Tenant:  # type: ignore[override]
        return Tenants(self.settings).open(self.name)


@pytest.fixture
def desk(open_desk: Callable[[], Desk]) -> Desk:
    """Two people who may decide; only the lead has an address."""
    opened = open_desk()
    desk = Pinned(opened.settings, opened.name)
    add_member(desk.tenant, "lead", ["team_lead"], by="tests", now=desk.tick())
    add_member(desk.tenant, "ines", ["steward"], by="tests", now=desk.tick())
    subscribe(desk.tenant, "lead", "lead@quendel.example", by="tests", now=desk.tick())
    return desk


@pytest.fixture
def mail() -> Iterator[FakeMailServer]:
    with FakeMailServer() as running:
        yield running


@pytest.fixture
def channel() -> Iterator[FakeChannel]:
    with FakeChannel() as running:
        yield running


def settings(desk: Desk, *, mail: FakeMailServer | None = None, slack: str | None = None) -> Settings:
    return replace(desk.settings, smtp_url=mail and mail.url, slack_urls={desk.name: slack} if slack else {}, **MAIL)  # type: ignore[arg-type]


def send(desk: Desk, *, now: datetime | None = None, **servers: object) -> dict[str, tuple[int, int]]:
    """What was sent, and what failed, by sink."""
    found = settings(desk, **servers)  # type: ignore[arg-type]
    sent = deliver(desk.tenant, sinks_of(found, desk.name), now=now or desk.tick(), web_url=WEB)
    return {each.sink: (each.sent, each.failed) for each in sent}


def link_in(text: bytes) -> str:
    message = message_from_bytes(text, policy=policy.default)
    body = message.get_body(("plain",)).get_content()
    return next(line.strip() for line in body.splitlines() if "/open/" in line).rpartition("/")[2]


def letter_for(desk: Desk, name: str, mail: FakeMailServer) -> str:
    """A link of the letter that this person gets."""
    ask(desk, 3)
    queue_digests(desk.tenant, now=desk.tick())
    send(desk, mail=mail)
    return next(link_in(text) for to, text in mail.letters if to == [f"{name}@quendel.example"])


def test_a_lead_gets_the_week_once_with_what_waits_masked(desk: Desk, mail: FakeMailServer) -> None:
    ask(desk, 3)

    first, second = (queue_digests(desk.tenant, now=desk.tick()) for _ in range(2))
    assert send(desk, mail=mail) == {"mail": (1, 0)}

    assert (first.queued, second.queued, second.had) == (["lead"], [], ["lead"])
    ((to, text),) = mail.letters
    message = message_from_bytes(text, policy=policy.default)
    assert to == ["lead@quendel.example"]
    assert message["Subject"].startswith(f"{desk.name}: 3 proposals wait")
    for part in ("plain", "html"):
        body = message.get_body((part,)).get_content()
        assert "Take this job title from list?" in body
        assert "B•••• •" in body
        assert "Buyer" not in body


def test_a_steward_gets_it_on_wish_and_a_substitute_no_longer_than_she_is_one(desk: Desk) -> None:
    subscribe(desk.tenant, "ines", "ines@quendel.example", by="tests", now=desk.tick())
    until = desk.tick().date()
    add_member(desk.tenant, "sub", ["team_lead"], by="tests", now=desk.tick(), until=until)
    with pytest.raises(StopRun, match="otto has no role"):
        subscribe(desk.tenant, "otto", "otto@quendel.example", by="tests", now=desk.tick())

    with desk.tenant.database.transaction(desk.name) as connection:
        today, tomorrow = (recipients(connection, desk.tenant, until + timedelta(days=n)) for n in (0, 1))

    assert [(each.name, each.address is not None) for each in today] == [("ines", True), ("lead", True), ("sub", False)]
    assert [each.name for each in tomorrow] == ["ines", "lead"]


def test_addresses_are_sealed_and_in_no_event(desk: Desk) -> None:
    ((sealed,),) = desk.sql("select address_cipher from kempt.mailbox")

    assert b"quendel" not in bytes(sealed)
    assert desk.sql("select count(*) from ledger.event where body like '%%quendel%%'") == [(0,)]
    assert "quendel" not in repr(recipients_of(desk))


def recipients_of(desk: Desk) -> object:
    with desk.tenant.database.transaction(desk.name) as connection:
        return recipients(connection, desk.tenant, desk.tick().date())


def test_who_leaves_the_list_gets_nothing_that_is_on_its_way(desk: Desk, mail: FakeMailServer) -> None:
    queue_digests(desk.tenant, now=desk.tick())
    unsubscribe(desk.tenant, "lead", by="tests", now=desk.tick())

    assert send(desk, mail=mail) == {"mail": (0, 0)}

    assert mail.letters == []
    assert outbox(desk.tenant)[0]["state"] == "dropped"


def test_a_mail_server_that_is_down_loses_nothing(desk: Desk, mail: FakeMailServer) -> None:
    queue_digests(desk.tenant, now=desk.tick())
    mail.mode, now = "busy", desk.tick()

    assert send(desk, mail=mail, now=now) == {"mail": (0, 1)}
    assert send(desk, mail=mail, now=now + timedelta(seconds=90)) == {"mail": (0, 0)}, "it waits its turn"
    mail.mode = "works"
    assert send(desk, mail=mail, now=now + timedelta(minutes=3)) == {"mail": (1, 0)}
    assert send(desk, mail=mail, now=now + timedelta(days=1)) == {"mail": (0, 0)}

    assert len(mail.letters) == 1
    assert outbox(desk.tenant)[0]["attempts"] == 2


def test_waits_grow_up_to_six_hours(desk: Desk, mail: FakeMailServer) -> None:
    queue_digests(desk.tenant, now=desk.tick())
    mail.mode, now, waits = "busy", desk.tick(), []
    for _ in range(10):
        send(desk, mail=mail, now=now)
        ((due,),) = desk.sql("select due_at from kempt.outbox")
        waits.append((due - now) // timedelta(minutes=1))
        now = due

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 360, 360]


def test_a_letter_that_may_have_arrived_is_sent_again_under_the_same_id(desk: Desk, mail: FakeMailServer) -> None:
    ask(desk, 1)
    queue_digests(desk.tenant, now=desk.tick())
    mail.mode, now = "loses", desk.tick()
    send(desk, mail=mail, now=now)
    mail.mode = "works"
    send(desk, mail=mail, now=now + timedelta(minutes=3))

    first, second = (message_from_bytes(text) for _, text in mail.letters)
    assert first["Message-ID"] == second["Message-ID"]
    assert link_in(mail.letters[0][1]) == link_in(mail.letters[1][1])


def test_one_refused_recipient_holds_nobody_up(desk: Desk, mail: FakeMailServer) -> None:
    subscribe(desk.tenant, "ines", "ines@quendel.example", by="tests", now=desk.tick())
    mail.refused = {"ines@quendel.example", "nobody@quendel.example"}
    queue_digests(desk.tenant, now=desk.tick())
    with desk.tenant.database.transaction(desk.name) as connection:
        connection.execute("update kempt.outbox set due_at = due_at - interval '1 hour' where recipient = 'ines'")

    assert send(desk, mail=mail) == {"mail": (1, 1)}

    assert [to for to, _ in mail.letters] == [["lead@quendel.example"]]
    problem = next(each["problem"] for each in outbox(desk.tenant) if each["recipient"] == "ines")
    assert problem == "the mail server refused the recipient (550)"


def test_whoever_dies_with_a_message_in_hand_leaves_it_to_be_sent_later(desk: Desk, mail: FakeMailServer) -> None:
    queue_digests(desk.tenant, now=desk.tick())
    now = desk.tick()

    def dies(message: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(desk.tenant, {"mail": dies}, now=now, web_url=WEB)

    assert send(desk, mail=mail, now=now + timedelta(minutes=1)) == {"mail": (0, 0)}
    assert send(desk, mail=mail, now=now + timedelta(minutes=11)) == {"mail": (1, 0)}


def test_two_at_once_send_a_message_once(desk: Desk, mail: FakeMailServer) -> None:
    for name in ("ines", "lead"):
        subscribe(desk.tenant, name, f"{name}@quendel.example", by="tests", now=desk.tick())
    queue_digests(desk.tenant, now=desk.tick())
    now = desk.tick()

    both = [threading.Thread(target=send, args=(desk,), kwargs={"mail": mail, "now": now}) for _ in range(3)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert sorted(to[0] for to, _ in mail.letters) == ["ines@quendel.example", "lead@quendel.example"]


def test_a_stalled_channel_delays_no_letter(desk: Desk, mail: FakeMailServer, channel: FakeChannel) -> None:
    channel.mode = "stalls"
    queue_feed(desk.tenant, "slack", now=desk.tick())
    ask(desk, 1)
    queue_feed(desk.tenant, "slack", now=desk.tick())
    queue_digests(desk.tenant, now=desk.tick())
    sinks = sinks_of(settings(desk, mail=mail, slack=channel.url), desk.name)
    arrived: list[bool] = []

    def post(message: object) -> None:
        # The letter leaves while this one is being posted.
        for _ in range(200):
            if mail.letters:
                break
            threading.Event().wait(0.02)
        arrived.append(bool(mail.letters))

    deliver(desk.tenant, {"slack": post, "mail": sinks["mail"]}, now=desk.tick(), web_url=WEB)

    assert arrived == [True]


def test_the_feed_begins_where_the_ledger_stands_and_tells_everything_once(desk: Desk, channel: FakeChannel) -> None:
    assert queue_feed(desk.tenant, "slack", now=desk.tick()) is None
    ask(desk, 4)
    assert queue_feed(desk.tenant, "slack", now=desk.tick())
    assert queue_feed(desk.tenant, "slack", now=desk.tick()) is None

    assert send(desk, slack=channel.url) == {"slack": (1, 0)}

    assert queue_feed(desk.tenant, "slack", now=desk.tick()) is None, "it was told"
    ((key, post),) = channel.posts
    assert key == outbox(desk.tenant)[0]["message_id"]
    (section,) = [block["text"]["text"] for block in post["blocks"] if block["type"] == "section"]
    assert section.startswith("• 4 proposals decided by policy")


def test_while_a_channel_is_down_what_happens_is_gathered_for_when_it_is_back(desk: Desk, channel: FakeChannel) -> None:
    queue_feed(desk.tenant, "slack", now=desk.tick())
    channel.mode, now = 500, desk.tick()
    for number in range(3):
        ask(desk, 1 + number, kind="stale_flag" if number % 2 else "merge")
        tell_channels(desk.tenant, ["slack"], now=now)
        assert send(desk, slack=channel.url, now=now)["slack"][0] == 0
        now += timedelta(hours=7)
    channel.mode = "works"
    for _ in range(2):
        send(desk, slack=channel.url, now=now)
        tell_channels(desk.tenant, ["slack"], now=now)
    send(desk, slack=channel.url, now=now)

    spans = [post["blocks"][-2]["elements"][0]["text"].split("events ")[1].split(".")[0] for _, post in channel.posts]
    first, second = ([int(end.replace(",", "")) for end in span.split(" to ")] for span in spans)
    ((head,),) = desk.sql("select seq from ledger.head")
    assert first[1] + 1 == second[0]
    assert second[1] == head


def test_a_feed_tells_no_name_and_no_value(desk: Desk) -> None:
    ask(desk, 2)
    batch = preview_feed(desk.tenant, "slack", now=desk.tick(), web_url=WEB)

    assert batch is not None
    told = repr(batch.told)
    assert "2 changes of who decides" in told
    assert not [word for word in ("ines", "lead", "quendel", "Buyer") if word in told]


def test_a_wrong_address_of_one_sink_stops_no_other(desk: Desk, mail: FakeMailServer) -> None:
    queue_feed(desk.tenant, "slack", now=desk.tick())
    ask(desk, 1)
    queue_feed(desk.tenant, "slack", now=desk.tick())
    queue_digests(desk.tenant, now=desk.tick())

    assert send(desk, mail=mail, slack="http://hooks.example/secret") == {"mail": (1, 0), "slack": (0, 1)}

    problem = next(each["problem"] for each in outbox(desk.tenant) if each["sink"] == "slack")
    assert problem.startswith(f"KEMPT_SLACK_URL_{desk.name.upper()} is no address")
    assert "secret" not in problem


def test_a_preview_sends_writes_and_signs_nothing(desk: Desk) -> None:
    (proposal,) = ask(desk, 1)
    before = desk.sql("select (select count(*) from kempt.outbox), (select seq from ledger.head)")

    text = preview_digest(desk.tenant, "lead", now=desk.tick(), web_url=WEB).text

    assert f"{WEB}/t/{desk.name}/items/{proposal}" in text
    assert "/open/" not in text
    assert desk.sql("select (select count(*) from kempt.outbox), (select seq from ledger.head)") == before


def test_what_was_decided_meanwhile_is_not_asked_again(desk: Desk, mail: FakeMailServer) -> None:
    first, *_ = ask(desk, 3)
    queue_digests(desk.tenant, now=desk.tick())
    desk.decide(first, "reject")
    send(desk, mail=mail)

    body = message_from_bytes(mail.letters[0][1], policy=policy.default).get_body(("plain",)).get_content()
    assert body.count("Take this job title") == 2
    assert "1 more was settled while this letter was on its way." in body


# Links ----------------------------------------------------------------------------------------------------------------


def test_a_link_opens_its_item_once_for_whom_it_was_sent_to(desk: Desk, mail: FakeMailServer) -> None:
    link = letter_for(desk, "lead", mail)

    looks = [look_at_link(desk.tenant, link, who="lead", now=desk.tick()) for _ in range(3)]
    opened = use_link(desk.tenant, link, who="lead", now=desk.tick())

    assert {each.state for each in looks} == {"sound"}, "looking changes nothing"
    assert {each.proposal_id for each in looks} == {opened}
    assert look_at_link(desk.tenant, link, who="lead", now=desk.tick()).state == "used"
    with pytest.raises(Conflict, match="used before"):
        use_link(desk.tenant, link, who="lead", now=desk.tick())


def test_a_forwarded_link_says_so_and_does_not_say_which_item(desk: Desk, mail: FakeMailServer) -> None:
    link = letter_for(desk, "lead", mail)

    looked = look_at_link(desk.tenant, link, who="ines", now=desk.tick())

    assert (looked.state, looked.proposal_id) == ("of_another", None)
    with pytest.raises(Conflict, match="somebody else"):
        use_link(desk.tenant, link, who="ines", now=desk.tick())
    assert use_link(desk.tenant, link, who="lead", now=desk.tick())


def test_a_link_expires_after_two_weeks(desk: Desk, mail: FakeMailServer) -> None:
    link = letter_for(desk, "lead", mail)
    later = desk.tick() + timedelta(days=14)

    assert look_at_link(desk.tenant, link, who="lead", now=later).state == "expired"
    with pytest.raises(Conflict, match="expired"):
        use_link(desk.tenant, link, who="lead", now=later)


def test_a_link_of_another_tenant_is_no_link(desk: Desk, mail: FakeMailServer, open_desk: Callable[[], Desk]) -> None:
    link = letter_for(desk, "lead", mail)

    assert look_at_link(open_desk().tenant, link, who="lead", now=datetime.now(UTC)).state == "broken"
    assert look_at_link(desk.tenant, link[:-9], who="lead", now=desk.tick()).state == "broken"


def test_of_many_who_open_a_link_at_once_one_does(desk: Desk, mail: FakeMailServer) -> None:
    link, now, opened = letter_for(desk, "lead", mail), desk.tick(), []

    def open_it() -> None:
        with contextlib.suppress(Conflict):
            opened.append(use_link(desk.tenant, link, who="lead", now=now))

    everybody = [threading.Thread(target=open_it) for _ in range(5)]
    for each in everybody:
        each.start()
    for each in everybody:
        each.join()

    assert len(opened) == 1


@pytest.mark.parametrize("how", ["deliver", "the application itself"])
def test_what_left_long_ago_is_forgotten_and_nothing_else_can_be(desk: Desk, mail: FakeMailServer, how: str) -> None:
    made = """
        insert into kempt.outbox (tenant, message_id, sink, recipient, about, made_at, due_at, sent_at, dropped_at)
        select %(tenant)s, gen_random_uuid(), 'slack', null, jsonb_build_object('case', told), at, at,
            case when told like 'sent%%' then at end, case when told like 'dropped%%' then at end
        from (values ('sent long ago', now() - interval '31 days'), ('dropped long ago', now() - interval '31 days'),
            ('sent', now() - interval '29 days'), ('waits', now() - interval '400 days')) as told(told, at)
    """
    with desk.tenant.database.transaction(desk.name) as connection:
        connection.execute(made, {"tenant": desk.name})

    if how == "deliver":
        send(desk, mail=mail)
    else:
        with desk.tenant.database.transaction(desk.name) as connection:
            connection.execute("delete from kempt.outbox")

    left = desk.sql("select about ->> 'case' from kempt.outbox order by 1")
    assert left == [("sent",), ("waits",)]
