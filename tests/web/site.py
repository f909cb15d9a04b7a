"""The web app over tenants of the tests: who there is, how they sign in, and the app in this process or on a port."""

import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import Response
from starlette.testclient import TestClient

from kempt.settings import Settings
from kempt.usecases.accounts import add_account, make_link
from kempt.usecases.sessions import Session, begin_session
from kempt.web.app import ROUTERS, create_app
from kempt.web.house import House
from tests.installation import free_port

ADDRESS = "http://127.0.0.1:3080"
NOTHING = str(uuid.UUID(int=7))
NO_PAGES = frozenset({"healthz", "oidc_start", "oidc_back", "audit_export"})


@dataclass
class Clock:
    """The moment that the app takes for now; it can be put on."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def pass_(self, **some: float) -> None:
        self.ahead += timedelta(**some)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser's session."""

    account: str
    token: str
    csrf: str

    @property
    def cookie(self) -> dict[str, str]:
        return {"cookie": f"kempt={self.token}"}


@dataclass
class Site:
    """The app and its clock."""

    house: House
    app: FastAPI
    clock: Clock
    _clients: list[TestClient] = field(default_factory=list)

    def account(self, name: str, *, password: str | None = None) -> str:
        add_account(self.house.database, name, by="tests", now=self.clock(), password=password)
        return name

    def signed_in(self, account: str) -> SignedIn:
        """A new session of an account, which is added if it is not there."""
        session: Session
        session, token = begin_session(self.house.database, self.account(account), now=self.clock())
        return SignedIn(account, token, session.csrf)

    def link(self, account: str) -> str:
        """The path of a link that signs in once."""
        return f"/sign-in/link/{make_link(self.house.database, self.account(account), now=self.clock())}"

    def ask(
        self,
        method: str,
        path: str,
        by: SignedIn | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> Response:
        """One request, with nothing that was not said; redirects are answers."""
        if not self._clients:
            self._clients.append(TestClient(self.app, base_url=ADDRESS, raise_server_exceptions=False))
        self._clients[0].cookies.clear()
        told = {**(by.cookie if by else {}), **(headers or {})}
        return self._clients[0].request(method, path, headers=told, follow_redirects=False, **sent)

    def get(self, path: str, by: SignedIn | None = None, **more: Any) -> Response:
        return self.ask("GET", path, by, **more)

    def post(self, path: str, by: SignedIn, **form: Any) -> Response:
        """A form of ours, sent by whoever it was shown to."""
        return self.ask("POST", path, by, data={"csrf": by.csrf, **form})


@contextmanager
def new_site(settings: Settings) -> Iterator[Site]:
    clock = Clock()
    house = House(settings, clock=clock)
    try:
        yield Site(house, create_app(house), clock)
    finally:
        house.close()


@contextmanager
def served(site: Site) -> Iterator[str]:
    """The same app on a port of this machine, for browsers; its address."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(site.app, host="127.0.0.1", port=port, log_level="error", lifespan="off", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def address(route: APIRoute, known: Mapping[str, str]) -> str:
    """The address of a route about what is known; about something that is not there otherwise."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: known.get(found[1], NOTHING), route.path)


def pages_of(app: FastAPI, known: Mapping[str, str]) -> dict[str, str]:
    """The address of each page by its name, as far as all that it is about is known."""
    asked = {name: address(route, known) for name, route in routes_of(app).items() if is_page(route)}
    return {name: path for name, path in asked.items() if NOTHING not in path}


def is_page(route: APIRoute) -> bool:
    """Whether people look at it."""
    return route.methods == {"GET"} and not route.path.startswith("/api/") and route.name not in NO_PAGES


def routes_of(app: FastAPI) -> dict[str, APIRoute]:
    """Every route by its name, as the app itself has them."""
    found = (route for router in (*ROUTERS, app) for route in router.routes)
    return {route.name: route for route in found if isinstance(route, APIRoute)}
