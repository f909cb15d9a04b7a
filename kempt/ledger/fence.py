"""Fencing: a run that lost its tenant to another commits nothing more.

Who holds a tenant holds an epoch, a number that the next holder raises. The process keeps its own and compares before
each commit; the row is locked until then, so that nobody takes over in between.
(M. Kleppmann, "How to do distributed locking", 2016.)
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kempt.errors import StopRun

_HELD: dict[str, int] = {}
"""Of this process, as the lock itself is."""


@contextmanager
def fenced(tenant: str, epoch: int) -> Iterator[None]:
    """Until the end of the block, this process commits for the tenant only while this epoch is the newest."""
    _HELD[tenant] = epoch
    try:
        yield
    finally:
        del _HELD[tenant]


def next_epoch(connection: psycopg.Connection, tenant: str) -> int:
    """A new epoch of the tenant in context; whoever held an older one is shut out from here on."""
    (epoch,) = connection.execute(
        "insert into kempt.lease as held (tenant, epoch) values (%s, 1) "
        "on conflict (tenant) do update set epoch = held.epoch + 1 returning epoch",
        [tenant],
    ).fetchone() or (0,)
    return int(epoch)


def refuse_when_taken_over(connection: psycopg.Connection, tenant: str) -> None:
    """Refuse to commit for a tenant that this process held and another one has taken since."""
    mine = _HELD.get(tenant)
    if mine is None:
        return
    (newest,) = connection.execute(
        "select epoch from kempt.lease where tenant = %s for share", [tenant]
    ).fetchone() or (0,)
    if newest != mine:
        raise StopRun(
            f"{tenant}: another run took over while this one was cut off from the database. Nothing of this step was "
            "written; the other run does the work."
        )
