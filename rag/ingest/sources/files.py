"""Reads one file into documents whose every field is filled: type, digest, sidecar, folder, parser,
limits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.formats.registry import format_of, media_type_of, parser_id
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.parts import Parts
from rag.ingest.parsing.process.wire import Task, Warned
from rag.ingest.parsing.process.workers import Item, Job, Workers
from rag.ingest.parsing.sniff import look_at
from rag.ingest.plain.sections import usable_sections
from rag.ingest.sources.intake import intake_of
from rag.ingest.sources.literature import is_literature
from rag.ingest.sources.metadata import Declared, completed, merged
from rag.ingest.sources.placement import folder_declares, patient_folder, read_sidecar, sidecar_of
from rag.settings import IngestSettings
from rag.store.records import utc_now
from rag.store.sources import SourceStore, digest_of

_MEGABYTE = 1_000_000
_SMALL = 1_000_000
"""Bytes of a file that is parsed without a worker process, if its parser is plain Python of ours that takes
time in proportion to them.
"""

_NO_PART_OF_A_VERSION = ("source", "intake", "facts")


def revision_of(document: Document, *fingerprints: str) -> str:
    """Return the digest of all that decides a document's passages: its own fields except for where it lies,
    and the fingerprints given.
    """
    plain = replace(
        document, metadata=dict(sorted(document.metadata.items())), places=b"", original=None, facts=()
    )
    shown = document.places + (document.original.data if document.original else b"")
    fields = {**asdict(plain), "places": hashlib.sha256(shown).hexdigest()}
    for name in _NO_PART_OF_A_VERSION:
        del fields[name]
    written = json.dumps([fields, fingerprints], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be read: what its bytes are, what else declares something about it, and who parses
    it. ``literature``: whoever has it read says that what names no patient in it is literature.
    """

    path: Path
    uri: str
    size: int
    media_type: str
    sha256: str
    digest: str
    parser: str
    sidecar: Declared | None
    folder: Declared | None
    literature: bool = False

    @property
    def has_many_records(self) -> bool:
        """Tell whether the file holds many documents; no copy of it is kept then."""
        return format_of(self.media_type).has_many_records

    @property
    def name(self) -> str:
        """Return the title of last resort. A record has none: a file's name says nothing of it, and the
        embedder would read it.
        """
        return "" if self.has_many_records else self.path.stem


class FileReading:
    """A file that is being read."""

    def __init__(
        self, opened: Opened, items: Iterable[Item], whole: Callable[[Document, Opened], Document]
    ) -> None:
        self._opened, self._items, self._whole = opened, items, whole

    def items(
        self, warn: Warn, waiting: Callable[[], None] = lambda: None
    ) -> Iterator[Document | ParseError]:
        """Yield the documents of the file, and in its place the error of each that could not be read.

        ``waiting`` is called while a worker process has nothing to give; what it raises ends the reading.
        """
        if isinstance(self._items, Job):
            self._items.waiting = waiting
        for item in self._items:
            if isinstance(item, Warned):
                warn(item.error)
                continue
            try:
                yield item if isinstance(item, ParseError) else self._whole(item, self._opened)
            except ParseError as error:
                yield error

    def drop(self) -> None:
        """Say that nobody will take the rest."""
        if isinstance(self._items, Job):
            self._items.drop()


