"""Which parser reads which file, and parsers that are made when they are first needed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from rag.core.errors import ParseError, TrabouleError
from rag.core.protocols import Parser, Warn
from rag.core.types import Document, Source
from rag.ingest.formats.catalogue import formats
from rag.ingest.parsing import media
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.contract import Format, Kit
from rag.ingest.parsing.sniff import Look, sniff
from rag.ingest.parsing.xml_root import xml_root

_log = logging.getLogger(__name__)


def media_type_of(look: Look, file: str, declared: str = "") -> str:
    """Return the media type of a file that can be read.

    Args:
        look: its name and its first and last bytes.
        file: names it in errors.
        declared: the media type it came with, if any; it counts only where the bytes are of no known kind.

    Raises:
        ParseError: no parser reads such a file; the error says what it looks like.
    """
    if not look.head:
        raise ParseError("file_empty", file=file)
    found = sniff(look)
    known = _by_media_type()
    if found in known:
        return found
    if found == media.OLE:
        raise ParseError("office_old_or_locked", file=file)
    if found == media.XML and (root := xml_root(look.head)) is not None:
        raise ParseError("xml_unknown", file=file, root=root.name, namespace=root.namespace or "–")
    if not found and declared in known:
        return declared
    if not found and any(
        look.name.lower().endswith(suffix) for entry in known.values() for suffix in entry.suffixes
    ):
        raise ParseError("file_not_what_it_says", file=file, suffix=look.suffix)
    suffixes = {suffix for entry in known.values() for suffix in entry.suffixes}
    raise ParseError("file_type_unknown", file=file, known=", ".join(sorted(suffixes)))


def format_of(media_type: str) -> Format:
    """Return the format of a media type that ``media_type_of`` gave."""
    return _by_media_type()[media_type]


def parser_id(media_type: str) -> str:
    """Return the name and version of the parser of a media type; of every parser that may be called where
    files are embedded in it.
    """
    entry = format_of(media_type)
    if not entry.has_parts:
        return entry.parser
    others = sorted({other.parser for other in formats()})
    return f"{entry.parser}+{hashlib.sha256(' '.join(others).encode()).hexdigest()[:8]}"


@cache
def _by_media_type() -> dict[str, Format]:
    return {entry.media_type: entry for entry in formats()}


class Parsers:
    """The parsers of one process, each made once."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._made: dict[str, Parser] = {}

    def of(self, media_type: str, file: str) -> Parser:
        """Return the parser of a media type that ``media_type_of`` gave.

        Raises:
            ParseError: a library that it needs is not installed; the error names the extra that brings it,
            and the file.
        """
        if media_type not in self._made:
            entry = format_of(media_type)
            try:
                self._made[media_type] = entry.make(self._kit)
            except ImportError as error:
                if not entry.extra:
                    raise
                raise ParseError(
                    "format_needs_extra", file=file, library=error.name, extra=entry.extra
                ) from None
        return self._made[media_type]

    def parsed(
        self, parser: Parser, source: Source, stream: BinaryIO, warn: Warn
    ) -> Iterator[Document | ParseError]:
        """Yield the documents of a source, and in its place the error of each that could not be read, be it
        by a fault of the parser.
        """
        records = iter(parser(source, stream, warn))
        while True:
            try:
                yield next(records)
            except StopIteration:
                return
            except ParseError as error:
                yield error
            except TrabouleError:
                raise
            except MemoryError:
                yield ParseError(
                    "parse_memory", file=name_of(source), limit=self._kit.settings.parse_memory_mb
                )
                return
            except (
                Exception
            ) as error:  # a fault of a parser is one file's: the thousands after it are not concerned
                file = name_of(source)
                if isinstance(error, OSError):
                    yield ParseError(
                        "file_unreadable", file=file, reason=error.strerror or type(error).__name__
                    )
                else:
                    _log.warning("parser %s failed with %s", source.parser, type(error).__name__)
                    yield ParseError(
                        "file_parser_failed", file=file, parser=source.parser, reason=type(error).__name__
                    )
                return
