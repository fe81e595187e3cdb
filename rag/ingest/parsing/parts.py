"""What is embedded in a file (an attachment, a PDF in a CDA document, a member of an archive) goes to the
parser of its own kind.

A part is read under the limits of a file: its size, the sum of all parts of one file, and how deep parts lie
in parts. Its documents name the way to it in ``source.uri``: ``file:///mail.eml#letter.zip!/report.pdf``.
``source.sha256`` is the digest of the part's own bytes.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Original, Source
from rag.ingest.formats.registry import Parsers, format_of, media_type_of
from rag.ingest.parsing.address import depth_of, name_of, record_uri
from rag.ingest.parsing.contract import Kit
from rag.ingest.parsing.media import SHOWN
from rag.ingest.parsing.sniff import look_into
from rag.settings import IngestSettings

_DEEPEST = 4
"""Parts within parts: a report in a letter in an archive in a mail."""

_MEGABYTE = 1_000_000


class Parts:
    """Reads embedded parts. One file at a time: the sum of its parts is counted until a part of another file
    comes.
    """

    def __init__(self, settings: IngestSettings, alive: Callable[[], None] = lambda: None) -> None:
        self._most = int(settings.max_file_mb * _MEGABYTE)
        self._most_together = int(settings.max_unpacked_mb * _MEGABYTE)
        self._parsers = Parsers(Kit(settings, self, alive))
        self._file, self._spent = "", 0

    def begin(self) -> None:
        """Begin with another file, which may be the same one again."""
        self._file, self._spent = "", 0

    def parsed(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the documents of a file, and in its place the error of each that could not be read."""
        try:
            parser = self._parsers.of(source.media_type, name_of(source))
        except ParseError as error:
            yield error
            return
        yield from self._parsers.parsed(parser, source, stream, warn)

    def documents(
        self, source: Source, name: str, data: bytes, warn: Warn, media_type: str = ""
    ) -> Iterator[Document | ParseError]:
        """Yield the documents of an embedded part, and in its place the error of each that cannot be read.

        Args:
            source: of the file, or of the part, in which it lies. name: its file name or path there; it tells
            parts apart, and text from Markdown where the bytes cannot. data: its bytes. warn: takes what is
            left out of a document. media_type: as declared by the file around it; used only where the bytes
            are of no known kind.
        """
        uri = record_uri(source, name)
        shown = name_of(replace(source, uri=uri))
        try:
            self._count(uri, shown, len(data))
            found = media_type_of(look_into(name, data), shown, media_type)
            parser = self._parsers.of(found, shown)
        except ParseError as error:
            yield error
            return
        digest = hashlib.sha256(data).hexdigest()
        entry = format_of(found)
        part = replace(source, uri=uri, media_type=found, sha256=digest, parser=entry.parser)
        for item in self._parsers.parsed(parser, part, io.BytesIO(data), warn):
            yield item if isinstance(item, ParseError) else _named(item, name, part, data)

    def _count(self, uri: str, shown: str, size: int) -> None:
        if depth_of(uri) > _DEEPEST:
            raise ParseError("part_too_deep", file=shown, limit=_DEEPEST)
        if size > self._most:
            raise ParseError(
                "file_too_large",
                file=shown,
                size=f"{size / _MEGABYTE:.0f}",
                limit=f"{self._most / _MEGABYTE:g}",
            )
        file = uri.partition("#")[0]
        self._file, self._spent = file, size + (self._spent if file == self._file else 0)
        if self._spent > self._most_together:
            raise ParseError("parts_too_large", file=shown, limit=f"{self._most_together / _MEGABYTE:g}")


def _named(document: Document, name: str, part: Source, data: bytes) -> Document:
    """Return the document of a part with the part's name for want of a title, and with the file that its
    pages are shown from.
    """
    if document.source != part:  # a record or a part inside the part: it has been seen to there
        return document
    original = (
        Original(part.media_type, data)
        if part.media_type in SHOWN and document.original is None
        else document.original
    )
    return replace(document, title=document.title or PurePosixPath(name).stem, original=original)
