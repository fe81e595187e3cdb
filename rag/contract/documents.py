"""One document, as JSON."""

from __future__ import annotations

from rag.contract.base import JsonDocument
from rag.core.types import Document, Page


class DocumentJson(JsonDocument):
    """One document, with its canonical text where asked for one."""

    doc_id: str
    title: str
    kind: str
    language: str
    patient_id: str | None
    encounter_id: str | None
    authored_at: str | None
    uri: str
    media_type: str
    sha256: str
    parser: str
    characters: int
    sections: list[dict[str, object]]
    pages: list[dict[str, object]]
    links: list[dict[str, str]]
    metadata: dict[str, str]
    text: str


def document_json(document: Document) -> DocumentJson:
    """Return a document with its canonical text as JSON."""
    return DocumentJson(
        doc_id=document.doc_id,
        title=document.title,
        kind=document.kind,
        language=document.language,
        patient_id=document.patient_id,
        encounter_id=document.encounter_id,
        authored_at=document.authored_at,
        uri=document.source.uri,
        media_type=document.source.media_type,
        sha256=document.source.sha256,
        parser=document.source.parser,
        characters=len(document.text),
        sections=[
            {"path": list(s.path), "start": s.start, "end": s.end, "page": s.page} for s in document.sections
        ],
        pages=[_page_json(page) for page in document.pages],
        links=[
            {"relation": link.relation, "doc_id": link.doc_id, "by": link.by, "title": link.title}
            for link in document.links
        ],
        metadata=dict(document.metadata),
        text=document.text,
    )


def _page_json(page: Page) -> dict[str, object]:
    """Return a page; one that was read from a picture says so, and how surely."""
    read = {"derived": True, "confidence": page.confidence} if page.derived else {}
    return {"number": page.number, "start": page.start, "end": page.end, **read}
