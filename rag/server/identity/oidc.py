"""The hospital's identity provider (OpenID Connect): its tokens become identities, its sign-in page opens
sessions.

A token counts when its signature is by a key that the provider publishes, with an algorithm of the settings,
and issuer, audience and times fit. The flow (authorization code with PKCE, state and nonce) is ours: two
requests and one redirect, with what is pending on this side. Client libraries keep it in a session of their
own, which here exists only once somebody is signed in.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt

from rag.core.errors import Unavailable
from rag.server.http.refusals import NotSignedIn
from rag.server.identity.claims import Claims, Identity, identity_of, is_for_client
from rag.server.identity.provider_keys import ProviderKeys
from rag.server_settings import OidcSettings

_TIMEOUT_S, _LEEWAY_S = 5.0, 30
_PENDING_S, _PENDING = 600.0, 1000
_REQUIRED = ["exp", "iat", "iss", "aud", "sub"]


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that has gone to the provider and not come back."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    until: float


class Oidc:
    """One identity provider. Its methods block while the provider answers: call them on a thread."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._guard = threading.Lock()
        self._keys = ProviderKeys(lambda: settings.jwks_url or self._endpoint("jwks_uri"))
        self._about: Claims | None = None
        self._pending: dict[str, PendingSignIn] = {}

    @property
    def has_sign_in_page(self) -> bool:
        """Tell whether browsers may be sent to the provider."""
        return self._settings.client_id is not None

    def identity(self, token: str) -> Identity:
        """Return who a bearer token stands for.

        Raises:
            NotSignedIn: the token is forged, expired, of another issuer or for somebody else.
            Forbidden: it names no role that is known here.
            Unavailable: the provider's keys cannot be fetched.
        """
        return identity_of(self._claims(token, self._settings.audience), self._settings)

    def begin(self, redirect_uri: str) -> tuple[str, str]:
        """Begin a sign-in: return a key for the browser's cookie, and the provider's address to go to."""
        state, nonce, verifier, key = (secrets.token_urlsafe(32) for _ in range(4))
        self._remember(key, PendingSignIn(state, nonce, verifier, redirect_uri, self._clock() + _PENDING_S))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id or "",
            "redirect_uri": redirect_uri,
            "scope": self._settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return key, f"{self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    def finish(self, key: str, state: str, code: str) -> Identity:
        """End a sign-in with what the browser brought back. Raises as ``identity`` does."""
        with self._guard:
            pending = self._pending.pop(key, None)
        if pending is None or pending.until < self._clock() or not _same(pending.state, state):
            raise NotSignedIn("sign_in_refused")
        client_id = self._settings.client_id or ""
        claims = self._claims(self._id_token(pending, code), client_id)
        if not _same(str(claims.get("nonce")), pending.nonce) or not is_for_client(claims, client_id):
            raise NotSignedIn("sign_in_refused")
        return identity_of(claims, self._settings)

    def _remember(self, key: str, pending: PendingSignIn) -> None:
        now = self._clock()
        with self._guard:
            self._pending = {name: one for name, one in self._pending.items() if one.until > now}
            if len(self._pending) >= _PENDING:
                raise Unavailable("oidc_too_many")
            self._pending[key] = pending

    def _id_token(self, pending: PendingSignIn, code: str) -> str:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect_uri,
            "client_id": self._settings.client_id or "",
            "code_verifier": pending.verifier,
        }
        if self._settings.client_secret is not None:
            sent["client_secret"] = self._settings.client_secret.get_secret_value()
        token = _json("POST", self._endpoint("token_endpoint"), sent).get("id_token")
        return token if isinstance(token, str) else ""

    def _claims(self, token: str, audience: str) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._settings.algorithms:
                raise NotSignedIn("not_signed_in")
            key, options = self._keys.key(str(header.get("kid", ""))), _options()
            algorithms, issuer = list(self._settings.algorithms), self._settings.issuer
            return jwt.decode(
                token, key, algorithms, options, audience=audience, issuer=issuer, leeway=_LEEWAY_S
            )
        except jwt.InvalidTokenError:
            raise NotSignedIn("not_signed_in") from None

    def _endpoint(self, name: str) -> str:
        if self._about is None:
            about = _json("GET", self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if about.get("issuer") != self._settings.issuer:
                raise Unavailable("oidc_unreachable", url=self._settings.issuer)
            self._about = about
        return str(self._about.get(name, ""))


def _options() -> Any:
    return {"require": _REQUIRED}


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())


def _json(method: str, url: str, sent: Mapping[str, str] | None = None) -> Claims:
    """Ask the provider. Raises ``Unavailable``, without what was sent or said."""
    try:
        answer = httpx.request(method, url, data=sent, timeout=_TIMEOUT_S).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise Unavailable("oidc_unreachable", url=url) from None
    if not isinstance(answer, dict):
        raise Unavailable("oidc_unreachable", url=url)
    return answer
