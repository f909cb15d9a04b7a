"""Who asks, for which tenant, in which roles; what she may not do is refused before anything else happens."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Form, HTTPException, Request
from fastapi.routing import APIRoute

from kempt.agents.actors import Actor, Unmasking
from kempt.agents.roles import ROLES, Role
from kempt.errors import KemptError
from kempt.usecases.members import roles_of
from kempt.usecases.sessions import Session, account_of, find_session
from kempt.usecases.tenancy import Tenant
from kempt.web.access import ACCESS, NO_TENANT, STRANGERS, UNMASKS
from kempt.web.house import House

BEARER = "Bearer "
SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in."""

    request: Request
    house: House
    account: str
    session: Session | None
    """None for programs, which come with a token."""
    tenant_name: str | None
    roles: frozenset[Role]
    nobody_registered: bool
    now: datetime

    @property
    def tenant(self) -> Tenant:
        """The tenant, opened."""
        assert self.tenant_name is not None
        return self.house.tenant(self.tenant_name)

    def may(self, route: str) -> bool:
        """Whether she may ask for another route of this tenant."""
        return bool(ACCESS[route] & self.roles)

    @property
    def unmasking(self) -> Unmasking | None:
        """What lifts the mask: a role that may, and a purpose that she gave for this session."""
        role = next((role for role in ROLES if role in self.roles & UNMASKS), None)
        purpose = self.session.purpose if self.session is not None else None
        return Unmasking(by=Actor(name=self.account, role=role), purpose=purpose) if role and purpose else None


class SignInNeeded(KemptError):
    """Nobody is signed in."""


def visiting(request: Request) -> Visit:
    """The visit behind a page that is only read."""
    return _visit(request)


def posting(request: Request, csrf: Annotated[str, Form()] = "") -> Visit:
    """The visit behind a form: it must be one of ours, sent by whoever it was shown to."""
    visit = _visit(request)
    if visit.session is None or not hmac.compare_digest(csrf.encode(), visit.session.csrf.encode()):
        raise HTTPException(403, "This form is too old, or was not ours. Go back, load the page again, and repeat it.")
    return visit


def calling(request: Request) -> Visit:
    """The visit of a program, with a token; or of our own page, with its session and the token of its forms."""
    visit = _visit(request)
    if visit.session is not None and request.method not in SAFE:
        token = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(token.encode(), visit.session.csrf.encode()):
            raise HTTPException(403, "X-CSRF-Token is missing or wrong.")
    return visit


def _visit(request: Request) -> Visit:
    house: House = request.app.state.house
    route = request.scope["route"].name
    now = house.clock()
    account, session = _who(request, house, now)
    if route in NO_TENANT:
        return Visit(request=request, house=house, account=account, session=session, tenant_name=None,
                     roles=frozenset(), nobody_registered=False, now=now)  # fmt: skip
    tenant = request.path_params.get("tenant", "")
    roles, open_ = _roles(house, tenant, account, now)
    # Somebody else's tenant answers like one that is not there.
    if not roles:
        raise HTTPException(404, "There is nothing here.")
    if not ACCESS[route] & roles:
        raise HTTPException(403, f"As {', '.join(sorted(roles))} you may not do this.")
    return Visit(request=request, house=house, account=account, session=session, tenant_name=tenant, roles=roles,
                 nobody_registered=open_, now=now)  # fmt: skip


def _who(request: Request, house: House, now: datetime) -> tuple[str, Session | None]:
    authorization = request.headers.get("authorization", "")
    if authorization.startswith(BEARER):
        account = account_of(house.database, authorization.removeprefix(BEARER).strip(), now=now)
        if account is None:
            raise HTTPException(401, "This token is not valid, or not any more.")
        return account, None
    token = request.cookies.get(request.app.state.cookie)
    session = find_session(house.database, token, now=now) if token else None
    if session is None:
        raise SignInNeeded
    if session.fresh_token is not None:
        request.state.fresh_token = session.fresh_token
    return session.account, session


def roles_in(house: House, tenant: str, account: str, now: datetime) -> frozenset[Role]:
    """What somebody is in a tenant; nothing where there is no such tenant."""
    return _roles(house, tenant, account, now)[0]


def _roles(house: House, tenant: str, account: str, now: datetime) -> tuple[frozenset[Role], bool]:
    if not house.knows(tenant):
        return frozenset(), False
    with house.database.transaction(tenant) as connection:
        roles = roles_of(connection, account, now.date())
    # As on the command line: until somebody is registered, whoever has an account here does everything.
    return (frozenset(ROLES), True) if roles is None else (frozenset(roles), False)


def check_routes(routes: Sequence[APIRoute]) -> None:
    """Refuses to start with a route that nobody said who may use, or that lets in whoever asks.

    What is not for strangers stands behind one of the visits of this module; a page's form behind `posting`.
    """
    names, ruled = {route.name for route in routes}, set(ACCESS) | NO_TENANT
    unruled, idle = names - ruled, ruled - names
    if unruled or idle:
        raise RuntimeError(f"routes without a rule: {sorted(unruled)}; rules without a route: {sorted(idle)}")
    for route in (route for route in routes if route.name not in STRANGERS):
        form = not SAFE.issuperset(route.methods or ()) and not route.include_in_schema
        gates: list[Any] = [posting] if form else [visiting, calling]
        if not any(each.call in gates for each in route.dependant.dependencies):
            raise RuntimeError(f"route {route.name} is open to strangers, or takes forms that are not ours")
    assert STRANGERS <= NO_TENANT
    assert not NO_TENANT & set(ACCESS)


Reading = Annotated[Visit, Depends(visiting)]
Posting = Annotated[Visit, Depends(posting)]
Calling = Annotated[Visit, Depends(calling)]
