"""The hospital's identity provider (OpenID Connect): its tokens become identities, its sign-in page opens
sessions.

A token counts when its signature is by a key that the provider publishes, with an algorithm of the settings,
and issuer, audience and times fit. The flow (authorization code with PKCE, state and nonce) is ours: two
requests and one redirect. What is pending is kept by the browser alone, in a cookie that only this server can
make: however many begin and never come back, nothing here grows.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
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
_PENDING_S = 600
_REQUIRED = ["exp", "iat", "iss", "aud", "sub"]


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that has gone to the provider: everything follows from the browser's key and our secret.
    ``key`` is a random value and the POSIX time until which it counts.
    """

    key: str
    redirect_uri: str
    secret: bytes

    @property
    def state(self) -> str:
        """Return what the provider brings back, unchanged."""
        return self._derived("state")

    @property
    def nonce(self) -> str:
        """Return what the ID token must hold."""
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """Return the secret of PKCE."""
        return self._derived("verifier")

    @property
    def until(self) -> int:
        """Return when it ends; 0 for a key of another form."""
        until = self.key.rpartition(".")[2]
        return int(until) if until.isascii() and until.isdigit() and len(until) < 16 else 0

    def _derived(self, purpose: str) -> str:
        told = "\n".join((purpose, self.key, self.redirect_uri)).encode("utf-8", "surrogatepass")
        digest = hmac.digest(self.secret, told, "sha256")
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Oidc:
    """One identity provider. Its methods block while the provider answers: call them on a thread."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._guard = threading.Lock()
        self._keys = ProviderKeys(lambda: settings.jwks_url or self._endpoint("jwks_uri"))
        self._about: Claims | None = None
        self._secret = secrets.token_bytes(32)
        self._finished: dict[str, int] = {}
        """Keys that opened a session, until their time is over: each serves once. The provider vouches for
        every one, so strangers cannot fill it."""

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
        key = f"{secrets.token_urlsafe(32)}.{int(self._clock()) + _PENDING_S}"
        pending = PendingSignIn(key, redirect_uri, self._secret)
        digest = hashlib.sha256(pending.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id or "",
            "redirect_uri": redirect_uri,
            "scope": self._settings.scopes,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return key, f"{self._endpoint('authorization_endpoint')}?{urlencode(query)}"

    def finish(self, key: str, state: str, code: str, redirect_uri: str) -> Identity:
        """End a sign-in with what the browser brought back. Raises as ``identity`` does."""
        pending = PendingSignIn(key, redirect_uri, self._secret)
        if not self._clock() <= pending.until <= self._clock() + _PENDING_S:
            raise NotSignedIn("sign_in_refused")
        if key in self._finished or not _same(pending.state, state):
            raise NotSignedIn("sign_in_refused")
        client_id = self._settings.client_id or ""
        claims = self._claims(self._id_token(pending, code), client_id)
        if not _same(str(claims.get("nonce")), pending.nonce) or not is_for_client(claims, client_id):
            raise NotSignedIn("sign_in_refused")
        self._spend(pending)
        return identity_of(claims, self._settings)

    def _spend(self, pending: PendingSignIn) -> None:
        """Note that a key has served. Raises ``NotSignedIn`` where it had."""
        now = self._clock()
        with self._guard:
            self._finished = {key: until for key, until in self._finished.items() if until >= now}
            if pending.key in self._finished:
                raise NotSignedIn("sign_in_refused")
            self._finished[pending.key] = pending.until

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
