"""The bundled embedder from its file on: reading, tokens, the encoder against plain numpy, the ONNX file's life."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.errors import Unavailable
from rag.models.e5_bin import E5Weights, WeightsError
from rag.models.e5_embedding import E5Embedding
from rag.models.e5_engine import E5Engine, batches
from rag.models.e5_tokenizer import E5Tokenizer
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
    assert tokenizer.ids("ab") == [0, 4, 9, 2]  # ▁ + ab: -2 - 3.2 = -5.2; ▁a + b: -2.5 - 3 = -5.5; ▁ + a + b: -8
    assert tokenizer.ids("") == [0, 2]
    assert tokenizer.count("fièvre a") == 2


def test_text_never_spells_a_special_token(path: Path, written: e5_weights.Written) -> None:
    inner = E5Tokenizer(E5Weights(path).vocabulary).ids("<s>a</s><pad><mask>\x00<s>")[1:-1]
    assert not {0, 1, 2, 11} & set(inner)


def test_the_encoder_gives_what_the_formulas_give(path: Path, written: e5_weights.Written) -> None:
    assert close_to(engine(path).vectors(SEQUENCES, batch_size=3), written)


def test_padding_changes_nothing(path: Path, written: e5_weights.Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.e5_engine._PADDING_LIMIT", 100.0)  # all four in one batch, the shortest padded eightfold
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

    monkeypatch.setattr("rag.models.e5_engine.exclusive", refuse)
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


def test_long_text_is_cut_and_only_its_length_logged(path: Path, written: e5_weights.Written, caplog: pytest.LogCaptureFixture) -> None:
    embedding = E5Embedding(path.parents[1], EmbedderSettings(name="tiny", threads=1, passage_prefix=""))
    with caplog.at_level(logging.INFO, "rag.models"):
        vector = embedding.get_text_embedding("fièvre " * 40)
    assert np.allclose(vector, e5_weights.expected_vector(written, [0, *[7] * 14, 2]), atol=2e-4)
    assert "fièvre" not in caplog.text
    assert "to 16" in caplog.text


def test_a_damaged_weights_file_says_what_to_do(path: Path, written: e5_weights.Written) -> None:
    path.write_bytes(b"E5S1")
    with pytest.raises(Unavailable, match="models pull tiny"):
        E5Embedding(path.parents[1], EmbedderSettings(name="tiny")).get_query_embedding("fièvre")


@pytest.mark.models
def test_token_ids_of_the_real_vocabulary(models_dir: Callable[..., Path]) -> None:
    """Ids as the reference implementation gives them (XLM-R sentencepiece)."""
    tokenizer = E5Tokenizer(E5Weights(models_dir("multilingual-e5-small") / "multilingual-e5-small" / "e5-small-q4.bin").vocabulary)
    assert tokenizer.ids("query: Hello world") == [0, 41, 1294, 12, 35378, 8999, 2]
