"""The reader: adapters, pairs as tokens, the merged graph against plain numpy, bad files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from rag.core.errors import ConfigurationError
from rag.models.files.stored import file_digest
from rag.models.reader.adapter import FORMAT, HeadName, read_adapter
from rag.models.reader.pairs import PairTokens, TextPair
from rag.models.reader.reading import WEIGHTS_FILE, ReaderHead
from rag.settings import ReaderSettings
from tests.unit import e5_weights
from tests.unit.e5_weights import FEED_FORWARD, HIDDEN, LAYERS, Floats, Written

BASE = "tiny"
WIDTH, RANK = 8, 4
EXACT = ReaderSettings(precision="float32", threads=1)


def tensors_of(head: HeadName) -> dict[str, Floats]:
    random = np.random.default_rng(11)

    def drawn(*shape: int) -> Floats:
        return (random.standard_normal(shape) * 0.1).astype(np.float16).astype(np.float32)

    outputs = 1 if head == "answers" else 3
    inner = {"fo": FEED_FORWARD}
    outer = {"fi": FEED_FORWARD}
    found = {}
    for part in ("q", "k", "v", "ao", "fi", "fo"):
        name = f"l{LAYERS - 1}.{part}"
        found[f"{name}.down"] = drawn(RANK, inner.get(part, HIDDEN))
        found[f"{name}.up"] = drawn(outer.get(part, HIDDEN), RANK)
    found |= {"head.0.w": drawn(WIDTH, 4 * HIDDEN + 1), "head.0.b": drawn(WIDTH)}
    found |= {"head.1.w": drawn(outputs, WIDTH), "head.1.b": drawn(outputs), "head.skip.w": drawn(outputs)}
    return found | {"calibration.scale": np.array([1.5], np.float32), "calibration.shift": drawn(outputs)}


def write_adapter(path: Path, head: HeadName, base_sha256: str, **told: str) -> Path:
    metadata = {"format": FORMAT, "head": head, "base": BASE, "base_sha256": base_sha256, "max_tokens": "192"}
    tensors = {name: value.astype(np.float16) for name, value in tensors_of(head).items()}
    save_file(tensors, path, metadata=metadata | told)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / BASE).mkdir()
    return tmp_path


@pytest.fixture
def written(folder: Path) -> Written:
    return e5_weights.write(folder / BASE / WEIGHTS_FILE, positions=192)


def head_of(folder: Path, head: HeadName, settings: ReaderSettings = EXACT) -> ReaderHead:
    digest = file_digest(folder / BASE / WEIGHTS_FILE)
    file = write_adapter(folder / f"{head}.safetensors", head, digest)
    return ReaderHead(folder, read_adapter(file, head), settings)


def expected(written: Written, head: HeadName, ids: Sequence[int], parts: Sequence[int]) -> list[float]:
    """Compute the head in numpy as the contract of the file has it."""
    own, base = tensors_of(head), dict(written.tensors)
    for name in [name.removesuffix(".up") for name in own if name.endswith(".up")]:
        base[f"{name}.w"] = base[f"{name}.w"] + own[f"{name}.up"] @ own[f"{name}.down"]
    tokens = e5_weights.expected_tokens(Written(base), ids)
    of = np.array(parts)
    a, b = (tokens[of == number].mean(0) for number in (1, 2))
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    s, near = math.sqrt(HIDDEN), float(a @ b)
    z = np.concatenate([s * a, s * b, s * np.abs(a - b), s * s * a * b, [near]])
    wide = own["head.0.w"] @ z + own["head.0.b"]
    active = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
    raw = own["head.1.w"] @ active + own["head.1.b"] + own["head.skip.w"] * near
    logits = raw * own["calibration.scale"] + own["calibration.shift"]
    if head == "answers":
        return [float(1 / (1 + np.exp(-logits[0])))]
    powers = np.exp(logits - logits.max())
    return [float(value) for value in powers / powers.sum()]


@pytest.mark.parametrize("head", ["answers", "supports"])
def test_the_merged_graph_gives_what_numpy_gives(folder: Path, written: Written, head: HeadName) -> None:
    reader = head_of(folder, head)
    pairs = [TextPair("a", "fièvre"), TextPair("ab", "a b", "é"), TextPair("b", "é ab a")]
    tokens, _, _ = reader._opened()
    for pair, found in zip(pairs, reader.probabilities(pairs), strict=True):
        (window,) = tokens.windows(pair)
        assert found == pytest.approx(expected(written, head, window.ids, window.parts), abs=1e-3)


def test_int8_is_near_the_exact_graph(folder: Path, written: Written) -> None:
    pairs = [TextPair("a", "fièvre"), TextPair("ab", "a b")]
    exact = head_of(folder, "answers").probabilities(pairs)
    whole = head_of(folder, "answers", ReaderSettings(precision="int8", threads=1)).probabilities(pairs)
    assert np.allclose(exact, whole, atol=0.05)


def test_a_pair_reads_the_same_wherever_it_stands(folder: Path, written: Written) -> None:
    pairs = [
        TextPair("a", "fièvre"),
        TextPair("ab", "a b é ab a fièvre"),
        TextPair("a", "fièvre"),
        TextPair("b", ""),
    ]
    together = head_of(folder, "answers").probabilities(pairs)
    assert together[0] == together[2]
    alone = head_of(folder, "answers").probabilities(pairs[1:2])
    assert alone[0] == pytest.approx(together[1], abs=1e-5)


def test_an_empty_text_answers_nothing_and_supports_nothing(folder: Path, written: Written) -> None:
    assert head_of(folder, "answers").probabilities([TextPair("a", " "), TextPair("", "a")]) == [
        (0.0,),
        (0.0,),
    ]
    assert head_of(folder, "supports").probabilities([TextPair("a", "")]) == [(0.0, 1.0, 0.0)]
    assert head_of(folder, "answers").probabilities([]) == []


def test_what_was_read_is_not_read_again_until_it_is_forgotten(folder: Path, written: Written) -> None:
    reader = head_of(folder, "answers")
    first = reader.probabilities([TextPair("a", "fièvre")])
    tokens, _, padding = reader._opened()
    reader._open = (tokens, None, padding)  # type: ignore[assignment]
    assert reader.probabilities([TextPair("a", "fièvre")] * 500) == first * 500
    assert all(isinstance(key, bytes) for key in reader._known)
    reader.clear()
    with pytest.raises(AttributeError):
        reader.probabilities([TextPair("a", "fièvre")])


def test_an_adapter_of_another_base_is_an_error_that_names_both(folder: Path, written: Written) -> None:
    file = write_adapter(folder / "answers.safetensors", "answers", "f" * 64)
    with pytest.raises(ConfigurationError) as raised:
        ReaderHead(folder, read_adapter(file, "answers"), EXACT).probabilities([TextPair("a", "b")])
    told = raised.value.describe("en")
    assert "ffffffffffff" in told
    assert file_digest(folder / BASE / WEIGHTS_FILE)[:12] in told


@pytest.mark.parametrize("change", ["cut", "empty", "not one", "other head", "no head", "not a number"])
def test_a_damaged_adapter_is_an_error_that_names_the_file(folder: Path, change: str) -> None:
    file = write_adapter(folder / "answers.safetensors", "answers", "0" * 64)
    whole = file.read_bytes()
    if change == "other head":
        write_adapter(file, "supports", "0" * 64)
    elif change in ("no head", "not a number"):
        tensors: Mapping[str, Floats] = tensors_of("answers")
        kept = {name: value for name, value in tensors.items() if name != "head.1.w"}
        broken = {**tensors, "head.0.b": np.full(WIDTH, np.nan, np.float32)}
        save_file(
            kept if change == "no head" else broken, file, metadata={"format": FORMAT, "head": "answers"}
        )
    else:
        file.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "not one": b"{}" * 50}[change])
    with pytest.raises(ConfigurationError) as raised:
        read_adapter(file, "answers")
    assert "answers.safetensors" in raised.value.describe("en")


class Words:
    """A tokenizer of one token a word, and two that begin and end."""

    def ids(self, text: str) -> list[int]:
        return [0, *(3 + len(word) for word in text.split()), 2]


def windows(pair: TextPair, longest: int = 24) -> list[list[int]]:
    return [window.ids for window in PairTokens(Words(), longest).windows(pair)]  # type: ignore[arg-type]


def test_a_long_text_is_read_whole_in_windows_that_overlap() -> None:
    text = " ".join(f"{'x' * number} y." for number in range(1, 31))
    found = windows(TextPair("who", text))
    assert len(found) > 2
    assert all(len(ids) <= 24 for ids in found)
    seen = {token for ids in found for token in ids}
    assert {3 + number for number in range(1, 31)} <= seen
    for before, after in itertools.pairwise(found):
        assert set(before[5:-1]) & set(after[5:-1])


def test_one_sentence_longer_than_the_window_is_read_whole() -> None:
    text = " ".join("x" * number for number in range(1, 80))
    seen = {token for ids in windows(TextPair("who", text)) for token in ids}
    assert {3 + number for number in range(1, 80)} <= seen


def test_question_and_context_are_cut_at_their_end() -> None:
    pair = TextPair(" ".join(["q"] * 500), "text here", " ".join(["c"] * 500))
    (window,) = PairTokens(Words(), 192).windows(pair)  # type: ignore[arg-type]
    assert (window.parts.count(1), window.parts.count(2)) == (64, 2)
    # begin, two between question and context, one between context and text, end
    assert len(window.ids) == 64 + 32 + 2 + 5


def test_texts_cannot_spell_special_tokens(folder: Path, written: Written) -> None:
    reader = head_of(folder, "answers")
    tokens, _, _ = reader._opened()
    (window,) = tokens.windows(TextPair("a", "a</s><s>"))
    assert window.ids.count(0) == 1
    assert window.ids.count(2) == 3
