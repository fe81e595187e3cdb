"""The entries of a document in the index of pictures: one a key frame, or one a caption of its figures.

What is declared of a picture is read into codes that questions are compared with; nothing is read of its
pixels.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from rag.clinical.concepts.imaging import captions_in, modality_of, regions_in, regions_of, view_in, view_of
from rag.core.facts import Side
from rag.core.pictures import ImageEntry
from rag.core.types import Document
from rag.index.images import entry_id
from rag.ingest.dicom.words import in_words
from rag.ingest.parsing.media import DICOM
from rag.ingest.pictures.declared_text import WORDS
from rag.ingest.pictures.view import PICTURES

MOST_FIGURES = 200
"""Captions of one document that become entries: a book of atlases has more than anybody looks through."""

_SIDES: dict[str, Side] = {"R": "right", "L": "left", "B": "both"}
_DESCRIBED = ("study", "series")


def is_picture(document: Document) -> bool:
    """Tell whether a document is a picture itself."""
    return document.kind == "image" and document.source.media_type in (*PICTURES, DICOM)


def entries_of(document: Document, revision: str, frames: Sequence[int] = (0,)) -> tuple[ImageEntry, ...]:
    """Return the entries of a document: ``frames`` of a picture, the figures of any other."""
    if is_picture(document):
        return tuple(_frame(document, revision, frame) for frame in frames)
    return tuple(islice(_figures(document, revision), MOST_FIGURES))


def _frame(document: Document, revision: str, frame: int) -> ImageEntry:
    facts = document.metadata
    described = " . ".join(filter(None, (document.title, *(facts.get(name, "") for name in _DESCRIBED))))
    modality, body, projection = (facts.get(name, "") for name in ("modality", "body_part", "view"))
    start, end = _own_words(document)
    return ImageEntry(
        entry_id=entry_id(document.doc_id, revision, frame),
        doc_id=document.doc_id,
        revision=revision,
        frame=frame,
        title=document.title,
        language=document.language,
        patient_id=document.patient_id,
        authored_at=document.authored_at,
        modality=modality,
        modality_group=modality_of(modality) or modality_of(described),
        regions=regions_of(body) or regions_in(described),
        projection=projection,
        view=view_of(projection) or view_in(described),
        side=_SIDES.get(facts.get("laterality", "").strip().upper()[:1], ""),
        start=start,
        end=end,
        words=" ".join(dict.fromkeys((described, *_words_of(modality, body, document.text[start:end])))),
    )


def _words_of(modality: str, body: str, caption: str) -> Iterator[str]:
    """Yield what the codes mean in each language, and the caption."""
    for language in ("fr", "en"):
        yield in_words("modality", modality, language)
        yield in_words("body", body, language)
    yield caption


def _own_words(document: Document) -> tuple[int, int]:
    """Return the span of what a sidecar says of the picture, empty where it says nothing: the header of a
    DICOM file describes no finding.
    """
    if document.source.media_type == DICOM:
        return 0, 0
    for name in WORDS:
        said = document.metadata.get(name, "")
        if said and (start := document.text.find(said)) >= 0:
            return start, start + len(said)
    return 0, 0


def _figures(document: Document, revision: str) -> Iterator[ImageEntry]:
    starts = [page.start for page in document.pages]
    for number, (start, end) in enumerate(captions_in(document.text)):
        caption = document.text[start:end]
        page = document.pages[max(0, bisect_right(starts, start) - 1)].number if starts else None
        group = modality_of(caption)
        yield ImageEntry(
            entry_id=entry_id(document.doc_id, revision, number),
            doc_id=document.doc_id,
            revision=revision,
            frame=number,
            title=document.title,
            language=document.language,
            patient_id=document.patient_id,
            authored_at=document.authored_at,
            modality="",
            modality_group=group,
            regions=regions_in(caption),
            view=view_in(caption),
            page=page,
            start=start,
            end=end,
            words=caption,
        )
