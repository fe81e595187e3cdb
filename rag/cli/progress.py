"""Progress bars, on standard error so that results stay clean."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.cli.session import Session, console, readable_size

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

    from rag.ingest.report import Progress as IngestProgress
    from rag.models.files.manifest import ModelSpec
    from rag.models.files.pull import PullReport


def pull_with_progress(session: Session, spec: ModelSpec) -> PullReport:
    """Pull one model under a bar with rate and time left, and say where each file came from."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from rag.models.files.pull import pull
    from rag.settings import models_folder

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with _bars(*columns) as bars:
        title = session.say("models.pulling", name=spec.name, size=readable_size(spec.bytes))
        task = bars.add_task(title, total=spec.bytes or None)

        def show(*, label: str, source: str, done: int, total: int) -> None:
            bars.update(task, description=f"{title} · {source}", completed=done, total=total)

        report = pull(spec, models_folder(session.settings, session.home), session.settings.models, show)
    out = console(errors=True)
    for file in report.files:
        if file.source is not None:
            out.print(
                session.say(
                    "models.pulled",
                    name=f"{spec.name}/{file.name}",
                    size=readable_size(file.bytes),
                    source=file.source,
                )
            )
    if not report.fetched_bytes:
        out.print(session.say("models.ready", name=spec.name))
    return report


@contextmanager
def counting(session: Session, key: str) -> Iterator[Progress]:
    """Open a bar that counts things, with rate and time left, titled by a message."""
    from rich.progress import MofNCompleteColumn

    with _titled(session, key, MofNCompleteColumn()) as bars:
        yield bars


@contextmanager
def sharing(session: Session, key: str) -> Iterator[Progress]:
    """Open a bar of the share that is done, with what the task says of itself and the time left, titled by a
    message.
    """
    from rich.progress import TaskProgressColumn

    with _titled(session, key, TaskProgressColumn()) as bars:
        yield bars


@contextmanager
def _titled(session: Session, key: str, amount: ProgressColumn) -> Iterator[Progress]:
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    shown = TextColumn("{task.description}")
    columns = (BarColumn(), amount, shown, TimeElapsedColumn(), TimeRemainingColumn())
    with _bars(TextColumn(session.say(key)), *columns) as bars:
        yield bars


@contextmanager
def reading(session: Session) -> Iterator[Callable[[IngestProgress], None]]:
    """Open the bar of an ingest, with files, passages, rate and time left; it is shown how far the ingest
    is.
    """
    with sharing(session, "ingest.reading") as bars:
        task = bars.add_task("", total=1.0)
        begun = time.monotonic()

        def show(at: IngestProgress) -> None:
            rate = at.passages / max(0.1, time.monotonic() - begun)
            facts = {
                "done": at.files_done,
                "files": at.files,
                "passages": at.passages,
                "file": Path(at.file).name[:40],
            }
            bars.update(
                task, completed=at.share, description=session.say("ingest.progress", rate=rate, **facts)
            )

        yield show


def _bars(*columns: ProgressColumn) -> Progress:
    """Bars that vanish when done; none where standard error is not a terminal, so that an error there is one
    line and nothing else.
    """
    from rich.progress import Progress

    terminal = console(errors=True)
    return Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal)
