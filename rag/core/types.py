"""Core values that pass between the stages of Traboule.

Frozen and built on the standard library alone. Every offset counts Unicode code points in a document's
canonical text and is half-open: ``document.text[passage.start:passage.end] == passage.text``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from rag.core.codes import Code as Code
from rag.core.facts import Fact
from rag.core.filters import Filters as Filters
from rag.core.reasons import HitReason
from rag.core.traits import Traits

Support = Literal["full", "partial", "none", "unchecked"]
AbstainReason = Literal["no_evidence", "low_relevance", "unsupported", "contradictory", "out_of_scope"]
AssertionStatus = Literal["present", "negated", "hypothesis", "family", "history"]
Notice = Literal[
    "llm_unavailable",
    "embedder_unavailable",
    "llm_stopped",
    "several_patients",
    "patient_from_question",
    "other_patient_named",
    "literature_not_searched",
    "too_many_parts",
    "emergency",
    "suicidal",
    "language_not_served",
    "instructions_ignored",
]
"""What a reader must know of how an answer came about; ``rag/messages`` has the words."""
PartStatus = Literal["answered", "partial", "not_found", "contradictory", "out_of_scope"]
"""What became of one part of a question; ``partial`` where some of it is answered."""
Origin = Literal["quoted", "computed", "written", "translated"]
"""How a sentence came about: the document's words, a template over facts, a language model, a translation of
the document's words.
"""
Vector = tuple[float, ...]


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
class Assertion:
    """What a passage states of a concept: present, negated, hypothetical, of the family, or past."""

    concept: str
    start: int
    end: int
    status: AssertionStatus


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
    assertions: tuple[Assertion, ...] = ()
    evidence_level: str = ""
    retracted: bool = False

    def headings(self) -> tuple[str, ...]:
        """Return what the passage stands under, outermost first: its title and section, each once, without
        what its own text opens with.
        """
        title = () if self.text.startswith(self.title.removesuffix("…")) else (self.title,)
        return (*title, *(part for part in self.section if part != self.title))


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for. ``language`` is the language of ``text``; ``history`` holds earlier questions,
    oldest first.

    ``is_told`` is false where neither the user nor the text says the language (a drug name, a code): it is
    then a guess for the words of an answer, and searching must not rely on it.
    """

    text: str
    language: str
    filters: Filters = field(default_factory=Filters)
    history: tuple[str, ...] = ()
    is_told: bool = True


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights: ``indices`` strictly increasing, ``values`` positive, of equal length."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndexHit:
    """A passage that one channel of an index found, with that channel's raw score (higher is better).

    The passage is read apart (``PassageIndex.get``): of the hundreds that a search weighs, few are looked at.
    """

    passage_id: str
    score: float


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A ranked passage: ``rank`` from 1, ``stage`` that set ``score``, and the score of every stage by name.

    ``copies`` are the passages, best first, that repeat it nearly word for word (copied-forward notes) and
    are not ranked beside it.
    """

    passage: Passage
    score: float
    rank: int
    stage: str
    stage_scores: Mapping[str, float] = field(default_factory=dict)
    copies: tuple[Passage, ...] = ()
    reason: HitReason | None = None

    def reranked(self, score: float, rank: int, stage: str) -> ScoredPassage:
        """Return a copy placed by a later stage, which keeps the earlier stages' scores."""
        return replace(
            self, score=score, rank=rank, stage=stage, stage_scores={**self.stage_scores, stage: score}
        )


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Ranked passages of one query and what each stage cost in milliseconds."""

    query: Query
    hits: tuple[ScoredPassage, ...]
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A window of a passage that the model is shown under ``marker``; ``start``/``end`` are offsets in the
    document.
    """

    marker: int
    scored: ScoredPassage
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far a premise supports, and how far it contradicts, a claim; both in [0, 1]."""

    support: float
    contradiction: float = 0.0


@dataclass(frozen=True, slots=True)
class Citation:
    """An exact quote: ``quote == document.text[start:end]``, with what a reader must know of the article it
    is from.
    """

    marker: int
    doc_id: str
    passage_id: str
    quote: str
    start: int
    end: int
    page: int | None = None
    evidence_level: str = ""
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Translation:
    """A quote in the language of the answer, by a model and checked: an aid beside the original."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer; ``start``/``end`` place it in ``Answer.answer`` (0, 0 when it is
    withheld). ``translation`` stands beside a quote in another language, where there is one.
    """

    text: str
    start: int
    end: int
    citations: tuple[Citation, ...]
    support: Support
    support_score: float
    origin: Origin = "quoted"
    translation: Translation | None = None


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A place of the record that comes near what was asked and does not answer it: another date, side or
    drug.
    """

    doc_id: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """One thing asked, what became of it, and the places in ``Answer.claims`` of the sentences that answer
    it.

    ``note`` says, in the language of the answer, what was looked for where nothing answers; ``near`` are the
    places that come nearest.
    """

    question: str
    status: PartStatus
    claims: tuple[int, ...] = ()
    note: str = ""
    near: tuple[NearMiss, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Evidence that speaks against a claim."""

    claim: str
    doc_id: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was searched, so that silence is not read as absence: documents by kind, and the period they
    span.
    """

    documents_searched: int
    kinds: Mapping[str, int]
    date_from: str | None
    date_to: str | None
    patient_id: str | None


@dataclass(frozen=True, slots=True)
class Trace:
    """What produced an answer, enough to reproduce it."""

    model: str
    embedder: str
    verifier: str
    prompt_id: str
    prompt_sha256: str
    settings_fingerprint: str
    index_version: str
    timings_ms: Mapping[str, float]
    tokens_in: int
    tokens_out: int
    reader: str = "none"
    """What judged how well sentences answer; ``none`` where rules and similarity alone did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A cited answer, or an abstention with its reason. Every character of ``answer`` but the spaces between
    lies in a claim.
    """

    question: str
    language: str
    answer: str
    abstained: bool
    abstain_reason: AbstainReason | None
    claims: tuple[Claim, ...]
    withheld: tuple[Claim, ...]
    contradictions: tuple[Contradiction, ...]
    evidence: tuple[Evidence, ...]
    coverage: Coverage
    invalid_markers: int
    trace: Trace
    notices: tuple[Notice, ...] = ()
    missing: tuple[str, ...] = ()
    """Words of the question that nothing found names; shown with an abstention."""
    relevance: float = 0.0
    """How likely the evidence answers the question, in [0, 1]: what the decision to answer was taken on."""
    parts: tuple[AnswerPart, ...] = ()
    """What was asked, thing by thing."""


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """First event of an answer: what will be shown to the model."""

    evidence: tuple[Evidence, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class ClaimChecked:
    """A sentence was chosen or written, and verified. It may still be withheld: see ``claim.support``.
    ``part`` is the part of the question that it is for, where there are several.
    """

    claim: Claim
    withheld: bool
    part: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """Last event: the whole answer."""

    answer: Answer


AnswerEvent = EvidenceFound | ClaimChecked | Done
