"""What should agree is held side by side and brought together again; what two sources fight over is stopped."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

from kempt.usecases.divergence import Divergence, find_divergence, mend
from kempt.usecases.ping_pong import PingPong, find_ping_pong, hold
from kempt.usecases.tenancy import Tenant

MOST_ROUNDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What differed in every round, the last one having found what is left, and the fields that were stopped."""

    rounds: tuple[Divergence, ...]
    fought_over: tuple[PingPong, ...]
    stopped: int

    @property
    def left(self) -> Divergence:
        """What differs still."""
        return self.rounds[-1]


def reconcile(tenant: Tenant, lake: duckdb.DuckDBPyConnection, *, apply: bool, now: datetime) -> Reconciled:
    """Lists what diverges and, with `apply`, repairs it in at most two rounds.

    What is left then was changed by somebody who went past the ledger: `kempt ledger verify` and a backup are next.
    """
    with tenant.database.transaction(tenant.name) as connection:
        fought_over = find_ping_pong(connection)
    stopped = 0
    for each in fought_over if apply else ():
        with tenant.database.transaction(tenant.name) as connection:
            stopped += hold(connection, tenant, lake, each, now=now)
    rounds = [find_divergence(tenant, lake)]
    while apply and not rounds[-1].none and len(rounds) <= MOST_ROUNDS:
        mend(tenant, lake, rounds[-1], now=now)
        rounds.append(find_divergence(tenant, lake))
    return Reconciled(rounds=tuple(rounds), fought_over=fought_over, stopped=stopped)
