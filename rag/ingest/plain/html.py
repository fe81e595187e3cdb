"""HTML as text: headings open sections, tables and lists are written as they read. What a browser does not
show is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from lxml import etree, html

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.controls import note_controls
from rag.ingest.parsing.decode import decode_as
from rag.ingest.parsing.xml_tree import Element, text_of
from rag.ingest.plain.html_shown import show
from rag.ingest.records.narrative import Narrative
from rag.ingest.records.writing import Writer
from rag.ingest.sources.metadata import Declared, found_title

_HEADING = re.compile(r"h([1-6])")
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)


@dataclass(slots=True)
class _HtmlNarrative(Narrative):
    """Narrative with the headings of HTML."""

    def _element(self, child: Element) -> None:
        found = _HEADING.fullmatch(child.tag) if isinstance(child.tag, str) else None
        if found is None:
            super(_HtmlNarrative, self)._element(child)
            return
        self._flush()
        self.writer.heading(text_of(child), int(found[1]))


class HtmlParser:
    """Reads one document from an HTML file."""

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document.

        Raises:
            ParseError: it has no text.
        """
        file = name_of(source)
        data = stream.read()
        text, title = page_text(decoded(data, file), file, warn)
        written, sections = text.done()
        if not written:
            raise ParseError("file_without_text", file=file)
        first = next((section.path[0] for section in sections), "")
        yield replace(Declared("").document(source, written, found_title(title or first)), sections=sections)


def page_text(markup: str, file: str, warn: Warn = lambda _: None) -> tuple[Writer, str]:
    """Return the text of a page, and its title; what a browser does not show, and what is struck out, is left
    out and said to be.

    Raises:
        ParseError: it is not to be read as HTML.
    """
    writer, aside = Writer(), Aside(file)
    if not markup.strip():
        return writer, ""
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", markup), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise ParseError("html_damaged", file=file) from None
    held = list(root.iter())  # an element is made anew each time nobody holds it
    title = text_of(root.find(".//title"))
    aside.characters += sum(len(text.strip()) for text in root.itertext())
    note_controls(markup, aside)
    show(root, markup, aside)
    page = _HtmlNarrative(writer, "fr")
    page.write(root)
    held.clear()
    aside.note("struck", "", page.struck)
    aside.tell(warn)
    return writer, title


def decoded(data: bytes, file: str) -> str:
    """Return the text in the encoding that the page declares, unless its bytes speak for another."""
    declared = _CHARSET.search(data[:4096])
    return decode_as(data, declared[1].decode("ascii", "ignore") if declared else "", file)[0]
