"""Strangers at full rate keep nobody out: each attack in small, with what bounds it."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from rag.models.embedding.e5.embedding import E5Embedding
from rag.models.embedding.windows import MOST_QUERY_WINDOWS
from rag.server.http.connections import SPEECHLESS, TimelyProtocol
from rag.server.http.refusals import NotSignedIn, TooBusy
from rag.server.identity.oidc import Oidc
from rag.server.identity.password_rules import LEAST_LEFT, own_characters
from rag.server.identity.strangers import Budget, Strangers, network_of
from rag.server.uploads.fairness import FairQueue
from rag.server_settings import OidcSettings
from rag.settings import EmbedderSettings
from rag.store.people.uploads import Right, Upload, UploadFile
from tests.server.house import PASSWORD, House, inhabited
from tests.unit import e5_weights


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with inhabited(tmp_path_factory.mktemp("house"), sign_ins_at_once=6, sign_ins_per_minute=1) as found:
        yield found


def sign_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    return client.post("/v1/session", json={"name": name, "password": password})


def test_wrong_passwords_of_one_address_are_soon_not_checked(
    house: House,
) -> None:
    with house.served.client() as client:
        for _ in range(10):
            assert sign_in(client, "researcher", PASSWORD).status_code == 200
        statuses = [sign_in(client, "nobody", "x" * 16).status_code for _ in range(6)]
        assert statuses == [401] * 6
        began = time.monotonic()
        refused = sign_in(client, "nobody", "x" * 16)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_sign_ins")
        assert time.monotonic() - began >= 1  # who loops is made to wait
        with house.api("clinician") as reader:
            assert reader.post("/v1/search", json={"query": "hanche"}).status_code == 200


def test_a_budget_fills_again_and_is_one_for_a_network() -> None:
    now = [0.0]
    budget = Budget(2, 60, lambda: now[0])
    assert [budget.take("10.0.0.1") for _ in range(3)] == [True, True, False]
    assert budget.take("10.0.0.2")
    now[0] = 1.0
    assert [budget.take("10.0.0.1") for _ in range(2)] == [True, False]
    budget.give_back("10.0.0.1")
    assert budget.take("10.0.0.1")
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:10.0.0.1") == "10.0.0.1"


def test_only_so_many_are_made_to_wait_the_others_are_answered_at_once() -> None:
    async def all_at_once() -> float:
        strangers = Strangers(Budget(1, 1), Budget(1, 1))
        strangers._pausing = 256
        began = time.monotonic()
        await strangers.pause()
        return time.monotonic() - began

    assert asyncio.run(all_at_once()) < 0.5


def test_a_body_without_credentials_is_refused_before_it_is_sent(house: House) -> None:
    at = urlsplit(house.served.url)
    with socket.create_connection((at.hostname or "", at.port or 0)) as raw:
        raw.settimeout(10)
        head = "POST /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400000000\r\n\r\n"
        raw.sendall(head.encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 401 ")


def is_closed_while_dripping(raw: socket.socket) -> bool:
    """Send a byte now and then, which earns no more time, until the other side closes; false after 5 s."""
    raw.settimeout(0.05)
    for _ in range(100):
        try:
            raw.sendall(b"a")
            if raw.recv(10_000) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


def test_headers_that_do_not_end_are_cut_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimelyProtocol, "headers_s", 0.6)
    at = urlsplit(house.served.url)
    head = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
    for begun in (b"", head + b"X-A: ", head + b"\r\n"):
        with socket.create_connection((at.hostname or "", at.port or 0)) as raw:
            raw.settimeout(5)
            raw.sendall(begun)
            if begun.endswith(b"\r\n\r\n"):  # a whole request first; the next one is slow
                raw.recv(10_000)
                raw.sendall(b"GET /")
            began = time.monotonic()
            assert is_closed_while_dripping(raw)
            assert time.monotonic() - began < 3


def test_more_speechless_connections_than_are_held_close_the_oldest_not_the_newest(house: House) -> None:
    at = urlsplit(house.served.url)
    held = [socket.create_connection((at.hostname or "", at.port or 0)) for _ in range(SPEECHLESS + 20)]
    try:
        with house.served.client() as client:
            assert client.get("/livez").status_code == 200
        held[0].settimeout(5)
        with suppress(ConnectionError):  # reset: closed as well
            assert held[0].recv(1) == b""
    finally:
        for one in held:
            one.close()


def provider_of(now: list[float]) -> Oidc:
    told = OidcSettings(
        issuer="http://127.0.0.1:9", audience="a", client_id="page", jwks_url="http://127.0.0.1:9"
    )
    found = Oidc(told, lambda: now[0])
    found._about = {"issuer": told.issuer, "authorization_endpoint": "http://127.0.0.1:9/authorize"}
    return found


def test_ten_thousand_beginnings_at_the_provider_take_no_memory_and_keep_nobody_out() -> None:
    now = [1000.0]
    provider = provider_of(now)
    begun = [provider.begin("http://here/callback") for _ in range(10_000)]
    assert provider._finished == {}
    assert len({key for key, _ in begun}) == 10_000
    states = {parse_qs(urlsplit(url).query)["state"][0] for _, url in begun}
    assert len(states) == 10_000


def test_a_key_of_the_browser_cannot_be_made_lengthened_or_used_for_another_address() -> None:
    now = [1000.0]
    provider, other = provider_of(now), provider_of(now)
    key, url = provider.begin("http://here/callback")
    state = parse_qs(urlsplit(url).query)["state"][0]
    longer = f"{key.partition('.')[0]}.{int(key.partition('.')[2]) + 1}"
    for forged, server, back in (
        (longer, provider, "http://here/callback"),
        (key, other, "http://here/callback"),
        (key, provider, "http://elsewhere/callback"),
        ("", provider, "http://here/callback"),
        ("x.99999999999999999999", provider, "http://here/callback"),
    ):
        with pytest.raises(NotSignedIn):
            server.finish(forged, state, "code", back)
    now[0] = 1700.0
    with pytest.raises(NotSignedIn):
        provider.finish(key, state, "code", "http://here/callback")


def test_guessing_the_password_in_the_form_that_changes_it_locks_as_signing_in_does(tmp_path: Path) -> None:
    with inhabited(tmp_path, sign_ins_at_once=50) as house, house.served.client() as client:
        csrf = sign_in(client, "clinician", PASSWORD).json()["csrf"]
        wrong = {"current": "x" * 16, "new": "trois pommes vertes et un vélo"}
        headers = {"X-CSRF-Token": csrf}
        for _ in range(5):
            assert client.post("/v1/session/password", json=wrong, headers=headers).status_code == 401
        right = {**wrong, "current": PASSWORD}
        assert client.post("/v1/session/password", json=right, headers=headers).status_code == 401
        assert house.served.services.accounts.named("clinician").locked_until > time.time()


@pytest.mark.parametrize(
    ("password", "is_fit"),
    [
        ("Motdepasse2024!", False),
        ("azertyuiop123", False),
        ("aaaaaaaaaaaaaaaa", False),
        ("abcabcabcabcabc", False),
        ("M0td3p@sse-2025", False),
        ("claire.martin.1987", False),
        ("hopital-lyon-2026", False),
        ("trois pommes vertes", True),
        ("correct-horse-battery", True),
        ("9Kf!w2Lm#zQ4", True),
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str, is_fit: bool) -> None:
    assert (own_characters(password, ("claire", "Claire Martin")) >= LEAST_LEFT) is is_fit


def upload(account: str, name: str, files: int) -> Upload:
    kept = tuple(UploadFile(f"{number}", 10, f"{number}/x") for number in range(files))
    return Upload(name, account, Right((), False), {}, "queued", "", kept)


def test_accounts_take_turns_a_file_each_and_one_may_not_fill_the_queue() -> None:
    queue = FairQueue(4, 100)
    queue.reserve("a", 4, 40)
    queue.put(upload("a", "a1", 4))
    queue.reserve("b", 1, 10)
    queue.put(upload("b", "b1", 1))
    taken = [queue.take() for _ in range(5)]
    assert [one.upload.account_id for one in taken if one is not None] == ["a", "b", "a", "a", "a"]
    with pytest.raises(TooBusy):
        queue.reserve("a", 1, 1)
    queue.release("a", 1, 10)
    queue.reserve("a", 1, 1)
    with pytest.raises(TooBusy):
        queue.reserve("b", 1, 95)
    closed = threading.Timer(0.1, queue.close)
    closed.start()
    assert queue.take() is None


def test_an_account_over_its_quota_is_told_to_wait(tmp_path: Path) -> None:
    with inhabited(tmp_path, upload_waiting_files=2) as house, house.api("admin") as client:
        files = [("files", (f"{number}.txt", io.BytesIO(b"text"), "text/plain")) for number in range(3)]
        refused = client.post("/v1/documents", files=files)
        assert (refused.status_code, refused.json()["code"]) == (429, "upload_quota")


def test_a_question_of_ten_thousand_rare_characters_is_embedded_in_few_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny").mkdir()
    e5_weights.write(tmp_path / "tiny" / "e5-small-q4.bin")
    embedder = E5Embedding(tmp_path, EmbedderSettings(name="tiny", threads=1))
    read: list[int] = []
    engine = embedder._model.engine("float32")
    vectors = engine.vectors

    def counted(windows: list[list[int]], size: int) -> object:
        read.append(len(windows))
        return vectors(windows, size)

    monkeypatch.setattr(engine, "vectors", counted)
    embedder.get_query_embedding("fièvre " * 1500)
    assert read == [MOST_QUERY_WINDOWS]
