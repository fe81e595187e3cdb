"""The certificate of an erasure: what was asked, what went from where, that nothing is left, and what a
person is to look at. Who gives it out seals it with the key of the audit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from rag.store.erasures import ErasureRequest
from rag.store.people.mentions import PatientMention
from rag.store.records import utc_now

FORM = "traboule-erasure/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an erasure came to."""

    doc_ids: tuple[str, ...]
    erased: Mapping[str, int]
    left: Mapping[str, int]
    tombstones: int
    review: Sequence[PatientMention]
    outside: Sequence[str]


def certificate_of(request: ErasureRequest, outcome: Outcome) -> dict[str, Any]:
    """Return the certificate, not yet sealed."""
    return {
        "form": FORM,
        "erasure_id": request.erasure_id,
        "asked": dict(request.asked),
        "asked_at": request.asked_at,
        "asked_by": request.asked_by,
        "done_at": utc_now(),
        "traboule": version("traboule"),
        "documents": list(outcome.doc_ids),
        "erased": dict(outcome.erased),
        "left": dict(outcome.left),
        "tombstones": outcome.tombstones,
        "review": [one.to_json() for one in outcome.review],
        "files_elsewhere": list(outcome.outside),
        "stays": ["audit"],
    }
