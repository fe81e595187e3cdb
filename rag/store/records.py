"""How a document becomes a row and comes back, whole: ``document_from(row) == document``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Row

from rag.core.times import bounds
from rag.core.types import Code, Document, Link, Original, Page, Section, Source
from rag.store.identity.claims import IdentityClaim

DocumentStatus = Literal["ready", "incomplete"]
InputStatus = Literal["done", "failed"]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What a list shows of a document, without its text. ``characters`` and ``pages`` are counts; times are
    ISO 8601 in UTC.

    ``status`` is ``ready``, or ``incomplete`` where the last reading of its file failed, wholly or in part:
    the document may then be of an earlier reading.
    """

    doc_id: str
    revision: str
    title: str
    kind: str
    language: str
    patient_id: str | None
    encounter_id: str | None
    authored_at: str | None
    source_uri: str
    media_type: str
    parser: str
    passages: int
    characters: int
    pages: int
    added_at: str
    updated_at: str
    status: DocumentStatus = "ready"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version of a document about to be written, its count of passages, and the blob of its source where
    one is kept.

    ``claims`` are what it says of its patient beside the id that it is filed under; ``trusted`` is false of
    what callers uploaded.
    """

    document: Document
    revision: str
    passages: int
    blob: str | None = None
    claims: tuple[IdentityClaim, ...] = ()
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """What is stored of a document under an id: enough to see whose it is and whether it changed."""

    doc_id: str
    revision: str
    source_file: str
    passages: int
    blob: str | None


@dataclass(frozen=True, slots=True)
class Rendition:
    """What the pages of a document are shown from. ``blob`` names the copy of its source; ``original`` is the
    file inside it, if any.
    """

    media_type: str
    blob: str | None
    places: bytes
    original: Original | None


@dataclass(frozen=True, slots=True)
class InputRecord:
    """The last reading of an input file: what it was, with what it was read, and why it failed where it did.

    ``documents`` counts those it gave. ``problem`` is a key of the message catalogue; ``variables`` fill it.
    """

    uri: str
    digest: str
    fingerprint: str
    status: InputStatus
    documents: int = 0
    patient_id: str | None = None
    problem: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    updated_at: str = ""


def utc_now() -> str:
    """Return this instant as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def file_of(uri: str) -> str:
    """Return the address of the file that a source address lies in."""
    return uri.partition("#")[0]


def row_of(draft: NewVersion, added_at: str, updated_at: str) -> dict[str, Any]:
    """Return the column values of a draft, except for its status."""
    document, source = draft.document, draft.document.source
    first, last = bounds(document.authored_at) if document.authored_at else (None, None)
    return {
        "doc_id": document.doc_id,
        "revision": draft.revision,
        "kind": document.kind,
        "title": document.title,
        "language": document.language,
        "patient_id": document.patient_id,
        "encounter_id": document.encounter_id,
        "authored_at": document.authored_at,
        "authored_first": first,
        "authored_last": last,
        "passages": draft.passages,
        "characters": len(document.text),
        "page_count": len(document.pages),
        "added_at": added_at,
        "updated_at": updated_at,
        "sections": [
            [list(section.path), section.start, section.end, section.page] for section in document.sections
        ],
        "pages": [_page_row(page) for page in document.pages],
        "codes": [[code.system, code.code, code.display] for code in document.codes],
        "links": [[link.relation, link.doc_id] for link in document.links],
        "metadata": dict(document.metadata),
        "text": document.text,
        **source_columns(source, draft.blob),
    }


def _page_row(page: Page) -> list[float | None]:
    row: list[float | None] = [page.number, page.start, page.end]
    return [*row, page.derived, page.confidence] if page.derived else row


def rendition_of(draft: NewVersion) -> dict[str, Any] | None:
    """Return the column values of what a draft's pages are shown from, None where it has none."""
    document, original = draft.document, draft.document.original
    if not document.places and original is None:
        return None
    return {
        "doc_id": document.doc_id,
        "revision": draft.revision,
        "places": document.places,
        "media_type": original.media_type if original else None,
        "data": original.data if original else None,
    }


def claim_rows(draft: NewVersion) -> list[dict[str, Any]]:
    """Return the rows of ``identity_claims`` of a draft. One that is not trusted has at least a row that says
    so: its own id.
    """
    document, said = draft.document, draft.claims
    if not draft.trusted and document.patient_id is not None and all(claim.kind != "own" for claim in said):
        said = (*said, IdentityClaim("own", document.patient_id))
    place = {"doc_id": document.doc_id, "revision": draft.revision, "trusted": draft.trusted}
    found = {(claim.kind, claim.value): claim for claim in said}
    return [
        {**place, "kind": claim.kind, "value": claim.value, "authority": claim.authority}
        for claim in found.values()
    ]


def source_columns(source: Source, blob: str | None) -> dict[str, Any]:
    """Return the columns that say where a document was read from."""
    return {
        "source_file": file_of(source.uri),
        "source_uri": source.uri,
        "media_type": source.media_type,
        "sha256": source.sha256,
        "parser": source.parser,
        "retrieved_at": source.retrieved_at,
        "blob": blob,
    }


def document_from(row: Row[Any]) -> Document:
    """Return the document that a whole row holds."""
    return Document(
        doc_id=row.doc_id,
        source=Source(row.source_uri, row.media_type, row.sha256, row.parser, row.retrieved_at),
        kind=row.kind,
        title=row.title,
        text=row.text,
        language=row.language,
        sections=tuple(Section(tuple(path), start, end, page) for path, start, end, page in row.sections),
        pages=tuple(Page(*page) for page in row.pages),
        patient_id=row.patient_id,
        encounter_id=row.encounter_id,
        authored_at=row.authored_at,
        codes=tuple(Code(*code) for code in row.codes),
        links=tuple(Link(*link) for link in row.links),
        metadata=dict(row.metadata),
    )


def summary_from(row: Row[Any]) -> DocumentSummary:
    """Return the summary that a row holds."""
    return DocumentSummary(
        doc_id=row.doc_id,
        revision=row.revision,
        title=row.title,
        kind=row.kind,
        language=row.language,
        patient_id=row.patient_id,
        encounter_id=row.encounter_id,
        authored_at=row.authored_at,
        source_uri=row.source_uri,
        media_type=row.media_type,
        parser=row.parser,
        passages=row.passages,
        characters=row.characters,
        pages=row.page_count,
        added_at=row.added_at,
        updated_at=row.updated_at,
        status="incomplete" if row.reading == "failed" else "ready",
    )


def versions_from(rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[str, Version]:
    """Return the versions that rows hold, by document id."""
    return {
        row.doc_id: Version(row.doc_id, row.revision, row.source_file, row.passages, row.blob) for row in rows
    }
