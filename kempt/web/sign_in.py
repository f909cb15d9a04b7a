"""Signing in and out: by password, by a link that works once, or by whoever vouches for people here."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kempt.errors import KemptError
from kempt.usecases.accounts import accounts, add_account, check_password, use_link
from kempt.usecases.sessions import begin_session, end_all, end_session, make_api_token
from kempt.web.house import House
from kempt.web.rendering import render, render_outside, tenants_of
from kempt.web.visit import Posting, Reading

router = APIRouter(include_in_schema=False)


@router.get("/", name="home")
def home(visit: Reading) -> Response:
    """The inbox of the only tenant, or the choice of one."""
    names = tenants_of(visit)
    if len(names) == 1:
        return RedirectResponse(f"/t/{names[0]}/inbox", 303)
    return render(visit, "home.html")


@router.get("/sign-in", name="sign_in")
def sign_in(request: Request, next: str = "/") -> HTMLResponse:
    """The form."""
    return _form(request, next)


@router.post("/sign-in", name="sign_in_password")
def sign_in_password(
    request: Request,
    account: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=2000)],
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """One answer for a wrong name and a wrong password."""
    house: House = request.app.state.house
    address = request.client.host if request.client else "nowhere"
    try:
        right = check_password(house.database, account, password, address=address, now=house.clock())
    except KemptError as refused:
        return _form(request, next, account=account, problem=str(refused), status=429)
    if not right:
        return _form(request, next, account=account, problem="Account and password do not go together.", status=403)
    return signed_in(request, account, next)


@router.get("/sign-in/link/{token}", name="link")
def link(request: Request, token: str) -> HTMLResponse:
    """A button: whoever follows a link for somebody (a mail scanner, a preview) does not use it up."""
    return render_outside(request, "link.html", token=token, title="Sign in")


@router.post("/sign-in/link", name="sign_in_link")
def sign_in_link(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Uses the link up."""
    house: House = request.app.state.house
    account = use_link(house.database, token, now=house.clock())
    if account is None:
        why = "This link was used, or is too old. Ask for another: `kempt user link NAME`."
        return _form(request, "/", problem=why, status=403)
    return signed_in(request, account, "/")


@router.post("/sign-out", name="sign_out")
def sign_out(visit: Posting) -> Response:
    """Ends this browser's session."""
    name = visit.request.app.state.cookie
    end_session(visit.house.database, visit.request.cookies[name], now=visit.now)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(name, path="/")
    answer.headers["clear-site-data"] = '"cache", "storage"'
    visit.request.state.fresh_token = None
    return answer


@router.get("/account", name="account")
def account(visit: Reading) -> HTMLResponse:
    """What one may change about oneself."""
    return render(visit, "account.html", title="Your account", token=None, problem=None)


@router.post("/account/password", name="account_password")
def account_password(
    visit: Posting,
    password: Annotated[str, Form(max_length=2000)],
    current: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Another password; it signs out everywhere else, and here in again."""
    database = visit.house.database
    known = any(each.name == visit.account and each.has_password for each in accounts(database))
    address = visit.request.client.host if visit.request.client else "nowhere"
    try:
        if known and not check_password(database, visit.account, current, address=address, now=visit.now):
            return render(visit, "account.html", status=403, title="Your account", token=None,
                          problem="The password of today is another one.")  # fmt: skip
        add_account(database, visit.account, by=visit.account, now=visit.now, password=password)
    except KemptError as refused:
        return render(visit, "account.html", status=400, title="Your account", token=None, problem=str(refused))
    return signed_in(visit.request, visit.account, "/account?done=password")


@router.post("/account/tokens", name="account_tokens")
def account_tokens(visit: Posting, label: Annotated[str, Form(min_length=1, max_length=60)]) -> HTMLResponse:
    """A token for a program; it is shown once."""
    token = make_api_token(visit.house.database, visit.account, label, now=visit.now)
    return render(visit, "account.html", title="Your account", token=token, problem=None)


@router.post("/account/end-sessions", name="account_end_sessions")
def account_end_sessions(visit: Posting) -> Response:
    """Signs out everywhere, here too."""
    end_all(visit.house.database, visit.account, now=visit.now)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(visit.request.app.state.cookie, path="/")
    return answer


def signed_in(request: Request, account: str, next: str) -> Response:
    """A new session, whatever the browser came with, and the page that was asked for."""
    house: House = request.app.state.house
    _, token = begin_session(house.database, account, now=house.clock())
    request.state.fresh_token = token
    return RedirectResponse(inside(next), 303)


def inside(address: str) -> str:
    """An address of ours; whatever leads elsewhere leads home."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if ours and "\\" not in address else "/"


def _form(
    request: Request, next: str, *, account: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    house: House = request.app.state.house
    return render_outside(
        request, "sign_in.html", status=status, title="Sign in", next=inside(next), account=account, problem=problem,
        oidc=house.settings.oidc is not None,
    )  # fmt: skip
