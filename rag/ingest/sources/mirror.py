"""A folder and what was read from it: which files have gone from the folder and must go from the home.

Nothing is taken for gone that may only be out of reach: a folder without rights, a disk that is not mounted,
a name that cannot be read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rag.core.errors import ParseError, UsageError
from rag.ingest.report import IngestReport
from rag.ingest.sources.paths import FoundFile
from rag.store.documents import DocumentStore
from rag.store.inputs import InputStore

_MOST_SHARE = 0.5
_FEW = 10
"""Documents that may go without being asked for, whatever their share."""


@dataclass(frozen=True, slots=True)
class Gone:
    """Files that a folder no longer holds, and the documents that were read from them, of ``held`` documents
    read from the folder.
    """

    files: tuple[Path, ...] = ()
    uris: tuple[str, ...] = ()
    doc_ids: tuple[str, ...] = ()
    held: int = 0

    @property
    def is_suspicious(self) -> bool:
        """Tell whether so many documents would go that a disk that is not mounted is likelier than somebody
        who erased them.
        """
        return len(self.doc_ids) > max(_FEW, _MOST_SHARE * self.held)


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did: what was read, which files were gone and how many documents went with them, or why
    they were kept.
    """

    read: IngestReport
    gone: tuple[Path, ...] = ()
    erased: int = 0
    kept: ParseError | None = None

    @property
    def has_failures(self) -> bool:
        """Tell whether anything failed: the exit code is then 3."""
        return self.read.has_failures or self.kept is not None


def folder_to_mirror(source: Path) -> Path:
    """Return the absolute path of a folder.

    Raises:
        UsageError: it is no folder, or cannot be opened.
    """
    folder = Path(os.path.abspath(source))  # noqa: PTH100 - resolve() would lose the folder that names the patient
    try:
        with os.scandir(folder):
            return folder
    except OSError as error:
        raise UsageError(
            "sync_no_folder", folder=folder, reason=error.strerror or type(error).__name__
        ) from None


def gone_from(folder: Path, found: Iterable[FoundFile], store: DocumentStore, inputs: InputStore) -> Gone:
    """Return what was read from under a folder and is there no more; ``found`` is all that stands there
    now.
    """
    here: set[str] = set()
    unsure: list[Path] = []
    for item in found:
        here.add(item.path.as_uri())
        if item.problem is not None:
            unsure.append(item.path)
    prefix = folder.as_uri().rstrip("/") + "/"
    read = store.by_sources_under(prefix)
    known = sorted({*read, *inputs.under(prefix)} - here)
    missing = [
        (uri, path)
        for uri in known
        if _has_gone(path := path_of(uri)) and not any(path.is_relative_to(place) for place in unsure)
    ]
    uris = tuple(uri for uri, _ in missing)
    doc_ids = tuple(sorted(doc_id for uri in uris for doc_id in read.get(uri, ())))
    return Gone(tuple(path for _, path in missing), uris, doc_ids, sum(map(len, read.values())))


def _has_gone(path: Path) -> bool:
    """Tell whether there is surely no file of this name: not where its folder may not be entered."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def path_of(uri: str) -> Path:
    """Return the path of a file's address."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return Path(url2pathname(urlsplit(uri).path))
