"""What a file is, from its first and last bytes. Its name decides only between kinds of text that look alike.

Nothing is parsed or unpacked here but the first bytes of a packed file, so a hostile file cannot do anything
yet. It is done in the process that serves: every pattern takes time in proportion to the bytes looked at,
whatever they are.
"""

from __future__ import annotations

import bz2
import io
import lzma
import os
import re
import zlib
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from rag.ingest.parsing import media
from rag.ingest.parsing.decode import wide_encoding
from rag.ingest.parsing.xml_root import Root, after_piece, xml_root

_HEAD = 65_536
_TAIL = 1_048_576
_PDF_WITHIN = 1024
_DICOM_AT, _TAR_AT = 128, 257
_INNER = 4096
_UNPACKING_MEMORY = 128 << 20

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", media.PNG),
    (b"\xff\xd8\xff", media.JPEG),
    (b"II*\x00", media.TIFF),
    (b"MM\x00*", media.TIFF),
    (b"GIF87a", media.GIF),
    (b"GIF89a", media.GIF),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", media.JPEG_2000),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", media.OLE),
    (b"{\\rtf", media.RTF),
    (b"\x78\x9f\x3e\x22", media.TNEF),
)
_SUFFIXES = {
    ".txt": media.TEXT,
    ".text": media.TEXT,
    ".md": media.MARKDOWN,
    ".markdown": media.MARKDOWN,
    ".jsonl": media.JSON_LINES,
    ".ndjson": media.JSON_LINES,
    ".csv": media.CSV,
    ".tsv": media.CSV,
    ".eml": media.EML,
    ".mbox": media.MBOX,
    ".htm": media.HTML,
    ".html": media.HTML,
    ".xhtml": media.HTML,
    ".hl7": media.HL7,
    ".json": media.JSON,
    ".xml": media.XML,
}
_FHIR = re.compile(rb'"resourceType"\s*:\s*"[A-Z]')
_BIOC_DOCUMENTS = re.compile(rb'"documents"\s*:\s*\[')
_BIOC_PASSAGES = re.compile(rb'"passages"\s*:\s*\[')
_HL7 = re.compile(rb"[\s\x0b\xef\xbb\xbf]*(?:MSH|FHS|BHS)([^\w\s])[^\w\s]{2,5}\1")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_BLANK = re.compile(rb"[\s\xef\xbb\xbf]*")
_MAIL = re.compile(
    rb"(?:received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|content-type|"
    rb"x-[\w-]+):[ \t]",
    re.I,
)
_MAIL_MUST = re.compile(rb"^(?:from|received|message-id|mime-version):[ \t]", re.IGNORECASE | re.MULTILINE)
_MBOX = re.compile(rb"From [^\r\n]{0,200}\d{4}[^\r\n]{0,40}\r?\n>?[\w-]{1,60}:[ \t\r\n]")
"""The line before each message of a mailbox (RFC 4155), and the first header behind it."""
_XML_ROOTS = {
    "ClinicalDocument": media.CDA,
    "PubmedArticleSet": media.PUBMED,
    "PubmedArticle": media.PUBMED,
    "PubmedBookArticle": media.PUBMED,
    "PubmedBookArticleSet": media.PUBMED,
    "pmc-articleset": media.JATS,
    "collection": media.BIOC,
    "html": media.HTML,
}
_FHIR_NAMESPACE = "http://hl7.org/fhir"
_CDA_MARKS = (b"urn:hl7-org:v3", b"2.16.840.1.113883.10.20")
"""The namespace of CDA, and the root of the identifiers of C-CDA's templates."""
_CDA_FRAGMENTS = frozenset(
    "component section entry act observation procedure encounter organizer "
    "substanceAdministration supply".split()
)


@dataclass(frozen=True, slots=True)
class Look:
    """The name, the first and the last bytes of a file or of an embedded part."""

    name: str
    head: bytes
    tail: bytes

    @property
    def suffix(self) -> str:
        """Return the ending of the name, in small letters, with its dot."""
        return PurePosixPath(self.name.lower()).suffix


def look_at(path: Path) -> Look:
    """Look at a file."""
    with path.open("rb") as stream:
        return _look(path.name, stream)


def look_into(name: str, data: bytes) -> Look:
    """Look at bytes that came under a name."""
    return _look(name, io.BytesIO(data))


def _look(name: str, stream: BinaryIO) -> Look:
    head = stream.read(_HEAD)
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    return Look(name, head, stream.read(_TAIL))


def sniff(look: Look) -> str:
    """Return the media type of a file, empty where nothing is recognised."""
    head = look.head
    if (
        head[_DICOM_AT : _DICOM_AT + 4] == b"DICM"
    ):  # before PDF: one that is embedded may begin as early as a PDF's own bytes may
        return media.DICOM
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return media.PDF
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return media.WEBP
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return media.BMP
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zipped(look)
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return media.TAR
    inner = unpacked_head(head)
    return _packed(look, inner) if inner is not None else _text(look)


