"""The fit of the reader, end to end on a tiny encoder of random weights, where torch is installed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("safetensors")
pytest.importorskip("scipy")

from safetensors.numpy import load_file

from eval.fit.origin import source
from eval.fit.reader import fitting
from eval.fit.reader.answers import unit_of
from eval.fit.reader.data.groups import AnswerGroup, Option
from eval.fit.reader.fitting import ReaderFit, fit_reader
from eval.fit.reader.heads import AnswersJob, HeadJob
from eval.fit.reader.inputs import LearningTokens
from eval.fit.reader.run.adapter import Calibration, fitted_calibration
from eval.fit.reader.run.batches import batches, collated
from eval.fit.reader.run.network import AdapterPlan, LearningReader
from eval.fit.reader.run.training import Recipe, outputs_of
from rag.core.errors import UsageError
from rag.models.embedding.e5.bin import E5Weights
from rag.models.embedding.e5.tokenizer import E5Tokenizer
from tests.unit.e5_weights import LAYERS, expected_vector, write

PLAN = AdapterPlan(1, rank=4, first=LAYERS - 1, width=8, dropout=0.0)
RECIPE = Recipe(pairs=1200, batch=16, rate=0.02, measure_every=400, half=False)


def groups(split: Any, count: int) -> list[AnswerGroup]:
    """Questions that a text answers which begins with ``fièvre``, and one with ``é`` does not."""
    return [
        AnswerGroup(
            "toy",
            "fr",
            split,
            ("a", "b")[number % 2],
            (Option("fièvre" + " b" * (number % 3), 1), Option("é fièvre", 0), Option("é", 0)),
        )
        for number in range(count)
    ]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.bin"
    write(path)
    return path


@pytest.fixture
def fit(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReaderFit:
    def opened(head: str, tokens: LearningTokens, *_: object) -> HeadJob:
        return AnswersJob(tokens, groups("train", 60), groups("stop", 12), groups("held-out", 12), 7)

    monkeypatch.setattr(fitting, "open_head", opened)
    file = tmp_path / "data" / "toy.jsonl.gz"
    file.parent.mkdir()
    file.write_bytes(gzip.compress(b"{}"))
    monkeypatch.setattr(fitting, "files_of", lambda head: (("toy.jsonl.gz", "own"),))
    return ReaderFit("answers", base, file.parent, tmp_path / "out", tmp_path / "work", RECIPE, PLAN)


def embed(texts: Sequence[str]) -> list[list[float]]:
    return [[1.0, float(len(text))] for text in texts]


def quiet(key: str, **facts: object) -> None:
    assert key in ("fit.at", "fit.point")


def test_a_fit_learns_and_writes_adapter_card_and_curve(fit: ReaderFit) -> None:
    card = fit_reader(fit, embed, quiet)
    figures: Any = card["figures"]
    assert figures["toy, held-out"]["first"] == 1.0
    kept = json.loads((fit.output / "answers.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(card))
    assert kept["weights"]["sha256"] == source(fit.output / "answers.safetensors", None).sha256
    assert len(json.loads((fit.work / "answers-curve.json").read_text(encoding="utf-8"))) >= 3
    tensors = load_file(fit.output / "answers.safetensors")
    assert tensors["head.0.w"].dtype == np.float16
    assert {name.split(".")[0] for name in tensors if name.startswith("l")} == {f"l{LAYERS - 1}"}
    assert tensors["calibration.shift"].shape == (1,)


def test_the_same_seed_gives_the_same_adapter(fit: ReaderFit) -> None:
    fit_reader(fit, embed, quiet)
    first = load_file(fit.output / "answers.safetensors")
    fit_reader(replace(fit, work=fit.work / "again"), embed, quiet)
    again = load_file(fit.output / "answers.safetensors")
    assert first.keys() == again.keys()
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_a_run_goes_on_where_it_was_stopped(fit: ReaderFit) -> None:
    fit_reader(replace(fit, hours=0.0), embed, quiet)
    seen = json.loads((fit.work / "answers-curve.json").read_text(encoding="utf-8"))[-1]["pairs"]
    assert seen < RECIPE.pairs
    fit_reader(replace(fit, resume=True), embed, quiet)
    points = json.loads((fit.work / "answers-curve.json").read_text(encoding="utf-8"))
    assert points[0]["pairs"] == seen
    assert points[-1]["pairs"] >= RECIPE.pairs


def test_nothing_to_resume_is_said(fit: ReaderFit) -> None:
    with pytest.raises(UsageError, match="no run there"):
        fit_reader(replace(fit, resume=True), embed, quiet)


def test_another_recipe_cannot_go_on(fit: ReaderFit) -> None:
    fit_reader(replace(fit, hours=0.0), embed, quiet)
    with pytest.raises(UsageError):
        fit_reader(replace(fit, resume=True, recipe=replace(RECIPE, rate=0.5)), embed, quiet)


def test_the_network_is_the_encoder_that_the_run_time_runs(tmp_path: Path) -> None:
    written = write(tmp_path / "tiny.bin")
    weights = E5Weights(tmp_path / "tiny.bin")
    pair = LearningTokens(E5Tokenizer(weights.vocabulary), 16).encode("a", "b fièvre")
    reader = LearningReader(weights, PLAN).eval()
    import torch

    held: list[Any] = []
    reader.head.register_forward_pre_hook(lambda module, given: held.append(given[0]))
    batch = collated([unit_of(LearningTokens(E5Tokenizer(weights.vocabulary), 16), groups("train", 1)[0])])
    with torch.no_grad():
        reader(torch.tensor([pair.ids]), torch.tensor([pair.part]), torch.tensor([len(pair.ids)]))
        reader(batch.ids, batch.part, batch.lengths)
    mean = held[0][0].mean(0).numpy()
    # an adapter starts at zero, so its tokens are the base's, whose mean an independent program computes
    assert mean / np.linalg.norm(mean) == pytest.approx(expected_vector(written, pair.ids), abs=1e-4)


def test_padding_changes_nothing(base: Path) -> None:
    weights = E5Weights(base)
    tokens = LearningTokens(E5Tokenizer(weights.vocabulary), 16)
    units = [unit_of(tokens, group) for group in groups("train", 5)]
    reader = LearningReader(weights, PLAN)
    together = outputs_of(reader, units, "cpu", half=False)
    alone = [outputs_of(reader, [unit], "cpu", half=False)[0] for unit in units]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-5)


def test_every_unit_comes_once_an_epoch(base: Path) -> None:
    from random import Random

    tokens = LearningTokens(E5Tokenizer(E5Weights(base).vocabulary), 16)
    units = [unit_of(tokens, group) for group in groups("train", 37)]
    drawn = [unit for batch in batches(units, 16, Random(1)) for unit in batch]
    assert sorted(map(id, drawn)) == sorted(map(id, units))


def test_calibration_makes_a_probability_a_share() -> None:
    # outputs of 4 stand for 3 right in 4: the calibrated probability is 0.75
    outputs = np.array([[4.0]] * 8 + [[-4.0]] * 8)
    targets = [1, 1, 1, 0] * 2 + [0, 0, 0, 1] * 2
    moved = fitted_calibration(outputs, targets).applied(np.array([[4.0]]))
    assert 1 / (1 + np.exp(-moved[0, 0])) == pytest.approx(0.75, abs=0.01)


def test_a_calibration_of_one_and_zero_changes_nothing() -> None:
    assert Calibration(1.0, (0.0,)).applied(np.array([[2.5]])) == np.array([[2.5]])
