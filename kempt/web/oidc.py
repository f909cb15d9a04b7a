"""Signing in with an OpenID provider: authorization code with PKCE (RFC 7636), the ID token checked with its keys.

What a sign-in under way needs is kept by the browser, signed: state, nonce, verifier, and where she wanted to go. Whom
the provider vouches for signs in only as an account that somebody tied to that identity.
"""

import base64
import hmac
import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kempt.errors import Retry
from kempt.settings import OpenIdClient
from kempt.usecases.accounts import identified
from kempt.web.house import House
from kempt.web.sign_in import inside, signed_in

router = APIRouter(include_in_schema=False)
COOKIE = "kempt_oidc"
PLACE = "/sign-in/oidc"
MINUTES = 10
SIGNED_BY = ("RS256", "PS256", "ES256", "EdDSA")
_LOCK = threading.Lock()
_KNOWN: dict[str, "Provider"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider says of itself."""

    authorize: str
    token: str
    keys: str


@router.get(PLACE, name="oidc_start")
def oidc_start(request: Request, next: str = "/") -> Response:
    """Off to the provider."""
    house: House = request.app.state.house
    client = _client(house)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": _back(house), "scope": "openid",
        "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    at = provider(client).authorize
    answer = RedirectResponse(f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}", 303)
    kept = {"state": state, "nonce": nonce, "verifier": verifier, "next": inside(next),
            "until": house.clock().timestamp() + 60 * MINUTES}  # fmt: skip
    answer.set_cookie(COOKIE, _sealed(house, kept), max_age=60 * MINUTES, path=PLACE, httponly=True, samesite="lax",
                      secure=house.settings.web_url.startswith("https:"))  # fmt: skip
    return answer


@router.get(f"{PLACE}/back", name="oidc_back")
def oidc_back(request: Request, state: str = "", code: str = "") -> Response:
    """Back from the provider, with a code that only whoever went there can use."""
    house: House = request.app.state.house
    client, kept = _client(house), _opened(house, request.cookies.get(COOKIE, ""))
    if kept is None or not code or not hmac.compare_digest(state.encode(), kept["state"].encode()):
        raise HTTPException(403, "This sign-in did not begin here, or took too long. Start again.")
    subject = _subject(client, code=code, kept=kept, back=_back(house), now=house.clock().timestamp())
    account = identified(house.database, client.issuer, subject)
    if account is None:
        raise HTTPException(
            403, f"Nobody tied this identity to an account: `kempt user tie NAME --subject {subject[:80]}` does."
        )
    answer = signed_in(request, account, kept["next"])
    answer.delete_cookie(COOKIE, path=PLACE)
    return answer


def provider(client: OpenIdClient) -> Provider:
    """The provider's own description, read once; it must be of the issuer that was asked."""
    with _LOCK:
        if client.issuer not in _KNOWN:
            told = _json("GET", client.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if told.get("issuer") != client.issuer:
                raise HTTPException(502, "The sign-in provider calls itself by another name. Check KEMPT_OIDC_ISSUER.")
            places = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            if not all(isinstance(place, str) for place in places):
                raise HTTPException(502, "The sign-in provider does not say where its endpoints are.")
            authorize, token, keys = map(str, places)
            _KNOWN[client.issuer] = Provider(authorize=authorize, token=token, keys=keys)
        return _KNOWN[client.issuer]


def _subject(client: OpenIdClient, *, code: str, kept: Mapping[str, Any], back: str, now: float) -> str:
    """Whom the provider vouches for."""
    known = provider(client)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client.client_id,
            "code_verifier": kept["verifier"]}  # fmt: skip
    auth = (client.client_id, client.client_secret) if client.client_secret else None
    answered = _json("POST", known.token, data=form, auth=auth)
    try:
        keys = KeySet.import_key_set({"keys": _json("GET", known.keys).get("keys", [])})
        token = jwt.decode(str(answered.get("id_token", "")), keys, algorithms=list(SIGNED_BY))
        jwt.JWTClaimsRegistry(
            now=int(now), leeway=60,
            iss={"essential": True, "value": client.issuer}, aud={"essential": True, "value": client.client_id},
            exp={"essential": True}, nonce={"essential": True, "value": kept["nonce"]}, sub={"essential": True},
        ).validate(token.claims)  # fmt: skip
        # A token for several clients says for which of them it was made.
        several = isinstance(token.claims["aud"], list) and len(token.claims["aud"]) > 1
        if token.claims.get("azp", None if several else client.client_id) != client.client_id:
            raise ValueError("made for another client")
    except (JoseError, ValueError) as problem:
        raise HTTPException(403, f"The sign-in provider's word does not hold: {type(problem).__name__}.") from problem
    return str(token.claims["sub"])


def _json(method: str, url: str, **sent: Any) -> dict[str, Any]:
    try:
        answer = httpx.request(method, url, timeout=10, follow_redirects=False, **sent)
        answer.raise_for_status()
        told = answer.json()
    except (httpx.HTTPError, ValueError) as problem:
        # The provider's words may quote the code or the secret.
        raise Retry(
            f"The sign-in provider did not answer as it should ({type(problem).__name__}). Try again."
        ) from None
    if not isinstance(told, dict):
        raise Retry("The sign-in provider did not answer as it should. Try again.")
    return told


def _client(house: House) -> OpenIdClient:
    if house.settings.oidc is None:
        raise HTTPException(404)
    return house.settings.oidc


def _back(house: House) -> str:
    return f"{house.settings.web_url}{PLACE}/back"


def _sealed(house: House, kept: Mapping[str, Any]) -> str:
    text = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{text}.{_signature(house, text)}"


def _opened(house: House, cookie: str) -> dict[str, Any] | None:
    text, _, signature = cookie.rpartition(".")
    if not text or not hmac.compare_digest(signature.encode(), _signature(house, text).encode()):
        return None
    kept: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text))
    return kept if kept["until"] > house.clock().timestamp() else None


def _signature(house: House, text: str) -> str:
    return hmac.digest(house.database.address.context_key, f"oidc:{text}".encode(), "sha256").hex()
