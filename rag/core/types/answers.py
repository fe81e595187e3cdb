"""What is answered: sentences with their quotes and verdicts, and the events of an answer on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rag.core.types.searches import Evidence

Support = Literal["full", "partial", "none", "unchecked"]
AbstainReason = Literal["no_evidence", "low_relevance", "unsupported", "out_of_scope"]
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
class CitedPicture:
    """A picture that a sentence describes: ``frame`` from 0; ``page``, from 1, of a figure in a document."""

    doc_id: str
    frame: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer; ``start``/``end`` place it in ``Answer.answer`` (0, 0 when it is
    withheld). ``translation`` stands beside a quote in another language, where there is one; ``pictures`` are
    those that the sentence describes.
    """

    text: str
    start: int
    end: int
    citations: tuple[Citation, ...]
    support: Support
    support_score: float
    origin: Origin = "quoted"
    translation: Translation | None = None
    pictures: tuple[CitedPicture, ...] = ()


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
