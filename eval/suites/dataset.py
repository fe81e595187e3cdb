"""The declared set that a part of a suite measures on, as the report tells of it."""

from __future__ import annotations

from pathlib import Path

from eval.datasets.declarations import dataset
from eval.datasets.versions import version_of
from eval.report.document import DatasetFileJson, DatasetJson
from eval.runs.progress import Progress
from eval.suites.declaration import SuiteRun


def dataset_of(run: SuiteRun, data: Path | None, progress: Progress) -> DatasetJson | None:
    """Compare the declared set of a run with the files, warn where they differ, and return what the report
    says; None without one.
    """
    if run.dataset is None:
        return None
    version = version_of(dataset(run.dataset, run.measure), data)
    for facts in version.differences():
        progress.warn("datasets.other_version", **facts)
    declared = version.dataset
    return DatasetJson(
        **declared.model_dump(include={"name", "source", "licence"}),
        grades=declared.grades.model_dump(),
        is_declared_version=version.state == "there",
        files={
            file.file: DatasetFileJson(sha256=file.sha256, is_declared=file.state == "there")
            for file in version.files
            if file.sha256
        },
    )
