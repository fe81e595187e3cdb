"""Which parser reads which file. Bytes decide for binary formats, a file's name only between kinds of text."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from rag.errors import ParseError
from rag.ingest.jsonl import GZIP, JSON_LINES, JsonLinesParser
from rag.ingest.plain import MARKDOWN, TEXT, PlainParser
from rag.protocols import Parser
from rag.settings import IngestSettings

_HEAD = 1024
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of Word up to 2003, and of encrypted files of later ones."""
_TEXTS = {".txt": TEXT, ".text": TEXT, ".md": MARKDOWN, ".markdown": MARKDOWN, ".jsonl": JSON_LINES, ".ndjson": JSON_LINES}
_BINARY = {".pdf", ".docx", ".gz"}
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MANY_RECORDS = frozenset({JSON_LINES})
"""Media types of files that hold many documents, perhaps of many patients: no copy of them is kept, for it could not be erased in part."""


def media_type_of(path: Path, head: bytes) -> str:
    """Return the media type of a file from its first bytes, and its name where they are text.

    Raises:
        ParseError: no parser reads such a file; the error says what it looks like.
    """
    suffix = path.suffix.lower()
    if not head:
        raise ParseError("file_empty", file=path)
    if head.startswith(GZIP) and path.name.lower().endswith((".jsonl.gz", ".ndjson.gz")):
        return JSON_LINES
    if b"%PDF-" in head:
        return PDF
    if head.startswith(_ZIP) and _is_word(path):
        return DOCX
    if head.startswith(_OLD_OFFICE):
        raise ParseError("office_old_or_locked", file=path)
    if suffix in _BINARY:
        raise ParseError("file_not_what_it_says", file=path, suffix=suffix)
    if suffix in _TEXTS:
        return _TEXTS[suffix]
    raise ParseError("file_type_unknown", file=path, known=", ".join(sorted({*_TEXTS, ".pdf", ".docx"})))


def _is_word(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return path.suffix.lower() == ".docx"  # so that its parser says that it is damaged


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file."""
    with path.open("rb") as stream:
        return stream.read(_HEAD)


def parsers(settings: IngestSettings) -> Mapping[str, Callable[[], Parser]]:
    """Return how to make the parser of each media type; what it needs is loaded when it is made."""

    def pdf() -> Parser:
        from rag.ingest.pdf import PdfParser

        return PdfParser()

    def docx() -> Parser:
        from rag.ingest.office import DocxParser

        return DocxParser(int(settings.max_file_mb * 1_000_000))

    return {
        PDF: pdf,
        DOCX: docx,
        TEXT: PlainParser,
        MARKDOWN: PlainParser,
        JSON_LINES: lambda: JsonLinesParser(longest_line=4 * settings.max_text_chars + 65_536),
    }
