"""What the server index does when the server is absent, refuses, is too old, or holds an index of another
embedder.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import pytest
from qdrant_client import QdrantClient

from rag.core.errors import ConfigurationError, TrabouleError, Unavailable
from rag.core.types import Passage, SparseVector
from rag.index.server.index import ServerIndex, open_server_index
from rag.settings import IndexSettings

pytestmark = [
    pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning"),
    pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection:UserWarning"),
]

PASSAGE = Passage("0" * 32, "d", "r", 0, 0, 4, "SECRET", "", "note", "fr", patient_id="A")


class FakeServer(ThreadingHTTPServer):
    """Answers every request with one status and body, and remembers the keys it was shown."""

    status = 200
    body = "{}"
    keys: list[str | None]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, FakeServer)
        server.keys.append(self.headers.get("api-key"))
        content = server.body.encode()
        self.send_response(server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer(("127.0.0.1", 0), _Handler)
    fake.keys = []
    thread = threading.Thread(target=fake.serve_forever)
    thread.start()
    yield fake
    fake.shutdown()
    thread.join()
    fake.server_close()


def raised_on_opening(url: str | None, **values: object) -> TrabouleError:
    with pytest.raises(TrabouleError) as raised:
        open_server_index(
            IndexSettings.model_validate({"kind": "server", "url": url, "timeout_s": 3, **values}), "e5", 2
        )
    return raised.value


def test_absent_server_is_unavailable() -> None:
    error = raised_on_opening("http://127.0.0.1:9")
    assert isinstance(error, Unavailable)
    assert error.key == "index_unreachable"
    assert "127.0.0.1:9" in str(error)


def test_missing_address_is_a_setting_to_mend() -> None:
    error = raised_on_opening(None)
    assert isinstance(error, ConfigurationError)
    assert "index.url" in str(error)


def test_refusal_tells_the_status_and_not_the_body(server: FakeServer) -> None:
    server.status, server.body = 401, '{"status": "SECRET"}'
    error = raised_on_opening(f"http://127.0.0.1:{server.server_port}", api_key="the-key")
    assert isinstance(error, Unavailable)
    assert error.key == "index_refused"
    assert "401" in str(error)
    assert "SECRET" not in str(error)
    assert server.keys == ["the-key"]


def test_old_server_is_refused(server: FakeServer) -> None:
    server.body = json.dumps({"title": "qdrant", "version": "1.14.1"})
    assert raised_on_opening(f"http://127.0.0.1:{server.server_port}").key == "index_server_old"


@pytest.mark.parametrize(("quantization", "originals"), [("int8", "disk"), ("none", "memory")])
def test_a_collection_is_made_as_the_settings_say(
    quantization: Literal["int8", "none"], originals: Literal["disk", "memory"]
) -> None:
    client = QdrantClient(":memory:")
    ServerIndex(
        client, IndexSettings(quantization=quantization, originals=originals, graph_links=24), "e5", 2
    )
    vectors = client.get_collection("traboule").config.params.vectors
    assert isinstance(vectors, dict)
    made = vectors["dense"]
    assert made.hnsw_config is not None
    assert made.hnsw_config.m == 24
    assert made.on_disk is (originals == "disk")
    assert (made.quantization_config is not None) is (quantization == "int8")
    client.close()


def test_collection_of_another_embedder_is_refused() -> None:
    client = QdrantClient(":memory:")
    ServerIndex(client, IndexSettings(), "e5", 2).upsert(
        [PASSAGE], [(1.0, 0.0)], [SparseVector((1,), (1.0,))]
    )
    assert ServerIndex(client, IndexSettings(), "e5", 2).count() == 1
    with pytest.raises(ConfigurationError) as raised:
        ServerIndex(client, IndexSettings(), "bge-m3", 2)
    assert raised.value.key == "index_embedder_mismatch"
    assert "e5" in str(raised.value)
    with pytest.raises(ConfigurationError) as raised:
        ServerIndex(client, IndexSettings(), "e5", 3)
    assert raised.value.key == "index_dimensions_mismatch"
    assert ServerIndex(client, IndexSettings(collection="other"), "bge-m3", 3).count() == 0
    client.close()
