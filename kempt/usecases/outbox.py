"""Messages on their way: each leaves at least once, and carries an id by which a second copy is known.

A message is claimed for a while, sent outside any transaction, then marked. Whoever dies in between leaves it claimed,
and it is sent again when the claim ends. Sinks do not wait for each other: each is emptied in a thread of its own, and
one that does not answer is left alone until its next turn.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import dict_row

from kempt.errors import KemptError, Retry, SkipRecord, StopRun
from kempt.settings import Settings
from kempt.telling.addresses import mail_server, webhook
from kempt.telling.chat import card, slack
from kempt.telling.letter import Written, write
from kempt.telling.mail import MailServer
from kempt.telling.webhook import Channel
from kempt.usecases.change_feed import batch_of, queue_feed
from kempt.usecases.digest_letter import letter_of, signed_links
from kempt.usecases.mailboxes import recipients
from kempt.usecases.tenancy import Tenant

CLAIM = timedelta(minutes=10)
"""Longer than any message takes to send."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=6)
MOST = 500
"""Messages of one sink at once."""

CHANNELS = ("slack", "teams")

log = logging.getLogger(__name__)


class Sent(NamedTuple):
    """What became of the messages of one sink."""

    sink: str
    sent: int = 0
    failed: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A claimed message, made ready to leave: a letter for an address, or what a channel takes."""

    message_id: str
    attempts: int
    address: str | None = None
    letter: Written | None = None
    payload: Mapping[str, Any] | None = None


Send = Callable[[Message], None]


def sinks_of(settings: Settings, tenant: str) -> dict[str, Send]:
    """What is switched on for a tenant: how a message leaves, by sink. An address that is wrong fails its own sink."""
    found: dict[str, Send] = {}
    if settings.smtp_url is not None:
        found["mail"] = _by_mail(settings.smtp_url, settings.mail_from)
    for sink, urls in (("slack", settings.slack_urls), ("teams", settings.teams_urls)):
        if tenant in urls:
            found[sink] = _by_webhook(urls[tenant], f"KEMPT_{sink.upper()}_URL_{tenant.upper()}")
    return found


def deliver(tenant: Tenant, sinks: Mapping[str, Send], *, now: datetime, web_url: str) -> Sequence[Sent]:
    """Sends what is due to each sink; what left or was dropped long ago is forgotten."""
    if not sinks:
        return ()
    _forget(tenant)
    with ThreadPoolExecutor(max_workers=len(sinks)) as pool:
        return list(pool.map(lambda each: _empty(tenant, *each, now=now, web_url=web_url), sinks.items()))


def tell_channels(tenant: Tenant, sinks: Iterable[str], *, now: datetime) -> Sequence[str]:
    """Puts what happened into the outbox of each channel that is on; the sinks for which there was something."""
    return [sink for sink in sinks if sink in CHANNELS and queue_feed(tenant, sink, now=now)]


def is_due(tenant: Tenant, sinks: Sequence[str], *, now: datetime) -> bool:
    """Whether a message waits whose turn it is."""
    query = (
        "select from kempt.outbox where sink = any(%s) and due_at <= %s and sent_at is null and dropped_at is null "
        "limit 1"
    )
    with tenant.database.transaction(tenant.name) as connection:
        return connection.execute(query, [list(sinks), now]).fetchone() is not None


def outbox(tenant: Tenant, *, limit: int = 50) -> list[dict[str, Any]]:
    """The newest messages and what became of them; ids and counts, no address."""
    with tenant.database.transaction(tenant.name) as connection:
        return connection.cursor(row_factory=dict_row).execute(
            """
            select message_id::text, sink, recipient, made_at, attempts, due_at, sent_at, dropped_at, problem,
                case when sent_at is not null then 'sent' when dropped_at is not null then 'dropped'
                    when attempts > 0 then 'tried' else 'waiting' end as state
            from kempt.outbox order by made_at desc, message_id limit %s
            """,
            [limit],
        ).fetchall()  # fmt: skip


def _forget(tenant: Tenant) -> None:
    # The database holds to the same rule: nothing that still waits can go.
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute("delete from kempt.outbox where coalesce(sent_at, dropped_at) < now() - interval '30 days'")
        connection.execute("delete from kempt.link_use where expires_at < now() - interval '30 days'")


def _empty(tenant: Tenant, sink: str, send: Send, *, now: datetime, web_url: str) -> Sent:
    sent = Sent(sink)
    for _ in range(MOST):
        claimed = _claim(tenant, sink, now=now, web_url=web_url)
        if claimed is None:
            break
        if isinstance(claimed, str):
            sent = sent._replace(dropped=sent.dropped + 1)
            continue
        try:
            send(claimed)
        except KemptError as problem:
            log.warning("%s: message %s did not leave by %s: %s", tenant.name, claimed.message_id, sink, problem)
            _mark_failed(tenant, claimed, problem, now=now)
            sent = sent._replace(failed=sent.failed + 1)
            if isinstance(problem, SkipRecord):
                continue  # this one message was refused; the next may not be
            break
        _mark_sent(tenant, claimed, now=now)
        sent = sent._replace(sent=sent.sent + 1)
    return sent


def _claim(tenant: Tenant, sink: str, *, now: datetime, web_url: str) -> Message | str | None:
    """The next message of a sink, for ourselves for a while; the id of one that was dropped; None when none is due."""
    with tenant.database.transaction(tenant.name) as connection:
        row = connection.cursor(row_factory=dict_row).execute(
            """
            update kempt.outbox set attempts = attempts + 1, due_at = %(until)s
            where message_id = (
                select message_id from kempt.outbox
                where sink = %(sink)s and due_at <= %(now)s and sent_at is null and dropped_at is null
                order by due_at, message_id limit 1 for update skip locked
            )
            returning message_id::text, recipient, about, made_at, attempts
            """,
            {"sink": sink, "now": now, "until": now + CLAIM},
        ).fetchone()  # fmt: skip
        if row is None:
            return None
        ready = _made_ready(connection, tenant, sink, row, now=now, web_url=web_url)
        if ready is None:
            connection.execute(
                "update kempt.outbox set dropped_at = %s, problem = 'gets no digest any more' where message_id = %s",
                [now, row["message_id"]],
            )
        return ready or str(row["message_id"])


def _made_ready(
    connection: Connection[Any],
    tenant: Tenant,
    sink: str,
    row: Mapping[str, Any],
    *,
    now: datetime,
    web_url: str,
) -> Message | None:
    ready = Message(message_id=row["message_id"], attempts=row["attempts"])
    if sink != "mail":
        batch = batch_of(connection, tenant.name, row["message_id"], row["about"], web_url)
        return replace(ready, payload=slack(batch) if sink == "slack" else card(batch))
    people = {each.name: each for each in recipients(connection, tenant, now.date())}
    recipient = people.get(row["recipient"])
    if recipient is None or recipient.address is None:
        return None
    links = signed_links(tenant, web_url, recipient.name, row["made_at"])
    letter = letter_of(
        connection, tenant, recipient.name, row["about"], made_at=row["made_at"], links=links, web_url=web_url
    )
    return replace(ready, address=recipient.address, letter=write(letter))


def _mark_failed(tenant: Tenant, message: Message, problem: KemptError, *, now: datetime) -> None:
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(message.attempts - 1, 20))
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute(
            "update kempt.outbox set due_at = %s, problem = %s where message_id = %s",
            [now + wait, str(problem), message.message_id],
        )


def _mark_sent(tenant: Tenant, message: Message, *, now: datetime) -> None:
    with tenant.database.transaction(tenant.name) as connection:
        connection.execute(
            "update kempt.outbox set sent_at = %s, problem = null where message_id = %s", [now, message.message_id]
        )


def _by_mail(url: str, sender: str | None) -> Send:
    def send(message: Message) -> None:
        if sender is None:
            raise StopRun("KEMPT_MAIL_FROM is not set. Give the address that digests come from.")
        if message.address is None or message.letter is None:
            raise Retry("that is no letter")
        MailServer(mail_server(url), sender=sender).send(message.message_id, message.address, message.letter)

    return send


def _by_webhook(url: str, name: str) -> Send:
    def send(message: Message) -> None:
        Channel(webhook(url, name=name)).post(message.message_id, message.payload or {})

    return send
