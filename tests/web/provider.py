"""An OpenID provider on this machine, by the standard: discovery, authorization code with PKCE, RS256, its keys."""

import base64
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "kempt-of-the-tests", "a secret of the tests"


@dataclass
class Provider:
    """What it vouches for, and what it does wrong on purpose."""

    issuer: str = ""
    subject: str = "248289761001"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    other_key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    wrong: str = ""
    heard: list[str] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip
        if self.wrong == "another issuer's description":
            told["issuer"] = "https://issuer.example"
        if self.wrong == "a description without endpoints":
            del told["token_endpoint"]
        return told

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes with the code."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The ID token for a code, once, to whoever holds the verifier and the secret."""
        asked = self.codes.pop(form.get("code", ""), None)
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if authorization != expected:
            return 401, {"error": "invalid_client"}
        if (
            asked is None or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or asked.get("code_challenge_method") != "S256" or asked.get("code_challenge") != challenge.decode()
        ):  # fmt: skip
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce,
        }  # fmt: skip
        claims |= {
            "another nonce": {"nonce": "another"},
            "another audience": {"aud": "somebody-else"},
            "an issuer of another name": {"iss": "https://issuer.example"},
            "over": {"iat": now - 900, "exp": now - 300},
            "for several, to another": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
        }.get(self.wrong, {})
        for name in ("nonce", "aud", "exp", "sub", "iss"):
            if self.wrong == f"without {name}":
                del claims[name]
        if self.wrong == "nobody's signature":
            return f"{encoded({'alg': 'none'})}.{encoded(claims)}."
        if self.wrong == "signed with the public key as a secret":
            signed = f"{encoded({'alg': 'HS256', 'kid': 'one'})}.{encoded(claims)}"
            mac = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        key = self.other_key if self.wrong == "another key" else self.key
        made = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        if self.wrong == "changed afterwards":
            head, body, signature = made.split(".")
            changed = json.loads(base64.urlsafe_b64decode(body + "==")) | {"sub": "somebody else"}
            return f"{head}.{encoded(changed)}.{signature}"
        return "not a token" if self.wrong == "no token" else made


def encoded(part: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@contextmanager
def provider() -> Iterator[Provider]:
    """One that serves on a free port."""
    told = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            told.heard.append(parts.path)
            if parts.path == "/.well-known/openid-configuration":
                self.answer(200, told.described())
            elif parts.path == "/keys":
                self.answer(200, {"keys": [told.key.as_dict(private=False)]})
            elif parts.path == "/authorize":
                asked = {name: each[0] for name, each in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("location", told.authorize(asked))
                self.end_headers()
            else:
                self.answer(404, {})

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: each[0] for name, each in parse_qs(sent).items()}
            self.answer(*told.token(form, self.headers.get("authorization", "")))

        def answer(self, status: int, body: dict[str, Any]) -> None:
            text = b"<html>" if told.wrong == "no JSON" else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