class Reader:
    """Opens files and parses them within the limits of the settings."""

    def __init__(self, settings: IngestSettings, sources: SourceStore) -> None:
        self._settings, self._sources = settings, sources
        self._parts = Parts(settings)
        self._workers = Workers(settings)

    @property
    def house(self) -> tuple[str, ...]:
        """Return what else decides whose a record is: the establishment's authorities and the shape of its
        numbers.
        """
        return (*self._settings.number_authorities, *filter(None, (self._settings.number_shape,)))

    @property
    def depth(self) -> int:
        """Return how many files to begin before their turn, so that no worker waits."""
        return 2 * self._workers.size

    def open(self, path: Path, *, literature: bool = False) -> Opened:
        """Look at a file without parsing it.

        Raises:
            ParseError: it cannot be read, is of no known type, is too large, or something declared beside it
            is wrong.
        """
        try:
            size = self._check_size(path)
            media_type = media_type_of(look_at(path), str(path))
            with path.open("rb") as stream:
                sha256 = digest_of(stream)
            beside = self._sidecar_bytes(path)
            digests_beside = format_of(media_type).beside
            export = digests_beside(path) if digests_beside is not None else b""
        except OSError as error:
            raise ParseError(
                "file_unreadable", file=path, reason=error.strerror or type(error).__name__
            ) from None
        digest = hashlib.sha256(sha256.encode() + b"\x00" + beside + export).hexdigest()
        sidecar = read_sidecar(sidecar_of(path), beside) if beside else None
        return Opened(
            path,
            path.as_uri(),
            size,
            media_type,
            sha256,
            digest,
            parser_id(media_type),
            sidecar,
            folder_declares(path),
            literature,
        )

    def patient_of(self, path: Path) -> str | None:
        """Return the patient that a file which cannot be opened seems to be of, so that forgetting the
        patient forgets its failure too.
        """
        try:
            beside = self._sidecar_bytes(path)
            named = read_sidecar(sidecar_of(path), beside).patient_id if beside else None
        except (ParseError, OSError):
            named = None
        return named or patient_folder(path)

    def keep(self, opened: Opened) -> str | None:
        """Store a copy of the file and return its digest, None where no copy is kept.

        Raises:
            ParseError: the file has gone since it was opened.
        """
        if opened.has_many_records:
            return None
        try:
            return self._sources.put(opened.path)
        except OSError as error:
            raise ParseError(
                "file_unreadable", file=opened.path, reason=error.strerror or type(error).__name__
            ) from None

    def begin(self, opened: Opened, blob: str | None) -> FileReading:
        """Begin to read a file: in a worker process, or here, when it is asked for, where it is small and
        plain text.
        """
        source = Source(opened.uri, opened.media_type, blob or opened.sha256, opened.parser, utc_now())
        path = self._sources.path(blob) if blob else opened.path
        if self._workers.size and not (opened.size <= _SMALL and format_of(opened.media_type).is_plain):
            return FileReading(opened, self._workers.submit(Task(str(path), source)), self._whole)
        return FileReading(opened, self._parsed_here(source, path), self._whole)

    def documents(self, opened: Opened, blob: str | None, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of a file, and in its place the error of each that could not be read."""
        return self.begin(opened, blob).items(warn)

    def close(self) -> None:
        """End the worker processes. Closing twice is harmless."""
        self._workers.close()

    def _parsed_here(self, source: Source, path: Path) -> Iterator[Item]:
        warned: list[Warned] = []
        self._parts.begin()
        try:
            with path.open("rb") as stream:
                for item in self._parts.parsed(source, stream, lambda error: warned.append(Warned(error))):
                    yield item
                    yield from warned
                    warned.clear()
        except OSError as error:
            yield ParseError("file_unreadable", file=path, reason=error.strerror or type(error).__name__)
        yield from warned

    def _whole(self, document: Document, opened: Opened) -> Document:
        if len(document.text) > self._settings.max_text_chars:
            raise ParseError(
                "text_too_long",
                file=name_of(document.source),
                chars=len(document.text),
                limit=self._settings.max_text_chars,
            )
        document = replace(document, sections=usable_sections(document.sections))
        full = merged(document, opened.sidecar, opened.folder, str(opened.path))
        by_form = full.patient_id is None and is_literature(full)
        if by_form:
            full = replace(full, intake=replace(intake_of(full), is_literature=True).packed())
        full = completed(full, opened.name, is_article=by_form or opened.literature)
        if intake_of(full).is_record and full.patient_id is None:
            raise ParseError(
                "record_without_patient", file=name_of(full.source), record=full.title or full.kind
            )
        return (
            full
            if full.doc_id
            else replace(full, doc_id=hashlib.sha256(full.source.uri.encode()).hexdigest()[:20])
        )

    def _check_size(self, path: Path) -> int:
        size = path.stat().st_size
        if size > self._settings.max_file_mb * _MEGABYTE:
            raise ParseError(
                "file_too_large",
                file=path,
                size=f"{size / _MEGABYTE:.0f}",
                limit=f"{self._settings.max_file_mb:g}",
            )
        return size

    def _sidecar_bytes(self, path: Path) -> bytes:
        sidecar = sidecar_of(path)
        if not sidecar.exists():
            return b""
        self._check_size(sidecar)
        return sidecar.read_bytes()
