"""What all requests share: the tenants, opened once and looked at again every few seconds."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from kempt.ledger.database import Database
from kempt.settings import Settings
from kempt.usecases.inbox import choices
from kempt.usecases.tenancy import Tenant, Tenants

CONNECTIONS = 16
FRESH = 5.0
STALE = 30.0
"""Seconds: for so long a tenant's policies and sources may be those of before."""


@dataclass(frozen=True, slots=True)
class _Opened:
    tenant: Tenant
    at: float


class House:
    """The installation, as the web app sees it."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings = settings
        self.clock = clock
        self.tenants = Tenants(settings, pooled=CONNECTIONS)
        self._names: tuple[tuple[str, ...], float] = ((), -FRESH)
        self._choices: dict[str, tuple[dict[str, list[str]], float]] = {}
        self._opened: dict[str, _Opened] = {}
        self._opening: set[str] = set()
        self._lock = threading.Lock()
        self._behind = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reopen")

    @property
    def database(self) -> Database:
        """The database as the app may see it."""
        return self.tenants.database

    def knows(self, name: str) -> bool:
        """Whether there is such a tenant; one that is not known yet is looked for."""
        return name in self.names() or name in self.names(anew=True)

    def names(self, *, anew: bool = False) -> tuple[str, ...]:
        """Every tenant; one that was added a moment ago may be missing."""
        names, at = self._names
        if anew or time.monotonic() - at >= FRESH:
            names = self.tenants.names()
            self._names = names, time.monotonic()
        return names

    def tenant(self, name: str) -> Tenant:
        """A tenant with the policies in force. Nobody waits for it to be read again unless it is too old."""
        found, age = self._opened.get(name), 0.0
        if found is not None:
            age = time.monotonic() - found.at
        if found is None or age > STALE:
            return self._open(name)
        if age > FRESH:
            with self._lock:
                if name not in self._opening:
                    self._opening.add(name)
                    self._behind.submit(self._open, name)
        return found.tenant

    def choices(self, tenant: Tenant) -> dict[str, list[str]]:
        """What the inbox's filters can be set to, which is read from every item that waits: once in a while."""
        found, at = self._choices.get(tenant.name, ({}, -STALE))
        if time.monotonic() - at >= STALE:
            found = choices(tenant)
            self._choices[tenant.name] = found, time.monotonic()
        return found

    def forget(self, name: str) -> None:
        """A tenant's policies changed here: the next request reads them."""
        self._opened.pop(name, None)

    def close(self) -> None:
        """Lets go of the connections."""
        self._behind.shutdown(wait=False, cancel_futures=True)
        if self.database.pool is not None:
            self.database.pool.close()

    def _open(self, name: str) -> Tenant:
        try:
            opened = self.tenants.open(name)
        finally:
            with self._lock:
                self._opening.discard(name)
        self._opened[name] = _Opened(opened, time.monotonic())
        return opened
