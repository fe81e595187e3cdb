"""The hospital's identity provider (OpenID Connect): its tokens become callers, its sign-in page opens sessions.

A token counts when its signature is by a key that the provider publishes, with an algorithm of the settings, and issuer, audience and times
fit. Keys are fetched once an hour, and once more, at most every half minute, when a token names one that is not known.
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

from rag.errors import Unavailable
from rag.server.http.refusals import Forbidden, NotSignedIn
from rag.settings import OidcSettings
from rag.store.accounts import Role

_KEYS_S, _RETRY_S, _TIMEOUT_S, _LEEWAY_S = 3600.0, 30.0, 5.0, 30
_PENDING_S, _PENDING = 600.0, 1000
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the provider says. ``patients`` are named outright, ``groups`` are groups of patients of this home."""

    account_id: str
    name: str
    display_name: str
    role: Role
    groups: tuple[str, ...]
    patients: tuple[str, ...]
    all_patients: bool


@dataclass(frozen=True, slots=True)
class _Pending:
    """A sign-in that has gone to the provider and not come back."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    until: float


class Oidc:
    """One identity provider."""

    def __init__(self, settings: OidcSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._guard = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = 0.0
        self._about: Json | None = None
        self._pending: dict[str, _Pending] = {}

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
        return self._identity(self._claims(token, self._settings.audience))

    def begin(self, redirect_uri: str) -> tuple[str, str]:
        """Begin a sign-in: return a key for the browser's cookie, and the provider's address to go to."""
        state, nonce, verifier, key = (secrets.token_urlsafe(32) for _ in range(4))
        now = self._clock()
        with self._guard:
            self._pending = {name: one for name, one in self._pending.items() if one.until > now}
            if len(self._pending) >= _PENDING:
                raise Unavailable("oidc_too_many")
            self._pending[key] = _Pending(state, nonce, verifier, redirect_uri, now + _PENDING_S)
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
        if pending is None or pending.until < self._clock() or not secrets.compare_digest(pending.state.encode(), state.encode()):
            raise NotSignedIn("sign_in_refused")
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
        claims = self._claims(token if isinstance(token, str) else "", self._settings.client_id or "")
        if not secrets.compare_digest(str(claims.get("nonce")).encode(), pending.nonce.encode()):
            raise NotSignedIn("sign_in_refused")
        return self._identity(claims)

    def _claims(self, token: str, audience: str) -> Json:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in self._settings.algorithms:
                raise NotSignedIn("not_signed_in")
            key = self._key(str(header.get("kid", "")))
            options: Any = {"require": ["exp", "iat", "iss", "aud", "sub"]}
            algorithms, issuer = list(self._settings.algorithms), self._settings.issuer
            return jwt.decode(token, key, algorithms, options, audience=audience, issuer=issuer, leeway=_LEEWAY_S)
        except jwt.InvalidTokenError:
            raise NotSignedIn("not_signed_in") from None

    def _identity(self, claims: Json) -> Identity:
        told = self._settings
        values = _texts(_claim(claims, told.role_claim))
        role = next((role for name, role in told.roles.items() if name in values), None)
        if role is None:
            raise Forbidden("oidc_no_role")
        groups = _texts(_claim(claims, told.groups_claim))
        name = str(claims.get(told.name_claim) or claims["sub"])[:80]
        return Identity(
            account_id="oidc:" + hashlib.sha256(f"{told.issuer}\0{claims['sub']}".encode()).hexdigest()[:24],
            name=name,
            display_name=str(claims.get("name") or name)[:200],
            role=role,
            groups=tuple(sorted(groups)),
            patients=tuple(sorted(_texts(_claim(claims, told.patients_claim)))),
            all_patients=told.all_patients_group is not None and told.all_patients_group in groups,
        )

    def _key(self, kid: str) -> jwt.PyJWK:
        with self._guard:
            now = self._clock()
            due = now - self._fetched_at > _KEYS_S or kid not in self._keys
            if due and now - self._tried_at > _RETRY_S:
                self._tried_at = now
                self._keys = _keys_of(_json("GET", self._settings.jwks_url or self._endpoint("jwks_uri")))
                self._fetched_at = now
            if kid not in self._keys:
                raise NotSignedIn("not_signed_in")
            return self._keys[kid]

    def _endpoint(self, name: str) -> str:
        if self._about is None:
            about = _json("GET", self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
            if about.get("issuer") != self._settings.issuer:
                raise Unavailable("oidc_unreachable", url=self._settings.issuer)
            self._about = about
        return str(self._about.get(name, ""))


def _json(method: str, url: str, sent: Mapping[str, str] | None = None) -> Json:
    """Ask the provider. Raises ``Unavailable``, without what was sent or said."""
    try:
        answer = httpx.request(method, url, data=sent, timeout=_TIMEOUT_S).raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise Unavailable("oidc_unreachable", url=url) from None
    if not isinstance(answer, dict):
        raise Unavailable("oidc_unreachable", url=url)
    return answer


def _keys_of(published: Json) -> dict[str, jwt.PyJWK]:
    found = {}
    for value in published.get("keys", []):
        try:
            key = jwt.PyJWK(value)
        except jwt.PyJWTError:
            continue  # a key of a kind that is not known here
        if key.key_id and value.get("use", "sig") == "sig" and value.get("kty") != "oct":
            found[key.key_id] = key
    return found


def _claim(claims: Json, path: str) -> object:
    """Return a claim by its name; dots lead into nested claims, as in ``realm_access.roles``."""
    if path in claims:
        return claims[path]
    value: object = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _texts(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
