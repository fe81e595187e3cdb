"""Puts a report together from its runs and writes all of it: data, page, Markdown, index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from eval.metrics.catalogue import CATALOGUE
from eval.report.document import ReportJson, RunJson, ThresholdJson
from eval.report.provenance import provenance
from eval.report.store import ReportFolder, finish, write

if TYPE_CHECKING:
    from eval.suites.declaration import Suite
    from eval.suites.run import SuiteOutcome
    from rag.settings import Settings


def of_suite(
    name: str, suite_name: str, suite: Suite, outcome: SuiteOutcome, settings: Settings
) -> ReportJson:
    """Return the report of a suite."""
    below = {(item.run, item.metric): item.value for item in outcome.missed}
    reached = _reached(outcome)
    return ReportJson(
        name=name,
        created=_now(),
        suite=suite_name,
        about={"en": suite.about_en, "fr": suite.about_fr},
        passed=not outcome.missed if outcome.applied else None,
        headline=headline([part.run for part in outcome.parts.values()]),
        thresholds=[
            ThresholdJson(
                run=run,
                metric=metric,
                value=reached.get((run, metric)),
                min=limit.min,
                max=limit.max,
                passed=(run, metric) not in below,
            )
            for run, metric, limit in outcome.applied
        ],
        provenance=provenance(settings, [part.run for part in outcome.parts.values()]),
        runs=[part.run for part in outcome.parts.values()],
    )


def of_run(name: str, run: RunJson, settings: Settings) -> ReportJson:
    """Return the report of one measurement by itself."""
    return ReportJson(
        name=name,
        created=_now(),
        suite=run.measure,
        headline=headline([run]),
        provenance=provenance(settings, [run]),
        runs=[run],
    )


def headline(runs: Sequence[RunJson]) -> dict[str, float | None]:
    """Return the figures that stand at the head: those of each measure, named ``run.metric`` where there are
    several runs.
    """
    found: dict[str, float | None] = {}
    for run in runs:
        prefix = f"{run.name}." if len(runs) > 1 else ""
        wanted = CATALOGUE.headline(run.measure)[: None if len(runs) == 1 else 2]
        found |= {
            f"{prefix}{name}": run.metrics[name].mean
            for name in wanted
            if name in run.metrics and run.metrics[name].n
        }
    return found


def publish(home: Path, folder: ReportFolder, report: ReportJson, language: str) -> Mapping[str, Path]:
    """Write the report with its page and its Markdown, and list it; return the files by kind.

    Raises:
        StorageError: a file cannot be written.
    """
    from eval.report.patients import write_patients

    write_patients(folder)  # before it is listed: nobody sees it who may not
    finish(home, folder, report)
    return render(folder, report, language)


def render(
    folder: ReportFolder, report: ReportJson, language: str, *, texts: bool = True
) -> Mapping[str, Path]:
    """Write page and Markdown anew; without ``texts`` the page holds no question, answer or document. Raises
    as ``publish`` does.
    """
    from eval.report.markdown import markdown
    from eval.report.page import page

    files = {
        "html": folder.path / "report.html",
        "markdown": folder.path / "report.md",
        "json": folder.path / "report.json",
    }
    write(
        files["html"],
        page(
            report, {run.name: list(folder.items(run.name)) if texts else [] for run in report.runs}, language
        ),
    )
    write(files["markdown"], markdown(report, language))
    return files


def _reached(outcome: SuiteOutcome) -> dict[tuple[str, str], float | None]:
    from eval.suites.declaration import reached

    return {
        (name, metric): value
        for name, part in outcome.parts.items()
        for metric, value in reached(part.run).items()
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