def _zipped(look: Look) -> str:
    """Name an office file by the part that makes it one: the names of parts stand, unpacked, in the directory
    at the end.
    """
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in look.head[:128]:
        return media.ODT
    if b"word/document.xml" in look.tail:
        return media.DOCX
    if b"xl/workbook.xml" in look.tail:
        return media.XLSX
    by_name = {
        ".docx": media.DOCX,
        ".xlsx": media.XLSX,
        ".odt": media.ODT,
    }  # so that their parsers say that they are damaged
    return by_name.get(look.suffix, media.ZIP)


def unpacked_head(head: bytes) -> bytes | None:
    """Return the first bytes of what a gzip, bzip2 or xz file packs, None where it is none of them."""
    try:
        if head.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(31).decompress(head, _INNER)
        if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
            return bz2.BZ2Decompressor().decompress(head, _INNER)
        if head.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor(memlimit=_UNPACKING_MEMORY).decompress(head, _INNER)
    except (zlib.error, OSError, EOFError, lzma.LZMAError):
        return b""  # damaged: the parser of packed files says so
    return None


def _packed(look: Look, inner: bytes) -> str:
    if inner[_TAR_AT : _TAR_AT + 5] == b"ustar" or look.suffix in (".tgz", ".txz", ".tbz2"):
        return media.TAR
    name = look.name.lower()
    if name.endswith((".jsonl.gz", ".ndjson.gz")):
        return media.FHIR_NDJSON if _FHIR.search(inner) else media.JSON_LINES
    return media.TAR if ".tar." in name else media.PACKED


def _narrow(head: bytes) -> bytes:
    """Return UTF-16 as UTF-8, unless it is XML, whose root is found in either."""
    even = head[: len(head) & ~1]
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else wide_encoding(even)
    if not encoding:
        return head
    text = even.decode(encoding, "ignore").encode()
    return head if text.lstrip().startswith(b"<") and not _HTML.match(text, _after_comments(text)) else text


def _text(look: Look) -> str:
    look = replace(look, head=_narrow(look.head))
    head = look.head
    if _HL7.match(head):
        return media.HL7
    if _HTML.match(head, _after_comments(head)):
        return media.HTML
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or head[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00"):
        root = xml_root(head)
        if root is not None and look.suffix not in (".txt", ".text", ".md", ".markdown"):
            return _kind_of_xml(root, look)
    if start in (b"{", b"["):
        return _kind_of_json(look)
    if _MBOX.match(head):
        return media.MBOX
    if _MAIL.match(head) and (
        look.suffix == ".eml" or (look.suffix not in _SUFFIXES and _MAIL_MUST.search(head[:8192]))
    ):
        return media.EML
    return _SUFFIXES.get(look.suffix, "")


def _after_comments(head: bytes) -> int:
    """Return where the blanks and the comments at the beginning end."""
    at = _after_blank(head, 0)
    while head.startswith(b"<!--", at) and (end := after_piece(head, at, b"<!--", b"-->")) != -1:
        at = _after_blank(head, end)
    return at


def _after_blank(head: bytes, at: int) -> int:
    blank = _BLANK.match(head, at)
    return blank.end() if blank else at


def _kind_of_xml(root: Root, look: Look) -> str:
    if root.namespace == _FHIR_NAMESPACE:
        return media.FHIR_XML
    if root.name == "article" and (not root.namespace or "jats" in root.namespace.lower()):
        return media.JATS
    if root.name in _CDA_FRAGMENTS and any(mark in look.head for mark in _CDA_MARKS):
        return media.CDA  # its parser says what is missing
    if root.name in ("stylesheet", "transform") and b"ClinicalDocument" in look.head:
        return media.CDA  # a document that brings the style sheet which shows it
    return _XML_ROOTS.get(root.name) or (media.HTML if look.suffix in (".htm", ".html") else media.XML)


def _kind_of_json(look: Look) -> str:
    by_lines = look.suffix in (".jsonl", ".ndjson")
    if _FHIR.search(look.head):
        return media.FHIR_NDJSON if by_lines or _has_several_objects(look.head) else media.FHIR_JSON
    if by_lines:
        return media.JSON_LINES
    return media.BIOC_JSON if _is_bioc(look.head) else _SUFFIXES.get(look.suffix, media.JSON)


def _is_bioc(head: bytes) -> bool:
    documents = _BIOC_DOCUMENTS.search(head)
    return documents is not None and _BIOC_PASSAGES.search(head, documents.end()) is not None


def _has_several_objects(head: bytes) -> bool:
    """Tell whether each of the first lines is an object of its own."""
    first, _, rest = head.partition(b"\n")
    return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
