"""OpenDocument text (ODT): headings, paragraphs, lists, tables, notes, forms, headers and footers, in the
order of the page.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from rag.core.errors import ParseError
from rag.core.protocols import Warn
from rag.core.types import Document, Section, Source
from rag.ingest.office.embedded import EmbeddedFile, read_embedded
from rag.ingest.office.odt.forms import Forms
from rag.ingest.office.odt.styles import OdtStyles
from rag.ingest.office.odt.text import Writing
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.aside import Aside
from rag.ingest.parsing.contract import PartReader
from rag.ingest.parsing.xml_tree import Element, parse
from rag.ingest.parsing.xml_tree import name_of as tag_of
from rag.ingest.plain.sections import plain_headings, sections_of
from rag.ingest.sources.metadata import Declared, found_title

_EDGES = ("header", "footer", "header-left", "footer-left", "header-first", "footer-first")
_PROPERTIES = ("subject", "description", "keyword", "user-defined")
_PICTURES = "Pictures/"
_MEMBERS = ("content.xml", "styles.xml", "meta.xml")


@dataclass(frozen=True, slots=True)
class _OdtPackage:
    """The members of a package that are read."""

    file: str
    members: dict[str, bytes]

    def root(self, name: str) -> Element | None:
        data = self.members.get(name)
        return parse(io.BytesIO(data), self.file) if data else None

    def words_of(self, place: str) -> str | None:
        """Return the words of an object in the package (an equation, a chart), None where it has none that
        can be read.
        """
        try:
            root = self.root(f"{place.removeprefix('./').rstrip('/')}/content.xml")
        except ParseError:
            return None
        body = next(
            (
                element
                for element in (root.iter() if root is not None else ())
                if tag_of(element) in ("body", "math")
            ),
            None,
        )
        text = " ".join(" ".join(body.itertext()).split()) if body is not None else ""
        return text or None


class OdtParser:
    """Reads one document from an ODT file of at most ``most_bytes`` when unpacked; scans in it go to
    ``parts`` where it has no text.
    """

    def __init__(self, most_bytes: int, parts: PartReader | None = None) -> None:
        self._most_bytes, self._parts = most_bytes, parts

    def __call__(self, source: Source, stream: BinaryIO, warn: Warn) -> Iterator[Document | ParseError]:
        """Yield the document.

        Raises:
            ParseError: the file is damaged, locked, unpacks to more than the limit, or has no text.
        """
        file = name_of(source)
        package, aside = self._package(stream, file), Aside(file)
        text, sections = _written(package, aside)
        if text:
            title = next((section.path[0] for section in sections), "")
            document = Declared("").document(source, text, found_title(title))
            yield replace(document, sections=sections or sections_of(text, plain_headings(text)))
        else:
            stream.seek(0)
            with zipfile.ZipFile(stream) as archive:
                pictures = [
                    EmbeddedFile(name, archive.read(name))
                    for name in archive.namelist()
                    if name.startswith(_PICTURES)
                ]
            yield from read_embedded(pictures, self._parts, source, aside, warn, is_all=True)
        aside.tell(warn)

    def _package(self, stream: BinaryIO, file: str) -> _OdtPackage:
        try:
            with zipfile.ZipFile(stream) as archive:
                size = sum(member.file_size for member in archive.infolist())
                if size > self._most_bytes:
                    limit = self._most_bytes // 1_000_000
                    raise ParseError("office_too_large", file=file, size=size // 1_000_000, limit=limit)
                if "META-INF/manifest.xml" in archive.namelist() and b"encryption-data" in archive.read(
                    "META-INF/manifest.xml"
                ):
                    raise ParseError("odt_locked", file=file)
                archive.getinfo("content.xml")
                read = [name for name in archive.namelist() if name.endswith(_MEMBERS)]
                return _OdtPackage(file, {name: archive.read(name) for name in read})
        except (
            zipfile.BadZipFile,
            zlib.error,
            KeyError,
            ValueError,
            OSError,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ):
            raise ParseError("odt_damaged", file=file) from None


def _written(package: _OdtPackage, aside: Aside) -> tuple[str, tuple[Section, ...]]:
    content = package.root("content.xml")
    named = package.root("styles.xml")
    roots = [root for root in (named, content) if root is not None]
    body = next(
        (element for element in (content.iter() if content is not None else ()) if tag_of(element) == "body"),
        None,
    )
    if body is None or content is None:
        return "", ()
    aside.characters += sum(len(text.strip()) for text in body.itertext())
    forms = Forms(content)
    writing = Writing(OdtStyles(roots), forms, aside, package.words_of)
    writing.blocks(body)
    for said in forms.others():
        writing.writer.paragraph(said)
    _write_edges(named, writing)
    _note_properties(package, aside)
    return writing.writer.done()


def _write_edges(named: Element | None, writing: Writing) -> None:
    """Write headers and footers, each once."""
    said: set[str] = set()
    for edge in named.iter() if named is not None else ():
        text = " ".join("".join(edge.itertext()).split()) if tag_of(edge) in _EDGES else ""
        if (
            tag_of(edge) in _EDGES
            and (text or any(tag_of(inner) == "hidden-text" for inner in edge.iter()))
            and text not in said
        ):
            said.add(text)
            writing.where = "header"
            writing.blocks(edge)


def _note_properties(package: _OdtPackage, aside: Aside) -> None:
    try:
        root = package.root("meta.xml")
    except ParseError:
        return
    for element in root.iter() if root is not None else ():
        if tag_of(element) in _PROPERTIES and (element.text or "").strip():
            aside.note("properties", str(tag_of(element)))
