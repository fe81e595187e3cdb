"""What every embedder promises, checked on each implementation: the bundled model, a server with OpenAI's
protocol, the shipped fake.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding

from rag.core.errors import ConfigurationError, TrabouleError, Unavailable
from rag.models.embedding.embedders import embed_passages, embedder_id, make_embedder
from rag.settings import EmbedderSettings
from rag.testing import HashEmbedding

TEXTS = [
    "Le patient a été opéré d'une prothèse totale de hanche droite le 12 mars 2024.",
    "Allergie à la pénicilline : urticaire généralisée en 2019.",
    "The patient denies chest pain and shortness of breath.",
    "RAS.",
    "Metformin 500 mg twice daily was stopped because of an acute kidney injury.",
    "Bilan : Hb 9,8 g/dL ; CRP 112 mg/L ; créatinine 98 µmol/L.",
]
ODD_TEXTS = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "😀🩺",
    "special tokens": "<s> </s> <mask>",
    "control": "a\x00b\x01c\u200b",
    "lone surrogate": "caf\udce9",
    "5,000 words": "douleur thoracique " * 2500,
}


class _Server(BaseHTTPRequestHandler):
    """A stand-in for an embedding server: a vector of each text's bytes, and errors when asked."""

    failure: int | None = None
    dimensions = 32

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.failure:
            self._reply(self.failure, {"error": {"message": f"failed on {body['input']}"}})
            return
        assert all(body["input"]), "OpenAI refuses an empty text"
        vectors = [
            {"object": "embedding", "index": at, "embedding": self._vector(text)}
            for at, text in enumerate(body["input"])
        ]
        self._reply(
            200,
            {
                "object": "list",
                "model": body["model"],
                "data": vectors,
                "usage": {"prompt_tokens": 1, "total_tokens": 1},
            },
        )

    def _vector(self, text: str) -> list[float]:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return [byte - 127.5 for byte in digest[: self.dimensions]]

    def _reply(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Return a function that starts a server (``failure``: the status it answers with) and returns its
    address.
    """
    running: list[ThreadingHTTPServer] = []

    def start(failure: int | None = None) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Server,), {"failure": failure}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_port}/v1"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def remote(url: str, dimensions: int = 32) -> BaseEmbedding:
    return make_embedder(
        Path(),
        EmbedderSettings(kind="openai", name="stand-in", base_url=url, dimensions=dimensions, batch_size=4),
    )


@pytest.fixture(scope="session")
def e5(models_dir: Callable[..., Path]) -> BaseEmbedding:
    return make_embedder(models_dir("multilingual-e5-small"), EmbedderSettings(batch_size=4))


@pytest.fixture(params=[pytest.param("onnx", marks=pytest.mark.models), "openai", "hash"])
def embedder(request: pytest.FixtureRequest) -> BaseEmbedding:
    if request.param == "onnx":
        bundled: BaseEmbedding = request.getfixturevalue("e5")
        return bundled
    return HashEmbedding() if request.param == "hash" else remote(request.getfixturevalue("serve")())


def cosine(first: Sequence[float], second: Sequence[float]) -> float:
    return float(np.dot(first, second))


def test_vectors_have_one_length_and_norm_1(embedder: BaseEmbedding) -> None:
    vectors = [*embedder.get_text_embedding_batch(TEXTS), embedder.get_query_embedding(TEXTS[0])]
    assert {len(vector) for vector in vectors} == {32 if embedder.model_name == "stand-in" else 384}
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1.0] * len(vectors), abs=1e-5)


def test_query_and_passage_of_the_same_words_differ(embedder: BaseEmbedding) -> None:
    assert cosine(embedder.get_query_embedding(TEXTS[0]), embedder.get_text_embedding(TEXTS[0])) < 0.999


def test_different_texts_differ(embedder: BaseEmbedding) -> None:
    vectors = embedder.get_text_embedding_batch(TEXTS)
    assert all(cosine(first, second) < 0.99 for at, first in enumerate(vectors) for second in vectors[:at])


def test_a_batch_gives_what_single_calls_give_in_order(embedder: BaseEmbedding) -> None:
    batch = embedder.get_text_embedding_batch(TEXTS)
    single = [embedder.get_text_embedding(text) for text in TEXTS]
    assert np.allclose(batch, single, atol=1e-4)


def test_the_same_text_gives_the_same_vector(embedder: BaseEmbedding) -> None:
    assert embedder.get_query_embedding(TEXTS[1]) == embedder.get_query_embedding(TEXTS[1])


def test_no_text_gives_no_vector(embedder: BaseEmbedding) -> None:
    assert embedder.get_text_embedding_batch([]) == []


@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_any_text_has_a_vector(embedder: BaseEmbedding, kind: str) -> None:
    for vector in (
        embedder.get_text_embedding(ODD_TEXTS[kind]),
        embedder.get_query_embedding(ODD_TEXTS[kind]),
    ):
        assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-5)


def test_asynchronous_calls_agree(embedder: BaseEmbedding) -> None:
    async def both() -> tuple[list[float], list[list[float]]]:
        return await embedder.aget_query_embedding(TEXTS[0]), await embedder.aget_text_embedding_batch(TEXTS)

    with ThreadPoolExecutor(
        1
    ) as fresh:  # a browser that another test left open has a loop running in this thread
        query, passages = fresh.submit(lambda: asyncio.run(both())).result()
    assert np.allclose(query, embedder.get_query_embedding(TEXTS[0]), atol=1e-6)
    assert np.allclose(passages, embedder.get_text_embedding_batch(TEXTS), atol=1e-4)


def test_threads_may_share_it(embedder: BaseEmbedding) -> None:
    expected = embedder.get_text_embedding_batch(TEXTS)
    results: list[list[list[float]]] = []
    threads = [
        threading.Thread(target=lambda: results.append(embedder.get_text_embedding_batch(TEXTS)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all(np.allclose(result, expected, atol=1e-4) for result in results)


def test_embed_passages_keeps_order_and_repeats(embedder: BaseEmbedding) -> None:
    texts = [TEXTS[2], TEXTS[0], TEXTS[2]]
    vectors = embed_passages(embedder, texts)
    assert vectors[0] == vectors[2]
    assert np.allclose(vectors, [embedder.get_text_embedding(text) for text in texts], atol=1e-4)


def test_identity_names_what_vectors_depend_on(embedder: BaseEmbedding) -> None:
    assert embedder_id(embedder) == embedder_id(embedder)
    other = make_embedder(Path(), EmbedderSettings(passage_prefix="document: "))
    assert embedder_id(other) != embedder_id(make_embedder(Path(), EmbedderSettings()))


def test_missing_weights_are_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="traboule models pull multilingual-e5-small"):
        make_embedder(tmp_path, EmbedderSettings()).get_query_embedding("fièvre")


def test_a_server_that_does_not_answer_is_unavailable(serve: Callable[..., str]) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        remote("http://127.0.0.1:9/v1").get_query_embedding("fièvre")


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500])
def test_a_server_that_refuses_is_unavailable_and_its_words_are_not_repeated(
    serve: Callable[..., str], status: int
) -> None:
    with pytest.raises(Unavailable, match=f"HTTP {status}") as caught:
        remote(serve(failure=status)).get_text_embedding("Madame Durand, 67 ans")
    assert "Durand" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_vectors_of_another_length_than_the_settings_are_a_configuration_error(
    serve: Callable[..., str],
) -> None:
    with pytest.raises(
        ConfigurationError, match=r"gives vectors of 32 numbers, embedder\.dimensions says 384"
    ):
        remote(serve(), dimensions=384).get_query_embedding("fièvre")


def test_a_server_without_address_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"embedder\.base_url"):
        make_embedder(Path(), EmbedderSettings(kind="openai"))


def test_a_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "llama_index.embeddings.huggingface", None)
    with pytest.raises(TrabouleError, match=r"traboule\[transformers\]"):
        make_embedder(Path(), EmbedderSettings(kind="huggingface", name="any")).get_query_embedding("fièvre")
