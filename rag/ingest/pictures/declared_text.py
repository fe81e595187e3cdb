"""The text of a picture that has none of its own: what is declared of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rag.clinical.language import detect_language
from rag.core.errors import ParseError
from rag.core.types import Document
from rag.ingest.dicom.words import in_words, label
from rag.ingest.parsing.address import name_of
from rag.ingest.parsing.media import DICOM
from rag.ingest.pictures.view import PICTURES
from rag.ingest.records.wording.when import in_words as time_in_words
from rag.ingest.records.writing import Writer
from rag.ingest.sources.intake import intake_of

WORDS = ("findings", "description", "caption", "comments")
"""What a sidecar may say of a picture in words; one of them must be there."""

_CODED = (("modality", "modality"), ("body_part", "body"), ("laterality", "side"))


def described(document: Document) -> Document:
    """Return a document of a picture with its text; any other as it is.

    Raises:
        ParseError: nothing says what the picture shows, so it could never be found.
    """
    if document.source.media_type not in (*PICTURES, DICOM):
        return document
    if document.metadata.get("literature") == "true":
        document = replace(document, intake=replace(intake_of(document), is_record=False).packed())
    if document.text or document.kind != "image":
        return document
    words = [document.metadata[name] for name in WORDS if document.metadata.get(name)]
    if not words:
        raise ParseError("picture_without_words", file=name_of(document.source), keys=", ".join(WORDS))
    language = document.language or detect_language(" ".join(words))
    writer = Writer()
    writer.heading(document.title)
    writer.lines(_facts(document, language))
    for name in WORDS:
        writer.paragraph(label(name, language, document.metadata.get(name, "")))
    text, sections = writer.done()
    return replace(document, text=text, sections=sections, language=language)


def _facts(document: Document, language: str) -> Iterator[str]:
    for name, table in _CODED:
        yield label(name, language, in_words(table, document.metadata.get(name, ""), language))
    yield label("view", language, document.metadata.get("view", ""))
    yield label("date", language, time_in_words(document.authored_at, language))
    yield label("accession_number", language, document.metadata.get("accession_number", ""))
