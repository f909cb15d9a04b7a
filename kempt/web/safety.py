"""What every answer carries and every request must meet: headers, known hosts, our own forms, bounded bodies."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 1_000_000
HEADERS = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Safety:
    """Plain ASGI, so that streamed answers stay streams."""

    def __init__(self, app: ASGIApp, *, web_url: str, cookie: str) -> None:
        self.app = app
        self.cookie = cookie
        self.secure = web_url.startswith("https:")
        self.hosts = known_hosts(web_url)
        self.home = urlsplit(web_url).netloc.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    # What is shown to one person stays with her.
                    headers["cache-control"] = "no-store"
                if self.secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
                if token := scope["state"].get("fresh_token"):
                    headers.append("set-cookie", self.set_cookie(token))
            await send(message)

        refused = self._refusal(Headers(scope=scope), scope["method"])
        if refused is not None:
            await PlainTextResponse(refused[1], refused[0])(scope, receive, told)
            return
        await self.app(scope, receive, told)

    def set_cookie(self, token: str) -> str:
        """The cookie with which a browser stays signed in; it goes with the browser's session."""
        return f"{self.cookie}={token}; Path=/; HttpOnly; SameSite=Lax{'; Secure' if self.secure else ''}"

    def _refusal(self, headers: Headers, method: str) -> tuple[int, str] | None:
        if host_of(headers.get("host", "")) not in self.hosts:
            # A name of somebody else's that leads here (DNS rebinding) gets nothing.
            return 421, "This is not the name of this server. Set KEMPT_WEB_URL to the one that people use."
        if method in UNSAFE:
            origin = headers.get("origin")
            # With the port: what another program on this machine serves is another site.
            if origin is not None and urlsplit(origin).netloc.lower() not in (self.home, headers["host"].lower()):
                return 403, "This came from another site."
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return 403, "This came from another site."
            length = headers.get("content-length")
            if length is None and "transfer-encoding" in headers:
                return 411, "Say how long it is (Content-Length)."
            if length is not None and (not length.isdigit() or int(length) > LARGEST_BODY):
                return 413, f"This is too large: {LARGEST_BODY:,} bytes at most."
        return None


def known_hosts(web_url: str) -> Collection[str]:
    """The names under which this server answers."""
    return {"127.0.0.1", "localhost", "[::1]", host_of(urlsplit(web_url).netloc)}


def host_of(netloc: str) -> str:
    """A host without its port, in small letters."""
    host, _, port = netloc.rpartition(":")
    return (host if host and port.isdigit() else netloc).lower()
