"""What happened, batch by batch, for a team's channel: counts and ids from the ledger, in its order, nothing twice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from kempt.ids import stable_id
from kempt.telling.chat import Batch, Told
from kempt.telling.sentences import counted, stem
from kempt.usecases.digest_facts import move_told, told_until
from kempt.usecases.identity_rows import ledger_head
from kempt.usecases.tenancy import Tenant

FEW, NAMED = 50, 3
"""Of so few events of one type, so many ids are told."""

COUNTED = """
select type, count(*), min(at), max(at) from ledger.event
where tenant = (select kempt.tenant()) and seq > %s and seq <= %s group by type order by count(*), type
"""
NAMES = """
select type, body::jsonb from (
    select type, body, row_number() over (partition by type order by seq) as place from ledger.event
    where tenant = (select kempt.tenant()) and seq > %s and seq <= %s and type = any(%s)
) as found where place <= %s order by type, place
"""
ID_PARTS = ("proposal_id", "entity_id", "record_id", "subject", "source", "version", "agent", "left_record")


def queue_feed(tenant: Tenant, sink: str, *, now: datetime) -> str | None:
    """Puts what happened since the last batch into the outbox; None when nothing did.

    A new sink begins where the ledger stands. While a batch waits for a channel that is down no other is made: what
    happens meanwhile comes in one batch when it is back.
    """
    with tenant.database.transaction(tenant.name) as connection:
        told = told_until(connection, sink)
        head = ledger_head(connection)
        if told is None:
            move_told(connection, sink, head, now)
            return None
        after, _ = told
        waits = "select from kempt.outbox where sink = %s and sent_at is null and dropped_at is null limit 1"
        if head <= after or connection.execute(waits, [sink]).fetchone() is not None:
            return None
        message = stable_id("feed", tenant.name, sink, str(after), str(head))
        connection.execute(
            "insert into kempt.outbox (tenant, message_id, sink, about, made_at, due_at) "
            "values (kempt.tenant(), %s, %s, %s, %s, %s)",
            [message, sink, Jsonb(_about(connection, after, head)), now, now],
        )
        move_told(connection, sink, head, now)
    return message


def preview_feed(tenant: Tenant, sink: str, *, now: datetime, web_url: str) -> Batch | None:
    """The batch that would be made now; without one yet, of the last thousand events."""
    with tenant.database.transaction(tenant.name) as connection:
        head = ledger_head(connection)
        told = told_until(connection, sink)
        after = told[0] if told is not None and told[0] < head else max(0, head - 1000)
        if head == after:
            return None
        message = stable_id("feed", tenant.name, sink, str(after), str(head))
        about = _about(connection, after, head)
        return batch_of(connection, tenant.name, message, about, web_url)


def batch_of(
    connection: Connection[Any], tenant: str, message_id: str, about: Mapping[str, Any], web_url: str
) -> Batch:
    """A batch from what the outbox holds of it."""
    waiting = connection.execute("select count(*) from kempt.review_item where state = 'pending'").fetchone()
    return Batch(
        message_id=message_id,
        tenant=tenant,
        first_seq=about["first_seq"],
        last_seq=about["last_seq"],
        since=datetime.fromisoformat(about["since"]),
        until=datetime.fromisoformat(about["until"]),
        told=[Told(what=counted(each["type"], each["count"]), ids=each["ids"]) for each in about["told"]],
        waiting=waiting[0] if waiting else 0,
        audit=f"{web_url}/t/{tenant}/audit",
    )


def _about(connection: Connection[Any], after: int, head: int) -> dict[str, Any]:
    rows = connection.execute(COUNTED, [after, head]).fetchall()
    few = [type for type, count, *_ in rows if count <= FEW]
    ids: dict[str, list[str]] = {}
    for type, body in connection.execute(NAMES, [after, head, few, NAMED]):
        found = next((str(body[part]) for part in ID_PARTS if isinstance(body.get(part), str)), None)
        ids.setdefault(type, []).extend([found[: 12 if "_" in found else 8]] if found else [])
    # The versions of a type are one thing to a reader.
    merged: dict[str, dict[str, Any]] = {}
    for type, count, *_ in rows:
        line = merged.setdefault(stem(type), {"type": stem(type), "count": 0, "ids": []})
        line["count"] += count
        line["ids"] = [*line["ids"], *ids.get(type, ())][:NAMED]
    return {
        "first_seq": after + 1,
        "last_seq": head,
        "since": min(row[2] for row in rows).isoformat(),
        "until": max(row[3] for row in rows).isoformat(),
        "told": list(merged.values()),
    }
