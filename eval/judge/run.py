"""The runs behind ``eval judge``: read what is to be judged, ask under a bar with the time left, put the
opinions where they belong.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eval.datasets.sample import sampled
from eval.judge.cases import UNDEFINED, Case, case_of_item, case_of_pair
from eval.judge.opening import JudgeOptions, need_ragas, opened_judge
from eval.judge.opinions import Judged, Plan, judge_all
from eval.judge.record import PREFIX, Opinions, chosen_run, file_opinions, items_of
from eval.runs.setup import Setup

if TYPE_CHECKING:
    from eval.judge.agreement import PairsOpinion
    from eval.report.document import MetricJson


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked for on the command line. ``replies`` in the options is set by the run."""

    plan: Plan
    options: JudgeOptions
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What the judge said, and what it took the model, in seconds."""

    judge: str
    judged: tuple[Judged, ...]
    seconds: float

    @property
    def asked(self) -> list[Judged]:
        """Return the items that there was something to ask of, item and metric each."""
        return [found for found in self.judged if found.reason not in UNDEFINED]

    @property
    def failed(self) -> list[Judged]:
        """Return those that the judge was asked of and did not score."""
        return [found for found in self.asked if found.mean is None]

    def to_json(self) -> dict[str, object]:
        """Return how much was asked and scored, and how long it took."""
        items = {found.id for found in self.asked}
        return {
            "judge": self.judge,
            "asked": len(self.asked),
            "failed": len(self.failed),
            "share_failed": round(len(self.failed) / len(self.asked), 4) if self.asked else None,
            "model_seconds": round(self.seconds, 1),
            "seconds_an_item": round(self.seconds / len(items), 1) if items else None,
        }


@dataclass(frozen=True, slots=True)
class ReportOpinion:
    """What was said of the answers of a report."""

    report: str
    run: str
    items: int
    said: Said
    figures: Mapping[str, MetricJson]
    files: Mapping[str, Path]

    def spread(self, metric: str) -> float | None:
        """Return the mean over the items of the spread of their repeats, None where nothing was asked
        twice.
        """
        spreads = [
            found.spread
            for found in self.said.judged
            if PREFIX + found.metric == metric and found.spread is not None
        ]
        return sum(spreads) / len(spreads) if spreads else None

    def to_json(self) -> dict[str, object]:
        """Return the document of ``eval judge --json``."""
        return {
            "report": self.report,
            "run": self.run,
            "items": self.items,
            **self.said.to_json(),
            "metrics": {
                name: {**found.model_dump(), "spread": self.spread(name)}
                for name, found in self.figures.items()
            },
            "scores": [
                {
                    "id": found.id,
                    "metric": found.metric,
                    "score": found.mean,
                    "spread": found.spread,
                    "unscored": list(found.reasons),
                }
                for found in self.said.judged
            ],
            "files": {kind: str(path) for kind, path in self.files.items()},
        }


def judge_report(setup: Setup, place: Path, run_name: str | None, asking: Asking) -> ReportOpinion:
    """Judge the answers of a report, write the opinions to it and make its pages again.

    Raises:
        ConfigurationError: ragas is not installed, or the settings name no language model.
        UsageError: there is no such report or run, or its texts were left out.
    """
    from eval.report.assembly import render
    from eval.report.store import ReportFolder, load_report

    need_ragas()
    report = load_report(place)
    folder = ReportFolder((place if place.is_dir() else place.parent).expanduser())
    run = chosen_run(report, run_name)
    items = items_of(folder, run.name)
    cases = sampled([case_of_item(item) for item in items], asking.sample)
    said = _ask(setup, cases, asking, folder.path / "judge" / f"{run.name}.jsonl")
    opinions = Opinions(said.judge, asking.plan.metrics, said.judged)
    changed = file_opinions(folder, report, run, items, opinions, setup.language)
    return ReportOpinion(
        report.name, run.name, len(cases), said, opinions.figures(), render(folder, changed, setup.language)
    )


def judge_pairs(setup: Setup, file: Path, form: str, asking: Asking) -> tuple[PairsOpinion, Said]:
    """Judge labelled pairs by ragas' faithfulness, beside our verifier. Raises as ``judge_report`` and
    ``read_pairs`` do.
    """
    from eval.datasets.pairs import read_pairs
    from eval.judge.agreement import opinion_on_pairs
    from eval.verify.measurement import verify_pairs
    from rag.build import open_verifier

    need_ragas()
    pairs = sampled(read_pairs(file.expanduser(), form), asking.sample)
    with setup.progress.counting("eval.verifying", len(pairs)) as advance:
        verified = verify_pairs(pairs, open_verifier(setup.settings, setup.home), advance)
    faithfulness = replace(asking, plan=Plan(("faithfulness",), asking.plan.repeats))
    name = hashlib.sha256(f"{file.expanduser().absolute()}\0{form}".encode()).hexdigest()[:12]
    said = _ask(
        setup,
        [case_of_pair(pair) for pair in pairs],
        faithfulness,
        setup.home / "eval" / "judge" / f"{name}.jsonl",
    )
    return opinion_on_pairs(said.judge, said.judged, verified, said.seconds), said


def _ask(setup: Setup, cases: Sequence[Case], asking: Asking, replies: Path) -> Said:
    with opened_judge(setup.settings, setup.home, replace(asking.options, replies=replies)) as opened:
        with setup.progress.counting("judge.asking", asking.plan.requests(cases)) as advance:
            judged = asyncio.run(judge_all(opened.judge, cases, asking.plan, advance))
        return Said(opened.judge.name, tuple(judged), opened.replies.seconds)
