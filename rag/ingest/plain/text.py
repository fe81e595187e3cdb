"""Plain text and Markdown. The canonical text keeps the source's own characters, so that a quote looks as it
was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.controls import note_controls
from rag.ingest.parsing.decode import decode
from rag.ingest.parsing.media import MARKDOWN
from rag.ingest.plain.sections import markdown_headings, plain_headings, sections_of
from rag.ingest.sources.intake import Intake
from rag.ingest.sources.metadata import declared, found_title
from rag.ingest.sources.yaml_text import split_front_matter


class PlainParser:
    """Reads one document from a text file; Markdown may carry front matter."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document.

        Raises:
            ParseError: the bytes are no text, the front matter is wrong, or no text is left.
        """
        file = name_of(source)
        raw, encoding = decode(stream.read(), file)
        aside = Aside(file, characters=len(raw))
        note_controls(raw, aside)
        aside.tell(warn)
        markdown = source.media_type == MARKDOWN
        values, body = split_front_matter(raw.replace("\r\n", "\n"), file) if markdown else ({}, raw)
        text = canonical(body)
        if not text:
            raise ParseError("file_without_text", file=file)
        headings = markdown_headings(text) if markdown else plain_headings(text)
        title = found_title(headings[0].title) if markdown and headings and headings[0].level == 1 else ""
        document = declared(values, "front matter", file).document(source, text, title)
        guessed = {} if encoding.startswith("utf") else {"encoding": encoding}
        yield replace(
            document,
            sections=sections_of(text, headings),
            metadata={**document.metadata, **guessed},
            intake=Intake(is_record=False, is_declared=bool(values)).packed(),
        )
