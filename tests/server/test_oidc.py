"""The identity provider: real keys, a real (local) provider, and every way in which a token can be wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from rag.core.errors import Unavailable
from rag.server.http.refusals import NotSignedIn
from rag.server.identity.claims import is_for_client
from rag.server.identity.provider_keys import ProviderKeys
from tests.server.serving import Served, served


class Provider:
    """An identity provider with one signing key: discovery, keys, and a token endpoint that gives what
    ``claims`` say.
    """

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = "one"
        self.fetches = 0
        self.claims: dict[str, object] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.fetches += self.path == "/keys"
                self._send(provider.published() if self.path == "/keys" else provider.about())

            def do_POST(self) -> None:
                sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                assert sent["code"] == ["the-code"]
                assert sent["code_verifier"]
                self._send({"id_token": provider.token(aud="the-page", **provider.claims)})

            def _send(self, value: object) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def about(self) -> dict[str, str]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in ends.items()}}

    def published(self) -> dict[str, object]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def token(self, *, key: object = None, alg: str = "RS256", kid: str = "one", **claims: object) -> str:
        now = int(time.time())
        known = {
            "iss": self.issuer,
            "aud": "traboule",
            "sub": "42",
            "iat": now,
            "exp": now + 300,
            "preferred_username": "dupond-test",
        }
        known |= {"realm_access": {"roles": ["medecin"]}, "groups": ["cardio"]}
        whole = {name: value for name, value in {**known, **claims}.items() if value is not None}
        return jwt.encode(whole, key or self.key, alg, {"kid": kid})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture(scope="module")
def hospital(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    told = {
        "issuer": provider.issuer,
        "audience": "traboule",
        "client_id": "the-page",
        "role_claim": "realm_access.roles",
        "roles": {"medecin": "clinician", "chercheur": "researcher"},
        "all_patients_group": "everyone",
    }
    with served(tmp_path_factory.mktemp("hospital"), demo=False, oidc=told) as found:
        found.services.accounts.grant("group:cardio", ["DEMO-A"])
        yield found


def patients(hospital: Served, token: str) -> httpx.Response:
    with hospital.client(Authorization=f"Bearer {token}") as client:
        return client.get("/v1/patients")


def shown(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["patient_id"] for item in answer.json()["patients"]]


def test_claims_say_which_patients_may_be_read(hospital: Served, provider: Provider) -> None:
    assert shown(patients(hospital, provider.token())) == ["DEMO-A"]
    assert shown(patients(hospital, provider.token(groups=[], patients=["DEMO-B"]))) == ["DEMO-B"]
    assert shown(patients(hospital, provider.token(groups=[]))) == []
    assert shown(patients(hospital, provider.token(groups=["everyone"]))) == ["DEMO-A", "DEMO-B"]


def test_a_role_that_is_not_known_is_refused(hospital: Served, provider: Provider) -> None:
    refused = patients(hospital, provider.token(realm_access={"roles": ["stagiaire"]}))
    assert (refused.status_code, refused.json()["code"]) == (403, "oidc_no_role")


PAST = int(time.time()) - 3600


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": PAST},
        {"exp": None},
        {"iss": "http://evil.example"},
        {"aud": "other"},
        {"aud": None},
        {"sub": None},
        {"iat": PAST + 7200},
        {"kid": "two"},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_a_token_that_does_not_fit_is_refused(
    hospital: Served, provider: Provider, claims: dict[str, object]
) -> None:
    assert patients(hospital, provider.token(**claims)).status_code == 401  # type: ignore[arg-type]


def test_a_token_signed_by_another_key_or_by_none_is_refused(hospital: Served, provider: Provider) -> None:
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert patients(hospital, provider.token(key=foreign)).status_code == 401
    good = provider.token().split(".")
    for header in ('{"alg":"none","kid":"one"}', '{"alg":"HS256","kid":"one"}'):
        forged = jwt.utils.base64url_encode(header.encode()).decode()
        assert patients(hospital, f"{forged}.{good[1]}.").status_code == 401
        assert patients(hospital, f"{forged}.{good[1]}.{good[2]}").status_code == 401


def test_the_keys_are_fetched_once_not_for_every_token(hospital: Served, provider: Provider) -> None:
    for number in range(5):
        patients(hospital, provider.token(kid=f"unknown-{number}"))
    assert provider.fetches == 1


def test_people_sign_in_on_the_providers_page(hospital: Served, provider: Provider) -> None:
    with hospital.client() as client:
        assert client.get("/v1/session").json()["sign_in"] == ["password", "oidc"]
        there = client.get("/v1/session/oidc")
        query = parse_qs(urlsplit(there.headers["location"]).query)
        assert there.headers["location"].startswith(f"{provider.issuer}/authorize?")
        assert query["code_challenge_method"] == ["S256"]
        provider.claims = {"nonce": query["nonce"][0]}
        back = "/v1/session/oidc/callback"
        assert client.get(back, params={"state": "another", "code": "the-code"}).status_code == 401
        query = parse_qs(urlsplit(client.get("/v1/session/oidc").headers["location"]).query)
        assert (
            client.get(back, params={"state": query["state"][0], "code": "the-code"}).status_code == 401
        )  # the nonce of the first
        query = parse_qs(urlsplit(client.get("/v1/session/oidc").headers["location"]).query)
        provider.claims = {"nonce": query["nonce"][0]}
        assert client.get(back, params={"state": query["state"][0], "code": "the-code"}).status_code == 200
        session = client.get("/v1/session").json()
        assert (session["name"], session["role"], session["via"]) == ("dupond-test", "clinician", "oidc")
        assert session["scope"]["patient_ids"] == ["DEMO-A"]
        assert client.post("/v1/search", json={"query": "hanche"}).json()["code"] == "csrf_missing"
        assert (
            client.post(
                "/v1/search", json={"query": "hanche"}, headers={"X-CSRF-Token": session["csrf"]}
            ).status_code
            == 200
        )


def signed_in_with(hospital: Served, provider: Provider, **claims: object) -> int:
    """Sign in on the provider's page, which gives an ID token with these claims; return the status that the
    callback ends with.
    """
    with hospital.client() as client:
        query = parse_qs(urlsplit(client.get("/v1/session/oidc").headers["location"]).query)
        provider.claims = {"nonce": query["nonce"][0], **claims}
        return client.get(
            "/v1/session/oidc/callback", params={"state": query["state"][0], "code": "the-code"}
        ).status_code


def test_an_id_token_that_was_issued_to_another_client_opens_no_session(
    hospital: Served, provider: Provider
) -> None:
    assert signed_in_with(hospital, provider, azp="another-page") == 401
    assert signed_in_with(hospital, provider, azp="the-page") == 200


@pytest.mark.parametrize(
    ("audience", "party", "fits"),
    [
        ("page", None, True),
        (["page"], None, True),
        (["page", "other"], None, False),
        (["page", "other"], "page", True),
        ("page", "other", False),
    ],
)
def test_several_audiences_need_a_party_that_is_this_client(
    audience: object, party: str | None, fits: bool
) -> None:
    claims = {"aud": audience} if party is None else {"aud": audience, "azp": party}
    assert is_for_client(claims, "page") is fits


def test_a_key_that_the_provider_withdraws_counts_no_longer_than_keys_are_kept() -> None:
    provider = Provider()
    keys = ProviderKeys(lambda: f"{provider.issuer}/keys", keys_s=0.2, retry_s=0.05)
    assert keys.key("one").key_id == "one"
    provider.kid = "two"
    time.sleep(0.3)
    with pytest.raises(NotSignedIn):
        keys.key("one")
    assert keys.key("two").key_id == "two"
    provider.server.shutdown()
    provider.server.server_close()


def test_a_provider_that_is_away_is_asked_once_and_keys_of_before_count_until_their_time_is_up() -> None:
    provider = Provider()
    keys = ProviderKeys(lambda: f"{provider.issuer}/keys", keys_s=1.0, retry_s=0.0)
    assert keys.key("one").key_id == "one"
    provider.server.shutdown()
    provider.server.server_close()
    with pytest.raises(Unavailable):
        keys.key("unknown")
    assert keys.key("one").key_id == "one"
    time.sleep(1.1)
    with pytest.raises(Unavailable):
        keys.key("one")
    patient = ProviderKeys(lambda: f"{provider.issuer}/keys", retry_s=60.0)
    began = time.monotonic()
    for _ in range(3):
        with pytest.raises(Unavailable):
            patient.key("one")
    assert time.monotonic() - began < 5  # one attempt, not three of up to five seconds


def test_without_a_provider_there_is_no_such_sign_in(tmp_path: Path) -> None:
    with served(tmp_path, demo=False) as home, home.client() as client:
        assert client.get("/v1/session/oidc").json()["code"] == "oidc_not_set_up"
