"""The bundled embedder from its file on: reading, tokens, the encoder against plain numpy, the ONNX file's
life.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from rag.core.errors import Unavailable
from rag.models.embedding.e5.bin import E5Weights, WeightsError
from rag.models.embedding.e5.embedding import E5Embedding
from rag.models.embedding.e5.engine import E5Engine
from rag.models.embedding.e5.tokenizer import E5Tokenizer
from rag.models.embedding.token_batches import batches
from rag.settings import EmbedderSettings
from tests.unit import e5_weights

SEQUENCES = [[0, 7, 2], [0, 8, 9, 10, 5, 6, 2], [0, 2], [0, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 2]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tiny" / "e5-small-q4.bin"


@pytest.fixture
def written(path: Path) -> e5_weights.Written:
    path.parent.mkdir()
    return e5_weights.write(path)


def engine(path: Path) -> E5Engine:
    return E5Engine(path, E5Weights(path), threads=1)


def close_to(found: Sequence[Sequence[float]], written: e5_weights.Written) -> bool:
    expected = [e5_weights.expected_vector(written, ids) for ids in SEQUENCES]
    return np.allclose(found, expected, atol=2e-4)


def test_weights_are_read_as_written(path: Path, written: e5_weights.Written) -> None:
    weights = E5Weights(path)
    assert (weights.shape.hidden, weights.shape.layers, weights.shape.positions) == (64, 2, 16)
    assert weights.vocabulary.pieces == e5_weights.PIECES
    assert weights.vocabulary.replacements == e5_weights.REPLACEMENTS
    assert np.array_equal(weights.blocks("l1.fo.w", 128).floats(), written.tensors["l1.fo.w"])
    assert np.array_equal(weights.floats("l0.fi.b"), written.tensors["l0.fi.b"])


@pytest.mark.parametrize("length", [0, 3, 40, 300, 5000, -1])
def test_a_file_cut_short_is_damaged(path: Path, written: e5_weights.Written, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(WeightsError):
        engine(path)
    assert not list(path.parent.glob("*.onnx"))


def test_another_file_is_damaged(path: Path, written: e5_weights.Written) -> None:
    path.write_bytes(b"GGUF" + path.read_bytes()[4:])
    with pytest.raises(WeightsError, match="E5S1"):
        E5Weights(path)


def test_tokens_are_the_most_probable_pieces(path: Path, written: e5_weights.Written) -> None:
    tokenizer = E5Tokenizer(E5Weights(path).vocabulary)
    assert tokenizer.ids("fièvre") == [0, 7, 2]
    assert tokenizer.ids("a fie\u0300vre") == [0, 8, 7, 2]  # a decomposed accent is the same letter
    assert tokenizer.ids("fi\x01èvre") == [0, 7, 2]  # control characters are dropped
    assert tokenizer.ids("a\t\ta") == [0, 8, 8, 2]  # white space is one space
    assert tokenizer.ids("ab") == [
        0,
        4,
        9,
        2,
    ]  # ▁ + ab: -2 - 3.2 = -5.2; ▁a + b: -2.5 - 3 = -5.5; ▁ + a + b: -8
    assert tokenizer.ids("") == [0, 2]
    assert tokenizer.count("fièvre a") == 2


def test_text_never_spells_a_special_token(path: Path, written: e5_weights.Written) -> None:
    inner = E5Tokenizer(E5Weights(path).vocabulary).ids("<s>a</s><pad><mask>\x00<s>")[1:-1]
    assert not {0, 1, 2, 11} & set(inner)


def test_the_encoder_gives_what_the_formulas_give(path: Path, written: e5_weights.Written) -> None:
    assert close_to(engine(path).vectors(SEQUENCES, batch_size=3), written)


def test_padding_changes_nothing(
    path: Path, written: e5_weights.Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rag.models.embedding.token_batches._PADDING_LIMIT", 100.0
    )  # all four in one batch, the shortest padded eightfold
    assert close_to(engine(path).vectors(SEQUENCES, batch_size=4), written)


def test_batches_hold_like_lengths_and_every_text_once() -> None:
    grouped = list(batches([100, 5, 101, 5, 99, 500], batch_size=2))
    assert grouped == [[1, 3], [4, 0], [2], [5]]
    assert list(batches([], 4)) == []


def test_the_onnx_file_is_written_once(path: Path, written: e5_weights.Written) -> None:
    engine(path)
    [onnx] = path.parent.glob("*.onnx")
    first = onnx.stat().st_mtime_ns
    engine(path)
    assert onnx.stat().st_mtime_ns == first
    assert not list(path.parent.glob("*.part"))


def test_a_damaged_onnx_file_is_written_again(path: Path, written: e5_weights.Written) -> None:
    engine(path)
    [onnx] = path.parent.glob("*.onnx")
    onnx.write_bytes(onnx.read_bytes()[:1000])
    assert close_to(engine(path).vectors(SEQUENCES, batch_size=4), written)


def test_files_of_other_formats_are_removed(path: Path, written: e5_weights.Written) -> None:
    old = path.with_name("e5-small-q4.v0.onnx")
    old.write_bytes(b"old")
    engine(path)
    assert not old.exists()


def test_a_folder_that_cannot_be_written_serves_all_the_same(
    path: Path, written: e5_weights.Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rag.models.embedding.e5.engine.exclusive", refuse)
    assert close_to(engine(path).vectors(SEQUENCES, batch_size=4), written)
    assert not list(path.parent.glob("*.onnx"))


def test_starting_twice_at_once_gives_two_whole_engines(path: Path, written: e5_weights.Written) -> None:
    engines: list[E5Engine] = []
    threads = [threading.Thread(target=lambda: engines.append(engine(path))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engines) == 3
    assert all(close_to(each.vectors(SEQUENCES, batch_size=4), written) for each in engines)


def embedding(
    path: Path, *, passages: Literal["int8", "float32"] = "float32", prefix: str = ""
) -> E5Embedding:
    return E5Embedding(
        path.parents[1], EmbedderSettings(name="tiny", threads=1, passages=passages, passage_prefix=prefix)
    )


def test_a_text_longer_than_the_window_is_read_window_by_window(
    path: Path, written: e5_weights.Written
) -> None:
    """35 tokens in windows of 14 (16 less begin and end): three of 11, 12 and 12, of which the vector is the
    mean.
    """
    whole = embedding(path).get_text_embedding("fièvre " * 11 + "a " * 23 + "a")
    parts = [[0, *[7] * 11, 2], [0, *[8] * 12, 2], [0, *[8] * 12, 2]]
    total = sum(e5_weights.expected_vector(written, ids) for ids in parts)
    assert np.allclose(whole, total / np.linalg.norm(total), atol=2e-4)


def test_every_window_begins_with_the_prefix(path: Path, written: e5_weights.Written) -> None:
    """Prefix "a " is one token, so a window holds 13 of the 20 others: two of 10."""
    whole = embedding(path, prefix="a ").get_text_embedding("fièvre " * 19 + "fièvre")
    assert np.allclose(whole, e5_weights.expected_vector(written, [0, 8, *[7] * 10, 2]), atol=2e-4)


def test_the_end_of_a_long_text_counts(path: Path, written: e5_weights.Written) -> None:
    begun = "fièvre " * 40
    assert not np.allclose(
        embedding(path).get_text_embedding(begun + "a"),
        embedding(path).get_text_embedding(begun + "b"),
        atol=1e-5,
    )


def test_long_and_short_texts_of_one_batch_keep_their_places(path: Path, written: e5_weights.Written) -> None:
    texts = ["fièvre", "a " * 50, "", "b " * 20]
    assert np.allclose(
        embedding(path).get_text_embedding_batch(texts),
        [embedding(path).get_text_embedding(t) for t in texts],
        atol=2e-4,
    )


def test_whole_numbers_give_nearly_what_floats_give(path: Path, written: e5_weights.Written) -> None:
    expected = np.array([e5_weights.expected_vector(written, ids) for ids in SEQUENCES])
    found = E5Engine(path, E5Weights(path), threads=1, precision="int8").vectors(SEQUENCES, batch_size=4)
    cosines = (found * expected).sum(axis=1)
    assert cosines.min() > 0.995
    assert cosines.min() < 0.9999999  # or it computed in floats after all


def test_a_vector_of_whole_numbers_does_not_depend_on_its_neighbours(
    path: Path, written: e5_weights.Written
) -> None:
    engine = E5Engine(path, E5Weights(path), threads=1, precision="int8")
    together = engine.vectors(SEQUENCES, batch_size=4)
    apart = [engine.vectors([ids], batch_size=4)[0] for ids in SEQUENCES]
    assert np.allclose(together, apart, atol=1e-5)


def test_queries_and_exact_passages_are_float32_whatever_the_passages_are(
    path: Path, written: e5_weights.Written
) -> None:
    whole, exact = embedding(path, passages="int8"), embedding(path)
    assert whole.get_query_embedding("fièvre") == exact.get_query_embedding("fièvre")
    assert whole.exact().get_text_embedding("fièvre a b") == exact.get_text_embedding("fièvre a b")
    assert whole.get_text_embedding("fièvre a b") != exact.get_text_embedding("fièvre a b")
    assert whole.identity != exact.identity
    assert whole.exact().identity == exact.identity


def test_a_batch_holds_no_more_tokens_than_fit() -> None:
    assert [len(batch) for batch in batches([512] * 20, batch_size=16)] == [8, 8, 4]  # 8 * 512 = 4096


def test_a_damaged_weights_file_says_what_to_do(path: Path, written: e5_weights.Written) -> None:
    path.write_bytes(b"E5S1")
    with pytest.raises(Unavailable, match="models pull tiny"):
        E5Embedding(path.parents[1], EmbedderSettings(name="tiny")).get_query_embedding("fièvre")


@pytest.mark.models
def test_token_ids_of_the_real_vocabulary(models_dir: Callable[..., Path]) -> None:
    """Ids as the reference implementation gives them (XLM-R sentencepiece)."""
    tokenizer = E5Tokenizer(
        E5Weights(
            models_dir("multilingual-e5-small") / "multilingual-e5-small" / "e5-small-q4.bin"
        ).vocabulary
    )
    assert tokenizer.ids("query: Hello world") == [0, 41, 1294, 12, 35378, 8999, 2]
