"""The cache of vectors: cheap when it works, never in the way when it does not, and erasable."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rag.core.errors import StorageError
from rag.models.embedding.cache import EmbeddingCache
from rag.models.embedding.embedders import embed_passages, embedder_id
from rag.testing import HashEmbedding


class Counting(HashEmbedding):
    """Counts the texts that were really embedded."""

    embedded: int = 0

    def _get_text_embedding(self, text: str) -> list[float]:
        self.embedded += 1
        return super()._get_text_embedding(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "vectors.sqlite"


def test_what_was_embedded_once_is_not_embedded_again(path: Path) -> None:
    embedder, cache = Counting(), EmbeddingCache(path)
    first = embed_passages(embedder, ["fièvre", "toux", "fièvre"], cache)
    cache.close()
    second = embed_passages(embedder, ["toux", "fièvre", "douleur"], EmbeddingCache(path))
    assert embedder.embedded == 3  # fièvre, toux; then douleur
    assert second[0] == pytest.approx(first[1], abs=1e-7)
    assert second[1] == pytest.approx(first[0], abs=1e-7)


def test_vectors_of_another_embedder_are_not_used(path: Path) -> None:
    cache = EmbeddingCache(path)
    cache.store("one", {"fièvre": [1.0, 0.0]})
    assert cache.lookup("two", ["fièvre"]) == {}
    assert cache.lookup("one", ["fièvre", "toux"]) == {"fièvre": (1.0, 0.0)}


def test_more_texts_than_one_statement_holds(path: Path) -> None:
    cache = EmbeddingCache(path)
    cache.store("one", {f"texte {at}": [float(at)] for at in range(1201)})
    found = cache.lookup("one", [f"texte {at}" for at in range(1300)])
    assert len(found) == 1201
    assert found["texte 1200"] == (1200.0,)


def test_discarded_texts_are_gone_for_every_embedder_and_from_the_bytes_on_disk(path: Path) -> None:
    cache = EmbeddingCache(path)
    secret = [0.123456789] * 64
    for name in ("one", "two"):
        cache.store(name, {"Madame Durand": secret, "autre": [1.0]})
    assert cache.discard(["Madame Durand", "inconnu"]) == 2
    assert cache.lookup("one", ["Madame Durand", "autre"]) == {"autre": (1.0,)}
    import numpy as np

    pattern = np.asarray(secret, "<f4").tobytes()
    assert not any(pattern in file.read_bytes() for file in path.parent.iterdir())


def test_a_documents_vectors_are_erased_by_its_id_earlier_versions_included(path: Path) -> None:
    embedder, cache = HashEmbedding(), EmbeddingCache(path)
    embed_passages(embedder, ["première version", "sans lien"], cache, owners=["doc-1", "doc-2"])
    embed_passages(embedder, ["seconde version"], cache, owners=["doc-1"])
    assert cache.discard_owners(["doc-1"]) == 2
    found = cache.lookup(embedder_id(embedder), ["première version", "seconde version", "sans lien"])
    assert set(found) == {"sans lien"}


def test_clear_erases_everything(path: Path) -> None:
    cache = EmbeddingCache(path)
    cache.store("one", {"a": [1.0]})
    cache.clear()
    assert cache.lookup("one", ["a"]) == {}


def test_a_file_that_is_no_database_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1000)
    cache = EmbeddingCache(path)
    cache.store("one", {"a": [1.0]})
    assert EmbeddingCache(path).lookup("one", ["a"]) == {"a": (1.0,)}


def test_damage_met_while_reading_is_mended(path: Path) -> None:
    cache = EmbeddingCache(path)
    cache.store("one", {f"texte {at}": [1.0] * 384 for at in range(200)})
    cache.close()
    whole = path.read_bytes()
    path.write_bytes(
        whole[:4096] + b"\xff" * (len(whole) - 4096)
    )  # the header stays, every page after it is rubbish
    cache = EmbeddingCache(path)
    assert cache.lookup("one", ["texte 1"]) == {}
    cache.store("one", {"a": [1.0]})
    assert cache.lookup("one", ["a"]) == {"a": (1.0,)}


def test_a_cache_of_another_version_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("pragma user_version = 99")
    connection.close()
    cache = EmbeddingCache(path)
    cache.store("one", {"a": [1.0]})
    assert cache.lookup("one", ["a"]) == {"a": (1.0,)}


def test_without_a_place_to_write_vectors_are_computed_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = EmbeddingCache(tmp_path / "file" / "vectors.sqlite")
    assert len(embed_passages(HashEmbedding(), ["fièvre"], cache)) == 1
    assert cache.discard(["fièvre"]) == 0


def test_a_locked_cache_is_passed_over_but_erasing_says_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.models.embedding.cache._WAIT_S", 0.05)
    cache = EmbeddingCache(path)
    cache.store("one", {"a": [1.0]})
    other = sqlite3.connect(path)
    other.execute("begin immediate")
    cache.store("one", {"b": [2.0]})
    assert cache.lookup("one", ["a", "b"]) == {"a": (1.0,)}
    with pytest.raises(StorageError, match="could not be erased"):
        cache.discard(["a"])
    other.rollback()
    other.close()
    assert cache.discard(["a"]) == 1


def test_threads_and_processes_share_one_file(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from rag.models.embedding.cache import EmbeddingCache\n"
        "cache = EmbeddingCache(Path(sys.argv[1]))\n"
        "for at in range(50): cache.store('one', {f'{sys.argv[2]} {at}': [float(at)]})"
    )
    cache = EmbeddingCache(path)
    workers = [subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("p", "q")]
    threads = [
        threading.Thread(target=lambda at=at: cache.store("one", {f"t {at}": [float(at)]})) for at in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [worker.wait(60) for worker in workers] == [0, 0]
    texts = [f"{name} {at}" for name in ("p", "q") for at in range(50)] + [f"t {at}" for at in range(8)]
    assert len(cache.lookup("one", texts)) == 108


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_process_leaves_a_whole_cache(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from rag.models.embedding.cache import EmbeddingCache\n"
        "cache = EmbeddingCache(Path(sys.argv[1])); at = 0\n"
        "while True:\n"
        "    cache.store('one', {f'{at} {n}': [float(at)] * 384 for n in range(20)}); at += 1\n"
        "    print(at, flush=True)"
    )
    worker = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    done = 0
    while done < 5:
        done = int(worker.stdout.readline())
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    worker.stdout.close()
    found = EmbeddingCache(path).lookup("one", [f"{at} {n}" for at in range(5) for n in range(20)])
    assert len(found) == 100
