"""Literature may answer about a drug only where it names that drug: another drug's leaflet says true things
about something else.

Every quote of such an answer would be exact, and the answer wrong; no similarity tells two leaflets of one
class apart. A patient's own documents are let through: there, a drug in the question may be a circumstance
that a result does not repeat.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.clinical.drugs import drugs_in
from rag.clinical.words import read
from rag.core.types import Passage, ScoredPassage


def naming_the_drugs(question: str, hits: Sequence[ScoredPassage]) -> tuple[ScoredPassage, ...]:
    """Return the hits that may answer, in their order: of the literature those that name most of the drugs
    asked about.
    """
    asked = _drugs(question)
    if not asked:
        return tuple(hits)
    named = [
        len(asked & _drugs(_in_context(hit.passage))) if hit.passage.patient_id is None else 0 for hit in hits
    ]
    most = max(named, default=0)
    return tuple(
        hit
        for hit, count in zip(hits, named, strict=True)
        if hit.passage.patient_id is not None or 0 < count == most
    )


def _drugs(text: str) -> frozenset[str]:
    return frozenset(drug.name for drug in drugs_in(read(text)))


def _in_context(passage: Passage) -> str:
    """A passage with the title and the headings that it stands under: there a leaflet names its drug."""
    return "\n".join((passage.title, *passage.section, passage.text))
