"""The collections of a quality benchmark, one after the other: BEIR folders, and the project's own questions
over open collections.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.bench.quality import BASELINES, QualityResult, measure_quality
from eval.datasets.beir import read_beir
from eval.datasets.views import VIEWS, write_view
from eval.runs.homes import build_version, corpus_home
from eval.runs.setup import Setup
from rag.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class QualityPlan:
    """What to measure. ``data`` holds the collections of the project's own questions; no ``baselines`` means
    all, ``none`` none.
    """

    folders: tuple[Path, ...]
    data: Path | None
    split: str
    cache: Path | None
    baselines: tuple[str, ...]
    limit: int | None

    def chosen(self) -> tuple[str, ...]:
        """Return the baselines.

        Raises:
            UsageError: one is not known.
        """
        if unknown := [name for name in self.baselines if name not in (*BASELINES, "none")]:
            raise UsageError("eval_unknown_baseline", name=unknown[0], known=", ".join(BASELINES))
        return tuple(name for name in BASELINES if not self.baselines or name in self.baselines)


def run_quality(setup: Setup, plan: QualityPlan) -> Iterator[QualityResult]:
    """Yield the result of each collection as it is done.

    Raises:
        UsageError: nothing is named, two folders have one name, a folder is malformed, or a collection is
        missing.
    """
    baselines = plan.chosen()
    if not plan.folders and plan.data is None:
        raise UsageError("eval_nothing_to_measure")
    with tempfile.TemporaryDirectory(prefix="traboule-views-") as temporary:
        views = plan.cache.expanduser() / "views" if plan.cache else Path(temporary)
        own = (
            [write_view(view, plan.data.expanduser(), views) for view in VIEWS.values()] if plan.data else []
        )
        folders = [*(folder.expanduser() for folder in plan.folders), *own]
        names = [folder.resolve().name for folder in folders]
        if twice := [folder for place, folder in enumerate(folders) if names[place] in names[:place]]:
            raise UsageError("eval_folder_twice", folder=twice[0])
        for folder in folders:
            yield _measured(setup, plan, folder, baselines)


def _measured(setup: Setup, plan: QualityPlan, folder: Path, baselines: tuple[str, ...]) -> QualityResult:
    dataset = read_beir(folder, "test" if plan.data and folder.name in VIEWS else plan.split)
    if not dataset.answerable():
        raise UsageError("eval_no_judged_query", folder=folder, split=dataset.split)
    version = f"{dataset.checksum}|{build_version(setup.settings)}"
    with corpus_home(
        setup.settings, setup.home, dataset.corpus, keep=plan.cache, name=dataset.name, version=version
    ) as (opened, _):
        opened.mend_index()
        opened.ingestor.ingest([dataset.corpus.absolute()], of_nobody="literature")
        return measure_quality(opened, dataset, baselines=baselines, limit=plan.limit)
