"""Homes that hold nothing but the corpus under evaluation.

A corpus under test never enters the user's own index or database: it has a home of its own, in a temporary
folder or under one that the user names to keep it. Only the models are shared.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rag.core.errors import UsageError

if TYPE_CHECKING:
    from eval.runs.setup import Setup
    from rag.home import OpenHome
    from rag.ingest.report import IngestReport
    from rag.settings import Settings


@contextmanager
def corpus_home(
    settings: Settings,
    home: Path,
    corpus: Path,
    *,
    keep: Path | None = None,
    name: str = "",
    version: str = "",
    allow_fallback: bool = False,
) -> Iterator[tuple[OpenHome, Path]]:
    """Open a home for one corpus and give it with its folder; the caller ingests.

    Args:
        settings: of the user; the registry and the index are the corpus's own whatever they say.
        home: of the user, where the models are.
        corpus: file or folder.
        keep: folder under which the home is kept for the next run; a temporary one when None.
        name: of the kept folder, for people; the corpus's own when empty.
        version: what else tells this home from others of the same corpus.
        allow_fallback: go on without the embedding model.

    Raises:
        UsageError: there is no such corpus.
    """
    from rag.build import open_home

    if not corpus.exists():
        raise UsageError("eval_corpus_missing", path=corpus)
    private = _private(settings, home)
    with (
        _folder(keep, f"{corpus.resolve()}\0{version}", name or corpus.name) as folder,
        open_home(
            private, folder, rebuild=True, allow_fallback=allow_fallback, embeddings=_embeddings(keep)
        ) as opened,
    ):
        yield opened, folder


def ingest_corpus(setup: Setup, opened: OpenHome, corpus: Path) -> IngestReport:
    """Read a corpus into its home; from a kept home, what has gone from the corpus goes too, or it would be
    searched and cited still.
    """
    with setup.progress.reading() as show:
        opened.mend_index(show)
        report = opened.ingestor.ingest([corpus.absolute()], show, of_nobody="literature")
    if corpus.is_dir():
        opened.erase(opened.ingestor.gone_from(corpus.absolute()))
    return report


def _embeddings(keep: Path | None) -> Path | None:
    """One cache of vectors for all homes that are kept together: a text is embedded once, however often the
    passages are cut anew.
    """
    return None if keep is None else keep.expanduser() / "embeddings.db"


def build_version(settings: Settings) -> str:
    """Name everything that decides how a corpus is cut and embedded."""
    from rag.ingest.passages import CHUNKER

    embedder = settings.embedder.model_dump_json(exclude={"api_key", "threads", "batch_size", "base_url"})
    return f"{CHUNKER}|{settings.ingest.model_dump_json()}|{embedder}"


def corpus_state(opened: OpenHome) -> str:
    """Return a digest of what is indexed: every document with its version."""
    rows = "".join(f"{summary.doc_id}\0{summary.revision}\n" for summary in opened.store.list())
    return hashlib.sha256(rows.encode()).hexdigest()


def _private(settings: Settings, home: Path) -> Settings:
    from rag.settings import IndexSettings, StoreSettings, models_folder

    index = settings.index if settings.index.kind == "memory" else IndexSettings.model_validate({})
    models = settings.models.model_copy(update={"dir": models_folder(settings, home)})
    return settings.model_copy(update={"models": models, "index": index, "store": StoreSettings()})


@contextmanager
def _folder(keep: Path | None, key: str, name: str) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="traboule-eval-", ignore_cleanup_errors=True) as temporary:
            yield Path(temporary)
    else:
        yield keep.expanduser() / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def kept_under(home: Path | None) -> Path | None:
    """Return where the homes of corpora are kept in a home that the user named, None where they named
    none.
    """
    return None if home is None else home.expanduser() / "eval"
