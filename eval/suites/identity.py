"""What a run of a suite depends on: an unfinished one goes on only where all of it is the same, the data
included.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eval.datasets.declarations import checksum, dataset
from eval.suites.declaration import (
    AnswersRun,
    ChoiceRun,
    RetrievalRun,
    Suite,
    SuiteRun,
    VerifyRun,
    place,
    question_files,
)
from rag.core.errors import UsageError

if TYPE_CHECKING:
    from eval.runs.setup import Setup
    from eval.suites.run import SuiteOptions


def suite_identity(setup: Setup, suite: Suite, folder: Path, options: SuiteOptions) -> str:
    """Return a digest of program, settings, suite, options and the bytes of every file that the suite
    reads.
    """
    parts = (
        version("traboule"),
        setup.settings.fingerprint(),
        suite.model_dump_json(),
        repr((options.use_llm, options.limit, options.sample)),
        *(_state(path) for run in suite.runs for path in _inputs(run, folder, options.data)),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _inputs(run: SuiteRun, folder: Path, data: Path | None) -> Iterator[Path]:
    """Yield the files and folders of a run; a declared set that is not there has none, and says so when its
    turn comes.
    """
    if run.dataset is not None:
        try:
            yield from dataset(run.dataset, run.measure).paths(data)
        except UsageError:
            return
    if isinstance(run, AnswersRun | RetrievalRun | ChoiceRun):
        yield from question_files(run.questions, folder)
        yield from [place(run.corpus, folder)] if run.corpus else []
    if isinstance(run, RetrievalRun) and run.beir:
        yield place(run.beir, folder)
    if isinstance(run, VerifyRun) and run.pairs:
        yield place(run.pairs, folder)


def _state(path: Path) -> str:
    try:
        return checksum([path])
    except OSError:
        return "unreadable"
