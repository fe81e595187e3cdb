"""RTF, as WordPad and many hospital systems write it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.text import canonical
from rag.core.types import Document, Source
from rag.ingest.parsing.address import name_of
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.sources.metadata import Declared


class RtfParser:
    """Reads one document from an RTF file. Cells of a table are parted by bars; pictures and objects are left out."""

    def __init__(self) -> None:
        from striprtf.striprtf import rtf_to_text

        self._text_of: Callable[..., str] = rtf_to_text

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document]:
        """Yield the document.

        Raises:
            ParseError: the file is damaged, cut short, or has no text.
        """
        file = name_of(source)
        data = stream.read()
        if not _is_whole(data):
            raise ParseError("rtf_damaged", file=file)
        try:
            text = canonical(_rows(self._text_of(data.decode("latin-1"), errors="replace")))
        except Exception as error:  # the library has no error of its own
            raise ParseError("rtf_damaged", file=file) from error
        if not text:
            raise ParseError("file_without_text", file=file)
        if "\ufffd" in text:
            warn(ParseError("rtf_letters_lost", file=file, count=text.count("\ufffd")))
        document = Declared("").document(source, text)
        yield replace(document, sections=sections_of(text, plain_headings(text)))


def _is_whole(data: bytes) -> bool:
    """Tell whether every group is closed, as in a file that was written to its end."""
    plain = data.replace(rb"\\", b"").replace(rb"\{", b"").replace(rb"\}", b"")
    return b"\\bin" in plain or plain.count(b"{") <= plain.count(b"}")


def _rows(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(f"| {' | '.join(cell.strip() for cell in line.split('|')[:-1])} |" if _is_row(line) else line for line in lines)


def _is_row(line: str) -> bool:
    return line.endswith("|") and not line.startswith("|")
