"""What a superuser can do to a ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

TRIGGERS = (("event", "only_grows"), ("head", "only_grows"), ("head", "attested"), ("attestation", "only_grows"))

REWRITE = """
    with recursive chained as (
        select e.seq, ledger.genesis(e.tenant) as prev,
            ledger.link(null, ledger.genesis(e.tenant), ledger.leaf(e.tenant, e.seq, e.event_id, e.type, e.at, e.body))
                as hash
        from ledger.event e where e.tenant = %(t)s and e.seq = 1
        union all
        select e.seq, c.hash,
            ledger.link(null, c.hash, ledger.leaf(e.tenant, e.seq, e.event_id, e.type, e.at, e.body))
        from chained c join ledger.event e on e.tenant = %(t)s and e.seq = c.seq + 1
    )
    update ledger.event e set prev = chained.prev, hash = chained.hash from chained
    where e.tenant = %(t)s and e.seq = chained.seq;
    update ledger.head h set seq = e.seq, hash = e.hash from ledger.event e
    where h.tenant = %(t)s and e.tenant = %(t)s and e.seq = (select max(seq) from ledger.event where tenant = %(t)s)
"""
"""Makes the chain fit again from its first event to its head."""


@contextmanager
def unlocked_by(connection: psycopg.Connection) -> Iterator[None]:
    """Without the triggers that refuse even a superuser's plain statements."""
    for action in ("disable", "enable always"):
        for table, trigger in TRIGGERS:
            connection.execute(f"alter table ledger.{table} {action} trigger {trigger}")  # type: ignore[call-overload]
        if action == "disable":
            yield
