"""The week of a tenant, for people who do not come to look: put into the outbox, once a week for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb

from kempt.ids import stable_id
from kempt.telling.letter import Written, write
from kempt.usecases.digest_facts import facts, move_told, told_until
from kempt.usecases.digest_letter import letter_of, plain_links
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.mailboxes import recipients
from kempt.usecases.tenancy import Tenant

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Whom a digest was put into the outbox for, who has had this week's already, and who has no address."""

    queued: Sequence[str]
    had: Sequence[str]
    without_address: Sequence[str]


def queue_digests(tenant: Tenant, *, now: datetime, dry_run: bool = False) -> Queued:
    """A letter for each recipient about what happened since her last one; a second call in the same week adds none."""
    queued, had = [], []
    with tenant.database.transaction(tenant.name) as connection:
        people = recipients(connection, tenant, now.date())
        for name in (each.name for each in people if each.address is not None):
            year, week, _ = now.isocalendar()
            message = stable_id("digest", tenant.name, name, f"{year}-{week}")
            told = told_until(connection, _sink(name))
            if connection.execute("select from kempt.outbox where message_id = %s", [message]).fetchone() is not None:
                had.append(name)
                continue
            queued.append(name)
            if dry_run:
                continue
            head = ledger_head(connection)
            after, since = told or (0, now - WEEK)
            about = facts(connection, after=after, head=head, since=since, until=now)
            connection.execute(
                "insert into kempt.outbox (tenant, message_id, sink, recipient, about, made_at, due_at) "
                "values (kempt.tenant(), %s, 'mail', %s, %s, %s, %s) on conflict do nothing",
                [message, name, Jsonb(about), now, now],
            )
            move_told(connection, _sink(name), head, now)
    return Queued(queued=queued, had=had, without_address=[each.name for each in people if each.address is None])


def preview_digest(tenant: Tenant, name: str, *, now: datetime, web_url: str) -> Written:
    """What this person would be sent now. Its links lead to the items, and open for whoever may see them."""
    with tenant.database.transaction(tenant.name) as connection:
        after, since = told_until(connection, _sink(name)) or (0, now - WEEK)
        about = facts(connection, after=after, head=ledger_head(connection), since=since, until=now)
        letter = letter_of(
            connection, tenant, name, about, made_at=now, links=plain_links(tenant, web_url), web_url=web_url
        )
    return write(letter)


def _sink(name: str) -> str:
    return f"digest of {name}"
