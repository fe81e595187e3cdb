"""Core values that pass between the stages of Traboule.

Frozen and built on the standard library alone. Every offset counts Unicode code points in a document's
canonical text and is half-open: ``document.text[passage.start:passage.end] == passage.text``.
"""

from rag.core.codes import Code
from rag.core.filters import Filters
from rag.core.types.answers import (
    AbstainReason,
    Answer,
    AnswerEvent,
    AnswerPart,
    Citation,
    CitedPicture,
    Claim,
    ClaimChecked,
    Contradiction,
    Coverage,
    Done,
    EvidenceFound,
    NearMiss,
    Notice,
    Origin,
    PartStatus,
    Support,
    Trace,
    Translation,
    Verdict,
)
from rag.core.types.documents import (
    Document,
    Link,
    Original,
    Page,
    Passage,
    Section,
    Source,
)
from rag.core.types.searches import (
    Evidence,
    IndexHit,
    Query,
    ScoredPassage,
    SearchResult,
    SparseVector,
    Vector,
)

__all__ = [
    "AbstainReason",
    "Answer",
    "AnswerEvent",
    "AnswerPart",
    "Citation",
    "CitedPicture",
    "Claim",
    "ClaimChecked",
    "Code",
    "Contradiction",
    "Coverage",
    "Document",
    "Done",
    "Evidence",
    "EvidenceFound",
    "Filters",
    "IndexHit",
    "Link",
    "NearMiss",
    "Notice",
    "Origin",
    "Original",
    "Page",
    "PartStatus",
    "Passage",
    "Query",
    "ScoredPassage",
    "SearchResult",
    "Section",
    "Source",
    "SparseVector",
    "Support",
    "Trace",
    "Translation",
    "Vector",
    "Verdict",
]
