"""The keys that the identity provider signs with, as it publishes them: PyJWT's client, with what it lacks
when the provider is away.

A key that the provider withdraws counts no longer than ``_KEYS_S``. When a token names a key that is not
known, they are fetched again at most every ``_RETRY_S``, so that forged tokens cost the provider nothing. A
provider that does not answer is left alone as long; keys fetched before count until their time is up, and
then nobody's do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import jwt
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError

from rag.core.errors import Unavailable
from rag.server.http.refusals import NotSignedIn

_KEYS_S, _RETRY_S, _TIMEOUT_S = 300.0, 30.0, 5.0


class ProviderKeys:
    """The keys behind an address, which is looked up when the first is needed. Blocks while it fetches: call
    it on a thread."""

    def __init__(
        self, address: Callable[[], str], keys_s: float = _KEYS_S, retry_s: float = _RETRY_S
    ) -> None:
        self._address, self._keys_s, self._retry_s = address, keys_s, retry_s
        self._guard = threading.Lock()
        self._client: PatientKeyClient | None = None

    def key(self, kid: str) -> jwt.PyJWK:
        """Return a key by its id.

        Raises:
            NotSignedIn: the provider publishes none of this id.
            Unavailable: its keys cannot be fetched.
        """
        client = self._opened_client()
        try:
            return client.get_signing_key(kid)
        except PyJWKClientConnectionError:
            raise Unavailable("oidc_unreachable", url=client.uri) from None
        except PyJWKClientError:
            raise NotSignedIn("not_signed_in") from None
        except (jwt.PyJWTError, ValueError):  # what came is no set of keys
            raise Unavailable("oidc_unreachable", url=client.uri) from None

    def _opened_client(self) -> PatientKeyClient:
        with self._guard:
            if self._client is None:
                address = self._address()
                try:
                    self._client = PatientKeyClient(address, self._keys_s, self._retry_s)
                except PyJWKClientError:
                    raise Unavailable("oidc_unreachable", url=address) from None
            return self._client


class PatientKeyClient(jwt.PyJWKClient):
    """Asks a provider that did not answer again only after a while; until then it fails at once."""

    def __init__(self, address: str, keys_s: float, retry_s: float) -> None:
        super().__init__(address, lifespan=keys_s, timeout=_TIMEOUT_S, cooldown_duration=retry_s)
        self._retry_s = retry_s
        self._failed_at = -retry_s

    def fetch_data(self) -> Any:
        """Fetch the keys. Raises ``PyJWKClientConnectionError``."""
        if time.monotonic() - self._failed_at < self._retry_s:
            raise PyJWKClientConnectionError("the provider did not answer a moment ago")
        try:
            return super().fetch_data()
        except (jwt.PyJWTError, ValueError):
            self._failed_at = time.monotonic()
            raise
