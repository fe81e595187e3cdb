"""RTF, as WordPad and many hospital systems write it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Source
from rag.ingest.office.rtf.text import Rtf, is_whole
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.sources.metadata import Declared


class RtfParser:
    """Reads one document from an RTF file. Cells of a table are parted by bars; pictures and objects are
    named as left out.
    """

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document.

        Raises:
            ParseError: the file is damaged, cut short, or has no text.
        """
        file = name_of(source)
        data = stream.read()
        if not is_whole(data):
            raise ParseError("rtf_damaged", file=file)
        aside = Aside(file)
        text, reader = rtf_text(data, aside)
        aside.characters += reader.characters
        aside.tell(warn)
        if not text:
            raise ParseError("file_without_text", file=file)
        if reader.lost:
            warn(ParseError("rtf_letters_lost", file=file, count=reader.lost))
        document = Declared("").document(source, text)
        yield replace(document, sections=sections_of(text, plain_headings(text)))


def rtf_text(data: bytes, aside: Aside) -> tuple[str, Rtf]:
    """Return the canonical text of RTF, and its reader, which knows what was lost."""
    reader = Rtf(aside)
    return canonical(reader.read(data.decode("latin-1"))), reader
