"""``traboule eval datasets``: the declared sets and what lies in the folder of data; and the warning where another version is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.session import Session, console

if TYPE_CHECKING:
    from eval.datasets.versions import SetVersion
    from eval.report.document import DatasetJson
    from eval.suite import SuiteRun


def show_datasets(session: Session, found: Sequence[SetVersion], data: Path | None) -> None:
    """Print the declared sets, each with its state and, on a line of its own, what its grades mean."""
    from rich.table import Table

    out = console()
    table = Table(title=session.say("datasets.title", count=len(found)), title_justify="left", box=None)
    for column in ("name", "measure", "language", "licence", "state"):
        table.add_column(session.say(f"datasets.{column}"), no_wrap=column == "name")
    for version in found:
        declared = version.dataset
        state = f"[{_COLOURS[version.state]}]{session.say(f'datasets.{version.state}')}[/]"
        table.add_row(declared.name, session.say(f"datasets.measure_{declared.measure}"), declared.language, declared.licence, state)
    out.print(table)
    out.print()
    for version in found:
        grades = version.dataset.grades
        meaning = grades.fr if session.language == "fr" else grades.en
        out.print(f"{version.dataset.name}: {version.dataset.source}", style="dim", markup=False)
        out.print(f"  {meaning}", markup=False)
    for version in found:
        warn_of_version(session, version)
    if data is None:
        console(errors=True).print(session.say("datasets.no_folder"), style="yellow")


def warn_of_version(session: Session, version: SetVersion) -> None:
    """Say on standard error which files are there in another version than the declared one."""
    for file in version.others:
        warning = session.say(
            "datasets.other_version", name=version.dataset.name, file=file.file, found=(file.sha256 or "")[:12], declared=file.declared[:12]
        )
        console(errors=True).print(warning, style="yellow", markup=False, soft_wrap=True)


def checked(session: Session, run: SuiteRun, data: Path | None) -> DatasetJson | None:
    """Compare the declared set of a run with the files, warn where they differ, and return what the report says of it; None without one."""
    from eval.datasets.declared import dataset
    from eval.datasets.versions import version_of
    from eval.report.document import DatasetFileJson, DatasetJson

    if run.dataset is None:
        return None
    version = version_of(dataset(run.dataset, run.measure), data)
    warn_of_version(session, version)
    declared = version.dataset
    return DatasetJson(
        **declared.model_dump(include={"name", "source", "licence"}),
        grades=declared.grades.model_dump(),
        is_declared_version=version.state == "there",
        files={file.file: DatasetFileJson(sha256=file.sha256, is_declared=file.state == "there") for file in version.files if file.sha256},
    )


_COLOURS: Mapping[str, str] = {"there": "green", "missing": "dim", "another_version": "yellow"}
