"""The app: its routes, and what becomes of errors."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from kempt.errors import Conflict, KemptError, Retry, Unknown
from kempt.web import audit, batch, digest, entity, health, inbox, item, oidc, policies, search, sign_in, unmerge
from kempt.web.answers import REFUSALS
from kempt.web.house import House
from kempt.web.rendering import STATIC, query, render_outside
from kempt.web.safety import Safety
from kempt.web.visit import Calling, SignInNeeded, check_routes

API = "/api/"
ROUTERS = (
    sign_in.router, oidc.router, inbox.router, inbox.api, item.router, item.api, batch.router, batch.api,
    policies.router, policies.api,
    health.router, health.api, audit.router, audit.api, digest.router, digest.api,
    search.router, search.api, entity.router, entity.api, unmerge.router, unmerge.api,
)  # fmt: skip


def create_app(house: House) -> FastAPI:
    """The app over an installation that runs."""

    @asynccontextmanager
    async def lasting(_: FastAPI) -> AsyncIterator[None]:
        yield
        house.close()

    app = FastAPI(
        title="Kempt", version="1", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lasting,
        description="What the steward's pages show and do, for programs. Send a token as `Authorization: Bearer`.",
    )  # fmt: skip
    secure = house.settings.web_url.startswith("https:")
    app.state.house, app.state.cookie = house, "__Host-kempt" if secure else "kempt"
    for router in ROUTERS:
        app.include_router(router, responses=REFUSALS)
    app.add_api_route("/api/v1/openapi.json", _described, name="openapi", include_in_schema=False)
    app.add_api_route("/healthz", lambda: PlainTextResponse("ok"), name="healthz", include_in_schema=False)
    check_routes([route for router in (*ROUTERS, app) for route in router.routes if isinstance(route, APIRoute)])
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Safety, web_url=house.settings.web_url, cookie=app.state.cookie)
    if secure:
        # Only a proxy ends TLS, and on this machine alone: it says from where people really come.
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=["127.0.0.1"])
    for problem, answer in (
        (SignInNeeded, _sign_in), (StarletteHTTPException, _refused), (RequestValidationError, _unreadable),
        (KemptError, _said), (Exception, _broken),
    ):  # fmt: skip
        app.add_exception_handler(problem, answer)  # type: ignore[arg-type]
    return app


def _described(visit: Calling) -> dict[str, Any]:
    """What the API is, for programs."""
    told: dict[str, Any] = visit.request.app.openapi()
    schemes = {"token": {"type": "http", "scheme": "bearer", "description": "Made under `Your account`."}}
    return {**told, "components": {**told["components"], "securitySchemes": schemes}, "security": [{"token": []}]}


def _sign_in(request: Request, _: SignInNeeded) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse({"error": "Sign in, or send a token."}, 401, {"www-authenticate": "Bearer"})
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?{query({'next': asked if request.method == 'GET' else '/'})}", 303)


def _refused(request: Request, problem: HTTPException) -> Response:
    told = "There is nothing here." if problem.detail in ("Not Found", None) else str(problem.detail)
    return _answer(request, problem.status_code, told)


def _unreadable(request: Request, problem: RequestValidationError) -> Response:
    # The fields and what is wrong with them; not what was sent, which may be a value of somebody.
    faults = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in problem.errors()[:5])
    return _answer(request, 422, f"This cannot be read. {faults}.")


def _said(request: Request, problem: KemptError) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(problem, kind)), 400)
    return _answer(request, status, str(problem))


def _broken(request: Request, _: Exception) -> Response:
    return _answer(request, 500, "Something is wrong here. Nothing was changed; what went wrong is in the log.")


def _answer(request: Request, status: int, told: str) -> Response:
    if request.url.path.startswith(API):
        return JSONResponse({"error": told}, status)
    return render_outside(request, "problem.html", status=status, title=TITLES.get(status, "Refused"), told=told)


STATUS: Mapping[type[KemptError], int] = {Unknown: 404, Conflict: 409, Retry: 503}
TITLES = {404: "Nothing here", 403: "Not yours to do", 409: "It moved meanwhile", 503: "Try again", 500: "Our fault"}
