"""``traboule eval fit reader``: data, run, calibration, figures, then the adapter with its model card."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from eval.fit.origin import FITTED, Figures, Origin, source, write_weights
from eval.fit.reader.answer_figures import Embed
from eval.fit.reader.data.files import HeadName, files_of
from eval.fit.reader.data.left_out import left_out
from eval.fit.reader.heads import HeadJob, open_head
from eval.fit.reader.inputs import LearningTokens
from eval.fit.reader.run.adapter import BASE, Calibration, fitted_calibration, write_adapter
from eval.fit.reader.run.curve import write_curve
from eval.fit.reader.run.network import AdapterPlan, LearningReader
from eval.fit.reader.run.training import CHECKPOINT, Recipe, Tell, TrainingRun, outputs_of
from rag.core.errors import UsageError
from rag.models.embedding.e5.bin import E5Weights
from rag.models.embedding.e5.tokenizer import E5Tokenizer

TOOL = "traboule eval fit reader"
_RECIPE = "recipe.json"
_LONGEST = {"answers": 112, "supports": 128}
"""Tokens of a pair in training."""


@dataclass(frozen=True, slots=True)
class ReaderFit:
    """What to train on what. ``start`` is a checkpoint of an earlier stage; ``hours`` ends a run early."""

    head: HeadName
    base: Path
    data: Path
    output: Path
    work: Path
    recipe: Recipe
    plan: AdapterPlan
    device: str = "cpu"
    hours: float | None = None
    lists: tuple[Path, ...] = ()
    start: Path | None = None
    resume: bool = False


def fit_reader(fit: ReaderFit, embed: Embed, tell: Tell) -> dict[str, object]:
    """Train a head, write ``HEAD.safetensors`` and its card ``HEAD.json`` under ``output``, and return the
    card.

    Raises:
        UsageError: a file of data is missing or malformed, or there is no such run to resume.
    """
    weights = E5Weights(fit.base)
    tokens = LearningTokens(E5Tokenizer(weights.vocabulary), min(_LONGEST[fit.head], weights.shape.positions))
    _check_resumable(fit)
    job = open_head(fit.head, tokens, fit.data, left_out(fit.lists), fit.recipe.seed)
    torch.manual_seed(fit.recipe.seed)
    reader = LearningReader(weights, fit.plan)
    if fit.start is not None:
        reader.load(torch.load(fit.start, weights_only=False)["learned"])
    run = _run(fit, reader, job)
    run.train(None if fit.hours is None else fit.hours * 3600, tell, resume=fit.resume)
    write_curve(fit.work, fit.head, run.curve)
    reader.load(run.best)
    return _finished(fit, run, reader, job, embed)


def _run(fit: ReaderFit, reader: LearningReader, job: HeadJob) -> TrainingRun:
    stop = list(job.stop_units())

    def measure(reader: LearningReader) -> dict[str, float]:
        return job.stop_figures(outputs_of(reader, stop, fit.device, half=fit.recipe.half))

    return TrainingRun(reader, fit.recipe, job.epoch, job.loss, measure, job.better, fit.work, fit.device)


def _check_resumable(fit: ReaderFit) -> None:
    """Keep the recipe beside the checkpoint: another one cannot go on from it."""
    wanted = {"head": fit.head, **asdict(fit.recipe), **asdict(fit.plan)}
    file = fit.work / _RECIPE
    if fit.resume:
        if not file.is_file() or not (fit.work / CHECKPOINT).is_file():
            raise UsageError("fit_nothing_to_resume", folder=fit.work)
        if json.loads(file.read_text(encoding="utf-8")) != wanted:
            raise UsageError("fit_other_recipe", folder=fit.work)
        return
    fit.work.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")


def _finished(
    fit: ReaderFit, run: TrainingRun, reader: LearningReader, job: HeadJob, embed: Embed
) -> dict[str, object]:
    stop = list(job.stop_units())
    stopped = outputs_of(reader, stop, fit.device, half=False)
    raw = np.concatenate(stopped)
    targets = [target for unit in stop for target in unit.targets]
    told = [number for number, target in enumerate(targets) if target < max(2, job.outputs)]
    calibration = fitted_calibration(raw[told], [targets[number] for number in told])
    outputs = outputs_of(reader, list(job.held_out_units()), fit.device, half=False)
    figures = job.figures([calibration.applied(values) for values in outputs])
    fit.output.mkdir(parents=True, exist_ok=True)
    adapter = fit.output / f"{fit.head}.safetensors"
    base = source(fit.base, None).sha256
    write_adapter(adapter, fit.head, run.best, calibration, base)
    threshold = job.threshold([calibration.applied(values) for values in stopped])
    card = _card(fit, run, (calibration, threshold), figures, job.before(embed), adapter, base)
    write_weights(adapter.with_suffix(".json"), card)
    return card


def _card(
    fit: ReaderFit,
    run: TrainingRun,
    decided: tuple[Calibration, float],
    figures: Figures,
    before: Figures,
    adapter: Path,
    base: str,
) -> dict[str, object]:
    files = files_of(fit.head)
    read = tuple(source(fit.data / name, None, name) for name, _ in files)
    origin = Origin(FITTED, TOOL, read, fit.recipe.seed, figures)
    written = source(adapter, None)
    made: dict[str, object] = {
        "head": fit.head,
        "base": BASE,
        "base_sha256": base,
        "weights": {"file": written.name, "sha256": written.sha256, "bytes": adapter.stat().st_size},
        "recipe": {**asdict(fit.recipe), **asdict(fit.plan), "pairs_seen": run.seen},
        "calibration": asdict(decided[0]),
        "threshold": decided[1],
        "licences": dict(files),
        "curve": [asdict(point) for point in run.curve],
    }
    card = origin.document(made)
    if before:
        card["weighed_against"] = {"figures": before}
    return card
