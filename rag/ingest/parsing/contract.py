"""What a parser is: the format that it reads, what it is made with, and how it reaches embedded parts.

A parser is loaded when the first file of its kind is met. One that needs a library of an extra says so in
``extra``; where it is missing, the file is reported with the command that installs it. Formats are declared a
file an area, in ``rag/ingest/formats``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.core.errors import ParseError
from rag.core.protocols import Parser, Warn
from rag.core.types import Document, Source
from rag.settings import IngestSettings


class PartReader(Protocol):
    """Reads what is embedded in a file, see ``rag/ingest/parsing/parts.py``."""

    def documents(
        self, source: Source, name: str, data: bytes, warn: Warn, media_type: str = ""
    ) -> Iterator[Document | ParseError]:
        """Yield the documents of an embedded part, and in its place the error of each that cannot be read."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What a parser may be made with: the limits of the settings, and the reader of embedded parts.

    A parser that takes long for one document (OCR of many pages) calls ``alive`` now and then, at least every
    ``parse_timeout_s``.
    """

    settings: IngestSettings
    parts: PartReader
    alive: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        media_type: as ``sniff`` names it. parser: name and version of the parser; raising the version makes
        every file of the format be read again. suffixes: usual endings of its files; shown to the user, and
        refused where the bytes are of nothing known. make: makes the parser; imports its module inside, so
        that nothing is loaded in vain. extra: the extra of the distribution that brings its library, if it is
        not installed by default. has_many_records: a file holds many documents, perhaps of many patients: no
        copy of it is kept, for it could not be erased in part. has_parts: a file may embed others, so it is
        read again when the parser of any format changes. beside: digests the other files that a file of it
        refers to: when one of them changes, the file is read again. is_plain: read by code of our own and the
        standard library alone; a small file of it is parsed without a worker process.
    """

    media_type: str
    parser: str
    suffixes: tuple[str, ...]
    make: Callable[[Kit], Parser]
    extra: str = ""
    has_many_records: bool = False
    has_parts: bool = False
    is_plain: bool = False
    beside: Callable[[Path], bytes] | None = None
