"""The JSON documents that leave Traboule, field for field as the contract fixes them; the command line and
the API share them.

Field names may be added, never changed or removed.
"""

from rag.contract.answers import (
    AnswerJson,
    CitationJson,
    ClaimJson,
    ContradictionJson,
    CoverageJson,
    EvidenceJson,
    NearMissJson,
    PartJson,
    TraceJson,
    TranslationJson,
    answer_json,
    claim_json,
    coverage_json,
    evidence_json,
)
from rag.contract.base import JsonDocument
from rag.contract.documents import (
    DocumentJson,
    document_json,
)
from rag.contract.hits import (
    CopyJson,
    HitJson,
    RankedHitJson,
    SearchJson,
    StatedThingJson,
    WhyJson,
    search_json,
)

__all__ = [
    "AnswerJson",
    "CitationJson",
    "ClaimJson",
    "ContradictionJson",
    "CopyJson",
    "CoverageJson",
    "DocumentJson",
    "EvidenceJson",
    "HitJson",
    "JsonDocument",
    "NearMissJson",
    "PartJson",
    "RankedHitJson",
    "SearchJson",
    "StatedThingJson",
    "TraceJson",
    "TranslationJson",
    "WhyJson",
    "answer_json",
    "claim_json",
    "coverage_json",
    "document_json",
    "evidence_json",
    "search_json",
]
