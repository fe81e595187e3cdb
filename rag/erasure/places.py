"""The places of the register that are not written by ingest: conversations, uploads, vectors, reports of
evaluations, homes of evaluations, files written elsewhere, and copies made before upgrades.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rag.core.errors import StorageError, TrabouleError
from rag.core.protocols import PassageIndex
from rag.erasure.register import Erasing
from rag.index.images import ImageIndex
from rag.models.embedding.cache import EmbeddingCache
from rag.store.database import Database
from rag.store.documents import DocumentStore
from rag.store.erasures import TextCopies
from rag.store.inputs import InputStore
from rag.store.migrations.backups import backups_of
from rag.store.people.access import AccessStore
from rag.store.people.conversations import ConversationStore
from rag.store.people.uploads import UploadStore

MANIFEST = "patients.json"
"""In the folder of a report: whose documents it quotes."""
_FIGURES = frozenset(("report.json", "summary.json", "suite.json", MANIFEST))
"""Files of a report that hold no text of a document."""


@dataclass(frozen=True, slots=True)
class RegistryPlace:
    """Documents and all that goes with them, erased by ingest before the others; here it is checked."""

    store: DocumentStore
    name: str = "registry"

    def erase(self, what: Erasing) -> int:
        """Return how many documents were asked for: ingest has erased them."""
        return len(what.doc_ids)

    def left(self, what: Erasing) -> int:
        """Return how many documents and readings of them are still known."""
        inputs = InputStore(self.store.database)
        of_patients = sum(
            len(self.store.of_patient(name)) + len(inputs.of_patient(name)) for name in what.patients
        )
        return len(self.store.known(what.doc_ids)) + of_patients


@dataclass(frozen=True, slots=True)
class IndexPlace:
    """The passages in the index, erased by ingest before."""

    index: PassageIndex
    name: str = "index"

    def erase(self, what: Erasing) -> int:
        """Have the bytes leave the files of the index; return how many passages went."""
        if what.texts:
            self.index.optimize()
        return len(what.texts)

    def left(self, what: Erasing) -> int:
        """Return how many passages are still there."""
        return sum(len(self.index.passage_ids(doc_id)) for doc_id in what.doc_ids)


@dataclass(frozen=True, slots=True)
class PicturesPlace:
    """The pictures in their index, with captions and words of headers, erased by ingest before."""

    index: ImageIndex
    name: str = "pictures"

    def erase(self, what: Erasing) -> int:
        """Have the bytes leave the files of the index; return how many pictures were still there."""
        left = sum(self.index.keep_only(doc_id, None) for doc_id in what.doc_ids)
        if what.doc_ids:
            self.index.optimize()
        return left

    def left(self, what: Erasing) -> int:
        """Return how many pictures are still there."""
        return sum(len(self.index.of_document(doc_id)) for doc_id in what.doc_ids)


@dataclass(frozen=True, slots=True)
class ConversationsPlace:
    """What was asked and answered about these, and what was said of it."""

    store: ConversationStore
    name: str = "conversations"

    def erase(self, what: Erasing) -> int:
        """Erase turns with their remarks; return how many."""
        return sum(self.store.forget(what.doc_ids, name) for name in what.patients or (None,))

    def left(self, what: Erasing) -> int:
        """Return how many turns still name these."""
        return self.store.count_naming(what.doc_ids, what.patients)


@dataclass(frozen=True, slots=True)
class EmergenciesPlace:
    """Why somebody opened a record in an emergency, and what of a record is protected."""

    store: AccessStore
    name: str = "emergencies"

    def erase(self, what: Erasing) -> int:
        """Erase the words and the marks; return how many. That there was an emergency stays."""
        return self.store.forget(what.doc_ids, what.patients)

    def left(self, what: Erasing) -> int:
        """Return how many words and marks are still there."""
        return self.store.count_naming(what.doc_ids, what.patients)


@dataclass(frozen=True, slots=True)
class UploadsPlace:
    """What was sent: names of files, and files that wait."""

    store: UploadStore
    folder: Path
    name: str = "uploads"

    def erase(self, what: Erasing) -> int:
        """Erase uploads; return how many."""
        gone = {one for name in what.patients or (None,) for one in self.store.forget(what.doc_ids, name)}
        for upload_id in gone:
            shutil.rmtree(self.folder / "waiting" / upload_id, ignore_errors=True)
        return len(gone)

    def left(self, what: Erasing) -> int:
        """Return how many uploads still name these."""
        return self.store.count_naming(what.doc_ids, what.patients)


@dataclass(frozen=True, slots=True)
class VectorsPlace:
    """The cache of vectors: of what is indexed, of earlier versions, and of those of which it is not known
    whose they are.
    """

    cache: EmbeddingCache
    name: str = "vectors"

    def erase(self, what: Erasing) -> int:
        """Erase vectors; return how many."""
        if not what.doc_ids:
            return 0
        return self.cache.discard(what.texts) + self.cache.discard_owners((*what.doc_ids, ""))

    def left(self, what: Erasing) -> int:
        """Return 0: erasing raises where it fails."""
        return 0


@dataclass(frozen=True, slots=True)
class ReportsPlace:
    """Reports of evaluations: those that quote these lose their texts and keep their figures."""

    folder: Path
    name: str = "reports"

    def erase(self, what: Erasing) -> int:
        """Take the texts out of the reports that quote these; return how many reports that were."""
        found = list(self._quoting(what))
        for report in found:
            for path in list(_texts(report)):
                _remove(path)
            _write_manifest(report, what)
        return len(found)

    def left(self, what: Erasing) -> int:
        """Return how many reports still quote these."""
        return len(list(self._quoting(what)))

    def _quoting(self, what: Erasing) -> Iterator[Path]:
        for report in sorted(self.folder.glob("*/")):
            told = manifest_of(report)
            quotes = told is not None and bool(set(what.ids) & set(told))
            if quotes or any(names_any(path, what.ids) for path in _texts(report)):
                yield report


@dataclass(frozen=True, slots=True)
class EvaluationsPlace:
    """What evaluations keep in the home: homes of corpora with these documents, and caches of the rest."""

    folder: Path
    name: str = "evaluations"

    def erase(self, what: Erasing) -> int:
        """Remove homes of corpora that hold these, and the caches beside them; return how many homes and
        files.
        """
        gone = list(self._holding(what))
        for path in gone:
            _remove(path)
        return len(gone)

    def left(self, what: Erasing) -> int:
        """Return how many homes and files still hold these."""
        return len(list(self._holding(what)))

    def _holding(self, what: Erasing) -> Iterator[Path]:
        homes = [path.parent for path in self.folder.glob("*/traboule.db")]
        held = [home for home in homes if _home_holds(home, what)]
        yield from held
        if held and (cache := self.folder / "embeddings.db").exists():
            yield cache
        for path in sorted(self.folder.rglob("*.json*")):
            if not any(path.is_relative_to(home) for home in homes) and names_any(path, what.ids):
                yield path


@dataclass(frozen=True, slots=True)
class CopiesPlace:
    """Files that commands wrote where their user said: those in the home are removed, others are listed."""

    copies: TextCopies
    home: Path
    name: str = "copies"

    def erase(self, what: Erasing) -> int:
        """Remove those in the home; return how many."""
        own = [one.path for one in self.copies.of(what.doc_ids, what.patients) if self._is_own(one.path)]
        for path in own:
            _remove(Path(path))
        self.copies.drop(own)
        return len(own)

    def left(self, what: Erasing) -> int:
        """Return how many are still in the home."""
        return sum(self._is_own(one.path) for one in self.copies.of(what.doc_ids, what.patients))

    def outside(self, what: Erasing) -> list[str]:
        """Return files elsewhere that are there still and hold words of these."""
        found = self.copies.of(what.doc_ids, what.patients)
        return [one.path for one in found if not self._is_own(one.path) and Path(one.path).exists()]

    def _is_own(self, path: str) -> bool:
        return Path(path).is_relative_to(self.home.absolute())


@dataclass(frozen=True, slots=True)
class UpgradeCopiesPlace:
    """Copies of the database made before upgrades, which hold what was erased since."""

    database: Database
    home: Path
    name: str = "copies_of_upgrades"

    def erase(self, what: Erasing) -> int:
        """Remove the copies, and overwrite what the database's own log still holds; return how many."""
        count = len(backups_of(self.home / "traboule.db"))
        self.database.scrub()
        return count

    def left(self, what: Erasing) -> int:
        """Return how many are still there."""
        return len(backups_of(self.home / "traboule.db"))


