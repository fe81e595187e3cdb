"""What is read: documents with their canonical text, and the passages that they are cut into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rag.core.codes import Code
from rag.core.facts import Fact
from rag.core.traits import Traits


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes that a document was read from.

    ``uri`` is a ``file:`` address, with ``#record`` for one record of a many-document file; ``sha256`` is the
    digest of the whole file; ``retrieved_at`` is an ISO 8601 instant in UTC.
    """

    uri: str
    media_type: str
    sha256: str
    parser: str
    retrieved_at: str


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to another document, e.g. ``report`` from a study to its report.

    ``by`` says what it rests on, e.g. ``accession_number``; ``same_day`` alone is no more than likely.
    ``title`` is the other document's. Both are filled when a document is shown.
    """

    relation: str
    doc_id: str
    by: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the canonical text; ``path`` goes from the outermost heading to its own."""

    path: tuple[str, ...]
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The span of one page, numbered from 1, in the canonical text.

    ``derived`` marks a page that a machine read from a picture (OCR); ``confidence``, in [0, 1], says how
    sure it was.
    """

    number: int
    start: int
    end: int
    derived: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a document's pages or picture are shown from, where it lies inside another (an
    attachment, a member of an archive).
    """

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """One document of the hospital or of the literature, with its canonical text.

    ``patient_id`` is None for literature. ``authored_at`` is the clinical time as ISO 8601 of any precision
    (``2026``, ``2026-03``, ``2026-03-12``, a full instant) or None when unknown. ``metadata`` keeps further
    facts shown to the reader, e.g. ``evidence_level``. ``places`` and ``original`` are what its pages are
    shown from (``rag/views.py``); ``intake`` is for ``rag/ingest/sources/intake.py`` alone. ``facts`` are
    those that a structured source states, with spans in ``text``; ``traits`` say who the patient is, where
    the document's header does.
    """

    doc_id: str
    source: Source
    kind: str
    title: str
    text: str
    language: str
    sections: tuple[Section, ...] = ()
    pages: tuple[Page, ...] = ()
    patient_id: str | None = None
    encounter_id: str | None = None
    authored_at: str | None = None
    codes: tuple[Code, ...] = ()
    links: tuple[Link, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    places: bytes = field(default=b"", compare=False, repr=False)
    original: Original | None = field(default=None, compare=False, repr=False)
    intake: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    facts: tuple[Fact, ...] = field(default=(), compare=False, repr=False)
    traits: Traits = field(default=Traits(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: a few whole sentences of one section, with the facts that filters and readers
    need.

    ``revision`` is the digest of the document version it was cut from, so that a passage of a replaced
    version is recognised. ``derived`` marks text that a machine produced (OCR, a caption) rather than an
    author. ``evidence_level`` is that of an article, e.g. ``rct``, empty where it is unknown; ``retracted``
    marks an article that its publisher withdrew.
    """

    passage_id: str
    doc_id: str
    revision: str
    ordinal: int
    start: int
    end: int
    text: str
    title: str
    kind: str
    language: str
    section: tuple[str, ...] = ()
    page: int | None = None
    patient_id: str | None = None
    authored_at: str | None = None
    derived: bool = False
    evidence_level: str = ""
    retracted: bool = False

    def headings(self) -> tuple[str, ...]:
        """Return what the passage stands under, outermost first: its title and section, each once, without
        what its own text opens with.
        """
        title = () if self.text.startswith(self.title.removesuffix("…")) else (self.title,)
        return (*title, *(part for part in self.section if part != self.title))