def patients_of(report: Path) -> frozenset[str] | None:
    """Return the patients whom a report quotes, None where it does not say."""
    try:
        found = json.loads((report / MANIFEST).read_text(encoding="utf-8"))["patients"]
        return frozenset(map(str, found))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def manifest_of(report: Path) -> frozenset[str] | None:
    """Return whom and what a report quotes, None where it does not say."""
    try:
        told = json.loads((report / MANIFEST).read_text(encoding="utf-8"))
        return frozenset((*told["patients"], *told["doc_ids"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def names_any(path: Path, ids: Iterable[str]) -> bool:
    """Tell whether a file holds one of these ids as a string of JSON."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return any(form in data for one in ids for form in {_quoted(one, True), _quoted(one, False)})


def _quoted(value: str, ascii_only: bool) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _texts(report: Path) -> Iterator[Path]:
    yield from (path for path in sorted(report.rglob("*")) if path.is_file() and path.name not in _FIGURES)


def _write_manifest(report: Path, erased: Erasing) -> None:
    """Say of a report that it quotes nobody any more."""
    try:
        (report / MANIFEST).write_text(json.dumps({"patients": [], "doc_ids": []}), encoding="utf-8")
    except OSError as error:
        raise StorageError("store_not_writable", place=report, reason=error.strerror) from None


def _home_holds(home: Path, what: Erasing) -> bool:
    try:
        with closing(Database.open(home)) as database:
            store = DocumentStore(database)
            return bool(store.known(what.doc_ids)) or any(map(store.of_patient, what.patients))
    except TrabouleError:  # of another version, or damaged: what cannot be looked into cannot be kept
        return True


def _remove(path: Path) -> None:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            for part in (path, *path.parent.glob(f"{path.name}-*")):
                part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError("store_not_writable", place=path, reason=error.strerror) from None
